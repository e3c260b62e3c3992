#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/architecture/source_tree.hpp"

// The rules of the house that a machine can check on the text of the tree. The compiler and the
// linker cannot: a wrong include of a header that needs no library builds and links.
namespace troupe::architecture {

enum class HouseRule {
  Layer,      ///< a file includes a folder that its own may not see
  Library,    ///< a library is included outside the folders that own it
  Purity,     ///< protocol/ touches a clock, randomness, a thread, a socket, the disk or a log
  Edge,       ///< a clock, randomness or the environment is read outside the edge
  Sleep,      ///< something waits for time to pass instead of for an event
  Length,     ///< a file has more than 500 lines
  Note,       ///< a note to oneself was left behind
  Namespace,  ///< `using namespace` of anything but the standard's literals
  Macro,      ///< a macro of our own besides INVARIANT
  Guard,      ///< a header without #pragma once
  Mirror,     ///< a source file that no test file mirrors
  Unlisted,   ///< a source file that no target compiles
};

struct Violation {
  HouseRule rule;
  std::string path;
  std::size_t line = 0;  ///< from 1; 0 if it concerns the whole file
  std::string what;

  friend bool operator==(const Violation&, const Violation&) = default;
};

std::ostream& operator<<(std::ostream& out, const Violation& violation);

inline constexpr std::size_t kFileLinesMax = 500;

/// A file that a rule spares, and why. The path may end in '/', for all that is below.
struct Exemption {
  std::string_view path;
  std::string_view reason;
};

/// The edge: who may read clocks, random devices and the environment, and may wait.
[[nodiscard]] const std::vector<Exemption>& edge_files();

/// Sources whose test file has another name, or that need none.
[[nodiscard]] const std::vector<Exemption>& files_without_mirror();

/// Every violation of every rule but Unlisted, in the order of files and lines.
[[nodiscard]] std::vector<Violation> check_architecture(const std::vector<SourceFile>& tree);

/// The .cpp files of the tree that are not among the compiled paths (relative to the root).
[[nodiscard]] std::vector<Violation> check_listed(const std::vector<SourceFile>& tree,
                                                  const std::vector<std::string>& compiled);

}  // namespace troupe::architecture

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.hpp"
#include "tools/simulator/core/random.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::simulator {

/// What one fault does to operations of a node's disk while it lasts.
struct DiskFault {
  enum class Kind : std::uint8_t {
    Fail,      ///< operations fail with `error`
    FailOnce,  ///< the `nth` one does, and what it was to sync is lost; the next ones succeed
    Lie,       ///< syncs are reported and not done
    Slow,      ///< the process waits `delay` for each
    Rot,       ///< reads show `share` of all places as they are not
    Die,       ///< the process dies at the `nth` one, before it happens
  };

  Kind kind = Kind::Fail;
  std::string operation;  ///< as the environment names it: "write", "sync"; empty: any
  std::string path;       ///< a part of the file's path: "votes."; empty: any
  /// Patterns of whole paths, in which * stands for any part of a name; empty: any.
  std::vector<std::string> files;
  storage::StorageErrorKind error = storage::StorageErrorKind::Io;
  double ratio = 1;
  Duration delay{0};
  std::uint64_t nth = 1;
  double share = 0;
  bool is_unreadable = false;
};

/// True if a path matches a pattern in which * stands for any part of a name.
[[nodiscard]] bool matches_path(std::string_view pattern, std::string_view path);

/// The faults of one node's disk. Each draws from a stream of its own.
class DiskFaults {
 public:
  explicit DiskFaults(std::uint64_t seed) : seed_(seed) {}

  void begin(const std::string& id, const DiskFault& fault);

  void end(const std::string& id) { acting_.erase(id); }

  void end_all() { acting_.clear(); }

  /// Whether that fault has let an operation fail, lie or die since it began.
  [[nodiscard]] bool has_struck(const std::string& id) const;

  /// What becomes of an operation. May end the life of the environment.
  [[nodiscard]] Fate decide(std::string_view operation,
                            const std::string& path,
                            SimulatedEnvironment& environment);

 private:
  struct Acting {
    DiskFault fault;
    std::uint64_t key;
    Random random;
    std::uint64_t met = 0;
    bool has_struck = false;
  };

  static void strike(Acting& acting, Fate& fate, SimulatedEnvironment& environment);

  std::uint64_t seed_;
  std::map<std::string, Acting> acting_;
};

}  // namespace troupe::simulator

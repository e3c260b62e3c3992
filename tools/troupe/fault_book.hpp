#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/troupe/command.hpp"
#include "tools/troupe/networks.hpp"

// The faults that are injected into a running network, and what they will do to it.
//
//   NET/faults/f3.json   {"id":"f3","kind":"partition","sides":[["n1","n2"],["n3","n4"]],
//                         "since_ms":1700000000000,"until_ms":1700000020000}
//   and of a clock "ahead_ms":3600000, of a mute node "channel":"lanes".
//
// One file per fault, made before the fault is injected and removed after it is undone, so that no
// crash of the injecting command leaves a fault that nobody can find. Every fault has an id, an
// expiry (or none) and an undo; `clear` undoes all.
namespace troupe::tools {

enum class FaultKind : std::uint8_t {
  Crash,      ///< kill -9; undone by a start
  Pause,      ///< SIGSTOP; undone by SIGCONT
  Partition,  ///< no connection between nodes of different sides; undone by plugging in again
  Clock,      ///< the wall clock is off; undone by the true time
  Mute,       ///< sends nothing on one channel, and hears; undone by sending again
  Stall,      ///< executes no block; undone by executing again
};

[[nodiscard]] std::string_view word_of(FaultKind kind);

using Sides = std::vector<std::vector<std::string>>;

struct ActiveFault {
  std::string id;
  FaultKind kind = FaultKind::Crash;
  Sides sides;  ///< a partition's two or more; one for the other kinds
  std::int64_t since_ms = 0;
  std::optional<std::int64_t> until_ms;
  std::int64_t ahead_ms = 0;  ///< of a clock; below 0: behind
  std::string channel = {};   ///< of a mute node: consensus, lanes or sync

  friend bool operator==(const ActiveFault&, const ActiveFault&) = default;
};

/// "partition {n1 n2} | {n3 n4}", "crash n3", "clock n1 3600 s ahead", "mute n1 n2 on lanes".
[[nodiscard]] std::string describe(const ActiveFault& fault);

/// Every fault on record, by number. Error: corrupt-file (by hand, or another program's).
[[nodiscard]] Answer<std::vector<ActiveFault>> read_faults(const Net& net);

/// Puts a fault on record under the next free id. Errors: unwritable, too-many.
[[nodiscard]] Answer<ActiveFault> record_fault(const Net& net, ActiveFault fault);

/// Takes a fault off the record; that it is not there is no error.
[[nodiscard]] Answer<Done> forget_fault(const Net& net, const std::string& id);

/// What a network of these validators does under these faults.
struct Prediction {
  std::size_t meeting = 0;  ///< the most validators that all can still talk to each other
  std::size_t quorum = 0;
  std::vector<std::string> left_out;  ///< running validators outside that group
  std::vector<std::string> remarks;   ///< what else is to be expected, a sentence each

  [[nodiscard]] bool is_live() const { return meeting >= quorum; }
};

[[nodiscard]] Prediction predict(const std::vector<std::string>& validators,
                                 const std::vector<ActiveFault>& faults);

/// The prediction in a sentence or two.
[[nodiscard]] std::string describe(const Prediction& prediction, std::size_t validators);

/// The sides of "n1,n2 / n3,n4" as the words of a command line. Errors: usage.
[[nodiscard]] Answer<Sides> parse_sides(const std::vector<std::string>& words, const Net& net);

}  // namespace troupe::tools

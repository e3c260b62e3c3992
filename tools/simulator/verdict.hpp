#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/time.hpp"

namespace troupe::simulator {

/// What a run came to. The numbers are the exit codes of the program.
enum class Verdict : std::uint8_t {
  Passed = 0,
  Expectation = 1,  ///< something that the scenario expects did not come about
  NotRun = 3,       ///< the simulator has no means for one of its faults
  Liveness = 7,
  Safety = 8,
  Nondeterminism = 9,
  Bound = 10,
  Crash = 70,  ///< a node gave itself up for no documented reason
};

[[nodiscard]] std::string_view name(Verdict verdict);

/// One thing that must not be.
struct Violation {
  Verdict verdict = Verdict::Safety;
  std::string checker;  ///< a stable word: what shrinking keeps the same
  std::string what;     ///< in words, with names and numbers
  Instant at{};         ///< when it was noticed
};

/// The gravest of them; Passed if there is none. Safety comes before a crash, a crash before
/// liveness, and so on: what else went wrong usually follows from it.
[[nodiscard]] Verdict gravest(const std::vector<Violation>& violations);

}  // namespace troupe::simulator

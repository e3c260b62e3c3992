#pragma once

#include "tests/support/random.hpp"
#include "tools/scenario/scenario.hpp"

namespace troupe::scenario {

/// A scenario that a file may hold, with anything in it.
[[nodiscard]] Scenario random_scenario(support::Random& random);

}  // namespace troupe::scenario

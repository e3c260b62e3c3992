#pragma once

#include "tools/troupe/verbs.hpp"

// The verbs of the fault laboratory.
namespace troupe::tools {

void add_faults(Verbs verbs);
void add_sim(Verbs& verbs);
void add_scenario(Verbs verbs);

}  // namespace troupe::tools

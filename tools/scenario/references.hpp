#pragma once

#include <string>
#include <vector>

#include "tools/scenario/file.hpp"

// What can be judged only when a whole file was read: names that stand for something elsewhere in
// it, and numbers that depend on others.
namespace troupe::scenario {

struct Place {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
};

struct NamedPlace {
  std::string name;
  Place place;
};

struct CountPlace {
  Count count;
  Place place;
};

struct References {
  std::vector<NamedPlace> nodes;     ///< that were named
  std::vector<NamedPlace> faults;    ///< ids that were named
  std::vector<NamedPlace> declared;  ///< the faults of the file in their order, "" without an id
  std::vector<CountPlace> counts;    ///< of any(k)
};

/// Gives every fault without an id one: "f" and its place in the file, from 1.
void name_faults(Scenario& scenario);

/// Appends a problem for everything that does not fit together.
void check_references(const Scenario& scenario, const References& references, Problems& problems);

}  // namespace troupe::scenario

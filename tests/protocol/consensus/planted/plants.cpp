#include <cstdlib>

#include "protocol/consensus/plant.hpp"

// Part of the planted build only: one program with every rule in it, of which the environment
// variable TROUPE_PLANT takes out one.
#ifdef TROUPE_PLANTS
namespace troupe::consensus {

bool planted(Plant rule) {
  static const int chosen = [] {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets the environment while tests run
    const char* const given = std::getenv("TROUPE_PLANT");
    return given == nullptr ? 0 : std::atoi(given);
  }();
  return chosen == static_cast<int>(rule) && chosen != 0;
}

}  // namespace troupe::consensus
#endif

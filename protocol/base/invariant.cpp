#include "protocol/base/invariant.hpp"

#include <cstdio>
#include <cstdlib>

namespace troupe {

void invariant_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "troupe: bug: invariant broken: %s (%s:%d)\n", condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace troupe

#include "actors/randomness.hpp"

#include <cerrno>

#include <sys/random.h>

#include "protocol/base/invariant.hpp"

namespace troupe::actors {

namespace {

Bytes kernel_bytes(std::size_t size) {
  Bytes bytes(size);
  std::size_t filled = 0;
  while (filled < size) {
    const auto count = ::getrandom(bytes.data() + filled, size - filled, 0);
    if (count < 0 && errno == EINTR) continue;
    INVARIANT(count > 0);
    filled += static_cast<std::size_t>(count);
  }
  return bytes;
}

}  // namespace

std::uint64_t random_number(const Randomness& randomness) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : randomness(8))
    number = number << 8 | byte;
  return number;
}

Randomness system_randomness() {
  return kernel_bytes;
}

}  // namespace troupe::actors

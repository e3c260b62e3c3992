#include "tests/support/random.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

#include "protocol/base/invariant.hpp"
#include "tools/simulator/core/random.hpp"

namespace troupe::support {

namespace {

constexpr std::uint64_t kDefaultSeed = 20260726;

std::uint64_t chosen_seed() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets the environment while tests run
  const char* const given = std::getenv("TROUPE_SEED");
  return given == nullptr ? kDefaultSeed : std::stoull(given);
}

}  // namespace

Random::Random() : Random(chosen_seed()) {}

Random::Random(std::uint64_t seed) : state_(seed) {
  std::cout << "seed " << seed << " (repeat with TROUPE_SEED=" << seed << ")\n";
}

Random Random::silent(std::uint64_t seed) {
  return {seed, Silent{}};
}

std::uint64_t Random::next() {
  return simulator::split_mix(state_);
}

std::uint64_t Random::below(std::uint64_t bound) {
  INVARIANT(bound > 0);
  return next() % bound;
}

Bytes Random::bytes(std::size_t size) {
  Bytes out(size);
  for (std::uint8_t& byte : out)
    byte = static_cast<std::uint8_t>(next());
  return out;
}

}  // namespace troupe::support

#include "tools/simulator/core/random.hpp"

#include "protocol/base/invariant.hpp"

namespace troupe::simulator {

std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

std::uint64_t derive_seed(std::uint64_t seed, std::string_view name) {
  std::uint64_t state = seed;
  std::uint64_t derived = split_mix(state);
  for (const char letter : name) {
    state ^= static_cast<std::uint8_t>(letter) + (derived << 8);
    derived = split_mix(state);
  }
  return derived;
}

std::uint64_t Random::below(std::uint64_t bound) {
  INVARIANT(bound > 0);
  return next() % bound;
}

bool Random::chance(double share) {
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53: exact in a double
  return static_cast<double>(next() >> 11) * kUnit < share;
}

Bytes Random::bytes(std::size_t size) {
  Bytes out(size);
  for (std::uint8_t& byte : out)
    byte = static_cast<std::uint8_t>(next());
  return out;
}

}  // namespace troupe::simulator

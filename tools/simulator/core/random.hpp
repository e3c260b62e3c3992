#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/base/bytes.hpp"

namespace troupe::simulator {

/// One step of SplitMix64: moves the state and returns the number drawn.
[[nodiscard]] std::uint64_t split_mix(std::uint64_t& state);

/// A seed of its own for whatever bears this name in a run: adding or removing one name does not
/// move what the others draw, which is what lets a shrinking run stay the same elsewhere.
[[nodiscard]] std::uint64_t derive_seed(std::uint64_t seed, std::string_view name);

/// A stream of pseudo-random numbers, the same on every machine for one seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  [[nodiscard]] std::uint64_t next() { return split_mix(state_); }

  /// A number below `bound`, which must not be 0. The bias is below bound / 2^64.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);

  /// True in `share` of all draws. Draws exactly one number, whatever the share.
  [[nodiscard]] bool chance(double share);

  [[nodiscard]] Bytes bytes(std::size_t size);

 private:
  std::uint64_t state_;
};

}  // namespace troupe::simulator

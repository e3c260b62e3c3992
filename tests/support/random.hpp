#pragma once

#include <cstdint>

#include "protocol/base/bytes.hpp"

namespace troupe::support {

/// A stream of pseudo-random numbers (SplitMix64), the same on every machine for one seed.
///
/// The seed is fixed, so that a test does not change its mind between two runs, unless the
/// environment variable TROUPE_SEED gives another. Each stream prints its seed.
class Random {
 public:
  Random();
  explicit Random(std::uint64_t seed);

  /// A stream that says nothing: one of thousands that a test starts and names itself.
  [[nodiscard]] static Random silent(std::uint64_t seed);

  [[nodiscard]] std::uint64_t next();

  /// A number below `bound`, which must not be 0. The bias is below bound / 2^64.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound);

  [[nodiscard]] Bytes bytes(std::size_t size);

 private:
  struct Silent {};

  Random(std::uint64_t seed, Silent) : state_(seed) {}

  std::uint64_t state_;
};

}  // namespace troupe::support

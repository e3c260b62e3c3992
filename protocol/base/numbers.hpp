#pragma once

#include <compare>
#include <cstdint>

// Numbers that must not be mistaken for one another. Each is its own type, without conversions:
// a View that is passed as a Height does not compile.
namespace troupe {

/// One attempt of one leader to have one block agreed on. Views only grow within an epoch.
struct View {
  std::uint64_t number = 0;

  [[nodiscard]] constexpr View next() const { return View{number + 1}; }

  friend auto operator<=>(const View&, const View&) = default;
};

/// The distance of a block from the genesis block, which has height 0.
struct Height {
  std::uint64_t number = 0;

  [[nodiscard]] constexpr Height next() const { return Height{number + 1}; }

  friend auto operator<=>(const Height&, const Height&) = default;
};

/// The life time of one validator set; the first one is epoch 0.
struct Epoch {
  std::uint64_t number = 0;

  friend auto operator<=>(const Epoch&, const Epoch&) = default;
};

/// A validator's place in its epoch's validator set, from 0. It names that validator's lane too.
struct ValidatorIndex {
  std::uint32_t number = 0;

  friend auto operator<=>(const ValidatorIndex&, const ValidatorIndex&) = default;
};

/// The place of a batch in its lane; the first batch of a lane has sequence 1, and 0 is its root.
struct Sequence {
  std::uint64_t number = 0;

  [[nodiscard]] constexpr Sequence next() const { return Sequence{number + 1}; }

  friend auto operator<=>(const Sequence&, const Sequence&) = default;
};

/// Which life of a validator's lane: 0 at first, then the height at which it rejoined.
struct Incarnation {
  std::uint64_t number = 0;

  friend auto operator<=>(const Incarnation&, const Incarnation&) = default;
};

}  // namespace troupe

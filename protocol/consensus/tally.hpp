#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/evidence.hpp"
#include "protocol/consensus/vote.hpp"

namespace troupe::consensus {

/// One vote as it was observed, directly or inside a certificate.
struct Observation {
  SignedVote vote;
  /// False for a vote that changed nothing when it came: its signature is only checked if it turns
  /// out to conflict with another one.
  bool is_verified = false;
};

/// The votes of one view: at most two distinct values per kind and signer, because two are a proof
/// of lying and a third proves nothing more. Append-only.
class Tally {
 public:
  explicit Tally(std::uint32_t validator_count = 0);

  /// True if this very vote with this very signature is here and was verified.
  [[nodiscard]] bool has_verified(const SignedVote& vote) const;

  /// Keeps the vote. False if it was known already or two other values fill its place. A verified
  /// one replaces the same value unverified. Requires a signer of the set.
  bool add(const SignedVote& vote, bool is_verified);

  /// Drops an observation whose signature turned out to be wrong.
  void remove(const SignedVote& vote);

  /// Every observation of the same signer that conflicts with the vote.
  [[nodiscard]] std::vector<Observation> conflicts(const SignedVote& vote) const;

  /// How many distinct validators are verified to say exactly this.
  [[nodiscard]] std::uint32_t count(const Vote& vote) const;

  /// The certificate of all verified votes that say exactly this.
  [[nodiscard]] Certificate assemble(const Vote& vote) const;

  /// The first verified vote of this kind by this signer, if any.
  [[nodiscard]] const SignedVote* find(VoteKind kind, ValidatorIndex signer) const;

  /// How many observations are kept: at most 6 per validator.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kValuesMax = 2;
  using Slot = std::vector<Observation>;  // at most kValuesMax
  using Slots = std::vector<Slot>;        // by signer; empty until the kind is first seen

  [[nodiscard]] const Slot* slot(VoteKind kind, ValidatorIndex signer) const;
  Slot& slot(VoteKind kind, ValidatorIndex signer);

  std::uint32_t validator_count_;
  std::array<Slots, 3> kinds_;
  std::size_t size_ = 0;
};

}  // namespace troupe::consensus

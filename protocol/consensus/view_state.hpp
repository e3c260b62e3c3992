#pragma once

#include <array>
#include <optional>
#include <vector>

#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/tally.hpp"
#include "protocol/consensus/vote.hpp"

namespace troupe::consensus {

/// A vote of this node, from the moment at which the signer was asked for it.
struct OwnVote {
  Vote vote;
  std::optional<crypto::Signature> signature;  ///< once the signer answered
};

/// Everything known about one view above the last final one.
struct ViewState {
  explicit ViewState(std::uint32_t validator_count) : tally(validator_count) {}

  Tally tally;
  /// Digests of the leader's proposals in the order of their arrival, at most two. The first one is
  /// the proposal; a second one only proves that the leader lies.
  std::vector<crypto::Digest> proposals;
  bool has_other_votes = false;  ///< a notarize or nullify of another validator
  bool is_retained = false;      ///< the mempool knows that its block is notarized

  [[nodiscard]] const std::optional<Certificate>& certificate(VoteKind kind) const {
    return certificates_[place(kind)];
  }

  [[nodiscard]] std::optional<Certificate>& certificate(VoteKind kind) {
    return certificates_[place(kind)];
  }

  [[nodiscard]] const std::optional<OwnVote>& own(VoteKind kind) const { return own_[place(kind)]; }

  [[nodiscard]] std::optional<OwnVote>& own(VoteKind kind) { return own_[place(kind)]; }

  /// The certificate that makes this view's block a parent: its notarization, else its
  /// finalization.
  [[nodiscard]] const std::optional<Certificate>& parent_certificate() const {
    const auto& notarization = certificate(VoteKind::Notarize);
    return notarization ? notarization : certificate(VoteKind::Finalize);
  }

 private:
  static constexpr std::size_t place(VoteKind kind) { return static_cast<std::size_t>(kind) - 1; }

  std::array<std::optional<Certificate>, 3> certificates_;
  std::array<std::optional<OwnVote>, 3> own_;
};

}  // namespace troupe::consensus

#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/validators.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"

// Votes (consensus.md, sections 1 and 3).
//
//   signed bytes := "troupe/" kind "/1"  0x00  chain: fixed[32]  body
//   body         := epoch: varint  root: fixed[32]  view: varint  block: fixed[32]
//   kind         := "notarize" | "nullify" | "finalize"
//
// The block of a nullify is zero. The root is the digest of the epoch's root block: a network that
// was wiped and started again with the same keys cannot be confused with its past.
// A leader's notarize vote is its signed proposal.
namespace troupe::consensus {

enum class VoteKind : std::uint8_t { Notarize = 1, Nullify = 2, Finalize = 3 };

[[nodiscard]] std::string_view name(VoteKind kind);
[[nodiscard]] VoteKind read_vote_kind(codec::Reader& reader);

/// What every signature of one epoch binds besides its own content.
struct Binding {
  crypto::Digest chain;
  Epoch epoch;
  crypto::Digest root;  ///< digest of the epoch's root block

  friend auto operator<=>(const Binding&, const Binding&) = default;
};

/// What one validator says in one view. Its identity, without the signer, is all four fields.
struct Vote {
  VoteKind kind = VoteKind::Nullify;
  Epoch epoch;
  View view;
  crypto::Digest block;  ///< zero for a nullify

  friend auto operator<=>(const Vote&, const Vote&) = default;
};

struct SignedVote {
  Vote vote;
  ValidatorIndex signer;
  crypto::Signature signature;

  friend auto operator<=>(const SignedVote&, const SignedVote&) = default;
};

/// The bytes that a validator signs for this vote.
[[nodiscard]] Bytes signed_bytes(const Binding& binding, const Vote& vote);

//   signed-vote := kind: u8  epoch: varint  view: varint  block: fixed[32]  signer: varint
//                  signature: fixed[64]
void write(codec::Writer& writer, const Vote& vote);
[[nodiscard]] Vote read_vote(codec::Reader& reader);
void write(codec::Writer& writer, const SignedVote& vote);
[[nodiscard]] SignedVote read_signed_vote(codec::Reader& reader);

/// Checks one signature over bytes: the strict rule of crypto::verify in a node, a cheaper keyed
/// hash in a simulation.
using Verify =
    std::function<bool(const crypto::PublicKey&, ByteView message, const crypto::Signature&)>;

/// One epoch's keys and binding: everything that is needed to check a signature.
struct Electorate {
  Binding binding;
  ValidatorSet validators;
  Verify verify =
      [](const crypto::PublicKey& key, ByteView message, const crypto::Signature& signature) {
        return crypto::verify(key, message, signature);
      };

  /// True if the signer belongs to the set and the signature covers this vote of this epoch.
  [[nodiscard]] bool accepts(const SignedVote& vote) const;
};

}  // namespace troupe::consensus

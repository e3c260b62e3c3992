#pragma once

#include <string>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/vote.hpp"

// Proof that a validator lied (consensus.md, section 7): two votes of one signer, epoch and view
// that no honest validator signs both. Nothing else is evidence; a nullify beside a notarize is
// honest, and so is a finalize for another block than the one notarized.
//
//   evidence := first: signed-vote  second: signed-vote      first < second
namespace troupe::consensus {

struct Evidence {
  SignedVote first;
  SignedVote second;

  [[nodiscard]] ValidatorIndex culprit() const { return first.signer; }

  [[nodiscard]] View view() const { return first.vote.view; }

  friend auto operator<=>(const Evidence&, const Evidence&) = default;
};

/// True if one honest validator never signs both: two notarize or two finalize votes for different
/// blocks, or a finalize and a nullify, of one epoch and view.
[[nodiscard]] bool is_conflict(const Vote& left, const Vote& right);

/// The evidence of two conflicting votes of one signer, in its one order.
[[nodiscard]] Evidence make_evidence(const SignedVote& left, const SignedVote& right);

/// True if the two votes conflict, stand in order and are of one signer. Signatures are not looked at.
[[nodiscard]] bool is_ordered_conflict(const Evidence& evidence);

/// True if it is an ordered conflict and both signatures are good.
[[nodiscard]] bool proves(const Evidence& evidence, const Electorate& electorate);

/// In words, for people: "validator 2 notarized two blocks in view 7".
[[nodiscard]] std::string describe(const Evidence& evidence);

[[nodiscard]] Bytes encode(const Evidence& evidence);
void write(codec::Writer& writer, const Evidence& evidence);
/// Leaves the reader failed if what it reads is no ordered conflict.
[[nodiscard]] Evidence read_evidence(codec::Reader& reader);
[[nodiscard]] Result<Evidence, codec::WireError> decode_evidence(ByteView bytes);

}  // namespace troupe::consensus

#pragma once

#include <compare>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/vote.hpp"

// A certificate: a quorum of equal votes (consensus.md, section 1).
//
//   certificate := kind: u8  epoch: varint  view: varint  block: fixed[32]
//                  signers: bytes      one bit a validator, least significant bit first, no zero
//                                      byte at the end
//                  signatures: fixed[64] per set bit, in validator order
//
// Whether there are enough signers, and whether they belong to the set, is asked by `check`: a
// decoder knows no validators.
namespace troupe::consensus {

struct CertificateSignature {
  ValidatorIndex signer;
  crypto::Signature signature;

  friend auto operator<=>(const CertificateSignature&, const CertificateSignature&) = default;
};

/// A notarization, nullification or finalization, by the kind of its votes.
struct Certificate {
  Vote vote;
  std::vector<CertificateSignature> signatures;  ///< strictly ascending by signer

  friend bool operator==(const Certificate&, const Certificate&) = default;

  [[nodiscard]] View view() const { return vote.view; }

  [[nodiscard]] bool is(VoteKind kind) const { return vote.kind == kind; }

  [[nodiscard]] std::vector<ValidatorIndex> signers() const;

  /// The vote of one of the signers, by its place among the signatures.
  [[nodiscard]] SignedVote signed_vote(std::size_t place) const;
};

/// "notarization", "nullification", "finalization".
[[nodiscard]] std::string_view certificate_name(VoteKind kind);

enum class CertificateError {
  WrongEpoch,        ///< of another epoch than the electorate's
  UnknownSigner,     ///< a signer that is not in the set
  SignersNotSorted,  ///< two equal signers, or out of order
  NoQuorum,          ///< fewer than q signers
  BadSignature,      ///< a signature that does not cover the vote
};

[[nodiscard]] std::string_view describe(CertificateError error);

/// Everything but the signatures: epoch, signers distinct and in the set, at least q of them.
[[nodiscard]] Result<Done, CertificateError> check_form(const Certificate& certificate,
                                                        const Electorate& electorate);

/// The whole check, every signature included. What a proof or a synchronizer asks.
[[nodiscard]] Result<Done, CertificateError> check(const Certificate& certificate,
                                                   const Electorate& electorate);

[[nodiscard]] Bytes encode(const Certificate& certificate);
void write(codec::Writer& writer, const Certificate& certificate);
[[nodiscard]] Certificate read_certificate(codec::Reader& reader);
[[nodiscard]] Result<Certificate, codec::WireError> decode_certificate(ByteView bytes);

}  // namespace troupe::consensus

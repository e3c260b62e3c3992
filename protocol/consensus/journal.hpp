#pragma once

#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/vote.hpp"

// The records of the vote journal (consensus.md, sections 3 and 5). Storage keeps their bytes in
// order and knows nothing about them.
//
//   record := 1 signed-vote certificates: list(certificate) headers: list(header)    a vote
//           | 2 batch-identity signature: fixed[64]                                  a batch
//           | 3 certificate                                                          the mark
//   batch-identity := epoch: varint  lane: varint  incarnation: varint  sequence: varint
//                     digest: fixed[32]
namespace troupe::consensus {

/// What a signature rests on. Durable before the signature exists, so that after a power cut of all
/// nodes the certificates that voters relied on are still somewhere.
struct Basis {
  std::vector<Certificate> certificates;
  std::vector<Header> headers;

  friend bool operator==(const Basis&, const Basis&) = default;
};

/// What names one batch of a lane: two digests for the first four fields are a lie.
struct BatchIdentity {
  Epoch epoch;
  ValidatorIndex lane;
  Incarnation incarnation;
  Sequence sequence;
  crypto::Digest digest;

  friend auto operator<=>(const BatchIdentity&, const BatchIdentity&) = default;
};

struct VoteRecord {
  SignedVote vote;
  Basis basis;

  friend bool operator==(const VoteRecord&, const VoteRecord&) = default;
};

struct BatchRecord {
  BatchIdentity batch;
  crypto::Signature signature;

  friend bool operator==(const BatchRecord&, const BatchRecord&) = default;
};

/// The highest finalization shown to the signer: nothing at or below its view is signed any more.
struct MarkRecord {
  Certificate finalization;

  friend bool operator==(const MarkRecord&, const MarkRecord&) = default;
};

using JournalRecord = std::variant<VoteRecord, BatchRecord, MarkRecord>;

[[nodiscard]] Bytes encode(const JournalRecord& record);
[[nodiscard]] Result<JournalRecord, codec::WireError> decode_journal_record(ByteView bytes);

}  // namespace troupe::consensus

#pragma once

#include <string>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/batch.hpp"

// Proof that a validator forked its lane (consensus.md, section 7): two headers that it signed for
// one place. No honest validator signs both; the payloads do not matter for that.
//
//   fork := first: signed_header  second: signed_header      digest of first < digest of second
namespace troupe::ledger {

struct LaneFork {
  SignedBatchHeader first;
  SignedBatchHeader second;

  [[nodiscard]] ValidatorIndex culprit() const { return first.header.place.lane; }

  friend bool operator==(const LaneFork&, const LaneFork&) = default;
};

/// The proof that two conflicting headers make, in its one order. Requires conflict().
[[nodiscard]] LaneFork make_fork(const SignedBatchHeader& left, const SignedBatchHeader& right);

/// True if the headers conflict and stand in order. Signatures are not looked at.
[[nodiscard]] bool is_ordered_conflict(const LaneFork& fork);

/// True if it is an ordered conflict, and both headers are signed by this author on this chain.
[[nodiscard]] bool proves(const LaneFork& fork,
                          const crypto::Digest& chain,
                          const crypto::PublicKey& author);

/// In words, for people: "validator 2 forked its lane at sequence 7".
[[nodiscard]] std::string describe(const LaneFork& fork);

void write(codec::Writer& writer, const LaneFork& fork);
/// Leaves the reader failed if what it reads is no ordered conflict.
[[nodiscard]] LaneFork read_fork(codec::Reader& reader);

}  // namespace troupe::ledger

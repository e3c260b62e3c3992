#pragma once

#include <optional>

#include "protocol/base/bytes.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "protocol/proof/proof.hpp"

// State proofs in the form of ICS-23, for foreign verifiers: the protobuf encoding of
// cosmos.ics23.v1.CommitmentProof. They accept it with the specification in ledger/state_proof.hpp.
//
//   CommitmentProof   := 1: ExistenceProof | 2: NonExistenceProof
//   NonExistenceProof := 1: key  2: ExistenceProof left  3: ExistenceProof right
//   ExistenceProof    := 1: key  2: value  3: LeafOp  4: InnerOp, repeated, the lowest one first
//   LeafOp            := 1: SHA256  2: SHA256 (key)  3: SHA256 (value)  4: NO_PREFIX  5: prefix
//   InnerOp           := 1: SHA256  2: prefix  3: suffix
namespace troupe::proof {

[[nodiscard]] Bytes ics23_of(const ledger::PresenceProof& presence);
[[nodiscard]] Bytes ics23_of(const ledger::AbsenceProof& absence, ByteView key);

/// Of the record or its absence. Nothing for the other claims.
[[nodiscard]] std::optional<Bytes> ics23_of(const Proof& proof);

}  // namespace troupe::proof

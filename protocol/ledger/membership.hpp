#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/lane_message.hpp"
#include "protocol/ledger/module.hpp"
#include "protocol/ledger/state_changes.hpp"
#include "protocol/ledger/state_reader.hpp"

// What validators have the ledger know about themselves (consensus.md, section 5): module 127.
//
//   content := 1: u8  epoch: varint  nonce: fixed[32]        rejoin
//
// A validator that lost its vote journal, or met a twin, signs nothing any more. It leaves that
// state by a `rejoin`, the only operation of a transaction whose account is the validator key
// itself: the transaction's signature is the proof, and nobody else can make it. The nonce is drawn
// by the process that asks, after everything that it may have forgotten; so a block that orders it
// was proposed after the last signature of the forgotten life, and whatever that life signed lies at
// or below the view of any finalization of that block. Above it the validator may sign anew. Its
// lane begins a new life there, named by the height, so that no batch of the old life can contradict
// one of the new.
//
// State: `validators/life/<index>` := height: varint, the height of the validator's last rejoin.
namespace troupe::ledger {

inline constexpr std::uint64_t kMembershipModule = 127;

struct Rejoin {
  Epoch epoch;
  crypto::Digest nonce;  ///< drawn at random; only compared

  friend bool operator==(const Rejoin&, const Rejoin&) = default;
};

[[nodiscard]] ModuleOperation operation_of(const Rejoin& rejoin);

/// Errors: all of WireError, for content that is not exactly one rejoin.
[[nodiscard]] Result<Rejoin, codec::WireError> decode_rejoin(ByteView content);

/// The state key of a validator's last rejoin.
[[nodiscard]] Bytes life_state_key(ValidatorIndex validator);

/// The life of a validator's lane in a state, 0 if it never rejoined. Error: Unreadable, also if
/// what is stored is no height.
[[nodiscard]] Result<Incarnation, StateError> read_life(const StateReader& state,
                                                        ValidatorIndex validator);

/// The lives that begin with these writes of one block, ascending by lane.
[[nodiscard]] std::vector<LaneLife> lives_begun(const std::vector<StateWrite>& writes);

/// The rules of a rejoin: its account is the key of a validator, and of this epoch; one takes effect
/// per validator and block, so that of two processes with one key at most one begins a life. A
/// question is a validator's index as varint, the answer the height of its last rejoin as varint.
class MembershipModule : public Module {
 public:
  /// The validators' keys, by index.
  MembershipModule(Epoch epoch, std::vector<crypto::PublicKey> validators);

  [[nodiscard]] std::uint64_t number() const override { return kMembershipModule; }

  [[nodiscard]] std::string_view name() const override { return "validators"; }

  [[nodiscard]] Result<Done, AdmissionError> check(const Operation& operation) const override;

  [[nodiscard]] Result<OperationEffect, OperationFailure> execute(
      const Operation& operation,
      const OperationContext& context,
      StateChanges& state) const override;

  [[nodiscard]] Result<Bytes, QueryError> query(ByteView question,
                                                const StateReader& reader) const override;

 private:
  Epoch epoch_;
  std::vector<crypto::PublicKey> validators_;
};

}  // namespace troupe::ledger

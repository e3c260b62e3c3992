#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/evidence.hpp"
#include "protocol/ledger/lane_fork.hpp"
#include "protocol/ledger/lane_message.hpp"
#include "protocol/ledger/module.hpp"
#include "protocol/ledger/state_changes.hpp"
#include "protocol/ledger/state_reader.hpp"

// What the ledger knows of validators that lied (consensus.md, section 7): module 126.
//
//   content    := accusation
//   accusation := 1: u8  evidence          two votes            (consensus/evidence.hpp)
//               | 2: u8  fork              two batch headers    (ledger/lane_fork.hpp)
//
// An accusation proves itself: whoever submits it, it is admitted only if both signatures are the
// accused validator's. The ledger keeps the first of each kind against each validator and refuses
// others as already known, so a liar cannot fill it with his own lies. A recorded fork closes the
// lane: no block whose executed state knows of it orders anything more from there in this epoch.
//
// State: `evidence/votes/<index>`, `evidence/lane/<index>` := height: varint  accusation
namespace troupe::proof {

inline constexpr std::uint64_t kEvidenceModule = 126;

using Accusation = std::variant<consensus::Evidence, ledger::LaneFork>;

enum class LieKind : std::uint8_t { Votes = 1, Lane = 2 };

/// Whom an accusation names, and of what kind of lie. The ledger keeps one of each.
struct Lie {
  ValidatorIndex culprit;
  LieKind kind = LieKind::Votes;

  friend auto operator<=>(const Lie&, const Lie&) = default;
};

[[nodiscard]] Lie lie_of(const Accusation& accusation);

/// In words, for people: "validator 2 notarized two blocks in view 7".
[[nodiscard]] std::string describe(const Accusation& accusation);

/// True if both signatures are the accused validator's and contradict each other.
[[nodiscard]] bool proves(const Accusation& accusation, const consensus::Electorate& electorate);

[[nodiscard]] Bytes encode(const Accusation& accusation);

/// Errors: all of WireError, for bytes that are not exactly one accusation in its one order.
[[nodiscard]] Result<Accusation, codec::WireError> decode_accusation(ByteView encoded);

[[nodiscard]] ledger::ModuleOperation operation_of(const Accusation& accusation);

/// The state key of what is kept of this lie.
[[nodiscard]] Bytes lie_state_key(const Lie& lie);

struct RecordedAccusation {
  Height height;  ///< of the block that recorded it
  Accusation accusation;

  friend bool operator==(const RecordedAccusation&, const RecordedAccusation&) = default;
};

/// What a state says of a lie; nothing if it knows of none. Error: Unreadable, also if what is
/// stored is no accusation.
[[nodiscard]] Result<std::optional<RecordedAccusation>, ledger::StateError> read_accusation(
    const ledger::StateReader& state, const Lie& lie);

/// All that a state knows of this many validators, ascending by validator. Error: Unreadable.
[[nodiscard]] Result<std::vector<RecordedAccusation>, ledger::StateError> read_accusations(
    const ledger::StateReader& state, std::uint32_t validator_count);

/// The accusations that these writes of one block record, ascending by lie.
[[nodiscard]] std::vector<RecordedAccusation> accusations_in(
    const std::vector<ledger::StateWrite>& writes);

/// The lanes that these accusations close, each with the height from which on it is closed.
[[nodiscard]] std::vector<ledger::LaneClosing> closings_in(
    const std::vector<RecordedAccusation>& recorded);

/// Records accusations against the validators of one epoch. A question is a validator's index as
/// varint and a kind as u8, the answer the value of the state.
class EvidenceModule : public ledger::Module {
 public:
  explicit EvidenceModule(consensus::Electorate electorate);

  [[nodiscard]] std::uint64_t number() const override { return kEvidenceModule; }

  [[nodiscard]] std::string_view name() const override { return "evidence"; }

  [[nodiscard]] Result<Done, ledger::AdmissionError> check(
      const ledger::Operation& operation) const override;

  [[nodiscard]] Result<ledger::OperationEffect, ledger::OperationFailure> execute(
      const ledger::Operation& operation,
      const ledger::OperationContext& context,
      ledger::StateChanges& state) const override;

  [[nodiscard]] Result<Bytes, ledger::QueryError> query(
      ByteView question, const ledger::StateReader& reader) const override;

 private:
  consensus::Electorate electorate_;
};

}  // namespace troupe::proof

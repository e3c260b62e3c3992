#include "protocol/proof/accusation.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/limits.hpp"
#include "protocol/base/match.hpp"

namespace troupe::proof {

namespace {

constexpr std::string_view kStatePrefix = "evidence/";

std::string_view word_of(LieKind kind) {
  return kind == LieKind::Votes ? "votes/" : "lane/";
}

Accusation read_accusation(codec::Reader& reader) {
  Accusation accusation;
  switch (static_cast<LieKind>(reader.u8())) {
    case LieKind::Votes: accusation = consensus::read_evidence(reader); break;
    case LieKind::Lane: accusation = ledger::read_fork(reader); break;
    default: reader.fail(codec::WireError::OutOfRange); return accusation;
  }
  return accusation;
}

Bytes encode_recorded(Height height, const Accusation& accusation) {
  codec::Writer writer;
  return writer.varint(height.number).fixed(proof::encode(accusation)).take();
}

std::optional<RecordedAccusation> decode_recorded(ByteView encoded) {
  const auto recorded = codec::decode(encoded, [](codec::Reader& reader) {
    const Height height{reader.varint()};
    return RecordedAccusation{height, read_accusation(reader)};
  });
  return recorded ? std::optional(*recorded) : std::nullopt;
}

}  // namespace

Lie lie_of(const Accusation& accusation) {
  return std::visit(Match{[](const consensus::Evidence& votes) {
                            return Lie{votes.culprit(), LieKind::Votes};
                          },
                          [](const ledger::LaneFork& fork) {
                            return Lie{fork.culprit(), LieKind::Lane};
                          }},
                    accusation);
}

std::string describe(const Accusation& accusation) {
  return std::visit(Match{[](const consensus::Evidence& votes) { return describe(votes); },
                          [](const ledger::LaneFork& fork) { return describe(fork); }},
                    accusation);
}

bool proves(const Accusation& accusation, const consensus::Electorate& electorate) {
  return std::visit(
      Match{[&](const consensus::Evidence& votes) { return consensus::proves(votes, electorate); },
            [&](const ledger::LaneFork& fork) {
              const auto& binding = electorate.binding;
              const auto& place = fork.first.header.place;
              return electorate.validators.contains(fork.culprit()) &&
                     place.epoch == binding.epoch && place.root == binding.root &&
                     ledger::proves(fork, binding.chain, electorate.validators.key(fork.culprit()));
            }},
      accusation);
}

Bytes encode(const Accusation& accusation) {
  codec::Writer writer(512);
  writer.u8(static_cast<std::uint8_t>(lie_of(accusation).kind));
  std::visit(Match{[&](const consensus::Evidence& votes) { consensus::write(writer, votes); },
                   [&](const ledger::LaneFork& fork) { ledger::write(writer, fork); }},
             accusation);
  return writer.take();
}

Result<Accusation, codec::WireError> decode_accusation(ByteView encoded) {
  return codec::decode(encoded, [](codec::Reader& reader) { return read_accusation(reader); });
}

ledger::ModuleOperation operation_of(const Accusation& accusation) {
  return {kEvidenceModule, encode(accusation)};
}

Bytes lie_state_key(const Lie& lie) {
  std::string key(kStatePrefix);
  key += word_of(lie.kind);
  return to_bytes(as_bytes(key + std::to_string(lie.culprit.number)));
}

Result<std::optional<RecordedAccusation>, ledger::StateError> read_accusation(
    const ledger::StateReader& state, const Lie& lie) {
  const auto value = state.value(lie_state_key(lie));
  if (!value) return failure(value.error());
  if (!value->has_value()) return std::optional<RecordedAccusation>();
  auto recorded = decode_recorded(**value);
  if (!recorded || lie_of(recorded->accusation) != lie)
    return failure(ledger::StateError::Unreadable);
  return recorded;
}

Result<std::vector<RecordedAccusation>, ledger::StateError> read_accusations(
    const ledger::StateReader& state, std::uint32_t validator_count) {
  std::vector<RecordedAccusation> all;
  for (std::uint32_t i = 0; i < validator_count; ++i) {
    for (const LieKind kind : {LieKind::Votes, LieKind::Lane}) {
      auto recorded = read_accusation(state, {ValidatorIndex{i}, kind});
      if (!recorded) return failure(recorded.error());
      if (*recorded) all.push_back(std::move(**recorded));
    }
  }
  return all;
}

std::vector<RecordedAccusation> accusations_in(const std::vector<ledger::StateWrite>& writes) {
  std::vector<RecordedAccusation> recorded;
  for (const ledger::StateWrite& write : writes) {
    if (!write.value || !as_text(write.key).starts_with(kStatePrefix)) continue;
    if (auto decoded = decode_recorded(*write.value)) recorded.push_back(std::move(*decoded));
  }
  std::ranges::sort(
      recorded, {}, [](const RecordedAccusation& each) { return lie_of(each.accusation); });
  return recorded;
}

std::vector<ledger::LaneClosing> closings_in(const std::vector<RecordedAccusation>& recorded) {
  std::vector<ledger::LaneClosing> closings;
  for (const RecordedAccusation& each : recorded) {
    const Lie lie = lie_of(each.accusation);
    if (lie.kind == LieKind::Lane) closings.push_back({lie.culprit, each.height});
  }
  return closings;
}

EvidenceModule::EvidenceModule(consensus::Electorate electorate)
    : electorate_(std::move(electorate)) {}

/// The signatures are looked at here, where workers do it, and need no state.
Result<Done, ledger::AdmissionError> EvidenceModule::check(
    const ledger::Operation& operation) const {
  const auto* mine = std::get_if<ledger::ModuleOperation>(&operation);
  const auto accusation =
      mine == nullptr ? Result<Accusation, codec::WireError>(failure(codec::WireError::OutOfRange))
                      : decode_accusation(mine->content);
  if (!accusation || !proves(*accusation, electorate_))
    return failure(ledger::AdmissionError::BadOperation);
  return Done{};
}

Result<ledger::OperationEffect, ledger::OperationFailure> EvidenceModule::execute(
    const ledger::Operation& operation,
    const ledger::OperationContext& context,
    ledger::StateChanges& state) const {
  const auto accusation = decode_accusation(std::get<ledger::ModuleOperation>(operation).content);
  if (!accusation) return failure(ledger::OperationFailure{ledger::Refusal::NotAllowed});
  const Bytes key = lie_state_key(lie_of(*accusation));
  const auto known = state.value(key);
  if (!known) return failure(ledger::OperationFailure{known.error()});
  if (known->has_value()) return failure(ledger::OperationFailure{ledger::Refusal::AlreadyKnown});
  state.put(key, encode_recorded(context.height, *accusation));
  return ledger::OperationEffect{};
}

Result<Bytes, ledger::QueryError> EvidenceModule::query(ByteView question,
                                                        const ledger::StateReader& reader) const {
  const auto lie = codec::decode(question, [](codec::Reader& asked) {
    const ValidatorIndex culprit{static_cast<std::uint32_t>(asked.varint(kValidatorsMax - 1))};
    const auto kind = static_cast<LieKind>(asked.u8());
    if (kind != LieKind::Votes && kind != LieKind::Lane) asked.fail(codec::WireError::OutOfRange);
    return Lie{culprit, kind};
  });
  if (!lie) return failure(ledger::QueryError::Malformed);
  const auto recorded = read_accusation(reader, *lie);
  if (!recorded) return failure(ledger::QueryError::Unreadable);
  if (!recorded->has_value()) return failure(ledger::QueryError::NotFound);
  return encode_recorded((*recorded)->height, (*recorded)->accusation);
}

}  // namespace troupe::proof

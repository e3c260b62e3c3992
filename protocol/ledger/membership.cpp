#include "protocol/ledger/membership.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "protocol/base/limits.hpp"

namespace troupe::ledger {

namespace {

constexpr std::uint8_t kRejoinKind = 1;
constexpr std::string_view kLifePrefix = "validators/life/";

Bytes encode(Height height) {
  codec::Writer writer;
  writer.varint(height.number);
  return writer.take();
}

std::optional<Height> decode_height(ByteView encoded) {
  const auto height =
      codec::decode(encoded, [](codec::Reader& reader) { return Height{reader.varint()}; });
  return height ? std::optional(*height) : std::nullopt;
}

/// The height under a life's key; nothing if the validator never rejoined.
template <class State>
Result<std::optional<Height>, StateError> life_in(const State& state, ValidatorIndex validator) {
  const auto value = state.value(life_state_key(validator));
  if (!value) return failure(value.error());
  if (!value->has_value()) return std::optional<Height>();
  const auto height = decode_height(**value);
  if (!height) return failure(StateError::Unreadable);
  return height;
}

/// The validator whose life this key is of, if it is such a key.
std::optional<ValidatorIndex> validator_of(ByteView key) {
  std::string_view text = as_text(key);
  if (!text.starts_with(kLifePrefix)) return std::nullopt;
  text.remove_prefix(kLifePrefix.size());
  ValidatorIndex validator;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), validator.number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return validator;
}

}  // namespace

ModuleOperation operation_of(const Rejoin& rejoin) {
  codec::Writer writer;
  writer.u8(kRejoinKind).varint(rejoin.epoch.number).fixed(rejoin.nonce.view());
  return {kMembershipModule, writer.take()};
}

Result<Rejoin, codec::WireError> decode_rejoin(ByteView content) {
  return codec::decode(content, [](codec::Reader& reader) {
    if (reader.u8() != kRejoinKind) reader.fail(codec::WireError::OutOfRange);
    Rejoin rejoin;
    rejoin.epoch.number = reader.varint();
    rejoin.nonce.bytes = reader.array<32>();
    return rejoin;
  });
}

Bytes life_state_key(ValidatorIndex validator) {
  return to_bytes(as_bytes(std::string(kLifePrefix) + std::to_string(validator.number)));
}

Result<Incarnation, StateError> read_life(const StateReader& state, ValidatorIndex validator) {
  const auto height = life_in(state, validator);
  if (!height) return failure(height.error());
  return Incarnation{height->value_or(Height{0}).number};
}

std::vector<LaneLife> lives_begun(const std::vector<StateWrite>& writes) {
  std::vector<LaneLife> lives;
  for (const StateWrite& write : writes) {
    const auto validator = validator_of(write.key);
    if (!validator || !write.value) continue;
    if (const auto height = decode_height(*write.value))
      lives.push_back({*validator, Incarnation{height->number}});
  }
  std::sort(lives.begin(), lives.end());
  return lives;
}

MembershipModule::MembershipModule(Epoch epoch, std::vector<crypto::PublicKey> validators)
    : epoch_(epoch), validators_(std::move(validators)) {}

Result<Done, AdmissionError> MembershipModule::check(const Operation& operation) const {
  const auto* mine = std::get_if<ModuleOperation>(&operation);
  if (mine == nullptr || !decode_rejoin(mine->content))
    return failure(AdmissionError::BadOperation);
  return Done{};
}

Result<OperationEffect, OperationFailure> MembershipModule::execute(const Operation& operation,
                                                                    const OperationContext& context,
                                                                    StateChanges& state) const {
  const auto rejoin = decode_rejoin(std::get<ModuleOperation>(operation).content);
  const auto account = std::find(validators_.begin(), validators_.end(), context.account);
  if (!rejoin || rejoin->epoch != epoch_ || account == validators_.end())
    return failure(OperationFailure{Refusal::NotAllowed});
  const ValidatorIndex validator{static_cast<std::uint32_t>(account - validators_.begin())};
  const auto life = life_in(state, validator);
  if (!life) return failure(OperationFailure{life.error()});
  if (*life == context.height) return failure(OperationFailure{Refusal::NotAllowed});
  state.put(life_state_key(validator), encode(context.height));
  return OperationEffect{};
}

Result<Bytes, QueryError> MembershipModule::query(ByteView question,
                                                  const StateReader& reader) const {
  const auto validator = codec::decode(question, [](codec::Reader& index) {
    return ValidatorIndex{static_cast<std::uint32_t>(index.varint(kValidatorsMax - 1))};
  });
  if (!validator) return failure(QueryError::Malformed);
  const auto height = life_in(reader, *validator);
  if (!height) return failure(QueryError::Unreadable);
  if (!height->has_value()) return failure(QueryError::NotFound);
  return encode(**height);
}

}  // namespace troupe::ledger

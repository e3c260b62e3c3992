#include "protocol/ledger/core_module.hpp"

#include <utility>

#include "protocol/ledger/record.hpp"

namespace troupe::ledger {

namespace {

using Executed = Result<OperationEffect, OperationFailure>;

Failure<OperationFailure> refuse(Refusal refusal) {
  return failure(OperationFailure{refusal});
}

/// Executes one operation; the state is read and changed through here only.
class Step {
 public:
  Step(const OperationContext& context, StateChanges& state) : context_(context), state_(state) {}

  Executed operator()(const Note&) { return OperationEffect{}; }

  Executed operator()(const Put& put) {
    auto current = read(put.key);
    if (!current) return failure(OperationFailure{current.error()});
    if (!current->has_value()) return make(put.key, first_version(put));
    if (const auto refusal = obstacle(**current)) return refuse(*refusal);
    Record next = **current;
    next.value = put.value;
    return replace(put.key, **current, std::move(next));
  }

  Executed operator()(const Transfer& transfer) {
    return change(transfer.key, [&transfer](Record& record) { record.owner = transfer.to; });
  }

  Executed operator()(const Retire& retire) {
    return change(retire.key, [](Record& record) { record.status = RecordStatus::Retired; });
  }

  Executed operator()(const ModuleOperation&) { return refuse(Refusal::NotAllowed); }

 private:
  [[nodiscard]] Result<std::optional<Record>, StateError> read(const std::string& key) const {
    auto value = state_.value(record_state_key(key));
    if (!value) return failure(value.error());
    if (!value->has_value()) return std::optional<Record>();
    auto record = decode_record(**value);
    if (!record) return failure(StateError::Unreadable);
    return std::optional<Record>(std::move(record).value());
  }

  [[nodiscard]] Record first_version(const Put& put) const {
    Record record;
    record.owner = context_.account;
    record.value = put.value;
    return record;
  }

  /// Why the account may not change the record, if it may not.
  [[nodiscard]] std::optional<Refusal> obstacle(const Record& record) const {
    if (record.owner != context_.account) return Refusal::NotOwner;
    if (record.status == RecordStatus::Retired) return Refusal::Retired;
    return std::nullopt;
  }

  template <class Alter>
  Executed change(const std::string& key, Alter alter) {
    auto current = read(key);
    if (!current) return failure(OperationFailure{current.error()});
    if (!current->has_value()) return refuse(Refusal::NoSuchRecord);
    if (const auto refusal = obstacle(**current)) return refuse(*refusal);
    Record next = **current;
    alter(next);
    return replace(key, **current, std::move(next));
  }

  Executed replace(const std::string& key, const Record& current, Record next) {
    state_.put(history_state_key(key, current.version), encode(current));
    next.version = current.version + 1;
    return make(key, std::move(next));
  }

  Executed make(const std::string& key, Record record) {
    record.height = context_.height;
    record.transaction = context_.transaction;
    state_.put(record_state_key(key), encode(record));
    state_.list(key);
    return OperationEffect{record.version};
  }

  const OperationContext& context_;
  StateChanges& state_;
};

}  // namespace

Result<Done, AdmissionError> CoreModule::check(const Operation& operation) const {
  return check_operation(operation);
}

Executed CoreModule::execute(const Operation& operation,
                             const OperationContext& context,
                             StateChanges& state) const {
  return std::visit(Step(context, state), operation);
}

Result<Bytes, QueryError> CoreModule::query(ByteView question, const StateReader& reader) const {
  const std::string_view key = as_text(question);
  if (!is_record_key(key)) return failure(QueryError::Malformed);
  auto record = read_record(reader, key);
  if (!record) return failure(QueryError::Unreadable);
  if (!record->has_value()) return failure(QueryError::NotFound);
  return encode(RecordView{std::string(key), **record});
}

}  // namespace troupe::ledger

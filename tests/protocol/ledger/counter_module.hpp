#pragma once

#include "protocol/ledger/module.hpp"

namespace troupe::ledger::samples {

/// A module as an embedder would write it: counters that everyone may raise, up to 3. An operation
/// is the counter's one-letter name.
class CounterModule : public Module {
 public:
  [[nodiscard]] std::uint64_t number() const override { return 9; }

  [[nodiscard]] std::string_view name() const override { return "counter"; }

  [[nodiscard]] Result<Done, AdmissionError> check(const Operation& operation) const override {
    const auto* own = std::get_if<ModuleOperation>(&operation);
    if (own == nullptr || own->content.size() != 1) return failure(AdmissionError::BadOperation);
    return Done{};
  }

  [[nodiscard]] Result<OperationEffect, OperationFailure> execute(
      const Operation& operation, const OperationContext&, StateChanges& state) const override {
    Bytes key = to_bytes(as_bytes("counter/"));
    append(key, std::get<ModuleOperation>(operation).content);
    const auto value = state.value(key);
    if (!value) return failure(OperationFailure{value.error()});
    const std::uint8_t count = value->has_value() ? (**value)[0] : std::uint8_t{0};
    if (count == 3) return failure(OperationFailure{Refusal::NotAllowed});
    state.put(key, Bytes{static_cast<std::uint8_t>(count + 1)});
    return OperationEffect{};
  }

  [[nodiscard]] Result<Bytes, QueryError> query(ByteView, const StateReader&) const override {
    return failure(QueryError::NotFound);
  }
};

}  // namespace troupe::ledger::samples

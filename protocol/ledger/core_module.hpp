#pragma once

#include "protocol/ledger/module.hpp"

namespace troupe::ledger {

/// The module that every chain has, number 0: note, put, transfer and retire (record.hpp). The rules
/// of its operations:
///
///   note      changes no state and is never refused
///   put       creates the record, owned by the account, or adds a version; an existing record must
///             be active and owned by the account
///   transfer  makes `to` the owner; the record must exist, be active and owned by the account
///   retire    closes the record; it must exist, be active and owned by the account
///
/// A question to it is a record's key, the answer an encoded RecordView.
class CoreModule : public Module {
 public:
  [[nodiscard]] std::uint64_t number() const override { return kCoreModule; }

  [[nodiscard]] std::string_view name() const override { return "core"; }

  [[nodiscard]] Result<Done, AdmissionError> check(const Operation& operation) const override;

  [[nodiscard]] Result<OperationEffect, OperationFailure> execute(
      const Operation& operation,
      const OperationContext& context,
      StateChanges& state) const override;

  [[nodiscard]] Result<Bytes, QueryError> query(ByteView question,
                                                const StateReader& reader) const override;
};

}  // namespace troupe::ledger

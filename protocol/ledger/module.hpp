#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/admission.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/state_changes.hpp"
#include "protocol/ledger/state_reader.hpp"
#include "protocol/ledger/transaction.hpp"

// Modules: what a chain can do. A module understands one kind of operations and keeps its data in
// the state under its own keys. The core, notes and records, is the first one; whoever builds a
// ledger of his own adds modules without touching the node. Every node of a chain runs the same
// modules: they are part of the rules.
namespace troupe::ledger {

/// What a module knows about the transaction whose operation it executes.
struct OperationContext {
  Height height;
  crypto::Digest transaction;
  crypto::PublicKey account;
};

/// What an executed operation reports for its receipt.
struct OperationEffect {
  std::optional<std::uint64_t> version;  ///< of the record that it made, if it made one
};

/// Why an operation had no effect: it was refused, or the state could not be read.
using OperationFailure = std::variant<Refusal, StateError>;

enum class QueryError {
  Malformed,   ///< the module does not understand the question
  NotFound,    ///< there is no such thing
  Unreadable,  ///< the state could not be read
};

/// All functions are deterministic: equal arguments and state give equal results and changes.
class Module {
 public:
  virtual ~Module() = default;

  /// The number in the encoding of its operations; 0 is the core.
  [[nodiscard]] virtual std::uint64_t number() const = 0;

  /// A short word. Except for the core, every state key of the module begins with it and a slash.
  [[nodiscard]] virtual std::string_view name() const = 0;

  /// Whether an operation is in the form that the module demands, whatever the state. Batches hold
  /// only operations that pass.
  [[nodiscard]] virtual Result<Done, AdmissionError> check(const Operation& operation) const = 0;

  /// Executes an operation that passed check(). What it changed before it fails is undone, together
  /// with what earlier operations of the same transaction changed.
  [[nodiscard]] virtual Result<OperationEffect, OperationFailure> execute(
      const Operation& operation, const OperationContext& context, StateChanges& state) const = 0;

  /// Answers a question in the module's own encoding from one state.
  [[nodiscard]] virtual Result<Bytes, QueryError> query(ByteView question,
                                                        const StateReader& reader) const = 0;
};

/// The modules of a chain. The core is always among them.
class Modules {
 public:
  Modules();

  /// Requires a number from 1 to 127 that is not taken.
  Modules& add(std::shared_ptr<const Module> module);

  /// Null if the chain does not run it.
  [[nodiscard]] const Module* find(std::uint64_t number) const;

  [[nodiscard]] const Module* module_of(const Operation& operation) const;

  /// As ledger::check_stateless, for all modules of the chain.
  [[nodiscard]] Result<Done, AdmissionError> check_stateless(const Transaction& transaction,
                                                             const crypto::Digest& chain) const;

 private:
  std::vector<std::shared_ptr<const Module>> modules_;  // ascending by number
};

}  // namespace troupe::ledger

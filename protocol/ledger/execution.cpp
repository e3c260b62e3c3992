#include "protocol/ledger/execution.hpp"

#include <unordered_set>
#include <utility>

#include "protocol/ledger/admission.hpp"

namespace troupe::ledger {

namespace {

template <class T>
using Read = Result<T, StateError>;

/// One execution of one block, transaction by transaction.
class BlockExecution {
 public:
  BlockExecution(const ExecutionInputs& inputs, Height height)
      : inputs_(inputs), height_(height), changes_(inputs.state) {}

  /// Decides the next transaction and writes its receipt.
  Read<Done> add(const Transaction& transaction) {
    auto outcome = decide(transaction);
    if (!outcome) return failure(outcome.error());
    if (is_decision(*outcome)) {
      const auto position = static_cast<std::uint32_t>(execution_.receipts.size());
      execution_.index.push_back({transaction.id(), position});
      decided_here_.insert(transaction.id());
    }
    execution_.receipts.push_back({transaction.id(), std::move(outcome).value()});
    return Done{};
  }

  Execution finish() {
    execution_.receipts_root = receipts_root(execution_.receipts);
    if (!execution_.receipts.empty()) {
      changes_.confine_to({});
      changes_.put(receipts_state_key(height_), to_bytes(execution_.receipts_root.view()));
      changes_.accept();
    }
    execution_.writes = changes_.writes();
    execution_.listed = changes_.listed();
    return std::move(execution_);
  }

 private:
  Read<Outcome> decide(const Transaction& transaction) {
    if (const auto life = check_lifetime(transaction.valid_through(), height_); !life) {
      if (life.error() == AdmissionError::Expired) return Outcome{ExpiredBefore{}};
      return Outcome{TooFarAheadOf{}};
    }
    if (decided_here_.contains(transaction.id())) return Outcome{DuplicateOf{height_}};
    const auto earlier = inputs_.index.height_of(transaction.id());
    if (!earlier) return failure(earlier.error());
    if (earlier->has_value()) return Outcome{DuplicateOf{**earlier}};
    return apply(transaction);
  }

  /// Executes all operations, or none of them.
  Read<Outcome> apply(const Transaction& transaction) {
    const OperationContext context{height_, transaction.id(), transaction.account()};
    Applied applied;
    std::uint64_t number = 0;
    for (const Operation& operation : transaction.body().operations) {
      const auto effect = execute_one(operation, context);
      if (!effect) {
        changes_.discard();
        if (const auto* error = std::get_if<StateError>(&effect.error())) return failure(*error);
        return Outcome{Refused{number, std::get<Refusal>(effect.error())}};
      }
      if (effect->version) applied.versions.push_back(*effect->version);
      ++number;
    }
    changes_.accept();
    return Outcome{std::move(applied)};
  }

  Result<OperationEffect, OperationFailure> execute_one(const Operation& operation,
                                                        const OperationContext& context) {
    const Module* module = inputs_.modules.module_of(operation);
    // Admission keeps such operations out of batches; should a quorum have let one in, every node
    // still decides alike.
    if (module == nullptr) return failure(OperationFailure{Refusal::NotAllowed});
    const bool is_core = module->number() == kCoreModule;
    changes_.confine_to(is_core ? std::string() : std::string(module->name()) + "/");
    return module->execute(operation, context, changes_);
  }

  const ExecutionInputs& inputs_;
  Height height_;
  StateChanges changes_;
  // Only ever asked for membership, so that its order shows nowhere.
  std::unordered_set<crypto::Digest, crypto::DigestHash> decided_here_;
  Execution execution_;
};

}  // namespace

Result<Execution, StateError> execute(const ExecutionInputs& inputs, const OrderedBlock& block) {
  BlockExecution execution(inputs, block.height);
  for (const Batch& batch : block.batches) {
    for (const Transaction& transaction : batch.transactions()) {
      if (const auto added = execution.add(transaction); !added) return failure(added.error());
    }
  }
  return execution.finish();
}

std::vector<TreeWrite> tree_writes(const Execution& execution) {
  std::vector<TreeWrite> writes;
  writes.reserve(execution.writes.size());
  for (const StateWrite& write : execution.writes) {
    TreeWrite tree_write{write.key_digest, std::nullopt, write.before};
    if (write.value) tree_write.value_digest = crypto::sha256(*write.value);
    writes.push_back(tree_write);
  }
  return writes;
}

}  // namespace troupe::ledger

#include "tools/simulator/reference_ledger.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace troupe::simulator {

namespace {

using Records = std::map<std::string, ReferenceLedger::Entry>;

/// Applies one operation to a copy of the records; a reason if it is refused.
class Step {
 public:
  Step(Records& records, const crypto::PublicKey& account) : records_(records), account_(account) {}

  std::vector<std::uint64_t> versions;

  std::optional<ledger::Refusal> operator()(const ledger::Note&) { return std::nullopt; }

  std::optional<ledger::Refusal> operator()(const ledger::ModuleOperation&) {
    return ledger::Refusal::NotAllowed;
  }

  std::optional<ledger::Refusal> operator()(const ledger::Put& put) {
    const auto [found, is_new] = records_.try_emplace(put.key);
    if (is_new) found->second.owner = account_;
    if (const auto refusal = may_change(found->second)) return refusal;
    found->second.value = put.value;
    return change(found->second);
  }

  std::optional<ledger::Refusal> operator()(const ledger::Transfer& transfer) {
    const auto found = records_.find(transfer.key);
    if (found == records_.end()) return ledger::Refusal::NoSuchRecord;
    if (const auto refusal = may_change(found->second)) return refusal;
    found->second.owner = transfer.to;
    return change(found->second);
  }

  std::optional<ledger::Refusal> operator()(const ledger::Retire& retire) {
    const auto found = records_.find(retire.key);
    if (found == records_.end()) return ledger::Refusal::NoSuchRecord;
    if (const auto refusal = may_change(found->second)) return refusal;
    found->second.is_retired = true;
    return change(found->second);
  }

 private:
  [[nodiscard]] std::optional<ledger::Refusal> may_change(const ReferenceLedger::Entry& e) const {
    if (e.owner != account_) return ledger::Refusal::NotOwner;
    if (e.is_retired) return ledger::Refusal::Retired;
    return std::nullopt;
  }

  std::optional<ledger::Refusal> change(ReferenceLedger::Entry& entry) {
    versions.push_back(++entry.version);
    return std::nullopt;
  }

  Records& records_;
  crypto::PublicKey account_;
};

}  // namespace

/// A validator's own, once in a block. What the nonce is does not matter to anybody but its maker.
std::optional<ledger::Refusal> ReferenceLedger::rejoin(const ledger::Body& body, Height height) {
  const bool is_validator =
      std::find(validators_.begin(), validators_.end(), body.account) != validators_.end();
  if (!is_validator || !rejoined_.emplace(body.account, height).second)
    return ledger::Refusal::NotAllowed;
  return std::nullopt;
}

/// Modules have transactions of their own here. What an accusation proves, whoever reads the disk
/// checks.
std::optional<ledger::Refusal> ReferenceLedger::run_module(const ledger::Body& body,
                                                           Height height) {
  const auto& operation = std::get<ledger::ModuleOperation>(body.operations.front());
  if (operation.module != proof::kEvidenceModule) return rejoin(body, height);
  const auto accusation = proof::decode_accusation(operation.content);
  if (!accusation) return ledger::Refusal::NotAllowed;
  const bool is_news = lies_.insert(proof::lie_of(*accusation)).second;
  return is_news ? std::nullopt : std::optional(ledger::Refusal::AlreadyKnown);
}

ledger::Outcome ReferenceLedger::execute(const ledger::Transaction& transaction, Height height) {
  const ledger::Body body = transaction.body();
  if (height > body.valid_through) return ledger::ExpiredBefore{};
  if (body.valid_through.number > height.number + 1000) return ledger::TooFarAheadOf{};
  const auto [decided, is_new] = decided_.emplace(transaction.id(), height);
  if (!is_new) return ledger::DuplicateOf{decided->second};
  const bool is_module = body.operations.size() == 1 &&
                         std::holds_alternative<ledger::ModuleOperation>(body.operations.front());
  if (is_module) {
    if (const auto refusal = run_module(body, height)) return ledger::Refused{0, *refusal};
    return ledger::Applied{};
  }
  Records after = records_;
  Step step(after, body.account);
  for (std::size_t i = 0; i < body.operations.size(); ++i) {
    if (const auto refusal = std::visit(step, body.operations[i]))
      return ledger::Refused{i, *refusal};
  }
  records_ = std::move(after);
  return ledger::Applied{step.versions};
}

}  // namespace troupe::simulator

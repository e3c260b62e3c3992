#include <algorithm>

#include "actors/block_writes.hpp"
#include "actors/chain_state.hpp"
#include "actors/ledger_audit.hpp"
#include "actors/verified_state.hpp"
#include "storage/keys.hpp"

// The audit of a height whose state was pruned.
namespace troupe::actors {

/// Compares all that the block left but its state. What it decided is what the oldest state that is
/// kept says of it: receipts are never removed from the state.
void LedgerAudit::check_decisions(Walk& walk, Height pruned_below, const AuditParts& parts) const {
  check_exposed(walk);
  const crypto::Digest after = root_after(walk);
  const storage::StoredTree tree(chain_->database());
  const VerifiedState kept(states_, tree, pruned_below);
  const auto named = kept.value(ledger::receipts_state_key(walk.height));
  std::optional<crypto::Digest> root;
  if (named && *named && (*named)->size() == root.emplace().bytes.size()) {
    std::copy((*named)->begin(), (*named)->end(), root->bytes.begin());
  } else if (!named || *named) {
    if (kept.error()) walk.on_error(*kept.error());
    return walk.damage("the state that names its receipts cannot be read");
  }
  const auto receipts = read_receipts(walk, root, parts);
  if (!receipts) return;
  storage::WriteSet expected;
  put_decided_block(expected, {walk.block, walk.batches, *receipts, after, walk.history});
  compare(walk, expected);
}

/// The receipts with this root; without one there must be none. Nothing if a peer has to give them.
std::optional<std::vector<ledger::Receipt>> LedgerAudit::read_receipts(
    Walk& walk, const std::optional<crypto::Digest>& root, const AuditParts& parts) const {
  const auto is_right = [&](const std::vector<ledger::Receipt>& receipts) {
    return root ? ledger::receipts_root(receipts) == *root : receipts.empty();
  };
  const auto stored = chain_->receipts(walk.height);
  if (!stored) walk.on_error(stored.error());
  if (stored && *stored) {
    auto receipts = ledger::decode_receipts(**stored);
    if (receipts && is_right(*receipts)) return std::move(receipts).value();
  }
  walk.damage("the receipts are missing or altered");
  std::vector<ledger::Receipt> right;
  if (root && parts.receipts && is_right(*parts.receipts)) {
    right = *parts.receipts;
  } else if (root) {
    walk.audit.wants_receipts = *root;
    return std::nullopt;
  }
  storage::put_receipts(walk.audit.mending, walk.height, ledger::encode(right));
  return right;
}

/// The state's root after the block, as a signed header names it, or as it is stored if none does.
crypto::Digest LedgerAudit::root_after(Walk& walk) const {
  const auto stored = states_.state_at(walk.height);
  const crypto::Digest found = stored ? stored->root : crypto::Digest{};
  for (Height above = walk.height.next();
       above.number <= walk.height.number + kExecutionLagHeightsMax;
       above = above.next()) {
    const auto record = actors::read_block(*chain_, above);
    const auto block = record ? to_block(*record)
                              : storage::Stored<consensus::CertifiedBlock>(failure(record.error()));
    if (!block || block->header.executed_height > walk.height) break;
    const crypto::Digest& named = block->header.executed_root;
    if (block->header.executed_height < walk.height) continue;
    if ((stored && named == found) || !is_certified(*block)) break;
    walk.damage("the state root is not the one that header " + std::to_string(above.number) +
                " names");
    walk.audit.mending.put(storage::keys::state_root(walk.height), to_bytes(named.view()));
    return named;
  }
  return found;
}

}  // namespace troupe::actors

#include "actors/prover.hpp"

#include <utility>

#include "actors/chain_state.hpp"
#include "actors/history_log.hpp"
#include "protocol/ledger/batch.hpp"

namespace troupe::actors {

namespace {

using storage::Stored;

Reason not_proven_yet(Height newest) {
  return {"not-proven-yet",
          "no final header exposes that yet; the newest final height is " +
              std::to_string(newest.number),
          "ask again when the next block is final"};
}

Reason no_block(Height height) {
  return {"no-block",
          "there is no final block at height " + std::to_string(height.number) + " yet",
          "see how far the nodes are: troupe status"};
}

Reason no_transaction() {
  return {"no-transaction",
          "the node knows no such transaction",
          "ask another node with -N, or send it again if it was refused or has expired"};
}

Reason not_exposed(Height at, Height above) {
  return {"not-exposed",
          "no header exposes the state after height " + std::to_string(at.number) + " alone",
          "the next state that one exposes is: --at " + std::to_string(above.number)};
}

Reason pruned(Height below) {
  return {"pruned",
          "the states below height " + std::to_string(below.number) +
              " can be read here, but no longer proved",
          "ask a node that keeps them, with -N"};
}

}  // namespace

Prover::Prover(SharedContext context, std::shared_ptr<storage::ChainStore> chain)
    : context_(std::move(context)),
      chain_(std::move(chain)),
      states_(chain_->database()),
      tree_(chain_->database()) {}

storage::StorageError Prover::corrupt(std::string detail) const {
  return {storage::StorageErrorKind::Corrupt, chain_->database()->path(), std::move(detail)};
}

Stored<consensus::CertifiedBlock> Prover::block(Height height) const {
  if (height.number == 0) return consensus::CertifiedBlock{context_->root(), {}, {}, {}};
  const auto record = read_block(*chain_, height);
  if (!record) return failure(record.error());
  return to_block(*record);
}

/// The newest stored block that has a finalization of its own.
Stored<std::optional<consensus::CertifiedBlock>> Prover::newest_final() const {
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  for (Height height = newest->value_or(Height{0}); height.number > 0; --height.number) {
    auto found = block(height);
    if (!found) return failure(found.error());
    if (found->finalization) return std::optional(std::move(found).value());
  }
  return std::optional<consensus::CertifiedBlock>{};
}

/// The first one at or above a height.
Stored<std::optional<consensus::CertifiedBlock>> Prover::final_from(Height height) const {
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  for (; height <= newest->value_or(Height{0}); height = height.next()) {
    auto found = block(height);
    if (!found) return failure(found.error());
    if (found->finalization) return std::optional(std::move(found).value());
  }
  return std::optional<consensus::CertifiedBlock>{};
}

/// The first header that exposes the state after a height.
Stored<std::variant<consensus::Header, Reason>> Prover::exposing(Height at) const {
  using Found = std::variant<consensus::Header, Reason>;
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  const Height last = newest->value_or(Height{0});
  for (Height height = at.next(); height <= last; height = height.next()) {
    const auto found = block(height);
    if (!found) return failure(found.error());
    const Height executed = found->header.executed_height;
    if (executed == at) return Found{found->header};
    if (executed > at) return Found{not_exposed(at, executed)};
  }
  return Found{at > last ? no_block(at) : not_proven_yet(last)};
}

Stored<Proved> Prover::record(const std::string& key, Height at) const {
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  const Height last = newest->value_or(Height{0});
  if (at.number > 0) {
    const auto kept_from = states_.pruned_below();
    if (!kept_from) return failure(kept_from.error());
    if (at < *kept_from) return Proved{pruned(*kept_from)};
    const auto header = exposing(at);
    if (!header) return failure(header.error());
    if (const auto* reason = std::get_if<Reason>(&*header)) return Proved{*reason};
    const auto& subject = std::get<consensus::Header>(*header);
    const auto anchor = final_from(subject.height);
    if (!anchor) return failure(anchor.error());
    if (!*anchor) return Proved{not_proven_yet(last)};
    const auto claim = claim_of(key, subject);
    if (!claim) return failure(claim.error());
    return finish(*claim, subject, **anchor);
  }
  const auto anchor = newest_final();
  if (!anchor) return failure(anchor.error());
  if (!*anchor) return Proved{not_proven_yet(last)};
  const storage::StateView now(states_, last);
  const auto current = ledger::read_record(now, key);
  if (!current) return failure(now.error().value_or(corrupt("a record cannot be decoded")));
  const consensus::Header& header = (*anchor)->header;
  if (*current && (*current)->height > header.executed_height) return Proved{not_proven_yet(last)};
  const auto claim = claim_of(key, header);
  if (!claim) return failure(claim.error());
  return finish(*claim, header, **anchor);
}

Stored<ledger::TreeState> Prover::exposed_tree(const consensus::Header& header) const {
  const auto tree = states_.state_at(header.executed_height);
  if (!tree) return failure(tree.error());
  if (tree->root != header.executed_root) {
    return failure(corrupt("the state after height " +
                           std::to_string(header.executed_height.number) +
                           " is not the one that the validators agreed on"));
  }
  return tree;
}

Stored<proof::Claim> Prover::claim_of(const std::string& key,
                                      const consensus::Header& header) const {
  const auto tree = exposed_tree(header);
  if (!tree) return failure(tree.error());
  const Bytes state_key = ledger::record_state_key(key);
  const auto value = states_.value_at(state_key, header.executed_height);
  if (!value) return failure(value.error());
  if (!*value) {
    auto proof = absence(crypto::sha256(state_key), *tree, header.executed_height);
    if (!proof) return failure(proof.error());
    return proof::Claim{proof::AbsenceClaim{key, std::move(proof).value()}};
  }
  const auto record = ledger::decode_record(**value);
  if (!record) return failure(corrupt("the record '" + key + "' cannot be decoded"));
  auto proof = presence(state_key, *tree, header.executed_height);
  if (!proof) return failure(proof.error());
  return proof::Claim{proof::RecordClaim{key, *record, std::move(proof->siblings)}};
}

Stored<ledger::PresenceProof> Prover::presence(const Bytes& key,
                                               const ledger::TreeState& tree,
                                               Height height) const {
  const auto way = ledger::find_way(tree_, tree, crypto::sha256(key));
  if (!way) return failure(tree_.error().value_or(corrupt("the state tree contradicts itself")));
  const auto value = states_.value_on(*way, key, height);
  if (!value) return failure(value.error());
  if (!*value) return failure(corrupt("a value that the state tree names is missing"));
  return ledger::PresenceProof{key, **value, way->siblings};
}

Stored<std::optional<ledger::PresenceProof>> Prover::neighbour(
    const std::optional<crypto::Digest>& key_digest,
    const ledger::TreeState& tree,
    Height height) const {
  if (!key_digest) return std::optional<ledger::PresenceProof>{};
  const auto key = states_.key_of(*key_digest);
  if (!key) return failure(key.error());
  if (!*key) return failure(corrupt("a key that the state tree names is missing"));
  auto proof = presence(**key, tree, height);
  if (!proof) return failure(proof.error());
  return std::optional(std::move(proof).value());
}

Stored<ledger::AbsenceProof> Prover::absence(const crypto::Digest& key_digest,
                                             const ledger::TreeState& tree,
                                             Height height) const {
  const auto neighbours = ledger::find_neighbours(tree_, tree, key_digest);
  if (!neighbours) {
    return failure(tree_.error().value_or(corrupt("the state tree contradicts itself")));
  }
  auto left = neighbour(neighbours->left, tree, height);
  if (!left) return failure(left.error());
  auto right = neighbour(neighbours->right, tree, height);
  if (!right) return failure(right.error());
  return ledger::AbsenceProof{std::move(left).value(), std::move(right).value()};
}

Stored<std::vector<crypto::Digest>> Prover::audit_path(Height height, Height anchor) const {
  auto path = crypto::inclusion_path(history_nodes(*chain_), {height.number, anchor.number});
  if (!path) return failure(corrupt("a node of the history's log is missing"));
  return *std::move(path);
}

/// Everything that a block orders, in its order.
Stored<std::vector<ledger::Transaction>> Prover::ordered(Height height) const {
  const auto record = read_block(*chain_, height);
  if (!record) return failure(record.error());
  std::vector<ledger::Transaction> transactions;
  for (const crypto::Digest& digest : record->batches) {
    const auto encoded = chain_->batch(digest);
    if (!encoded) return failure(encoded.error());
    const auto batch = ledger::Batch::decode(encoded->value_or(Bytes{}));
    if (!batch) return failure(corrupt("the batch " + digest.hex() + " cannot be read"));
    transactions.insert(
        transactions.end(), batch->transactions().begin(), batch->transactions().end());
  }
  return transactions;
}

Stored<proof::TransactionClaim> Prover::claim_of(const storage::TransactionPosition& place,
                                                 const consensus::Header& anchor) const {
  const auto transactions = ordered(place.height);
  if (!transactions) return failure(transactions.error());
  const auto encoded = chain_->receipts(place.height);
  if (!encoded) return failure(encoded.error());
  const auto receipts = ledger::decode_receipts(encoded->value_or(Bytes{}));
  if (!receipts || receipts->size() != transactions->size() || place.position >= receipts->size()) {
    return failure(
        corrupt("the receipts of height " + std::to_string(place.height.number) + " do not fit"));
  }
  std::vector<crypto::Digest> ids;
  std::vector<crypto::Digest> outcomes;
  for (std::size_t i = 0; i < receipts->size(); ++i) {
    ids.push_back(crypto::merkle_leaf((*transactions)[i].id().view()));
    outcomes.push_back(crypto::merkle_leaf(ledger::encode((*receipts)[i])));
  }
  const auto tree = exposed_tree(anchor);
  if (!tree) return failure(tree.error());
  auto root = presence(ledger::receipts_state_key(place.height), *tree, anchor.executed_height);
  if (!root) return failure(root.error());
  return proof::TransactionClaim{(*transactions)[place.position],
                                 proof::path_of(ids, place.position),
                                 (*receipts)[place.position],
                                 proof::path_of(outcomes, place.position),
                                 std::move(root->siblings)};
}

Stored<Proved> Prover::transaction(const crypto::Digest& id) const {
  const auto place = chain_->transaction(id);
  if (!place) return failure(place.error());
  if (!*place) return Proved{no_transaction()};
  const auto anchor = newest_final();
  if (!anchor) return failure(anchor.error());
  if (!*anchor || (*anchor)->header.executed_height < (*place)->height) {
    const auto newest = chain_->last_height();
    if (!newest) return failure(newest.error());
    return Proved{not_proven_yet(newest->value_or(Height{0}))};
  }
  auto claim = claim_of(**place, (*anchor)->header);
  if (!claim) return failure(claim.error());
  const auto subject = block((*place)->height);
  if (!subject) return failure(subject.error());
  return finish(proof::Claim{std::move(claim).value()}, subject->header, **anchor);
}

Stored<Proved> Prover::header(Height height) const {
  const auto newest = chain_->last_height();
  if (!newest) return failure(newest.error());
  if (height > newest->value_or(Height{0})) return Proved{no_block(height)};
  const auto anchor = newest_final();
  if (!anchor) return failure(anchor.error());
  if (!*anchor || (*anchor)->header.height < height) {
    return Proved{not_proven_yet(newest->value_or(Height{0}))};
  }
  const auto subject = block(height);
  if (!subject) return failure(subject.error());
  proof::HeaderClaim claim;
  if (height.number > 0) {
    auto path = crypto::consistency_path(history_nodes(*chain_),
                                         {height.number, (*anchor)->header.height.number});
    if (!path) return failure(corrupt("a node of the history's log is missing"));
    claim.consistency = *std::move(path);
  }
  return finish(proof::Claim{std::move(claim)}, subject->header, **anchor);
}

Stored<Proved> Prover::finish(proof::Claim claim,
                              const consensus::Header& header,
                              const consensus::CertifiedBlock& anchor) const {
  proof::Proof proof{
      std::move(claim), std::nullopt, {}, anchor.header, *anchor.finalization, context_->genesis()};
  if (header.height != anchor.header.height) {
    auto path = audit_path(header.height, anchor.header.height);
    if (!path) return failure(path.error());
    proof.header = header;
    proof.history = std::move(path).value();
  }
  if (const auto checked = proof::verify(proof, context_->chain()); !checked) {
    return failure(
        corrupt("what is stored proves nothing: " + std::string(proof::describe(checked.error()))));
  }
  return Proved{std::move(proof)};
}

}  // namespace troupe::actors

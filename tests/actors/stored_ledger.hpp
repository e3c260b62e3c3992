#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/ledger_writer.hpp"
#include "storage/keys.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace troupe::test {

/// A ledger that a writer wrote, and what it is made of: for tests of what becomes of it when
/// somebody else writes into it.
struct StoredLedger {
  CastRig rig;
  SampleChain chain{rig.context()};
  actors::LedgerWriterActor writer = start_writer();
  std::vector<consensus::CertifiedBlock> blocks;
  std::map<crypto::Digest, ledger::BatchPointer> batches;

  actors::LedgerWriterActor start_writer() {
    const auto state = actors::read_chain_state(*rig.chain(), *rig.context());
    const auto actor = rig.spawn<actors::LedgerWriterActor, actors::LedgerWriter>(
        rig.context(), rig.chain(), state.value());
    rig.meet(actor);
    return actor;
  }

  [[nodiscard]] storage::Database& database() { return *rig.chain()->database(); }

  [[nodiscard]] Height newest() { return rig.chain()->last_height().value().value_or(Height{0}); }

  [[nodiscard]] crypto::Digest root_after(Height height) {
    return storage::StateStore(rig.chain()->database()).state_at(height).value().root;
  }

  /// The next block: it orders these transactions, and exposes the state after the one before it.
  void commit(const std::vector<ledger::Transaction>& transactions,
              Finality finality = Finality::Direct) {
    chain.expose({newest(), root_after(newest())});
    std::vector<ledger::BatchPointer> ordered;
    if (!transactions.empty()) {
      const auto batch = chain.seal(1, transactions);
      batches[batch->digest()] = batch;
      BOOST_REQUIRE(
          rig.chain()
              ->hold_batches({{batch->digest(), std::nullopt, to_bytes(batch->encoded())}})
              .ok());
      ordered.push_back(batch);
    }
    waiting_.push_back(chain.extend(ordered, finality));
    blocks.push_back(waiting_.back());
    ordered_.push_back(ordered);
    if (finality == Finality::Direct) flush();
  }

  void commit(const std::string& key, const std::string& value) { commit({chain.put(key, value)}); }

  using Entries = std::map<Bytes, Bytes>;

  /// Everything that the blocks left, by key.
  [[nodiscard]] Entries entries() {
    Entries found;
    for (const char prefix : std::string("bfydRtvknrps")) {
      storage::RangeQuery query;
      query.first = Bytes{static_cast<std::uint8_t>(prefix)};
      query.end = storage::keys::after_prefix(query.first);
      const auto range = database().range(query);
      for (const storage::Entry& entry : *range)
        found[entry.key] = entry.value;
    }
    return found;
  }

  /// Writes as an attacker does who computes every checksum anew; nothing removes the entry.
  void alter(const Bytes& key, const std::optional<Bytes>& value) {
    storage::WriteSet set;
    if (value) {
      set.put(key, *value);
    } else {
      set.remove(key);
    }
    BOOST_REQUIRE(database().commit(set).ok());
  }

 private:
  /// A state is known only after its block is stored, so that blocks are handed over one by one
  /// unless the one before is final only through this one.
  void flush() {
    const auto asked = rig.ask<bool>(writer, actors::commit_atom_v, actors::CommitBlocks{waiting_});
    for (const auto& ordered : ordered_) {
      if (ordered.empty()) continue;
      const auto question = rig.mempool->take<actors::fetch_atom, actors::BatchRanges>();
      rig.answer(*rig.mempool, question, actors::BatchList{ordered});
    }
    BOOST_REQUIRE(asked->reply.value_or(false));
    waiting_.clear();
    ordered_.clear();
  }

  std::vector<consensus::CertifiedBlock> waiting_;
  std::vector<std::vector<ledger::BatchPointer>> ordered_;
};

}  // namespace troupe::test

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/context.hpp"
#include "protocol/consensus/certified_block.hpp"
#include "protocol/consensus/config.hpp"
#include "protocol/ledger/snapshot_fetch.hpp"
#include "protocol/ledger/snapshot_message.hpp"
#include "storage/chain_store.hpp"

// What a node that joins from a snapshot checks and writes: how far it is while it joins, and at the
// end a ledger that begins with the snapshot's block.
namespace troupe::actors {

/// Why these blocks do not prove an offer; empty if they do. They begin with the snapshot's own.
[[nodiscard]] std::string offer_fault(const ledger::SnapshotOffer& offer,
                                      const std::vector<consensus::CertifiedBlock>& run,
                                      const consensus::Electorate& electorate);

/// A snapshot on its way in.
struct Joining {
  ledger::SnapshotOffer offer;
  consensus::CertifiedBlock block;          ///< proved, as the offer is
  std::vector<ledger::NibblePath> pending;  ///< what is still to be fetched
};

void put_joining(storage::WriteSet& set, const Joining& joining);
void put_joining_pending(storage::WriteSet& set, const std::vector<ledger::NibblePath>& pending);

/// Parts of a snapshot on their way to the disk: many of them, and what is to be fetched after them,
/// in one synced write. Whoever is killed before it fetches those parts again.
class GatheredParts {
 public:
  explicit GatheredParts(Height height) : height_(height) {}

  void add(const ledger::StorePart& part);

  /// There is enough for a write.
  [[nodiscard]] bool is_full() const;

  /// Writes what was added since the last time, if anything was. Errors: Full, Io.
  [[nodiscard]] storage::Stored<Done> commit(storage::Database& database);

 private:
  Height height_;
  storage::WriteSet set_;
  std::vector<ledger::NibblePath> pending_;
};

/// True if something of a snapshot is stored that is no ledger yet. Errors: Corrupt, Io.
[[nodiscard]] storage::Stored<bool> has_joining(const storage::ChainStore& chain);

/// Nothing if no snapshot is on its way. One that was being given up when the node ended is removed
/// first: parts of it are missing. Errors: Corrupt, Full, Io.
[[nodiscard]] storage::Stored<std::optional<Joining>> read_joining(
    const storage::ChainStore& chain);

/// Removes all that was stored of it, where there is no ledger yet. A crash in the middle leaves a
/// mark that has the rest removed. Errors: Corrupt, Full, Io.
[[nodiscard]] storage::Stored<Done> forget_joining(const storage::ChainStore& chain);

/// Adds what a height decided, so that nothing of it takes effect again.
void put_decisions(storage::WriteSet& set,
                   Height height,
                   const std::vector<ledger::Receipt>& receipts);

/// A snapshot whose parts and decisions are all stored.
struct Joined {
  const ledger::SnapshotOffer& offer;
  const consensus::CertifiedBlock& block;
  Height last_ordering;  ///< the highest block that orders something, 0 if none is known
};

/// Adds what makes a ledger of it. The set completes the snapshot's block.
void put_joined(storage::WriteSet& set, const NodeContext& context, const Joined& joined);

}  // namespace troupe::actors

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/consensus/certified_block.hpp"
#include "protocol/crypto/merkle_log.hpp"
#include "protocol/ledger/execution.hpp"
#include "protocol/ledger/mempool_messages.hpp"
#include "protocol/proof/founding.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// What came from elsewhere for a height whose own copy is damaged, proved already.
struct AuditParts {
  std::optional<consensus::CertifiedBlock> block;
  std::map<crypto::Digest, ledger::BatchPointer> batches;
  std::optional<std::vector<ledger::Receipt>> receipts;
};

struct HeightAudit {
  std::uint64_t values = 0;          ///< entries that were compared
  std::vector<std::string> damages;  ///< one sentence each
  bool wants_block = false;          ///< the rest cannot be checked before it comes
  std::vector<crypto::Digest> wants_batches;
  std::optional<crypto::Digest> wants_receipts;  ///< those with this root
  storage::WriteSet mending;                     ///< the entries that differ, as they must be

  [[nodiscard]] bool is_sound() const { return damages.empty(); }

  /// True if nothing is to be fetched or written. A sound height may be incomplete: an own batch may
  /// lack its signature.
  [[nodiscard]] bool is_complete() const {
    return damages.empty() && wants_batches.empty() && !wants_receipts && mending.empty();
  }
};

/// True if the record whose entry in the list of names this is was changed at that height.
[[nodiscard]] bool is_listed_at(const storage::ChainStore& chain,
                                ByteView index_key,
                                Height height);

/// Compares the stored ledger, height by height, with what it must be. Certificates and hash links
/// prove the block, digests its batches; executing it again upon the state before it gives every
/// other entry that the block left: receipts, indexes, state values, tree nodes, roots, the history.
/// So whatever was altered is found, whoever computed which checksum, and everything but blocks and
/// batches can be written anew without asking anybody. Heights build upon each other: audited from
/// the first one upwards, nothing rests on an entry that was not compared.
///
/// A height whose state was pruned cannot be executed again. Its receipts are what the states that
/// are kept commit to, and say what it decided; damaged ones come from a peer like a batch.
class LedgerAudit {
 public:
  LedgerAudit(proof::Founding founding, std::shared_ptr<storage::ChainStore> chain);

  /// Error: Io. Damage is no error.
  [[nodiscard]] storage::Stored<HeightAudit> check(Height height, const AuditParts& parts) const;

  /// True if the signatures under a stored block, its own or a descendant's, do not make it final:
  /// for whoever is about to hand it out.
  [[nodiscard]] bool is_forged(const consensus::CertifiedBlock& block) const {
    return run_fault(block).has_value();
  }

  /// State values that no block wrote: of `count_max` entries from the key `after` on. Sets `after`
  /// to where to go on, or to nothing at the end.
  [[nodiscard]] storage::Stored<HeightAudit> check_values(Bytes& after,
                                                          std::size_t count_max) const;

 private:
  /// One height on its way through the checks.
  struct Walk {
    Height height;
    HeightAudit audit;
    consensus::Header before;
    consensus::CertifiedBlock block;
    crypto::MerkleFrontier history;  // over the headers before the block
    std::vector<ledger::Batch> batches;
    std::optional<storage::StorageError> io;

    void damage(std::string what);
    void on_error(const storage::StorageError& error);
  };

  [[nodiscard]] std::optional<consensus::Header> header_at(Height height) const;
  [[nodiscard]] bool read_block(Walk& walk, const AuditParts& parts) const;
  [[nodiscard]] std::string block_fault(const Walk& walk) const;
  [[nodiscard]] std::vector<consensus::CertifiedBlock> run_from(
      const consensus::CertifiedBlock& block) const;
  [[nodiscard]] std::optional<consensus::RunError> run_fault(
      const consensus::CertifiedBlock& block) const;
  [[nodiscard]] bool is_certified(const consensus::CertifiedBlock& block) const;
  void read_history(Walk& walk) const;
  void rebuild_history(Walk& walk) const;
  [[nodiscard]] bool read_batches(Walk& walk, const AuditParts& parts) const;
  [[nodiscard]] bool is_genuine(const ledger::Batch& batch) const;
  [[nodiscard]] ledger::BatchPointer read_batch(Walk& walk,
                                                const crypto::Digest& digest,
                                                const AuditParts& parts) const;
  void replay(Walk& walk) const;
  void check_decisions(Walk& walk, Height pruned_below, const AuditParts& parts) const;
  [[nodiscard]] std::optional<std::vector<ledger::Receipt>> read_receipts(
      Walk& walk, const std::optional<crypto::Digest>& root, const AuditParts& parts) const;
  [[nodiscard]] crypto::Digest root_after(Walk& walk) const;
  void check_exposed(Walk& walk) const;
  [[nodiscard]] bool is_refuted(Height height, const crypto::Digest& root) const;
  void compare(Walk& walk, const storage::WriteSet& expected) const;
  [[nodiscard]] bool is_excused(const Walk& walk,
                                const storage::WriteSet::Change& change,
                                const std::optional<Bytes>& stored) const;

  proof::Founding founding_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::StateStore states_;
  ledger::Modules modules_;
};

}  // namespace troupe::actors

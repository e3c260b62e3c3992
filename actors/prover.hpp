#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/admin_messages.hpp"
#include "actors/context.hpp"
#include "protocol/consensus/certified_block.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "protocol/proof/proof.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// A proof, or why there is none: no-record is never a reason, since absence is proved.
///   not-proven-yet  no final header that exposes the answer has a finalization here yet
///   not-exposed     no header exposes the state of exactly that height; the hint names one
///   pruned          the tree of that state is gone
///   no-transaction, no-block
using Proved = std::variant<proof::Proof, Reason>;

/// Makes proofs from the stored ledger. Each is verified before it is handed out: what was altered
/// on this disk fails here, as Corrupt, and not at the client.
class Prover {
 public:
  Prover(SharedContext context, std::shared_ptr<storage::ChainStore> chain);

  /// The record or its absence: at 0 the newest version, as soon as a header exposes it.
  [[nodiscard]] storage::Stored<Proved> record(const std::string& key, Height at) const;
  [[nodiscard]] storage::Stored<Proved> transaction(const crypto::Digest& id) const;
  /// That the block of this height, and all before it, are in today's history.
  [[nodiscard]] storage::Stored<Proved> header(Height height) const;

 private:
  [[nodiscard]] storage::Stored<consensus::CertifiedBlock> block(Height height) const;
  [[nodiscard]] storage::Stored<std::optional<consensus::CertifiedBlock>> newest_final() const;
  [[nodiscard]] storage::Stored<std::optional<consensus::CertifiedBlock>> final_from(
      Height height) const;
  [[nodiscard]] storage::Stored<std::variant<consensus::Header, Reason>> exposing(Height at) const;
  [[nodiscard]] storage::Stored<proof::Claim> claim_of(const std::string& key,
                                                       const consensus::Header& header) const;
  [[nodiscard]] storage::Stored<ledger::PresenceProof> presence(const Bytes& key,
                                                                const ledger::TreeState& tree,
                                                                Height height) const;
  [[nodiscard]] storage::Stored<ledger::AbsenceProof> absence(const crypto::Digest& key_digest,
                                                              const ledger::TreeState& tree,
                                                              Height height) const;
  [[nodiscard]] storage::Stored<std::optional<ledger::PresenceProof>> neighbour(
      const std::optional<crypto::Digest>& key_digest,
      const ledger::TreeState& tree,
      Height height) const;
  [[nodiscard]] storage::Stored<ledger::TreeState> exposed_tree(
      const consensus::Header& header) const;
  [[nodiscard]] storage::Stored<std::vector<crypto::Digest>> audit_path(Height height,
                                                                        Height anchor) const;
  [[nodiscard]] storage::Stored<std::vector<ledger::Transaction>> ordered(Height height) const;
  [[nodiscard]] storage::Stored<proof::TransactionClaim> claim_of(
      const storage::TransactionPosition& place, const consensus::Header& anchor) const;
  [[nodiscard]] storage::Stored<Proved> finish(proof::Claim claim,
                                               const consensus::Header& header,
                                               const consensus::CertifiedBlock& anchor) const;
  [[nodiscard]] storage::StorageError corrupt(std::string detail) const;

  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::StateStore states_;
  storage::StoredTree tree_;
};

}  // namespace troupe::actors

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "actors/context.hpp"
#include "protocol/consensus/certified_block.hpp"
#include "protocol/consensus/config.hpp"
#include "protocol/consensus/message.hpp"
#include "protocol/crypto/merkle.hpp"
#include "protocol/ledger/lane.hpp"

namespace troupe::test {

/// How a sample block becomes final.
enum class Finality {
  Direct,     ///< it has a finalization of its own
  Descendant  ///< only a later block has one
};

/// What the validators of a rig make together, with genuine signatures of n1, n2 and n3: batches,
/// lane by lane, and a chain of blocks, each of the view after its parent's.
class SampleChain {
 public:
  explicit SampleChain(actors::SharedContext context);

  /// A transaction of this account, valid through height 100.
  [[nodiscard]] ledger::Transaction transaction(std::string_view account,
                                                std::vector<ledger::Operation> operations) const;
  /// One that puts a record of alice's.
  [[nodiscard]] ledger::Transaction put(std::string_view key, std::string_view value) const;

  /// The next batch of a lane, signed by its validator.
  ledger::BatchPointer seal(std::uint32_t lane,
                            const std::vector<ledger::Transaction>& transactions);

  /// The next block. Each of the batches follows what is ordered of its lane.
  consensus::CertifiedBlock extend(const std::vector<ledger::BatchPointer>& batches = {},
                                   Finality finality = Finality::Direct);

  /// From the next block on, headers expose the state after this height.
  void expose(const consensus::ExecutedRoot& executed) { exposed_ = executed; }

  /// Blocks that order nothing; the last of them is directly final.
  std::vector<consensus::CertifiedBlock> extend_by(std::size_t count, Finality finality);

  [[nodiscard]] const consensus::Header& newest() const { return newest_; }

  /// Over the digests of all headers up to the newest.
  [[nodiscard]] const crypto::MerkleFrontier& history() const { return history_; }

  [[nodiscard]] consensus::Certificate certify(consensus::VoteKind kind,
                                               View view,
                                               const crypto::Digest& block) const;

  [[nodiscard]] consensus::SignedVote vote(std::uint32_t signer,
                                           consensus::VoteKind kind,
                                           View view,
                                           const crypto::Digest& block) const;

  /// The validator that leads a view.
  [[nodiscard]] std::uint32_t leader(View view) const;

  /// A message of this epoch, encoded as a peer sends it.
  [[nodiscard]] Bytes message(consensus::Body body) const;

  /// A header as its view's leader proposes it.
  [[nodiscard]] Bytes proposal(const consensus::Header& header) const;

 private:
  actors::SharedContext context_;
  consensus::Header newest_;
  crypto::MerkleFrontier history_;
  std::map<std::uint32_t, ledger::LaneTip> lanes_;
  std::optional<consensus::ExecutedRoot> exposed_;
};

}  // namespace troupe::test

#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/consensus/block_rules.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/crypto/merkle.hpp"

namespace troupe::consensus {

enum class PayloadState : std::uint8_t {
  Unasked,  ///< nobody was asked yet
  Asked,    ///< the mempool looks for the bytes
  Valid,    ///< held: checked and synced to disk
  Invalid,  ///< wrong for ever
  Dropped,  ///< the mempool looks for it no more; it is asked again after a while
};

/// One header above the last final block, or that block itself.
struct Block {
  crypto::Digest digest;
  Header header;
  /// Over the digests of headers 0 to this one. Present once the block is linked: all headers back
  /// to the last final block are held and none of them is wrong.
  std::optional<crypto::MerkleFrontier> history;
  std::optional<std::string_view> fault;  ///< wrong for ever: itself or an ancestor
  PayloadState payload = PayloadState::Unasked;
  /// All certificates from the last final block up to this one are held: its own notarization and
  /// the nullification of every view in between. Once true it stays true.
  bool has_path = false;
  bool is_journaled = false;  ///< a record of the signer carries this header

  [[nodiscard]] bool is_linked() const { return history.has_value(); }
};

/// The headers at and above the last final block, linked to it as far as they are known.
/// Invariants: (1) the final block is linked; (2) every linked block but the final one has a linked
/// parent here; (3) nothing here but the final block has a view at or below the final one's, unless
/// it is marked faulty.
class BlockTree {
 public:
  /// Requires history over the digests of headers 0 to final_header.height.
  BlockTree(const BlockRules& rules,
            const Header& final_header,
            const crypto::MerkleFrontier& history);

  /// Adds a header and links whatever it connects. Requires digest = digest(header).
  Block& insert(const crypto::Digest& digest, const Header& header);

  [[nodiscard]] Block* find(const crypto::Digest& digest);
  [[nodiscard]] const Block* find(const crypto::Digest& digest) const;

  [[nodiscard]] const Block& final_block() const;

  /// The parent of a linked block other than the final one.
  [[nodiscard]] Block& parent_of(const Block& block);
  [[nodiscard]] const Block& parent_of(const Block& block) const;

  /// Walks from this block towards the root: the first digest whose header is not held, nothing if
  /// the block is linked or wrong.
  [[nodiscard]] std::optional<crypto::Digest> missing_ancestor(const crypto::Digest& digest) const;

  /// From the child of the final block to this one. Requires a linked block.
  [[nodiscard]] std::vector<crypto::Digest> path_to(const crypto::Digest& digest) const;

  /// Makes a linked block the final one and drops what does not descend from it. Returns the
  /// dropped blocks whose payload is still looked for.
  [[nodiscard]] std::vector<crypto::Digest> finalize(const crypto::Digest& digest);

  /// The same for a block that arrived with everything below it: not necessarily known here.
  [[nodiscard]] std::vector<crypto::Digest> jump(const Header& final_header,
                                                 const crypto::MerkleFrontier& history);

  [[nodiscard]] std::size_t size() const { return blocks_.size(); }

  [[nodiscard]] const std::map<crypto::Digest, Block>& blocks() const { return blocks_; }

 private:
  bool decide(Block& block);
  void decide_children(const crypto::Digest& parent);
  std::vector<crypto::Digest> prune();

  BlockRules rules_;
  std::map<crypto::Digest, Block> blocks_;
  std::multimap<crypto::Digest, crypto::Digest> waiting_;  // parent, child that is not linked
  crypto::Digest final_;
};

}  // namespace troupe::consensus

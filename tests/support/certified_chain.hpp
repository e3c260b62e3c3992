#pragma once

#include <vector>

#include "protocol/consensus/certified_block.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::support {

/// A chain of final blocks for tests of what is fetched, checked and stored: four validators, one
/// block per view, each with a notarization, and directly final where its height is even.
class CertifiedChain {
 public:
  explicit CertifiedChain(std::uint64_t heights);

  [[nodiscard]] const consensus::Electorate& electorate() const { return electorate_; }

  [[nodiscard]] const consensus::Header& root() const { return root_; }

  /// The block of a height, from 1 on.
  [[nodiscard]] const consensus::CertifiedBlock& at(std::uint64_t height) const {
    return blocks_.at(height - 1);
  }

  /// The blocks of heights first to last.
  [[nodiscard]] std::vector<consensus::CertifiedBlock> run(std::uint64_t first,
                                                           std::uint64_t last) const;

  [[nodiscard]] consensus::Certificate certify(consensus::VoteKind kind,
                                               View view,
                                               const crypto::Digest& block) const;

 private:
  simulator::KeyedSignatures signatures_;
  consensus::Header root_;
  consensus::Electorate electorate_;
  std::vector<consensus::CertifiedBlock> blocks_;
};

}  // namespace troupe::support

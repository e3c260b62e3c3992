#pragma once

#include <map>
#include <optional>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/consensus/config.hpp"
#include "protocol/crypto/hash.hpp"

namespace troupe::consensus {

/// A quorum, or a final header, names another state root than this node computed.
struct RootConflict {
  Height height;
  crypto::Digest ours;
  crypto::Digest theirs;
};

/// The state roots that this node computed, and those that notarized and final headers claim for
/// heights that it has not executed yet. Which of the two comes first makes no difference.
class ExecutedRoots {
 public:
  /// Requires at least one root, ascending without gaps.
  explicit ExecutedRoots(const std::vector<ExecutedRoot>& known);

  [[nodiscard]] Height latest() const { return roots_.rbegin()->first; }

  [[nodiscard]] const crypto::Digest& latest_root() const { return roots_.rbegin()->second; }

  [[nodiscard]] std::optional<crypto::Digest> find(Height height) const;

  /// Records an own result. Heights that are known already are ignored.
  [[nodiscard]] std::optional<RootConflict> add(const ExecutedRoot& executed);

  /// Records what a notarized or final header says.
  [[nodiscard]] std::optional<RootConflict> claim(const ExecutedRoot& claimed);

  /// Forgets what lies below this height, except the latest own root.
  void forget_below(Height height);

 private:
  std::map<Height, crypto::Digest> roots_;
  std::map<Height, crypto::Digest> claims_;
};

}  // namespace troupe::consensus

#include "protocol/consensus/executed_roots.hpp"

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::consensus {

ExecutedRoots::ExecutedRoots(const std::vector<ExecutedRoot>& known) {
  INVARIANT(!known.empty());
  for (const ExecutedRoot& executed : known) {
    INVARIANT(roots_.empty() || executed.height == latest().next());
    roots_[executed.height] = executed.root;
  }
}

std::optional<crypto::Digest> ExecutedRoots::find(Height height) const {
  const auto found = roots_.find(height);
  if (found == roots_.end()) return std::nullopt;
  return found->second;
}

std::optional<RootConflict> ExecutedRoots::add(const ExecutedRoot& executed) {
  if (executed.height <= latest()) return std::nullopt;
  roots_[executed.height] = executed.root;
  const auto claimed = claims_.find(executed.height);
  if (claimed == claims_.end()) return std::nullopt;
  const crypto::Digest theirs = claimed->second;
  claims_.erase(claims_.begin(), std::next(claimed));
  if (theirs == executed.root) return std::nullopt;
  return RootConflict{executed.height, executed.root, theirs};
}

std::optional<RootConflict> ExecutedRoots::claim(const ExecutedRoot& claimed) {
  if (claimed.height > latest()) {
    // A root commits to the whole state, so a later claim shows the same difference.
    if (claims_.size() < kExecutionClaimsMax) claims_.emplace(claimed.height, claimed.root);
    return std::nullopt;
  }
  const auto own = find(claimed.height);
  if (!own || *own == claimed.root) return std::nullopt;
  return RootConflict{claimed.height, *own, claimed.root};
}

void ExecutedRoots::forget_below(Height height) {
  while (roots_.size() > 1 && roots_.begin()->first < height)
    roots_.erase(roots_.begin());
  claims_.erase(claims_.begin(), claims_.lower_bound(height));
}

}  // namespace troupe::consensus

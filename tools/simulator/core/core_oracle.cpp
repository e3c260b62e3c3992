#include "tools/simulator/core/core_oracle.hpp"

#include <algorithm>
#include <bitset>
#include <optional>

namespace troupe::simulator {

using consensus::VoteKind;

CoreOracle::CoreOracle(const consensus::Electorate& electorate,
                       const consensus::Header& genesis,
                       std::set<std::uint32_t> liars)
    : electorate_(electorate), liars_(std::move(liars)) {
  headers_[digest(genesis)] = genesis;
}

/// The smallest number of which any two sets of n share more than a third of n.
std::uint32_t CoreOracle::independent_quorum() const {
  const std::uint32_t n = electorate_.validators.size();
  std::uint32_t faults = 0;
  while (3 * (faults + 1) + 1 <= n)
    ++faults;
  return n - faults;
}

void CoreOracle::note_signature(std::uint32_t node, const consensus::Vote& vote) {
  auto& kinds = signatures_[{node, vote.view.number}];
  const auto [known, is_new] = kinds.emplace(vote.kind, vote.block);
  if (!is_new && known->second != vote.block) {
    violate("4: node " + std::to_string(node) + " signed two values in view " +
            std::to_string(vote.view.number));
  }
  if (kinds.contains(VoteKind::Nullify) && kinds.contains(VoteKind::Finalize)) {
    violate("4: node " + std::to_string(node) + " nullified and finalized view " +
            std::to_string(vote.view.number));
  }
}

void CoreOracle::check_certificate(const consensus::Certificate& certificate) {
  std::bitset<128> signers;
  for (std::size_t i = 0; i < certificate.signatures.size(); ++i) {
    const consensus::SignedVote vote = certificate.signed_vote(i);
    if (!electorate_.accepts(vote)) violate("3: a certificate holds a wrong signature");
    signers.set(vote.signer.number);
  }
  if (signers.count() < independent_quorum()) violate("3: a certificate lacks distinct signers");
}

void CoreOracle::note_certificate(const consensus::Certificate& certificate) {
  const std::uint64_t view = certificate.view().number;
  const auto [known, is_new] =
      certificates_.emplace(std::pair(view, certificate.vote.kind), certificate.vote.block);
  if (!is_new && known->second == certificate.vote.block) return;
  check_certificate(certificate);
  if (!is_new) violate("3: two certificates of one kind in view " + std::to_string(view));
  const bool is_contradictory = certificates_.contains({view, VoteKind::Finalize}) &&
                                certificates_.contains({view, VoteKind::Nullify});
  if (is_contradictory) violate("3: view " + std::to_string(view) + " is final and nullified");
  if (certificate.is(VoteKind::Finalize)) final_view_ = std::max(final_view_, view);
  judge();
}

void CoreOracle::check_block(const consensus::FinalBlock& block, const consensus::Header& parent) {
  const std::string name = std::to_string(block.header.height.number);
  if (block.digest != digest(block.header)) violate("1: a digest is not that of its header");
  if (block.header.parent != digest(parent)) violate("2: block " + name + " has another parent");
  if (block.header.height.number != parent.height.number + 1) violate("2: a height is skipped");
  if (block.notarization.vote.block != block.digest) violate("2: a block lacks its notarization");
  check_certificate(block.notarization);
  std::set<std::uint64_t> nullified;
  for (const auto& nullification : block.nullifications) {
    check_certificate(nullification);
    if (nullification.is(VoteKind::Nullify)) nullified.insert(nullification.view().number);
  }
  for (std::uint64_t view = parent.view.number + 1; view < block.header.view.number; ++view) {
    if (!nullified.contains(view)) violate("2: view " + std::to_string(view) + " was skipped");
  }
}

void CoreOracle::note_commit(std::uint32_t node, const consensus::Commit& commit) {
  for (const consensus::FinalBlock& block : commit.blocks) {
    const auto parent = headers_.find(block.header.parent);
    if (parent == headers_.end()) {
      violate("2: node " + std::to_string(node) + " committed a block on an unknown parent");
      continue;
    }
    check_block(block, parent->second);
    const auto [known, is_new] = blocks_.emplace(block.header.height.number, block.digest);
    if (!is_new && known->second != block.digest) {
      violate("1: two final blocks at height " + std::to_string(block.header.height.number));
    }
    headers_.emplace(block.digest, block.header);
  }
  note_certificate(commit.finalization);
  if (commit.blocks.empty() || commit.finalization.vote.block != commit.blocks.back().digest) {
    violate("1: a commit does not end with its finalization");
  }
}

void CoreOracle::note_evidence(const consensus::Evidence& evidence) {
  if (!proves(evidence, electorate_)) violate("10: evidence proves nothing");
  if (!liars_.contains(evidence.culprit().number)) violate("10: an honest validator is accused");
  accused_.insert(evidence.culprit().number);
}

void CoreOracle::note_halt(std::uint32_t node, const consensus::Halt& halt) {
  violate("node " + std::to_string(node) + " halted: " + std::string(describe(halt.reason)));
}

void CoreOracle::note_view(std::uint32_t node, View view, Instant) {
  if (judged_.empty()) return;
  entered_[node].insert(view.number);
  judge();
}

void CoreOracle::judge_liveness(std::set<std::uint32_t> honest) {
  judged_ = std::move(honest);
  entered_.clear();
  is_live_ = false;
  final_view_at_judging_ = final_view_;
}

/// The first view that every judged node entered opens a window of f + 2 views. The finalization may
/// come two views later, while the next ones are already being voted on.
void CoreOracle::judge() {
  if (judged_.empty() || is_live_) return;
  std::optional<std::uint64_t> first;
  for (const std::uint64_t view : entered_[*judged_.begin()]) {
    const bool is_common = std::all_of(judged_.begin(), judged_.end(), [&](std::uint32_t node) {
      return entered_[node].contains(view);
    });
    if (is_common) {
      first = view;
      break;
    }
  }
  if (!first) return;
  if (final_view_ >= *first) {
    is_live_ = true;
    return;
  }
  const std::uint64_t faults = electorate_.validators.size() - independent_quorum();
  for (const auto& [node, views] : entered_) {
    if (!views.empty() && *views.rbegin() > *first + faults + 4) {
      violate("8: no finalization from view " + std::to_string(*first) + " to " +
              std::to_string(*views.rbegin()));
      is_live_ = true;
      return;
    }
  }
}

}  // namespace troupe::simulator

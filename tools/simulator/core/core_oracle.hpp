#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocol/base/time.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/effect.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/vote.hpp"

namespace troupe::simulator {

/// Recomputes the invariants of consensus.md, section 8, from what honest nodes do. It shares no
/// arithmetic with the machine: quorums, bitmaps and paths are counted here again.
class CoreOracle {
 public:
  CoreOracle(const consensus::Electorate& electorate,
             const consensus::Header& genesis,
             std::set<std::uint32_t> liars);

  /// What an honest node's signer signed: 4.
  void note_signature(std::uint32_t node, const consensus::Vote& vote);
  /// What an honest node handed to its ledger, after what it holds already: 1, 2, 3.
  void note_commit(std::uint32_t node, const consensus::Commit& commit);
  /// A certificate that an honest node accepted or sent: 3.
  void note_certificate(const consensus::Certificate& certificate);
  void note_evidence(const consensus::Evidence& evidence);  // 10
  void note_halt(std::uint32_t node, const consensus::Halt& halt);
  void note_view(std::uint32_t node, View view, Instant at);

  /// Everything found wrong, in words; empty if nothing is.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

  void violate(std::string what) { violations_.push_back(std::move(what)); }

  [[nodiscard]] std::uint64_t height() const { return blocks_.size(); }

  [[nodiscard]] const std::map<std::uint64_t, crypto::Digest>& blocks() const { return blocks_; }

  /// The highest view with a genuine finalization.
  [[nodiscard]] std::uint64_t final_view() const { return final_view_; }

  [[nodiscard]] const std::set<std::uint32_t>& accused() const { return accused_; }

  /// Starts judging liveness: from now on, f + 2 views after the first one that all of these nodes
  /// entered, there is a finalization of one of them.
  void judge_liveness(std::set<std::uint32_t> honest);

  /// Finds a violation if views pass without the finalization that is owed.
  void stop_judging() { judged_.clear(); }

  [[nodiscard]] bool is_judged_live() const { return is_live_; }

 private:
  [[nodiscard]] std::uint32_t independent_quorum() const;
  void check_certificate(const consensus::Certificate& certificate);
  void check_block(const consensus::FinalBlock& block, const consensus::Header& parent);
  void judge();

  consensus::Electorate electorate_;
  std::set<std::uint32_t> liars_;
  std::map<std::uint64_t, crypto::Digest> blocks_;  // 1: by height, over all nodes and lives
  std::map<crypto::Digest, consensus::Header> headers_;
  std::map<std::pair<std::uint64_t, consensus::VoteKind>, crypto::Digest> certificates_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::map<consensus::VoteKind, crypto::Digest>>
      signatures_;
  std::set<std::uint32_t> accused_;
  std::set<std::uint32_t> judged_;
  std::map<std::uint32_t, std::set<std::uint64_t>> entered_;
  std::uint64_t final_view_ = 0;
  std::uint64_t final_view_at_judging_ = 0;
  bool is_live_ = false;
  std::vector<std::string> violations_;
};

}  // namespace troupe::simulator

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/vote.hpp"
#include "protocol/ledger/genesis.hpp"
#include "tools/simulator/verdict.hpp"
#include "tools/simulator/witness.hpp"

namespace troupe::simulator {

/// Recomputes the invariants of consensus.md, section 8, from what leaves honest nodes while they
/// run and from what their disks hold when they are dead. It counts quorums itself and shares no
/// arithmetic with the machine. Every observation is kept by view, kind and block, append-only.
///
///   agreement      one final block per height, over all nodes and all their lives          1
///   fork           blocks link to their parents; skipped views have nullifications         2
///   certificates   signers distinct, in the set, at least q, signatures good;
///                  never two of one kind in a view, never final and nullified              3
///   votes          an honest node signs one value per view and kind, never finalize and
///                  nullify in one view, and nothing that its journal does not hold; it
///                  nullifies no view below one that it nullified or led before; after a
///                  start it votes only once q - 1 others answered its inquiry             4
///   accountability evidence names only liars, and whoever told of it keeps it            10
///   liveness       after healing a finalization within f + 2 views                         8
///
/// Who is judged. Liars are not, nor is anything that they say alone. A disk that lies about syncs, is damaged or wiped broke its promises: its node
/// counts in f, and from that moment what it signs, lacks or says is not held against it, whether it
/// gives itself up, follows as an observer or never catches up. Nothing else excuses a node, and
/// whatever others hold or say is judged as ever. A node that lost its vote journal alone is not
/// excused from anything but having it.
///
/// With more than f liars and such nodes nothing can be promised but accountability: evidence names
/// no honest node, and if agreement broke, certificates that contradict each other pin at least
/// f + 1 of the liars. Then nothing else is judged.
class Judge final : public Witness {
 public:
  /// `observers` nodes follow, after the validators: they are judged by what they hold.
  Judge(const ledger::Genesis& genesis, std::set<std::size_t> liars, std::uint32_t observers = 0);

  /// This node's disk did what no disk may: what it lost or says is no longer held against it. Each
  /// counts as one of the f.
  void excuse(std::size_t node) { excused_.insert(node); }

  /// This node lost its vote journal and nothing else. It counts as one of the f until it rejoined,
  /// but what it signs is judged as ever: it must sign nothing at or below what it signed before.
  void forgive_journal(std::size_t node);

  /// Who lost its journal and has not voted since.
  [[nodiscard]] const std::set<std::size_t>& forgetful() const { return forgetful_; }

  /// The highest view in which this node signed anything, 0 if none.
  [[nodiscard]] std::uint64_t signed_view(std::size_t node) const;

  /// True if so many lie, are broken or have no journal that nothing need go on.
  [[nodiscard]] bool may_stall() const;

  [[nodiscard]] bool is_trusted(std::size_t node) const {
    return !liars_.contains(node) && !excused_.contains(node);
  }

  /// True with more liars and broken disks than the network tolerates.
  [[nodiscard]] bool is_beyond() const;

  /// Whoever signed two certificates that contradict each other.
  [[nodiscard]] const std::set<std::size_t>& guilty() const { return guilty_; }

  /// Who told others that this validator lied.
  [[nodiscard]] std::set<std::size_t> accusers_of(std::size_t culprit) const;

  /// Of whom each node told in the life that it leads now: its disk must prove it.
  [[nodiscard]] const std::map<std::size_t, std::set<std::size_t>>& told_in_this_life() const {
    return told_in_this_life_;
  }

  /// If agreement broke beyond the threshold, f + 1 must be guilty.
  void judge_broken_agreement();

  void on_sent(const Sent& sent) override;
  void on_happening(const Happening& happening) override;
  void on_left(std::size_t node, const SimulatedNode& left) override;

  /// From now on a finalization is owed within f + 2 views of the first one that all of these
  /// entered; a view counts as entered once a node votes in it.
  void demand_progress(std::set<std::size_t> nodes);

  /// True once it came. Then nothing is owed any more.
  [[nodiscard]] bool has_progressed() const { return demanded_of_.empty(); }

  void stop_demanding() { demanded_of_.clear(); }

  /// True if anybody ever sent a nullification of that view.
  [[nodiscard]] bool is_nullified(std::uint64_t view) const {
    return certified_.contains({view, consensus::VoteKind::Nullify});
  }

  [[nodiscard]] std::uint64_t final_view() const { return final_view_; }

  /// The highest height with a finalization whose proposal was seen.
  [[nodiscard]] std::uint64_t final_height() const { return final_height_; }

  /// Who leads a view.
  [[nodiscard]] std::size_t leader_of(std::uint64_t view) const;

  /// The highest view in which any trusted node voted.
  [[nodiscard]] std::uint64_t view() const { return view_; }

  [[nodiscard]] const std::set<std::size_t>& accused() const { return accused_; }

  [[nodiscard]] const consensus::Electorate& electorate() const { return electorate_; }

  [[nodiscard]] std::uint32_t quorum() const;

  /// Judges a certificate wherever it was found. False if it is none.
  bool check_certificate(const consensus::Certificate& certificate, const std::string& where);

  void violate(Verdict verdict, const std::string& checker, const std::string& what);

  [[nodiscard]] const std::vector<Violation>& violations() const { return violations_; }

  [[nodiscard]] std::string name_of(std::size_t node) const;

 private:
  using Slot = std::pair<std::uint64_t, consensus::VoteKind>;  // view and kind

  [[nodiscard]] bool is_more_than_tolerated(std::set<std::size_t> bad) const;
  void note_vote(std::size_t node, const consensus::Vote& vote);
  void check_order(std::size_t node, const consensus::Vote& vote);
  void check_inquiry(std::size_t node, std::uint64_t view);
  void note_evidence(std::size_t node, const consensus::Message& message);
  void note_contradictions(const consensus::Certificate& certificate);
  void check_progress();

  consensus::Electorate electorate_;
  std::vector<std::string> names_;
  std::set<std::size_t> liars_;
  std::set<std::size_t> excused_;
  std::set<std::size_t> forgetful_;
  std::map<std::size_t, std::uint64_t> forgotten_;  // up to which view, by node
  std::map<std::size_t, std::map<Slot, crypto::Digest>> votes_;
  std::map<Slot, crypto::Digest> certified_;
  std::set<crypto::Digest> good_certificates_;
  std::map<crypto::Digest, std::uint64_t> heights_;  // of proposed blocks
  std::set<std::size_t> accused_;
  std::map<std::size_t, std::set<std::size_t>> accusers_;
  std::map<std::size_t, std::set<std::size_t>> told_in_this_life_;
  std::map<std::size_t, std::set<std::size_t>> answered_;  // whose inquiry, since it was started
  std::map<std::size_t, std::uint64_t> led_;  // up to which view it nullified or proposed
  std::map<std::uint64_t, std::vector<consensus::Certificate>> by_view_;
  std::set<std::size_t> guilty_;
  bool is_agreement_broken_ = false;
  std::set<std::size_t> demanded_of_;
  std::map<std::size_t, std::set<std::uint64_t>> entered_;
  Instant now_;
  std::uint64_t final_view_ = 0;
  std::uint64_t final_height_ = 0;
  std::uint64_t view_ = 0;
  std::vector<Violation> violations_;
  std::set<std::pair<std::string, std::string>> said_;
};

}  // namespace troupe::simulator

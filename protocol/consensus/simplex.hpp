#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/time.hpp"
#include "protocol/consensus/block_tree.hpp"
#include "protocol/consensus/config.hpp"
#include "protocol/consensus/effect.hpp"
#include "protocol/consensus/executed_roots.hpp"
#include "protocol/consensus/fetch_plan.hpp"
#include "protocol/consensus/input.hpp"
#include "protocol/consensus/peers.hpp"
#include "protocol/consensus/timers.hpp"
#include "protocol/consensus/view_state.hpp"

// Agreement: Simplex (Chan and Pass, IACR ePrint 2023/463) over lanes, for one epoch.
//
// Words. A vote is notarize, nullify or finalize; q equal ones are a notarization, nullification or
// finalization. To hold a block or batch means that its bytes are checked and synced to disk.
//
// On entering view v (any certificate of a view w at or above mine makes me enter w + 1):
//   - the proposal timer is 3 delta, the advance timer 7 delta, both multiplied by
//     1 + min(c, views entered since the last new finalization) / 2. Only a new finalization
//     resets that factor. The first proposal cancels the proposal timer.
//   - the timers run only while there is something to decide: (a) a held batch that no final block
//     orders; (b) an executed root that no final block exposes; (c) a proposal, or another
//     validator's notarize or nullify, for my view or a later one; (d) idle interval + 2 delta in
//     the view without a proposal. When they start and I hold no proposal, the leader is told my
//     tips.
//   - a leader that was silent for the last `skip` views, while a quorum was heard, is not waited
//     for: both timers count as expired. Any valid message of it for my view or later ends that.
// Upon being the leader of v, with (a), (b) or (c) at once, otherwise once per idle interval:
//   propose on the highest legal parent whose headers I hold; ask everybody for missing
//   certificates first; skip a notarized block that cannot be fetched only with the nullification
//   of its view. A block that would order nothing is kept back for up to delta after entering v,
//   unless (c): until then its parent mostly becomes final and executed, and more to order comes,
//   so that one block does what three would (the paper and our design propose at once).
// Upon the first proposal of v from its leader: if valid, notarize; if wrong for ever, nullify.
// Upon q notarize(b, v): b is notarized. If I have not signed nullify(v), and hold b and what it
//   orders, finalize(b, v), now or when I hold it; and if I have not notarized in v, notarize(b, v)
//   late, before that.
// Upon q nullify(v): the view is skipped. Upon q finalize(b, v): b and its ancestors are final.
// Upon a timer, or the leader's own nullify(v): nullify(v), repeated with my best certificate every
//   retry interval until I leave v.
// Never (the signer refuses, and this machine does not ask): two different values of one kind in
// one
//   view; finalize and nullify of one view; anything at or below the last final view.
// Upon a start: only after q - 1 peers have said what they last saw under my key, and it is all in
//   my journal, is anything signed. Otherwise this node is an observer.
// Upon the finalization of a block that orders my rejoin: everything that I may have forgotten lies
//   at or below its view (the block was proposed after it), so that is my journal's new mark. I ask
//   the others as upon a start, and what they saw above the mark makes me an observer again.
//
// A proposal is valid if its parent is legal (a notarized or final block, not below my last final
// one, with a nullification for each view between, and the same for its ancestors), the rules of
// block_rules.hpp hold, its timestamp is its parent's plus one or not beyond my clock + drift, its
// executed root is mine, and I hold every batch that it orders. What is missing is waited for and
// fetched; what is wrong is wrong for ever.
//
// Invariants, asserted under these numbers by check_invariants:
//   (1) the current view is above the view of every finalization seen.
//   (2) no own finalize and nullify of one view; a finalize only for a notarized block.
//   (3) no view holds a finalization and a nullification; every certificate has q signers. Two
//       certificates that contradict each other mean more than f liars: the node stops, with proof.
//   (4) views kept lie above the last final one; votes at most 8 views beyond the current one.
//   (5) every collection is within its bound of limits.hpp.
//   (6) the proposal and advance timers are armed only while the clock runs.
//   (7) an observer has no open request for a signature that it made after it became one.
//
// Where a rule is: simplex.cpp start, dispatch, invariants; certifying.cpp votes, certificates,
// evidence; voting.cpp notarize, finalize; pacing.cpp view entry, clock, nullify; proposing.cpp;
// finality.cpp commit, execution, catching up; fetching.cpp; answering.cpp.
namespace troupe::consensus {

class Simplex {
 public:
  /// Requires: config.root is the epoch's root block; the recovered state is of this chain.
  Simplex(Config config, const Recovered& recovered);

  /// Advances by one input. Performs nothing; the caller runs the effects in order. The first input
  /// is Started.
  [[nodiscard]] std::vector<Effect> step(const Input& input, const Now& now);

  [[nodiscard]] View view() const { return view_; }

  [[nodiscard]] ValidatorIndex leader() const { return leaders_.leader(view_); }

  [[nodiscard]] const Header& final_header() const { return tree_.final_block().header; }

  /// True if this node may sign: a validator whose inquiry was answered and that is no observer.
  [[nodiscard]] bool is_voting() const { return may_vote_; }

  /// Why this node does not vote and will not before it rejoins or is started anew; nothing if it
  /// may.
  [[nodiscard]] std::optional<ObserverReason> observer() const { return observer_; }

  /// Of the last final block that was handed over; nothing at the root block.
  [[nodiscard]] const std::optional<Certificate>& finalization() const { return finalization_; }

  [[nodiscard]] bool is_clock_running() const { return is_clock_running_; }

  /// When the current view began.
  [[nodiscard]] Instant entered_at() const { return entered_at_; }

  /// Why the current view's proposal will never get a vote of this node, a literal.
  [[nodiscard]] const std::optional<std::string_view>& refused() const { return refused_; }

  /// What is known of a view above the last final one; nullptr if nothing is. Only for who watches.
  [[nodiscard]] const ViewState* known(View view) const { return find_state(view); }

 private:
  // simplex.cpp
  void restore(const Recovered& recovered);
  void restore_vote(const SignedVote& own);
  void restore_basis(const Basis& basis);
  void restore_mark(const Certificate& finalization);
  void on(const Started& input);
  void on(const MessageReceived& input);
  void on(const TimerFired& input);
  void settle();
  void check_invariants() const;
  void check_view(View view, const ViewState& state) const;

  void emit(Effect effect) { out_.push_back(std::move(effect)); }

  void observe(Event event) { emit(Observe{std::move(event)}); }

  void broadcast(Body body);
  void send(ValidatorIndex to, Body body);

  void fault(ValidatorIndex peer, std::string_view reason) { emit(PeerFault{peer, reason}); }

  void halt(const Halt& report);
  void become_observer(ObserverReason reason);

  void arm(Timer timer, Instant at) { emit(timers_.set(timer, at)); }

  void disarm(Timer timer);
  void arm_retry();

  [[nodiscard]] Binding binding() const { return config_.electorate.binding; }

  [[nodiscard]] std::uint32_t quorum() const { return config_.electorate.validators.quorum(); }

  [[nodiscard]] std::uint32_t validator_count() const {
    return config_.electorate.validators.size();
  }

  [[nodiscard]] bool is_own(ValidatorIndex validator) const { return config_.own == validator; }

  [[nodiscard]] Vote make_vote(VoteKind kind, View view, const crypto::Digest& block) const;

  [[nodiscard]] View final_view() const { return final_header().view; }

  ViewState& state_of(View view);
  [[nodiscard]] ViewState* find_state(View view);
  [[nodiscard]] const ViewState* find_state(View view) const;

  // certifying.cpp
  void receive(ValidatorIndex from, const Ballot& body);
  void receive(ValidatorIndex from, const Certificates& body);
  void receive(ValidatorIndex from, const Accusation& body);
  void receive_certificate(ValidatorIndex from, const Certificate& certificate);
  void compare_with_final(const Certificate& certificate);
  void expose_common_signers(const Certificate& left, const Certificate& right);
  [[nodiscard]] bool verify_signatures(const Certificate& certificate) const;
  [[nodiscard]] bool verify_observed(const SignedVote& vote);
  void note_useless(ViewState& state, const SignedVote& vote);
  void record(const SignedVote& vote);
  void record_signatures(const Certificate& certificate);
  void expose(const SignedVote& left, const SignedVote& right);
  void report(const Evidence& evidence);
  [[nodiscard]] bool remember(const Evidence& evidence);
  void try_certificate(const Vote& vote);
  void accept(const Certificate& certificate);
  void forward(const Certificate& certificate);
  [[nodiscard]] const std::optional<Certificate>& latest_finalization() const;
  [[nodiscard]] bool has_certificate(View view, VoteKind kind) const;

  // voting.cpp
  void on(const Signed& input);
  void on(const SigningRefused& input);
  void on(const PayloadChecked& input);
  void receive(ValidatorIndex from, const Proposal& body);
  void vote_on_proposal();
  void vote_on_notarized();
  [[nodiscard]] bool vote_late(View view, ViewState& state, Block& block);
  enum class Verdict { Valid, Wait, Invalid };
  [[nodiscard]] Verdict judge(Block& block);
  [[nodiscard]] Verdict judge_execution(const Block& block) const;
  [[nodiscard]] Verdict judge_timestamp(const Block& block);
  [[nodiscard]] bool has_legal_parent(const Block& block);
  [[nodiscard]] bool has_path(Block& block);
  [[nodiscard]] bool has_nullifications(View after, View before) const;
  void request_payload(Block& block, std::vector<ValidatorIndex> sources);
  [[nodiscard]] bool make_room_for(const Block& block);
  [[nodiscard]] std::pair<int, View> urgency(const Block& block) const;
  void ask_payloads_again();
  void request_signature(const Vote& vote, Basis basis);
  [[nodiscard]] Basis basis_of_entry();
  [[nodiscard]] Basis basis_of(const Block& block);
  void add_certificate(Basis& basis, View view, VoteKind kind);

  // pacing.cpp
  void enter(const Certificate& certificate);
  void begin_view();
  void run_clock();
  void start_clock();
  void stop_clock();
  void nullify_if_due();
  void repeat_nullify();
  void on_proposal_timer();
  void on_advance_timer();
  void on_idle_timer();
  [[nodiscard]] bool is_something_to_decide() const;
  [[nodiscard]] bool is_root_unexposed() const;
  [[nodiscard]] bool is_view_contested() const;
  [[nodiscard]] bool is_leader_silent() const;
  [[nodiscard]] bool has_proposal() const;
  [[nodiscard]] Duration stretched(Duration duration) const;

  // proposing.cpp
  void on(const ProposalBuilt& input);
  void on(const WorkChanged& input);
  void propose();
  void finish_proposal(const Block& parent, const ProposalBuilt& built);
  [[nodiscard]] bool wants_to_propose() const;
  [[nodiscard]] bool may_keep_back() const;
  void keep_back(const Block& parent);
  [[nodiscard]] Block* choose_parent();
  [[nodiscard]] std::vector<Certificate> support_of(const Block& parent, View view) const;
  [[nodiscard]] ExecutedRoot root_to_expose(const Header& parent) const;

  // finality.cpp
  void on(const Executed& input);
  void on(const Committed& input);
  void on(const Synced& input);
  void commit_what_is_final();
  [[nodiscard]] bool is_committable(Block& block, const Certificate& finalization);
  void commit(const Block& block, const Certificate& finalization);
  [[nodiscard]] FinalBlock final_block_of(const Block& block) const;
  void check_claim(const Header& header);
  void become_final(const std::vector<crypto::Digest>& abandoned);
  void catch_up();

  // fetching.cpp
  void fetch();
  using Wants = std::map<WantedItem, Want>;
  void want_final(Wants& wants) const;
  void want_notarized(Wants& wants) const;
  void want_for_vote(Wants& wants);
  void want_for_proposal(Wants& wants);
  void want_header(Wants& wants, const crypto::Digest& block, const Want& how) const;
  void want_path(Wants& wants, const Block& block, const Want& how) const;
  void want_nullifications(Wants& wants, View after, View before, const Want& how) const;
  void want_certificate(Wants& wants, View view, VoteKind kind, const Want& how) const;

  // answering.cpp
  void on(const PeerConnected& input);
  void on(const PeerDisconnected& input);
  void on(const OwnItemMissing& input);
  void on(const Rejoined& input);
  void on(const RejoinedElsewhere& input);
  void receive(ValidatorIndex from, const MissingRequest& body);
  void receive(ValidatorIndex from, const BestRequest& body);
  void receive(ValidatorIndex from, const HeaderRequest& body);
  void receive(ValidatorIndex from, const HeaderAnswer& body);
  void receive(ValidatorIndex from, const Inquiry& body);
  void receive(ValidatorIndex from, const InquiryAnswer& body);
  void receive(ValidatorIndex from, const TipsHint& body);
  void start_inquiry();
  void repeat_inquiry();
  void allow_voting();
  void answer_nullify(ValidatorIndex from, View view);
  void ask_best(ValidatorIndex peer);
  void send_own_votes(std::optional<ValidatorIndex> to);
  [[nodiscard]] std::vector<Certificate> best_certificates() const;
  [[nodiscard]] bool may_answer(ValidatorIndex peer);

  struct Building {
    View view;
    crypto::Digest parent;
  };

  /// My proposal, from the moment at which the signer was asked for its notarize vote.
  struct OwnProposal {
    crypto::Digest digest;
    Proposal proposal;
  };

  struct CommitInFlight {
    Height height;
    Certificate finalization;
  };

  Config config_;
  LeaderOrder leaders_;
  BlockTree tree_;
  ExecutedRoots executed_;
  Peers peers_;
  Timers timers_;
  FetchPlan fetch_plan_;

  // Views and certificates
  std::map<View, ViewState> views_;  // above the final view
  View view_;
  std::optional<Certificate> best_;          // of the highest view; made me enter the current one
  std::optional<Certificate> finalization_;  // of the last final block
  std::set<View> finalizations_;             // above the final view: not committable yet
  std::set<View> notarized_;                 // notarized views in which votes of mine may be due
  std::map<std::pair<ValidatorIndex, VoteKind>, SignedVote> newest_;  // last seen of each signer
  std::map<ValidatorIndex, std::vector<Evidence>> evidence_;
  std::set<std::pair<View, VoteKind>> journaled_;  // certificates that a record of mine carries

  // Questions to the mempool that are open or were dropped; true if a certificate asks for an answer
  std::map<crypto::Digest, bool> payloads_asked_;
  std::optional<Instant> payloads_due_;  // the dropped ones are asked again

  // The current view
  Instant entered_at_;
  std::uint64_t entered_since_finalization_ = 0;
  bool is_clock_running_ = false;
  bool is_expired_ = false;        // a timer of this view fired while the clock ran
  bool is_idle_due_ = false;       // the leader owes the idle block
  bool is_idle_exceeded_ = false;  // (d)
  bool is_skip_observed_ = false;
  std::optional<std::string_view> refused_;  // the first proposal is wrong for ever
  std::optional<Instant> nullify_due_;
  std::size_t repeat_turn_ = 0;  // whom the best certificate goes to next, in large sets
  std::optional<Building> building_;
  std::optional<crypto::Digest> nothing_on_;  // on this parent there was nothing to order
  std::optional<OwnProposal> own_proposal_;

  // Finality and execution
  View newest_finalization_;
  Height last_ordering_;
  bool is_work_held_ = false;
  std::deque<CommitInFlight> commits_;
  std::deque<std::pair<crypto::Digest, Header>> recent_;  // final headers, the newest last
  std::optional<Instant> catch_up_due_;

  // This node
  bool is_started_ = false;
  bool is_halted_ = false;
  bool may_vote_ = false;
  View signer_mark_;  // my own votes up to here are no longer in the journal
  JournalHealth journal_ = JournalHealth::Intact;
  std::optional<ObserverReason> observer_;
  std::set<ValidatorIndex> answered_;
  std::optional<Instant> inquiry_due_;

  Now now_;
  std::vector<Effect> out_;
};

}  // namespace troupe::consensus

// When views begin, when their clock runs, and when they are given up.
#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::consensus {

/// Any certificate of a view w at or above mine makes me enter w + 1.
void Simplex::enter(const Certificate& certificate) {
  view_ = certificate.view().next();
  best_ = certificate;
  ++entered_since_finalization_;
  if (planted(Plant::AnyViewResetsFactor)) entered_since_finalization_ = 0;
  if (is_started_) begin_view();
}

void Simplex::begin_view() {
  if (is_clock_running_) stop_clock();
  disarm(Timer::Timestamp);
  disarm(Timer::Patience);
  nothing_on_.reset();
  entered_at_ = now_.instant;
  is_expired_ = false;
  is_idle_due_ = false;
  is_idle_exceeded_ = false;
  is_skip_observed_ = false;
  refused_.reset();
  nullify_due_.reset();
  building_.reset();
  observe(ViewEntered{view_, leader()});
  const Duration grace = is_own(leader()) ? Duration{0} : 2 * config_.timing.delta;
  arm(Timer::Idle, now_.instant + config_.timing.idle_interval + grace);
}

/// The leader first owes its idle block; two delta later its own clock starts like any other.
void Simplex::on_idle_timer() {
  if (is_own(leader()) && !is_idle_due_) {
    is_idle_due_ = true;
    arm(Timer::Idle, now_.instant + 2 * config_.timing.delta);
    return;
  }
  is_idle_exceeded_ = !has_proposal();
}

bool Simplex::has_proposal() const {
  const ViewState* state = find_state(view_);
  return state != nullptr && !state->proposals.empty();
}

bool Simplex::is_root_unexposed() const {
  return last_ordering_ > final_header().executed_height && executed_.latest() >= last_ordering_;
}

bool Simplex::is_view_contested() const {
  for (auto at = views_.lower_bound(view_); at != views_.end(); ++at) {
    if (at->second.has_other_votes || !at->second.proposals.empty()) return true;
  }
  return false;
}

bool Simplex::is_something_to_decide() const {
  if (planted(Plant::ClockAlwaysRuns)) return true;
  return is_work_held_ || is_root_unexposed() || is_view_contested() || is_idle_exceeded_;
}

void Simplex::run_clock() {
  const bool should_run = is_something_to_decide();
  if (should_run && !is_clock_running_) start_clock();
  if (!should_run && is_clock_running_) stop_clock();
  if (has_proposal()) disarm(Timer::Proposal);
}

void Simplex::start_clock() {
  is_clock_running_ = true;
  if (!has_proposal()) {
    arm(Timer::Proposal, now_.instant + stretched(3 * config_.timing.delta));
    if (!is_own(leader())) emit(SendTips{leader(), view_});
  }
  arm(Timer::Advance, now_.instant + stretched(7 * config_.timing.delta));
}

void Simplex::stop_clock() {
  is_clock_running_ = false;
  disarm(Timer::Proposal);
  disarm(Timer::Advance);
}

/// Half of the duration is added for each view entered since the last new finalization.
Duration Simplex::stretched(Duration duration) const {
  const std::uint64_t steps =
      std::min<std::uint64_t>(config_.timing.factor_steps_max, entered_since_finalization_);
  return duration + duration * static_cast<Duration::rep>(steps) / 2;
}

void Simplex::on_proposal_timer() {
  if (has_proposal()) return;
  is_expired_ = true;
  observe(TimedOut{view_, Timer::Proposal});
}

void Simplex::on_advance_timer() {
  is_expired_ = true;
  observe(TimedOut{view_, Timer::Advance});
}

/// Nothing was heard of the leader for the last `skip` views, while a quorum was heard.
bool Simplex::is_leader_silent() const {
  const std::uint64_t skip = config_.timing.skip_views;
  if (skip == 0 || view_.number <= skip) return false;
  const View since{view_.number - skip};
  return !is_own(leader()) && !peers_.is_heard_since(leader(), since) &&
         peers_.heard_since(since) >= quorum();
}

void Simplex::nullify_if_due() {
  if (!may_vote_) return;
  const bool is_skipped = is_clock_running_ && !has_proposal() && is_leader_silent();
  if (is_skipped && !is_skip_observed_) {
    is_skip_observed_ = true;
    observe(LeaderSkipped{view_, leader()});
  }
  const ViewState* known = find_state(view_);
  const bool is_given_up =
      known != nullptr && known->tally.find(VoteKind::Nullify, leader()) != nullptr;
  if (!is_expired_ && !is_skipped && !refused_ && !is_given_up) return;
  const ViewState& state = state_of(view_);
  if (planted(Plant::NullifyAfterFinalize) && view_ > newest_finalization_.next()) {
    const View left{view_.number - 1};
    const ViewState& before = state_of(left);
    if (before.own(VoteKind::Finalize) && !before.own(VoteKind::Nullify))
      request_signature(make_vote(VoteKind::Nullify, left, {}), basis_of_entry());
  }
  if (state.own(VoteKind::Nullify)) return;
  INVARIANT(!state.own(VoteKind::Finalize));  // what is finalized was notarized, and left
  request_signature(make_vote(VoteKind::Nullify, view_, {}), basis_of_entry());
}

/// Until I leave the view, everybody hears my nullify again, and how I came here.
void Simplex::repeat_nullify() {
  if (!nullify_due_ || *nullify_due_ > now_.instant) return;
  nullify_due_ = now_.instant + config_.timing.retry_interval;
  const auto& own = state_of(view_).own(VoteKind::Nullify);
  if (!own || !own->signature) return;
  broadcast(Ballot{{own->vote, *config_.own, *own->signature}});
  if (!best_) return;
  if (validator_count() <= kForwardToAllValidatorsMax) return broadcast(Certificates{{*best_}});
  const std::vector<ValidatorIndex> connected = peers_.connected();
  constexpr std::size_t kRotation = 4;
  for (std::size_t i = 0; i < std::min(kRotation, connected.size()); ++i) {
    send(connected[repeat_turn_++ % connected.size()], Certificates{{*best_}});
  }
}

}  // namespace troupe::consensus

// What a scenario expects beyond what every run is judged by.
#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "protocol/base/limits.hpp"
#include "tools/simulator/hostile_file.hpp"
#include "tools/simulator/player.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

/// The most that storage lets a copy grow to, and what is written ahead of it.
constexpr std::uint64_t kJournalFileMax = kJournalBytesMax + (1 << 20);
/// What was on its way when a fault began may still become final.
constexpr Duration kUnderWay = 1s;

double seconds(Duration span) {
  return std::chrono::duration<double>(span).count();
}

}  // namespace

// --- measured while it runs

/// How far things were in the moment in which a fault had taken hold, and in which it ended.
void Player::measure_fault(Standing& standing) {
  if (!standing.is_active || standing.held_at || world_.now() < standing.began.at + kUnderWay)
    return;
  standing.held_at = judge_.final_view();
}

void Player::measure_end(Standing& standing) {
  if (!standing.held_at) return;
  const bool went_on = judge_.final_view() > *standing.held_at;
  standing.went_on = standing.went_on || went_on;
  standing.stood_still = standing.stood_still || !went_on;
  standing.held_at.reset();
}

/// Keeps the load going for a while and counts the views that pass.
void Player::measure_view_rate() {
  const bool is_asked = std::ranges::any_of(scenario_.expectations, [](const auto& check) {
    return std::holds_alternative<scenario::ViewRateAfterHeal>(check);
  });
  if (!is_asked) return;
  constexpr Duration kMeasured = 10s;
  const std::uint64_t before = judge_.view();
  const Instant until = world_.now() + kMeasured;
  next_load_ = world_.now();
  while (world_.now() < until) {
    keep_loading();
    world_.run_for(
        std::min(std::max(*next_load_ - world_.now(), Duration{1000}), until - world_.now()));
  }
  const double rate = 60 * static_cast<double>(judge_.view() - before) / seconds(kMeasured);
  view_rate_ = std::min(view_rate_.value_or(rate), rate);
}

/// How long it takes until every two nodes have a connection once more.
void Player::measure_reconnection() {
  const bool is_asked = std::ranges::any_of(scenario_.expectations, [](const auto& check) {
    return std::holds_alternative<scenario::Reconnects>(check);
  });
  if (!is_asked) return;
  constexpr Duration kLongest = 60s;
  const auto are_connected = [this] {
    for (std::size_t left = 0; left < world_.size(); ++left) {
      for (std::size_t right = left + 1; right < world_.size(); ++right)
        if (!world_.pipes()->connects(left, right)) return false;
    }
    return true;
  };
  const bool is_done = world_.run_until(kLongest, are_connected);
  const Duration took = is_done ? world_.now() - healed_ : Duration::max();
  reconnection_took_ = std::max(reconnection_took_, took);
}

/// No mailbox of a simulated node is bounded by its sender, so what a scenario allows is looked at;
/// a journal and the timers of a node have bounds of their own.
void Player::measure_bounds() {
  constexpr std::size_t kTimersMax = 4096;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    const SimulatedNode& node = world_.node(i);
    if (!node.is_up()) continue;
    if (node.timers() > kTimersMax)
      judge_.violate(Verdict::Bound,
                     "bounds",
                     fmt::format("{} has more than {} timers", judge_.name_of(i), kTimersMax));
    const std::uint64_t bytes = node.journal_bytes();
    if (bytes > kJournalFileMax)
      judge_.violate(Verdict::Bound,
                     "bounds",
                     fmt::format("{} has a vote journal of {} bytes", judge_.name_of(i), bytes));
  }
}

// --- judged at the end

const Player::Standing* Player::standing_of(const std::string& id) const {
  const auto found = std::ranges::find_if(
      standings_, [&](const Standing& standing) { return standing.fault->id == id; });
  return found == standings_.end() ? nullptr : &*found;
}

bool Player::has_exited(std::size_t node, scenario::ExitReason reason) const {
  const bool is_of_a_file = reason == scenario::ExitReason::BadConfig;
  return std::ranges::any_of(world_.given_up(), [=](const World::GivenUp& one) {
    return one.node == node && one.reason.starts_with(kBadFile) == is_of_a_file;
  });
}

/// Of all that clients were told during the whole run, in virtual time.
void Player::judge_latency(const scenario::AckLatency& latency) {
  std::vector<Duration> taken;
  for (const Acknowledged& one : world_.acknowledged())
    taken.push_back(one.took);
  std::ranges::sort(taken);
  const auto check = [&](const std::optional<Duration>& most, double share, const char* name) {
    if (!most) return;
    const auto place = static_cast<std::size_t>(share * static_cast<double>(taken.size()));
    if (taken.empty() || taken[std::min(place, taken.size() - 1)] > *most)
      judge_.violate(
          Verdict::Bound,
          "ack_latency",
          taken.empty()
              ? "nothing was acknowledged"
              : fmt::format(
                    "{} is {:.1f} s", name, seconds(taken[std::min(place, taken.size() - 1)])));
  };
  check(latency.p50, 0.5, "p50");
  check(latency.p99, 0.99, "p99");
}

void Player::judge_nodes(const scenario::Check& check) {
  if (const auto* exits = std::get_if<scenario::Exits>(&check)) {
    Random random(derive_seed(options_.seed, "who exits"));
    for (const std::size_t node : choose(exits->on, random)) {
      if (!has_exited(node, exits->is))
        judge_.violate(
            Verdict::Expectation, "exit_reason", judge_.name_of(node) + " did not end of that");
    }
  } else if (const auto* observes = std::get_if<scenario::Observes>(&check)) {
    Random random(derive_seed(options_.seed, "who observes"));
    for (const std::size_t node : choose(observes->on, random)) {
      const auto healed = signed_at_heal_.find(node);
      const bool is_silent =
          healed != signed_at_heal_.end() && healed->second == judge_.signed_view(node);
      if (!is_silent)
        judge_.violate(Verdict::Expectation, "observes", judge_.name_of(node) + " votes");
    }
  }
}

void Player::judge_while_it_ran(const scenario::Check& check) {
  const auto fail = [this](const std::string& checker, const std::string& what) {
    judge_.violate(Verdict::Expectation, checker, what);
  };
  if (const auto* halts = std::get_if<scenario::Halts>(&check)) {
    const Standing* const standing = standing_of(halts->during);
    if (standing == nullptr || standing->went_on || !standing->stood_still)
      fail("halts", "blocks became final during " + halts->during);
  } else if (const auto* keeps = std::get_if<scenario::KeepsFinalizing>(&check)) {
    const Standing* const standing = standing_of(keeps->during);
    if (standing == nullptr || standing->stood_still || !standing->went_on)
      fail("keeps_finalizing", "nothing became final during " + keeps->during);
  } else if (const auto* finalizes = std::get_if<scenario::Finalizes>(&check)) {
    const auto& within = finalizes->within.time;
    if (within && progress_took_ > *within)
      fail("finalizes",
           fmt::format("the first block after healing took {:.1f} s", seconds(progress_took_)));
  } else if (const auto* rate = std::get_if<scenario::ViewRateAfterHeal>(&check)) {
    if (view_rate_.value_or(0) < rate->min_per_minute)
      fail("view_rate_after_heal",
           fmt::format("{:.0f} views in a minute after healing", view_rate_.value_or(0)));
  } else if (const auto* bounded = std::get_if<scenario::Bounded>(&check)) {
    if (bounded->mailbox_max && world_.mailbox_max() > *bounded->mailbox_max)
      judge_.violate(Verdict::Bound,
                     "bounds",
                     fmt::format("a mailbox held {} messages", world_.mailbox_max()));
    if (bounded->fds_max && world_.pipes()->ends_max() > *bounded->fds_max)
      judge_.violate(Verdict::Bound,
                     "bounds",
                     fmt::format("a node held {} connections", world_.pipes()->ends_max()));
  } else if (const auto* latency = std::get_if<scenario::AckLatency>(&check)) {
    judge_latency(*latency);
  } else if (const auto* reconnects = std::get_if<scenario::Reconnects>(&check)) {
    if (reconnects->within.time && reconnection_took_ > *reconnects->within.time)
      fail("reconnects", "not every two nodes are connected again in time");
  } else {
    judge_nodes(check);
  }
}

/// Whoever told the others of a liar has the proof on its disk.
void Player::judge_kept_evidence(const std::map<std::size_t, std::set<std::size_t>>& told) {
  for (const auto& [node, culprits] : told) {
    if (!judge_.is_trusted(node)) continue;
    for (const std::size_t culprit : culprits) {
      if (!stored_evidence_[node].contains(culprit))
        judge_.violate(
            Verdict::Safety,
            "evidence",
            judge_.name_of(node) + " forgot the proof against " + judge_.name_of(culprit));
    }
  }
}

/// Two honest nodes told the others of each who showed two of them that it lied, and if asked for, two
/// disks still prove it. Of whoever was careful enough nobody can know.
void Player::judge_evidence(const scenario::Evidence& expected) {
  constexpr std::size_t kWitnesses = 2;
  for (const std::string& name : expected.against) {
    const std::size_t culprit = index_of(name);
    const auto shown = exposure_.shown(culprit);
    const auto honest = static_cast<std::size_t>(
        std::ranges::count_if(shown, [this](std::size_t node) { return judge_.is_trusted(node); }));
    const std::size_t owed = std::min(kWitnesses, honest);
    std::size_t stored = 0;
    for (const auto& [node, culprits] : stored_evidence_)
      stored += culprits.contains(culprit) ? 1 : 0;
    if (judge_.accusers_of(culprit).size() < owed)
      judge_.violate(Verdict::Expectation, "evidence", "too few nodes prove " + name);
    if (expected.survives_restart && stored < owed)
      judge_.violate(Verdict::Expectation, "evidence", "the proof of " + name + " was lost");
  }
}

void Player::judge_expectations() {
  for (const scenario::Check& check : scenario_.expectations) {
    judge_while_it_ran(check);
    if (const auto* acked = std::get_if<scenario::AckedDurable>(&check)) {
      if (world_.acknowledged().size() < acked->min)
        judge_.violate(Verdict::Expectation,
                       "acked_durable",
                       "only " + std::to_string(world_.acknowledged().size()) + " acknowledged");
    } else if (const auto* repaired = std::get_if<scenario::RepairedFromPeers>(&check)) {
      judge_repair(*repaired);
    } else if (const auto* evidence = std::get_if<scenario::Evidence>(&check)) {
      judge_evidence(*evidence);
    } else if (const auto* culprits = std::get_if<scenario::Culprits>(&check)) {
      if (judge_.guilty().size() < culprits->min.of(scenario_.network.validators))
        judge_.violate(Verdict::Expectation,
                       "culprits",
                       "only " + std::to_string(judge_.guilty().size()) + " are provably guilty");
    } else if (const auto* reaches = std::get_if<scenario::ReachesHeight>(&check)) {
      if (height_ < reaches->height)
        judge_.violate(Verdict::Expectation,
                       "reaches_height",
                       "the chain ends at height " + std::to_string(height_));
    }
  }
}

}  // namespace troupe::simulator

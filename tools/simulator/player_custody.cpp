// What becomes of stored entries that somebody altered: nobody is told a lie, and all are mended.
#include <algorithm>
#include <memory>
#include <variant>

#include <fmt/format.h>

#include "tools/simulator/player.hpp"
#include "tools/tampering.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

/// The longest that a walk over the ledger of a simulated node may take.
constexpr Duration kWalkMax = 60s;
/// How often a walk is asked whether it has ended.
constexpr Duration kLook = 200ms;
/// What one walk mends the next one compares; a third shows that nothing comes back.
constexpr int kWalksMax = 3;
constexpr Duration kHeightMax = 120s;
/// What a node says when it has written entries as they must be (actors/scrubber.cpp, node.cpp).
constexpr std::string_view kMended = "mended ";

}  // namespace

/// Ends the node's process and alters a record on its disk.
void Player::tamper(Standing& standing, const scenario::Tamper& how, std::size_t node) {
  SimulatedNode& victim = world_.node(node);
  if (victim.is_up()) world_.crash(node, std::nullopt);
  SimulatedEnvironment environment(victim.disk(), derive_seed(options_.seed, "tamper"));
  storage::DatabaseOptions options;
  options.path = victim.options().data_dir.string() + "/database";
  options.owner = {judge_.electorate().binding.chain, victim.peer_id().bytes()};
  if (!environment.exists(options.path)) return;  // it never ran
  const auto opened = storage::Database::open(environment, options);
  if (!opened) return;  // some other fault has damaged it already
  storage::Database& database = *opened->database;
  if (!standing.record) {
    const auto keys = tools::stored_records(database);
    if (!keys || keys->empty()) return;
    standing.record = (*keys)[standing.random.below(keys->size())];
  }
  const std::string& key = *standing.record;
  const Bytes value = to_bytes(as_bytes(how.value));
  const auto done = tools::tamper_with(database, key, value);
  if (done && *done) tampered_.push_back({node, key, value});
}

/// A client that asks each victim again and again for the record that it holds altered.
void Player::read_what_was_tampered_with() {
  for (const Tampered& one : tampered_) {
    if (world_.node(one.node).is_stopped()) continue;
    world_.node(one.node).ask_record(one.key, [this, one](const std::optional<Bytes>& value) {
      if (value != one.value) return;
      judge_.violate(Verdict::Safety,
                     "wrong-answer",
                     fmt::format("{} answers with what somebody wrote over record {} on its disk",
                                 judge_.name_of(one.node),
                                 one.key));
    });
  }
}

void Player::count_mended(const std::string& line) {
  if (line.starts_with(kMended)) mended_ += std::stoull(line.substr(kMended.size()));
}

/// Keeps the load going until the chain is as high as a repair is expected by.
void Player::demand_height() {
  std::uint64_t wanted = 0;
  for (const scenario::Check& check : scenario_.expectations) {
    if (const auto* repaired = std::get_if<scenario::RepairedFromPeers>(&check))
      wanted = std::max(wanted, repaired->by.height.value_or(0));
  }
  const Instant until = world_.now() + kHeightMax;
  while (judge_.final_height() < wanted && world_.now() < until) {
    world_.submit(load_random_.below(world_.size()));
    world_.run_for(kLook);
  }
  if (judge_.final_height() < wanted)
    judge_.violate(
        Verdict::Liveness, "repaired_from_peers", fmt::format("height {} was not reached", wanted));
}

/// Has every honest node look over all that it stored, until nobody finds anything any more.
void Player::walk_ledgers() {
  const bool is_asked = std::ranges::any_of(scenario_.expectations, [](const auto& check) {
    return std::holds_alternative<scenario::RepairedFromPeers>(check);
  });
  const bool is_tampered = std::ranges::any_of(scenario_.faults, [](const auto& fault) {
    return std::holds_alternative<scenario::Tamper>(fault.kind);
  });
  if (!is_asked && !is_tampered) return;
  demand_height();
  for (int walk = 0; walk < kWalksMax; ++walk) {
    const auto before = custody_;
    if (!walk_once()) {
      judge_.violate(
          Verdict::Liveness, "repaired_from_peers", "a walk over a ledger took more than 60 s");
      return;
    }
    const bool is_news = std::ranges::any_of(custody_, [&](const auto& entry) {
      const auto found = before.find(entry.first);
      return found == before.end() ? entry.second.damaged > 0
                                   : entry.second.damaged > found->second.damaged;
    });
    if (!is_news) return;
  }
}

/// False if not every walk came to its end in time.
bool Player::walk_once() {
  struct Walk {
    std::map<std::size_t, std::uint64_t> passes;  // before it
    std::map<std::size_t, Custody> now;
  };

  // What is asked may be answered after this has returned.
  const auto walk = std::make_shared<Walk>();
  const auto ask = [&](bool now) {
    for (std::size_t i = 0; i < world_.size(); ++i) {
      if (cast_.liars.contains(world_.owner(i))) continue;
      world_.node(i).ask_custody(now, [walk, now, i](const Custody& custody) {
        if (now) walk->passes.emplace(i, custody.passes);
        if (walk->passes.contains(i)) walk->now[i] = custody;
      });
    }
  };
  const auto has_ended = [&] {
    return !walk->now.empty() && std::ranges::all_of(walk->now, [&](const auto& entry) {
      return !world_.node(entry.first).is_ready() ||
             entry.second.passes > walk->passes.at(entry.first);
    });
  };
  ask(true);
  const Instant until = world_.now() + kWalkMax;
  while (!has_ended() && world_.now() < until) {
    world_.run_for(kLook);
    read_what_was_tampered_with();
    ask(false);
  }
  custody_ = walk->now;
  return has_ended();
}

void Player::judge_repair(const scenario::RepairedFromPeers& expected) {
  const auto fail = [this](const std::string& what) {
    judge_.violate(Verdict::Expectation, "repaired_from_peers", what);
  };
  for (const auto& [node, custody] : custody_) {
    if (custody.quarantined > 0)
      fail(fmt::format(
          "{} has {} places that nobody could mend", judge_.name_of(node), custody.quarantined));
  }
  if (mended_ < expected.min) fail(fmt::format("only {} entries were mended", mended_));
}

}  // namespace troupe::simulator

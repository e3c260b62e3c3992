#include "tools/simulator/schedule.hpp"

#include <array>

namespace troupe::simulator {

namespace {

/// Between two changes of the order, in choices: a bug of depth d needs d - 1 changes at the right
/// places, so they must be rare enough to leave long stretches alone.
constexpr std::uint64_t kChangeEvery = 4000;
constexpr std::uint64_t kStarvedMicrosecondsMax = 400'000;

constexpr std::array<std::string_view, 6> kVictims{
    "validator", "signer", "mempool", "ledger_writer", "batch_store", "synchronizer"};

}  // namespace

std::string_view name(Strategy strategy) {
  switch (strategy) {
    case Strategy::Uniform: return "uniform";
    case Strategy::Fifo: return "fifo";
    case Strategy::Priority: return "priority";
    case Strategy::Starve: return "starve";
    case Strategy::Ahead: return "ahead";
  }
  return "uniform";
}

std::optional<Strategy> strategy_named(std::string_view word) {
  for (const Strategy strategy :
       {Strategy::Uniform, Strategy::Fifo, Strategy::Priority, Strategy::Starve, Strategy::Ahead}) {
    if (name(strategy) == word) return strategy;
  }
  return std::nullopt;
}

Schedule::Schedule(Strategy strategy, std::uint64_t seed, std::size_t nodes)
    : strategy_(strategy), drawn_(strategy), random_(derive_seed(seed, "schedule")) {
  favoured_ = random_.below(nodes);
  victim_ = kVictims[random_.below(kVictims.size())];
  next_change_ = 1 + random_.below(kChangeEvery);
}

std::optional<Schedule::Choice> Schedule::choose(const Nodes& nodes, Instant now) {
  switch (strategy_) {
    case Strategy::Uniform: return choose_uniform(nodes);
    case Strategy::Fifo: return choose_fifo(nodes);
    case Strategy::Priority: return choose_priority(nodes);
    case Strategy::Starve: return choose_starving(nodes, now);
    case Strategy::Ahead: return choose_ahead(nodes);
  }
  return std::nullopt;
}

std::optional<Schedule::Choice> Schedule::choose_uniform(const Nodes& nodes) {
  std::size_t runnable = 0;
  for (const auto& node : nodes)
    runnable += node->jobs();
  if (runnable == 0) return std::nullopt;
  std::size_t choice = random_.below(runnable);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (choice < nodes[i]->jobs()) return Choice{i, choice};
    choice -= nodes[i]->jobs();
  }
  return std::nullopt;
}

std::optional<Schedule::Choice> Schedule::choose_fifo(const Nodes& nodes) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    turn_ = (turn_ + 1) % nodes.size();
    if (nodes[turn_]->jobs() > 0) return Choice{turn_, 0};
  }
  return std::nullopt;
}

std::optional<Schedule::Choice> Schedule::choose_priority(const Nodes& nodes) {
  std::optional<Choice> best;
  std::uint64_t best_priority = 0;
  std::pair<std::size_t, std::uint64_t> best_actor;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::size_t job = 0; job < nodes[i]->jobs(); ++job) {
      const auto actor = std::make_pair(i, nodes[i]->job_actor(job));
      const auto known = priorities_.find(actor);
      const std::uint64_t priority =
          known != priorities_.end()
              ? known->second
              : priorities_.emplace(actor, 1 + (random_.next() >> 8)).first->second;
      if (best && priority <= best_priority) continue;
      best = Choice{i, job};
      best_priority = priority;
      best_actor = actor;
    }
  }
  if (best && ++choices_ >= next_change_) {
    next_change_ = choices_ + 1 + random_.below(kChangeEvery);
    priorities_[best_actor] = 0;
  }
  return best;
}

std::optional<Schedule::Choice> Schedule::choose_starving(const Nodes& nodes, Instant now) {
  std::vector<Choice> ready;
  std::optional<Choice> starved;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    for (std::size_t job = 0; job < nodes[i]->jobs(); ++job) {
      if (i == favoured_ && nodes[i]->job_name(job) == victim_) {
        starved = Choice{i, job};
      } else {
        ready.push_back({i, job});
      }
    }
  }
  if (!starved) release_.reset();
  if (starved && !release_) {
    release_ = now + Duration{static_cast<Duration::rep>(random_.below(kStarvedMicrosecondsMax))};
  }
  if (starved && *release_ <= now) {
    release_.reset();
    return starved;
  }
  if (ready.empty()) return std::nullopt;
  return ready[random_.below(ready.size())];
}

std::optional<Schedule::Choice> Schedule::choose_ahead(const Nodes& nodes) {
  if (const std::size_t jobs = nodes[favoured_]->jobs(); jobs > 0) {
    return Choice{favoured_, random_.below(jobs)};
  }
  return choose_uniform(nodes);
}

}  // namespace troupe::simulator

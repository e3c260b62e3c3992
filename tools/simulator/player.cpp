#include "tools/simulator/player.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "tools/simulator/disk_means.hpp"
#include "tools/simulator/fault_means.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

constexpr Duration kStormMax = 120s;
constexpr Duration kFaultDefault = 2s;
constexpr Duration kSettle = 4s;
constexpr Duration kProgressMax = 90s;
constexpr Duration kQuiet = 10s;

/// One seed in so many keeps real Ed25519, and real connections wherever that may be.
constexpr std::uint64_t kRealSignaturesEvery = 10;

WorldOptions world_options(const scenario::Scenario& scenario,
                           const PlayOptions& options,
                           const LiarCast& cast) {
  WorldOptions world;
  world.seed = options.seed;
  world.validators = scenario.network.validators;
  world.observers = scenario.network.observers;
  world.strategy = options.strategy;
  world.twins = cast.twins;
  world.versions_talk = !scenario.network.versions || scenario.network.versions->talk;
  const bool is_real = derive_seed(options.seed, "signatures") % kRealSignaturesEvery == 0;
  world.has_pipes =
      needs_pipes(scenario) || (options.has_pipes.value_or(is_real) && !needs_messages(scenario));
  world.has_cheap_signatures = !is_real && !world.has_pipes;
  return world;
}

/// Both halves of a twin lie.
std::set<std::size_t> liar_nodes(const World& world, const LiarCast& cast) {
  std::set<std::size_t> nodes;
  for (std::size_t i = 0; i < world.size(); ++i) {
    if (cast.liars.contains(world.owner(i))) nodes.insert(i);
  }
  return nodes;
}

LinkWeather weather_of(const scenario::LinkLaw& law) {
  LinkWeather weather;
  if (law.delay.count() > 0) weather.delay = law.delay;
  if (law.delay.count() > 0 || law.jitter.count() > 0) weather.jitter = law.jitter;
  weather.loss = law.loss.share;
  weather.duplicate = law.duplicate.share;
  weather.reorder = law.reorder.share;
  if (law.rate) weather.bytes_per_second = law.rate->bytes;
  return weather;
}

}  // namespace

Player::Player(const scenario::Scenario& scenario, const PlayOptions& options)
    : scenario_(scenario),
      options_(options),
      cast_(cast_liars(scenario, options.seed)),
      world_(world_options(scenario, options, cast_)),
      judge_(world_.genesis(), liar_nodes(world_, cast_), scenario.network.observers),
      liars_(set_liars(world_, cast_, judge_.electorate(), options.seed)),
      counter_(world_.size()),
      load_random_(derive_seed(options.seed, "load")),
      resend_random_(derive_seed(options.seed, "sent again")),
      hostile_random_(derive_seed(options.seed, "hostile load")) {
  world_.add_witness(judge_);
  world_.add_witness(counter_);
  world_.add_witness(marks_);
  world_.add_witness(exposure_);
  if (options.witness != nullptr) world_.add_witness(*options.witness);
  for (const scenario::Fault& fault : scenario.faults) {
    Standing standing;
    standing.fault = &fault;
    standing.random = Random(derive_seed(options.seed, "fault " + fault.id));
    standings_.push_back(std::move(standing));
  }
}

Outcome Player::run() {
  start();
  for (std::uint32_t i = 0; i < scenario_.storms && judge_.violations().empty(); ++i) {
    if (i > 0) begin_anew();
    storm();
    heal();
    measure_reconnection();
    demand_progress();
    measure_view_rate();
    walk_ledgers();
  }
  finish();
  Outcome outcome;
  outcome.violations = judge_.violations();
  outcome.trace = world_.trace();
  outcome.jobs = world_.jobs();
  outcome.crashes = counter_.crashes;
  outcome.power_cuts = counter_.power_cuts;
  outcome.height = height_;
  outcome.acknowledged = world_.acknowledged().size();
  outcome.accused = judge_.accused().size();
  outcome.simulated = world_.now() - Instant{};
  outcome.nodes = static_cast<std::uint32_t>(world_.size());
  outcome.marks = marks_.reached();
  return outcome;
}

// --- the story

void Player::start() {
  world_.set_weather(weather_of(scenario_.network.link));
  for (std::size_t i = 0; i < world_.size(); ++i) {
    world_.node(i).on_log = [this, i](const std::string& actor, const std::string& line) {
      marks_.on_log(actor, line);
      count_mended(line);
      if (!options_.log) return;
      options_.log(std::to_string((world_.now() - Instant{}).count() / 1000) + " ms " +
                   judge_.name_of(i) + " " + actor + ": " + line);
    };
  }
  std::set<std::size_t> late;
  for (Standing& standing : standings_) {
    if (!std::holds_alternative<scenario::Join>(standing.fault->kind)) continue;
    standing.on = choose(standing.fault->on, standing.random);
    late.insert(standing.on.begin(), standing.on.end());
  }
  for (std::size_t i = 0; i < world_.size(); ++i) {
    if (!late.contains(i)) world_.boot(i);
  }
  if (scenario_.load.kind != scenario::LoadKind::None) next_load_ = world_.now();
  plan_amnesia();
}

/// A liar that forgets does so a few times, and signs anew what it signed before.
void Player::plan_amnesia() {
  constexpr int kTimes = 3;
  for (const LiarCast::Part& part : cast_.parts) {
    if (part.table->strategy != scenario::Strategy::Amnesia) continue;
    for (const std::size_t node : part.on) {
      for (int i = 0; i < kTimes; ++i)
        plan_.emplace(Instant{} + part.table->at.time.value_or(kFaultDefault) + i * kFaultDefault,
                      Planned{part.table->id, node, std::nullopt, true});
    }
  }
}

void Player::forget_everything(std::size_t node) {
  if (world_.node(node).is_up()) world_.crash(node, std::nullopt);
  for (const std::string& path : world_.node(node).disk().files())
    world_.node(node).disk().erase(path);
}

/// The same faults once more, at moments counted from now, with what their streams draw next. Whoever
/// joined is there.
void Player::begin_anew() {
  storm_began_ = world_.now();
  world_.stir();
  world_.set_weather(weather_of(scenario_.network.link));
  for (Standing& standing : standings_) {
    if (std::holds_alternative<scenario::Join>(standing.fault->kind)) continue;
    standing.begun = 0;
    standing.member = 0;
    standing.is_over = false;
    standing.has_ended_once = false;
    standing.begins.reset();
    standing.begins_again = false;
    standing.ends.reset();
  }
  if (next_load_) next_load_ = world_.now();
}

bool Player::is_storm_over() const {
  const Duration passed = world_.now() - storm_began_;
  if (scenario_.duration) return passed >= *scenario_.duration;
  return std::ranges::all_of(standings_, [](const Standing& one) { return one.is_over; }) &&
         plan_.empty() && passed >= kFaultDefault;
}

void Player::storm() {
  is_storming_ = true;
  const Instant latest = storm_began_ + scenario_.duration.value_or(kStormMax);
  while (!is_storm_over() && world_.now() < latest) {
    act();
    const Instant next = std::min(next_moment().value_or(latest), world_.now() + 500ms);
    (void)world_.run_until(std::max(Duration{1}, std::min(next, latest) - world_.now()),
                           [this] { return is_due(); });
  }
  is_storming_ = false;
}

/// Everything that the storm did is undone, and what it still has under way arrives.
void Player::heal() {
  world_.tell(SIZE_MAX, Turn::FaultEnds, "storm");
  measure_bounds();
  for (Standing& standing : standings_) {
    if (standing.is_active) end(standing);
    standing.is_over = true;
  }
  plan_.clear();
  world_.heal();
  world_.set_weather({});
  judge_given_up();
  for (std::size_t i = 0; i < world_.size(); ++i) {
    if (world_.node(i).is_stopped()) world_.set_stopped(i, false);
    world_.disk_faults(i).end_all();
    world_.set_clock(i, {});
    world_.set_full(i, false);
    boot_if_down(i);
  }
  healed_ = world_.now();
  const std::uint64_t before = judge_.final_view();
  const auto goes_on = [&] { return judge_.final_view() > before; };
  const bool has_gone_on = world_.run_until(kSettle, goes_on);
  if (has_gone_on) note_progress();
  world_.run_for(std::max(healed_ + kSettle - world_.now(), Duration{1}));
  judge_given_up();
  rejoin_forgetful();
  for (std::size_t i = 0; i < world_.size(); ++i)
    signed_at_heal_[i] = judge_.signed_view(i);
}

/// The longest that the network took to go on after everything had healed.
void Player::note_progress() {
  progress_took_ = std::max(progress_took_, world_.now() - healed_);
}

void Player::demand_progress() {
  const auto nodes = trusted();
  if (nodes.empty() || judge_.is_beyond() || judge_.may_stall()) return;
  std::set<std::size_t> voters = nodes;
  std::erase_if(voters, [this](std::size_t node) { return node >= scenario_.network.validators; });
  judge_.demand_progress(voters);
  const std::size_t before = world_.acknowledged().size();
  const Instant until = world_.now() + kProgressMax;
  const auto is_done = [&] {
    return judge_.has_progressed() && world_.acknowledged().size() > before;
  };
  while (!is_done() && world_.now() < until) {
    world_.submit(*nodes.begin());
    (void)world_.run_until(200ms, is_done);
  }
  if (!is_done()) {
    judge_.violate(Verdict::Liveness,
                   "liveness",
                   judge_.has_progressed()
                       ? "a client got no answer for 90 s after everything healed"
                       : "nothing became final for 90 s after everything healed");
  }
  judge_.stop_demanding();
}

void Player::finish() {
  world_.run_for(kQuiet);
  judge_given_up();
  const auto told = judge_.told_in_this_life();
  for (std::size_t i = 0; i < world_.size(); ++i) {
    if (world_.node(i).is_up()) world_.crash(i, PowerCut::LoseAll);
  }
  DiskJudge disks(world_, judge_);
  disks.run(gravest(judge_.violations()) == Verdict::Passed);
  height_ = disks.height();
  stored_evidence_ = disks.evidence();
  judge_kept_evidence(told);
  judge_.judge_broken_agreement();
  judge_expectations();
}

// --- moments

std::optional<Instant> Player::next_moment() const {
  std::optional<Instant> next = next_load_;
  const auto sooner = [&next](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  for (const Standing& standing : standings_) {
    if (standing.is_over) continue;
    sooner(standing.is_active ? standing.ends : standing.begins);
    if (standing.is_active) sooner(standing.next_step);
    if (!standing.is_active && !standing.begins && standing.fault->at.time)
      sooner(std::max(world_.now(), storm_began_ + *standing.fault->at.time));
  }
  if (!plan_.empty()) sooner(plan_.begin()->first);
  return next;
}

bool Player::event_holds(const Standing& standing, const scenario::EventAt& at) const {
  const std::uint64_t span = at.nth.last - at.nth.first + 1;
  const std::uint64_t nth = at.nth.first + (options_.seed + standing.begun) % span;
  for (std::size_t node = 0; node < world_.size(); ++node) {
    const auto before = standing.events_before.find(node);
    const std::uint64_t since = counter_.count(at.event, node) -
                                (before == standing.events_before.end() ? 0 : before->second);
    if (since >= nth) return true;
  }
  return false;
}

bool Player::holds(const Standing& standing) const {
  const scenario::Trigger& at = standing.fault->at;
  if (at.time && world_.now() < storm_began_ + *at.time) return false;
  if (at.view && judge_.view() < *at.view) return false;
  if (at.height && judge_.final_height() < *at.height) return false;
  if (at.event && !death_at(at.event->event, 1) && !event_holds(standing, *at.event)) return false;
  if (!at.after) return true;
  const auto other = std::ranges::find_if(
      standings_, [&](const Standing& one) { return one.fault->id == at.after->id; });
  return other == standings_.end() || (at.after->last ? other->is_over : other->has_ended_once);
}

bool Player::is_due() const {
  return std::ranges::any_of(standings_, [this](const Standing& standing) {
    return !standing.is_over && !standing.is_active && !standing.begins && !standing.begins_again &&
           holds(standing);
  });
}

void Player::act() {
  while (!plan_.empty() && plan_.begin()->first <= world_.now()) {
    const Planned planned = plan_.begin()->second;
    plan_.erase(plan_.begin());
    if (planned.forgets) forget_everything(planned.node);
    if (planned.link) {
      world_.end_fault(planned.id, planned.link);
    } else {
      boot_if_down(planned.node);
    }
  }
  for (Standing& standing : standings_) {
    if (standing.is_over) continue;
    measure_fault(standing);
    if (standing.is_active && standing.next_step && *standing.next_step <= world_.now())
      step(standing);
    if (is_finished(standing)) end(standing);
    const bool is_time = standing.begins         ? *standing.begins <= world_.now()
                         : standing.begins_again ? has_passed(standing.fault->every, standing.began)
                                                 : holds(standing);
    if (!standing.is_over && !standing.is_active && is_time) begin(standing);
  }
  judge_given_up();
  restart_given_up();
  read_what_was_tampered_with();
  keep_loading();
}

void Player::keep_loading() {
  if (!next_load_ || *next_load_ > world_.now()) return;
  const std::size_t node = load_random_.below(world_.size());
  std::optional<std::size_t> again;
  if (resend_random_.chance(scenario_.load.resent.share))
    again = resend_random_.below(world_.size());
  world_.submit(node, again, hostile_random_.chance(scenario_.load.hostile.share));
  const double rate = std::clamp(scenario_.load.rate.amount, 0.1, 200.0);
  next_load_ = world_.now() + Duration{static_cast<Duration::rep>(1e6 / rate)};
}

// --- nodes

std::size_t Player::index_of(const std::string& name) const {
  for (std::size_t i = 0; i < world_.size(); ++i) {
    if (judge_.name_of(i) == name) return i;
  }
  return 0;
}

std::set<std::size_t> Player::trusted() const {
  std::set<std::size_t> nodes;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    if (judge_.is_trusted(i)) nodes.insert(i);
  }
  return nodes;
}

std::vector<std::size_t> Player::choose(const scenario::Selector& selector, Random& random) {
  std::vector<std::size_t> all;
  for (std::size_t i = 0; i < world_.size(); ++i)
    all.push_back(i);
  if (const auto* named = std::get_if<scenario::selector::Named>(&selector)) {
    std::vector<std::size_t> nodes;
    for (const std::string& name : named->nodes)
      nodes.push_back(index_of(name));
    return nodes;
  }
  if (const auto* others = std::get_if<scenario::selector::Not>(&selector)) {
    for (const std::string& name : others->nodes)
      std::erase(all, index_of(name));
    return all;
  }
  if (const auto* leader = std::get_if<scenario::selector::Leader>(&selector)) {
    return {judge_.leader_of(judge_.view() + leader->views_later)};
  }
  if (const auto* any = std::get_if<scenario::selector::Any>(&selector)) {
    std::vector<std::size_t> nodes;
    const std::size_t count =
        std::min<std::size_t>(any->count.of(scenario_.network.validators), all.size());
    while (nodes.size() < count) {
      const auto place = static_cast<std::ptrdiff_t>(random.below(all.size()));
      nodes.push_back(all[static_cast<std::size_t>(place)]);
      all.erase(all.begin() + place);
    }
    return nodes;
  }
  if (std::holds_alternative<scenario::selector::Byzantine>(selector))
    return {cast_.liars.begin(), cast_.liars.end()};
  return all;
}

void Player::boot_if_down(std::size_t node) {
  if (!world_.node(node).is_up()) world_.boot(node);
}

/// A node may give itself up while its disk fails, or once its disk broke its promises.
void Player::judge_given_up() {
  for (; given_up_judged_ < world_.given_up().size(); ++given_up_judged_) {
    const World::GivenUp& one = world_.given_up()[given_up_judged_];
    const bool is_documented =
        may_give_up_.contains(one.node) || !judge_.is_trusted(one.node) || judge_.is_beyond();
    if (is_documented) continue;
    judge_.violate(
        Verdict::Crash, "gives-up", judge_.name_of(one.node) + " gave itself up: " + one.reason);
  }
}

/// What a service manager would do: start it again a little later, while the fault lasts too.
void Player::restart_given_up() {
  for (std::size_t i = 0; i < world_.size(); ++i) {
    if (world_.node(i).is_up() || !may_give_up_.contains(i) || !is_storming_) continue;
    const bool is_planned = std::ranges::any_of(
        plan_, [i](const auto& entry) { return !entry.second.link && entry.second.node == i; });
    if (!is_planned)
      plan_.emplace(world_.now() + may_give_up_[i], Planned{"restart", i, std::nullopt});
  }
}

Outcome play(const scenario::Scenario& scenario, const PlayOptions& options) {
  if (const auto missing = missing_means(scenario)) {
    Outcome outcome;
    outcome.violations.push_back({Verdict::NotRun, "not-run", *missing});
    return outcome;
  }
  return Player(scenario, options).run();
}

}  // namespace troupe::simulator

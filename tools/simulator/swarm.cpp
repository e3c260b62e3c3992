#include "tools/simulator/swarm.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "tools/scenario/words.hpp"
#include "tools/simulator/core/random.hpp"
#include "tools/simulator/fault_means.hpp"
#include "tools/simulator/overload.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

scenario::Count count_of(std::uint32_t number) {
  return {scenario::Count::Base::Zero, static_cast<std::int32_t>(number)};
}

Duration draw_span(Random& random, Duration from, Duration to) {
  return from + Duration{static_cast<Duration::rep>(
                    random.below(static_cast<std::uint64_t>((to - from).count())))};
}

double draw_share(Random& random, double most) {
  return most * static_cast<double>(1 + random.below(1000)) / 1000;
}

std::uint32_t draw_size(Random& random) {
  constexpr std::array<std::uint32_t, 10> kSizes{4, 4, 4, 4, 4, 4, 5, 6, 7, 7};
  return kSizes[random.below(kSizes.size())];
}

/// Draws the faults of one scenario. A disk that breaks its promises counts in f, and so does a node
/// that is taken away for long; the rest may hit anybody.
class Drawing {
 public:
  Drawing(std::uint64_t seed, Threshold threshold)
      : seed_(seed),
        threshold_(threshold),
        random_(derive_seed(seed, "swarm")),
        liars_(derive_seed(seed, "liars")),
        rest_(derive_seed(seed, "rest")) {
    drawn_.scenario.name = "seed-" + std::to_string(seed);
    drawn_.scenario.shows = "What the swarm drew from this seed.";
    drawn_.scenario.engines = {scenario::Engine::Sim};
    drawn_.scenario.seeds = {seed, seed};
  }

  Drawn run() {
    scenario::Scenario& scenario = drawn_.scenario;
    scenario.network.validators = draw_size(random_);
    scenario.network.link.delay = draw_span(random_, 1ms, 20ms);
    scenario.network.link.jitter = draw_span(random_, 1ms, 60ms);
    if (random_.below(2) == 0) scenario.network.link.loss.share = draw_share(random_, 0.05);
    if (random_.below(4) == 0) scenario.network.link.duplicate.share = draw_share(random_, 0.1);
    scenario.load.kind = scenario::LoadKind::Mixed;
    scenario.load.rate.amount = static_cast<double>(1 + random_.below(12));
    scenario.duration = draw_span(random_, 3s, 14s);
    drawn_.strategy = static_cast<Strategy>(random_.below(5));
    add_liars();
    const auto kinds = draw_kinds();
    const std::uint64_t count = kinds.empty() ? 0 : 1 + random_.below(8);
    for (std::uint64_t i = 0; i < count; ++i)
      add_fault(kinds[random_.below(kinds.size())]);
    add_rest();
    draw_overload(scenario, seed_, broken_);
    return std::move(drawn_);
  }

 private:
  /// Makes a fault one of a kind. False if the network has no room for another one of it.
  using Kind = bool (Drawing::*)(scenario::Fault&);

  std::vector<Kind> draw_kinds() {
    std::vector<Kind> kinds;
    if (random_.below(2) == 0) {
      const std::uint64_t few = random_.below(4);
      for (std::uint64_t i = 0; i < few; ++i)
        kinds.push_back(kKinds[random_.below(kKinds.size())]);
      return kinds;
    }
    for (const Kind kind : kKinds) {
      if (random_.below(2) == 0) kinds.push_back(kind);
    }
    return kinds;
  }

  [[nodiscard]] std::uint32_t nodes() const { return drawn_.scenario.network.validators; }

  scenario::Selector any(std::uint32_t most) {
    const auto count = static_cast<std::uint32_t>(1 + random_.below(std::max(most, 1u)));
    if (count == 1 && random_.below(4) == 0) return scenario::selector::Leader{};
    return scenario::selector::Any{count_of(count)};
  }

  scenario::Links links() {
    scenario::Links links;
    links.direction = static_cast<scenario::Direction>(random_.below(3));
    return links;
  }

  scenario::PowerCut power_cut() {
    scenario::PowerCut cut;
    cut.torn = true;
    cut.mode = static_cast<scenario::DiskMode>(random_.below(3));
    if (random_.below(3) == 0) cut.unsynced = scenario::Unsynced::LoseAll;
    return cut;
  }

  void add_fault(Kind kind) {
    scenario::Fault fault;
    fault.id = "f" + std::to_string(drawn_.scenario.faults.size() + 1);
    fault.at.time = draw_span(random_, 200ms, *drawn_.scenario.duration);
    fault.lasts = scenario::Span{draw_span(random_, 100ms, 5s), std::nullopt};
    fault.on = any(nodes());
    if ((this->*kind)(fault)) drawn_.scenario.faults.push_back(std::move(fault));
  }

  /// From a stream of its own: the faults are what they would be without.
  void add_rest() {
    scenario::Scenario& scenario = drawn_.scenario;
    if (rest_.below(4) == 0) scenario.storms = static_cast<std::uint32_t>(2 + rest_.below(2));
    if (rest_.below(5) == 0)
      scenario.network.observers = static_cast<std::uint32_t>(1 + rest_.below(2));
    if (rest_.below(4) == 0) scenario.load.resent.share = draw_share(rest_, 0.3);
    if (rest_.below(8) == 0) lose_power_after_a_failed_sync();
    if (threshold_ == Threshold::Within && rest_.below(6) == 0) lose_journal();
  }

  /// What a failed sync left in the cache looks written until the power goes.
  void lose_power_after_a_failed_sync() {
    scenario::Fault sync;
    sync.id = "unsynced";
    sync.kind = scenario::FsyncError{};
    sync.on = scenario::selector::Named{{"n" + std::to_string(rest_.below(nodes()) + 1)}};
    sync.at.time = draw_span(rest_, 200ms, *drawn_.scenario.duration);
    sync.lasts = scenario::Span{draw_span(rest_, 20ms, 500ms), std::nullopt};
    scenario::Fault cut;
    cut.id = "unpowered";
    cut.kind = scenario::Crash{
        scenario::PowerCut{scenario::Unsynced::LoseAll, false, scenario::DiskMode::Ext4Ordered}};
    cut.on = sync.on;
    cut.at.time = *sync.at.time + draw_span(rest_, 10ms, 800ms);
    cut.restart_after = draw_span(rest_, 1ms, 2s);
    drawn_.scenario.faults.push_back(std::move(sync));
    drawn_.scenario.faults.push_back(std::move(cut));
  }

  /// One node forgets what it signed; in some runs somebody has it rejoin before the storm is over.
  void lose_journal() {
    scenario::Fault fault;
    fault.id = "forgets";
    fault.at.time = draw_span(rest_, 200ms, *drawn_.scenario.duration);
    fault.kind = scenario::FileCorrupt{{"journal/*"}, scenario::FileCorrupt::Mode::Remove, {}, 1};
    if (!name_broken(fault, rest_)) return;
    fault.restart_after = draw_span(rest_, 1ms, 2s);
    drawn_.scenario.faults.push_back(fault);
    if (rest_.below(2) == 0) return;
    scenario::Fault rejoin;
    rejoin.id = "rejoins";
    rejoin.kind = scenario::Rejoin{};
    rejoin.on = fault.on;
    rejoin.at.time = *fault.at.time + draw_span(rest_, 500ms, 6s);
    drawn_.scenario.faults.push_back(std::move(rejoin));
  }

  // --- liars

  [[nodiscard]] std::uint32_t faults_max() const { return (nodes() - 1) / 3; }

  /// From a stream of their own: a run is otherwise what it would be without them.
  void add_liars() {
    const bool is_beyond = threshold_ == Threshold::Beyond;
    if (!is_beyond && liars_.below(3) != 0) return;
    const std::uint32_t most = is_beyond ? 2 * faults_max() : faults_max();
    const std::uint32_t least = is_beyond ? faults_max() + 1 : 1;
    const auto count = static_cast<std::uint32_t>(least + liars_.below(most - least + 1));
    const std::uint64_t first = liars_.below(nodes());
    scenario::Byzantine liars;
    liars.id = "liars";
    liars.coalition = is_beyond || liars_.below(2) == 0;
    liars.share.share = is_beyond || liars_.below(2) == 0 ? 1 : draw_share(liars_, 1);
    liars.strategy =
        is_beyond ? kForking[liars_.below(kForking.size())] : kLies[liars_.below(kLies.size())];
    scenario::selector::Named named;
    for (std::uint32_t i = 0; i < count; ++i)
      named.nodes.push_back("n" + std::to_string((first + i) % nodes() + 1));
    liars.on = named;
    // A broken disk counts in f too: it is then that of a liar.
    if (is_beyond || count == faults_max()) broken_ = first;
    drawn_.scenario.byzantine.push_back(std::move(liars));
  }

  static constexpr std::array kForking{scenario::Strategy::Equivocate,
                                       scenario::Strategy::DoubleVote,
                                       scenario::Strategy::NullifyFinalize,
                                       scenario::Strategy::Twin};

  static constexpr std::array kLies{scenario::Strategy::Equivocate,
                                    scenario::Strategy::DoubleVote,
                                    scenario::Strategy::NullifyFinalize,
                                    scenario::Strategy::NullifyOnly,
                                    scenario::Strategy::Stale,
                                    scenario::Strategy::Impersonate,
                                    scenario::Strategy::WrongEpoch,
                                    scenario::Strategy::Withhold,
                                    scenario::Strategy::Selective,
                                    scenario::Strategy::Silent,
                                    scenario::Strategy::InvalidProposal,
                                    scenario::Strategy::InvalidBatch,
                                    scenario::Strategy::ForgedCertificate,
                                    scenario::Strategy::Twin,
                                    scenario::Strategy::Amnesia,
                                    scenario::Strategy::Mutate,
                                    scenario::Strategy::LyingSync,
                                    scenario::Strategy::Rush};

  // --- network

  bool delay(scenario::Fault& fault) {
    scenario::Delay delay;
    delay.links = links();
    delay.delay = draw_span(random_, 10ms, 800ms);
    delay.jitter = delay.delay / 2;
    if (random_.below(2) == 0) delay.law = scenario::DelayLaw::Exponential;
    fault.kind = delay;
    return true;
  }

  bool loss(scenario::Fault& fault) {
    scenario::Loss loss;
    loss.links = links();
    loss.ratio.share = draw_share(random_, 0.6);
    fault.kind = loss;
    return true;
  }

  bool duplicate(scenario::Fault& fault) {
    scenario::Duplicate duplicate;
    duplicate.links = links();
    duplicate.ratio.share = draw_share(random_, 0.5);
    duplicate.within = draw_span(random_, 1ms, 3s);
    fault.kind = duplicate;
    return true;
  }

  bool reorder(scenario::Fault& fault) {
    scenario::Reorder reorder;
    reorder.links = links();
    reorder.ratio.share = draw_share(random_, 0.5);
    reorder.window = draw_span(random_, 10ms, 500ms);
    fault.kind = reorder;
    return true;
  }

  bool partition(scenario::Fault& fault) {
    scenario::Partition partition;
    partition.direction = static_cast<scenario::Direction>(random_.below(3));
    if (random_.below(2) == 0) partition.cut = scenario::Cut::Noticed;
    fault.kind = partition;
    return true;
  }

  bool clog(scenario::Fault& fault) {
    fault.kind = scenario::Clog{links()};
    if (random_.below(2) == 0) fault.stagger = draw_span(random_, 10ms, 300ms);
    return true;
  }

  bool rate(scenario::Fault& fault) {
    scenario::Rate rate;
    rate.links = links();
    rate.rate.bytes = 2048 + random_.below(200'000);
    if (random_.below(2) == 0) rate.queue = scenario::Size{65'536};
    fault.kind = rate;
    return true;
  }

  bool filter(scenario::Fault& fault) {
    scenario::Filter filter;
    filter.links = links();
    constexpr auto kFirst = static_cast<std::uint64_t>(scenario::MessageType::Proposal);
    constexpr auto kLast = static_cast<std::uint64_t>(scenario::MessageType::SyncAnswer);
    const std::uint64_t count = 1 + random_.below(2);
    for (std::uint64_t i = 0; i < count; ++i)
      filter.messages.push_back(
          static_cast<scenario::MessageType>(kFirst + random_.below(kLast - kFirst + 1)));
    fault.kind = filter;
    return true;
  }

  bool corrupt(scenario::Fault& fault) {
    scenario::Corrupt corrupt;
    corrupt.links = links();
    corrupt.ratio.share = draw_share(random_, 0.05);
    fault.kind = corrupt;
    return true;
  }

  bool reset(scenario::Fault& fault) {
    fault.kind = scenario::Reset{links()};
    return true;
  }

  // --- process

  bool crash(scenario::Fault& fault) {
    fault.kind = scenario::Crash{};
    fault.restart_after = draw_span(random_, 1ms, 4s);
    return true;
  }

  bool lose_power(scenario::Fault& fault) {
    fault.kind = scenario::Crash{power_cut()};
    fault.restart_after = draw_span(random_, 1ms, 4s);
    return true;
  }

  bool lose_power_inside(scenario::Fault& fault) {
    constexpr std::array kEvents{scenario::Event::VoteBeforeSync,
                                 scenario::Event::VoteAfterSync,
                                 scenario::Event::StoreSync,
                                 scenario::Event::BlockBeforeCommit};
    fault.at.event = scenario::EventAt{kEvents[random_.below(kEvents.size())], {1, 40}};
    fault.repeat = static_cast<std::uint32_t>(1 + random_.below(4));
    return lose_power(fault);
  }

  bool black_out(scenario::Fault& fault) {
    fault.on = scenario::selector::All{};
    return lose_power(fault);
  }

  bool pause(scenario::Fault& fault) {
    fault.kind = scenario::Pause{};
    return true;
  }

  // --- disk and clock

  bool io_error(scenario::Fault& fault) {
    scenario::IoError io;
    io.operation = static_cast<scenario::DiskOperation>(random_.below(5));
    io.ratio.share = draw_share(random_, 0.05);
    fault.kind = io;
    return true;
  }

  bool disk_full(scenario::Fault& fault) {
    fault.kind = scenario::DiskFull{};
    return true;
  }

  bool fsync_error(scenario::Fault& fault) {
    scenario::FsyncError error;
    if (random_.below(2) == 0) error.then = scenario::FsyncError::Then::Fail;
    fault.kind = error;
    return true;
  }

  bool slow_disk(scenario::Fault& fault) {
    fault.kind = scenario::SlowDisk{draw_span(random_, 1ms, 150ms)};
    return true;
  }

  bool clock(scenario::Fault& fault) {
    scenario::Clock clock;
    clock.offset = draw_span(random_, -30s, 30s);
    clock.drift = draw_share(random_, 0.2) - 0.1;
    if (random_.below(2) == 0) clock.jump = scenario::ClockStep{draw_span(random_, -10s, 10s), 1s};
    fault.kind = clock;
    return true;
  }

  /// A disk that breaks its promises counts in f: one node of a run at most has one.
  bool break_disk_of(scenario::Fault& fault) {
    if (!name_broken(fault, random_)) return false;
    fault.restart_after = draw_span(random_, 1ms, 2s);
    return true;
  }

  bool name_broken(scenario::Fault& fault, Random& random) {
    if ((nodes() - 1) / 3 == 0) return false;
    if (!broken_) broken_ = random.below(nodes());
    fault.on = scenario::selector::Named{{"n" + std::to_string(*broken_ + 1)}};
    return true;
  }

  bool fsync_lie(scenario::Fault& fault) {
    fault.kind = scenario::FsyncLie{};
    return break_disk_of(fault);
  }

  bool wipe(scenario::Fault& fault) {
    fault.kind = scenario::Wipe{};
    return break_disk_of(fault);
  }

  bool file_corrupt(scenario::Fault& fault) {
    scenario::FileCorrupt corrupt;
    corrupt.files = {random_.below(2) == 0 ? "journal/*" : "database/*"};
    corrupt.mode = static_cast<scenario::FileCorrupt::Mode>(random_.below(7));
    corrupt.places = static_cast<std::uint32_t>(1 + random_.below(3));
    fault.kind = corrupt;
    return break_disk_of(fault);
  }

  static constexpr std::array<Kind, 23> kKinds{&Drawing::delay,       &Drawing::loss,
                                               &Drawing::duplicate,   &Drawing::reorder,
                                               &Drawing::partition,   &Drawing::clog,
                                               &Drawing::rate,        &Drawing::filter,
                                               &Drawing::corrupt,     &Drawing::reset,
                                               &Drawing::crash,       &Drawing::lose_power,
                                               &Drawing::black_out,   &Drawing::lose_power_inside,
                                               &Drawing::pause,       &Drawing::io_error,
                                               &Drawing::disk_full,   &Drawing::fsync_error,
                                               &Drawing::slow_disk,   &Drawing::clock,
                                               &Drawing::fsync_lie,   &Drawing::wipe,
                                               &Drawing::file_corrupt};

  std::uint64_t seed_;
  Threshold threshold_;
  Random random_;
  Random liars_;
  Random rest_;
  Drawn drawn_;
  std::optional<std::uint64_t> broken_;
};

}  // namespace

Drawn draw(std::uint64_t seed, Threshold threshold) {
  return Drawing(seed, threshold).run();
}

Outcome play_seed(std::uint64_t seed, Threshold threshold, std::optional<bool> has_pipes) {
  const Drawn drawn = draw(seed, threshold);
  return play(drawn.scenario, {seed, drawn.strategy, nullptr, false, nullptr, has_pipes});
}

Outcome play_canary(std::uint64_t seed) {
  scenario::Scenario scenario;
  scenario.name = "canary";
  scenario.shows = "Every disk lies about what it synced, and all lose their power.";
  scenario.load = {scenario::LoadKind::Mixed, {20, false}, 1, {}, {}, true};
  scenario::Fault lie;
  lie.id = "lie";
  lie.kind = scenario::FsyncLie{};
  lie.lasts = scenario::Span{4s, std::nullopt};
  scenario::Fault blackout;
  blackout.id = "blackout";
  blackout.kind = scenario::Crash{
      scenario::PowerCut{scenario::Unsynced::LoseAll, false, scenario::DiskMode::Ext4Ordered}};
  blackout.at.time = 3s;
  scenario.faults = {lie, blackout};
  return play(scenario, {seed, Strategy::Uniform, nullptr, true});
}

std::string describe_faults(const scenario::Scenario& scenario) {
  std::string text;
  for (const scenario::Fault& fault : scenario.faults) {
    if (!text.empty()) text += ' ';
    text += scenario::name_of(fault.kind);
  }
  for (const scenario::Byzantine& liars : scenario.byzantine) {
    if (!text.empty()) text += ' ';
    text += "liars:" + std::string(scenario::word_of(liars.strategy));
  }
  return text.empty() ? "no faults" : text;
}

}  // namespace troupe::simulator

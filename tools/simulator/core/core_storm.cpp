#include "tools/simulator/core/core_storm.hpp"

#include <algorithm>
#include <set>

#include "tools/simulator/core/core_network.hpp"

namespace troupe::simulator {

using namespace std::chrono_literals;

namespace {

constexpr Duration kLatencyMin = 2ms;
constexpr Duration kLatencyHealed = 20ms;

CoreOptions draw_options(std::uint64_t seed) {
  Random random(seed * 0x9e3779b97f4a7c15);
  CoreOptions options;
  options.seed = seed;
  options.validators = random.below(3) == 0 ? 7 : 4 + static_cast<std::uint32_t>(random.below(3));
  const std::uint32_t faults = (options.validators - 1) / 3;
  const std::uint64_t liars = random.below(3) == 0 ? 0 : faults;
  while (options.liars.size() < liars) {
    options.liars.insert(static_cast<std::uint32_t>(random.below(options.validators)));
  }
  options.latency_min = kLatencyMin;
  options.latency_max = kLatencyHealed;
  options.sign_delay = random.below(2) == 0 ? 0us : 1ms;
  options.write_delay = random.below(2) == 0 ? 0us : 3ms;
  options.clock_skew_max = random.below(2) == 0 ? 0ms : 2000ms;
  options.encode_messages = random.below(4) == 0;
  options.timing.delta = 100ms;
  options.timing.retry_interval = 150ms;
  options.timing.idle_interval = 2s;
  options.timing.factor_steps_max = 8;
  return options;
}

/// Drives one network through its storms.
class CoreStorm {
 public:
  explicit CoreStorm(std::uint64_t seed) : network_(draw_options(seed)) {}

  CoreReport run() {
    network_.run_for(200ms);
    const std::uint64_t storms = 1 + random().below(3);
    for (std::uint64_t i = 0; i < storms; ++i) {
      storm();
      heal_and_judge();
    }
    settle();
    return {network_.oracle().violations(),
            network_.trace_hash(),
            network_.steps(),
            network_.oracle().height(),
            network_.oracle().accused().size(),
            network_.now() - Instant{},
            count()};
  }

 private:
  Random& random() { return network_.random(); }

  std::uint32_t count() const { return network_.options().validators; }

  std::uint32_t draw_node() { return static_cast<std::uint32_t>(random().below(count())); }

  std::set<std::uint32_t> honest() const {
    std::set<std::uint32_t> nodes;
    for (std::uint32_t i = 0; i < count(); ++i) {
      if (!network_.is_liar(i)) nodes.insert(i);
    }
    return nodes;
  }

  void storm() {
    const Duration latency_max =
        20ms + Duration{static_cast<Duration::rep>(random().below(4) * random().below(400'000))};
    network_.set_faults(static_cast<std::uint32_t>(random().below(3) * random().below(150)),
                        latency_max);
    const std::uint64_t kinds = random().next();
    const std::uint64_t turns = 5 + random().below(25);
    for (std::uint64_t turn = 0; turn < turns; ++turn) {
      if (random().below(2) == 0) network_.add_batch(draw_node());
      if ((kinds & 1) != 0 && random().below(3) == 0) toggle_partition();
      if ((kinds & 2) != 0 && random().below(4) == 0) toggle_node(draw_node());
      if ((kinds & 4) != 0 && random().below(15) == 0) cut_power();
      network_.run_for(Duration{static_cast<Duration::rep>(1000 + random().below(400'000))});
    }
  }

  void toggle_partition() {
    network_.heal();
    if (random().below(3) == 0) return;
    const std::uint64_t side = random().next();
    const bool is_one_way = random().below(3) == 0;
    for (std::uint32_t from = 0; from < count(); ++from) {
      for (std::uint32_t to = 0; to < count(); ++to) {
        const bool is_cut = (side >> from & 1) != (side >> to & 1);
        if (is_cut && (!is_one_way || (side >> from & 1) != 0)) network_.set_link(from, to, false);
      }
    }
  }

  void toggle_node(std::uint32_t node) {
    if (network_.is_alive(node)) {
      network_.crash(node);
    } else {
      network_.restart(node);
    }
  }

  void cut_power() {
    for (std::uint32_t i = 0; i < count(); ++i) {
      if (network_.is_alive(i)) network_.crash(i);
    }
    network_.run_for(50ms);
    for (std::uint32_t i = 0; i < count(); ++i)
      network_.restart(i);
  }

  void heal_and_judge() {
    network_.heal();
    network_.set_faults(0, kLatencyHealed);
    for (std::uint32_t i = 0; i < count(); ++i) {
      if (!network_.is_alive(i)) network_.restart(i);
    }
    // What is still under way from the storm must arrive first.
    network_.run_for(4s);
    const std::uint32_t lane = *honest().begin();
    network_.add_batch(lane);
    network_.oracle().judge_liveness(honest());
    for (int i = 0; i < 200 && !network_.oracle().is_judged_live(); ++i) {
      network_.add_batch(lane);
      network_.run_for(100ms);
    }
    if (!network_.oracle().is_judged_live()) {
      network_.oracle().violate("8: nothing became final within 20 s of healing" +
                                network_.describe());
    }
    network_.oracle().stop_judging();
  }

  /// At the end everybody honest has everything, and the same.
  void settle() {
    for (int i = 0; i < 40 && !is_settled(); ++i)
      network_.run_for(500ms);
    if (!is_settled())
      network_.oracle().violate("6: not every sealed batch is on every chain" +
                                network_.describe());
  }

  bool is_settled() {
    const auto nodes = honest();
    return std::all_of(nodes.begin(), nodes.end(), [&](std::uint32_t node) {
      return std::all_of(nodes.begin(), nodes.end(), [&](std::uint32_t lane) {
        return network_.ordered(node, lane) == network_.sealed(lane);
      });
    });
  }

  CoreNetwork network_;
};

}  // namespace

CoreReport run_core_storm(std::uint64_t seed) {
  return CoreStorm(seed).run();
}

}  // namespace troupe::simulator

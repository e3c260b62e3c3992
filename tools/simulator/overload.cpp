#include "tools/simulator/overload.hpp"

#include <string>
#include <utility>

#include "tools/simulator/core/random.hpp"
#include "tools/simulator/fault_means.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

Duration draw_span(Random& random, Duration from, Duration to) {
  return from + Duration{static_cast<Duration::rep>(
                    random.below(static_cast<std::uint64_t>((to - from).count())))};
}

scenario::Flood draw_flood(Random& random) {
  scenario::Flood flood;
  flood.rate.amount = static_cast<double>(20 + random.below(200));
  if (random.below(2) == 0) flood.invalid.share = 0.5;
  return flood;
}

scenario::Starve draw_starvation(Random& random, scenario::Starve::What what) {
  scenario::Starve starve;
  starve.what = what;
  starve.share.share = 0.02 + 0.1 * static_cast<double>(random.below(9));
  return starve;
}

scenario::HostileFile draw_hostile_file(Random& random) {
  scenario::HostileFile file;
  file.what = static_cast<scenario::HostileFile::What>(random.below(4));
  file.mode = static_cast<scenario::HostileFile::Mode>(random.below(5));
  return file;
}

scenario::Garbage draw_garbage(Random& random, scenario::Garbage::Where where) {
  scenario::Garbage garbage;
  garbage.where = where;
  garbage.bytes.bytes = 1 + random.below(4096);
  return garbage;
}

/// What strangers do, where there are connections.
scenario::FaultKind draw_stranger(Random& random) {
  switch (random.below(3)) {
    case 0: return scenario::Churn{};
    case 1: return draw_garbage(random, scenario::Garbage::Where::Handshake);
    default: return draw_starvation(random, scenario::Starve::What::Descriptors);
  }
}

scenario::FaultKind draw_burden(Random& random) {
  switch (random.below(4)) {
    case 0: return draw_flood(random);
    case 1: return draw_starvation(random, scenario::Starve::What::Cpu);
    case 2: return scenario::CompactionStall{};
    default: return draw_hostile_file(random);
  }
}

}  // namespace

void draw_overload(scenario::Scenario& scenario,
                   std::uint64_t seed,
                   std::optional<std::uint64_t> broken) {
  Random random(derive_seed(seed, "overload"));
  if (random.below(4) != 0) return;
  scenario::Fault fault;
  fault.id = "overload";
  fault.at.time = draw_span(random, 200ms, *scenario.duration);
  fault.lasts = scenario::Span{draw_span(random, 100ms, 3s), std::nullopt};
  fault.on = scenario::selector::Any{scenario::Count{scenario::Count::Base::Zero, 1}};
  const bool has_room = broken && scenario.byzantine.empty();
  const std::uint64_t family = random.below(4);
  if (family == 0 && !needs_messages(scenario)) {
    fault.kind = draw_stranger(random);
  } else if (family == 1 && has_room) {
    const scenario::Nodes liar{"n" + std::to_string(*broken + 1)};
    if (random.below(2) == 0) {
      fault.kind = scenario::FutureVotes{1'000'000, 200};
      fault.on = scenario::selector::Named{liar};
    } else {
      fault.kind = draw_garbage(random, scenario::Garbage::Where::Frame);
      fault.on = scenario::selector::Not{liar};
    }
  } else {
    fault.kind = draw_burden(random);
  }
  scenario.faults.push_back(std::move(fault));
}

}  // namespace troupe::simulator

#include "tools/simulator/links.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::simulator {

namespace {

const std::string kWeather = "weather";
constexpr Duration kReorderWindow = std::chrono::milliseconds(50);

Duration draw_below(Random& random, Duration bound) {
  return Duration{static_cast<Duration::rep>(
      random.below(static_cast<std::uint64_t>(std::max<Duration::rep>(bound.count(), 0)) + 1))};
}

/// Uniform around the delay, or exponential with it as the mean, cut off at ten times as much.
Duration draw_delay(Random& random, const LinkFault& fault) {
  if (!fault.is_exponential) {
    const Duration around = draw_below(random, fault.jitter * 2) - fault.jitter;
    return std::max(Duration{0}, fault.delay + around);
  }
  const double uniform = static_cast<double>(random.below(1u << 20) + 1) / (1u << 20);
  const double factor = std::min(10.0, -std::log(uniform));
  return Duration{static_cast<Duration::rep>(static_cast<double>(fault.delay.count()) * factor)};
}

void hold(Passage& passage, Duration by) {
  for (Instant& arrival : passage.arrivals)
    arrival = arrival + by;
}

void lose(Passage& passage, const std::string& to) {
  passage.arrivals.clear();
  passage.lost_to = to;
}

}  // namespace

Random& Links::stream(const std::string& name, const Link& link) {
  const auto key = std::make_pair(name, link);
  const auto found = streams_.find(key);
  if (found != streams_.end()) return found->second;
  const std::uint64_t number = link.from * nodes_ + link.to;
  return streams_.emplace(key, Random(derive_seed(seed_ + number, name))).first->second;
}

void Links::begin(const std::string& id, const LinkFault& fault, const std::vector<Link>& links) {
  faults_[id] = {fault, links};
}

void Links::end(const std::string& id, const Link& link) {
  const auto found = faults_.find(id);
  if (found == faults_.end()) return;
  std::erase(found->second.links, link);
  if (found->second.links.empty()) faults_.erase(found);
}

bool Links::is_cut(const Link& link) const {
  return std::ranges::any_of(faults_, [&](const auto& entry) {
    return entry.second.fault.kind == LinkFault::Kind::Cut &&
           std::ranges::find(entry.second.links, link) != entry.second.links.end();
  });
}

Instant Links::send_through(const std::string& name,
                            const Parcel& parcel,
                            std::uint64_t bytes_per_second) {
  Instant& busy = busy_until_[{name, parcel.link}];
  const std::uint64_t micros = parcel.bytes * 1'000'000 / bytes_per_second;
  busy = std::max(busy, parcel.at) + Duration{static_cast<Duration::rep>(micros)};
  return busy;
}

void Links::pass_weather(const Parcel& parcel, Passage& passage) {
  Random& random = stream(kWeather, parcel.link);
  const Duration jitter = draw_below(random, weather_.jitter);
  const bool is_lost = random.chance(weather_.loss);
  const bool is_doubled = random.chance(weather_.duplicate);
  const bool is_held = random.chance(weather_.reorder);
  const Duration extra = draw_below(random, kReorderWindow);
  Instant leaves = parcel.at;
  if (weather_.bytes_per_second > 0)
    leaves = send_through(kWeather, parcel, weather_.bytes_per_second);
  const Instant arrives = leaves + weather_.delay + jitter;
  passage.arrivals.push_back(is_held ? arrives + extra : arrives);
  if (is_doubled) passage.arrivals.push_back(arrives + extra);
  if (is_lost) lose(passage, kWeather);
}

/// Draws as many numbers whatever comes of it, so that no message's fate moves another's.
void Links::pass_fault(const std::string& id,
                       const LinkFault& fault,
                       const Parcel& parcel,
                       Passage& passage) {
  Random& random = stream(id, parcel.link);
  const bool is_hit = random.chance(fault.ratio);
  const Duration delay = draw_delay(random, fault);
  const Duration window = draw_below(random, fault.window);
  if (!is_hit || passage.arrivals.empty()) return;
  switch (fault.kind) {
    case LinkFault::Kind::Delay: hold(passage, delay); break;
    case LinkFault::Kind::Reorder: hold(passage, window); break;
    case LinkFault::Kind::Cut: lose(passage, id); break;
    case LinkFault::Kind::Clog: passage.clogged_by = id; break;
    case LinkFault::Kind::Duplicate:
      passage.arrivals.push_back(passage.arrivals.front() + window);
      break;
    case LinkFault::Kind::Loss:
      if (matches(fault.kinds, parcel.kind)) lose(passage, id);
      break;
    case LinkFault::Kind::Corrupt:
      lose(passage, id);
      passage.ends_connection = true;
      break;
    case LinkFault::Kind::Rate: {
      const std::uint64_t waiting_max =
          fault.queue_bytes / std::max<std::uint64_t>(fault.bytes_per_second, 1);
      const Instant leaves = send_through(id, parcel, fault.bytes_per_second);
      const auto waits = static_cast<std::uint64_t>((leaves - parcel.at).count()) / 1'000'000;
      if (waits > waiting_max) return lose(passage, id);
      hold(passage, leaves - parcel.at);
      break;
    }
  }
}

Passage Links::pass(const Parcel& parcel) {
  Passage passage;
  pass_weather(parcel, passage);
  for (const auto& [id, acting] : faults_) {
    if (std::ranges::find(acting.links, parcel.link) == acting.links.end()) continue;
    pass_fault(id, acting.fault, parcel, passage);
  }
  return passage;
}

}  // namespace troupe::simulator

#include "tools/bench/measure.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "tools/troupe/files.hpp"

namespace troupe::tools {

namespace {

constexpr std::size_t kProcFileBytesMax = 65536;
/// utime and stime are the 14th and 15th fields of stat; the 3rd is the first after the name.
constexpr int kFieldsBeforeTimes = 11;

}  // namespace

void Latencies::add(std::chrono::microseconds latency, std::size_t times) {
  const auto clamped = std::clamp<std::int64_t>(latency.count(), 0, UINT32_MAX);
  samples_.insert(samples_.end(), times, static_cast<std::uint32_t>(clamped));
  is_sorted_ = false;
}

double Latencies::percentile(double percent) {
  if (samples_.empty()) return 0;
  if (!is_sorted_) std::sort(samples_.begin(), samples_.end());
  is_sorted_ = true;
  const double rank = std::ceil(percent / 100.0 * static_cast<double>(samples_.size()));
  const auto index = static_cast<std::size_t>(
      std::clamp(rank - 1.0, 0.0, static_cast<double>(samples_.size() - 1)));
  return static_cast<double>(samples_[index]) / 1000.0;
}

TurnRatio ratio_of_turns(const std::vector<std::uint64_t>& counts) {
  std::vector<double> ratios;
  for (std::size_t turn = 1; turn < counts.size(); turn += 2) {
    if (counts[turn - 1] == 0) continue;
    ratios.push_back(static_cast<double>(counts[turn]) / static_cast<double>(counts[turn - 1]));
  }
  if (ratios.empty()) return {};
  std::sort(ratios.begin(), ratios.end());
  const auto at = [&](std::size_t quarter) { return ratios[(ratios.size() - 1) * quarter / 4]; };
  return {ratios.size(), at(2), at(1), at(3)};
}

std::optional<double> cpu_seconds(const std::string& stat, long ticks_per_second) {
  // The name stands in parentheses and may itself hold spaces and parentheses.
  const std::size_t after_name = stat.rfind(')');
  if (after_name == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(after_name + 1));
  std::string skipped;
  for (int i = 0; i < kFieldsBeforeTimes; ++i)
    fields >> skipped;
  double user = 0;
  double system = 0;
  if (!(fields >> user >> system)) return std::nullopt;
  return (user + system) / static_cast<double>(ticks_per_second);
}

std::optional<double> cpu_seconds_of(pid_t pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid), kProcFileBytesMax);
  return stat.ok() ? cpu_seconds(*stat, sysconf(_SC_CLK_TCK)) : std::nullopt;
}

std::optional<std::size_t> resident_bytes_of(pid_t pid) {
  const auto statm = read_file(fmt::format("/proc/{}/statm", pid), kProcFileBytesMax);
  if (!statm.ok()) return std::nullopt;
  std::istringstream fields(*statm);
  std::size_t total = 0;
  std::size_t resident = 0;
  if (!(fields >> total >> resident)) return std::nullopt;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace troupe::tools

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace troupe::tools {

/// Latencies of one run. Percentiles are exact: every sample is kept.
class Latencies {
 public:
  void add(std::chrono::microseconds latency, std::size_t times = 1);

  [[nodiscard]] std::size_t count() const { return samples_.size(); }

  /// The smallest latency that `percent` of the samples do not exceed, in milliseconds; 0 without
  /// samples.
  [[nodiscard]] double percentile(double percent);

 private:
  std::vector<std::uint32_t> samples_;  // in microseconds
  bool is_sorted_ = true;
};

/// Two things measured in turns, a turn of each again and again, so that what else the machine does
/// meets both. Each pair of neighbouring turns gives one ratio; their spread says how far to trust it.
struct TurnRatio {
  std::size_t pairs = 0;
  double median = 0;
  double low = 0;   ///< a quarter of the ratios lie below it,
  double high = 0;  ///< and a quarter above it
};

/// Of the counts of turns 0, 1, 2, ...: those of odd turns by those of the even turns before them.
/// Pairs whose even turn counted nothing say nothing.
[[nodiscard]] TurnRatio ratio_of_turns(const std::vector<std::uint64_t>& counts);

/// CPU seconds (user and system) that a process has used, from the content of its /proc/PID/stat.
[[nodiscard]] std::optional<double> cpu_seconds(const std::string& stat, long ticks_per_second);

/// The same for a process that lives; nothing if it does not.
[[nodiscard]] std::optional<double> cpu_seconds_of(pid_t pid);

/// Resident memory of a process in bytes.
[[nodiscard]] std::optional<std::size_t> resident_bytes_of(pid_t pid);

}  // namespace troupe::tools

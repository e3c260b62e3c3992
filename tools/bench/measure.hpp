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

/// CPU seconds (user and system) that a process has used, from the content of its /proc/PID/stat.
[[nodiscard]] std::optional<double> cpu_seconds(const std::string& stat, long ticks_per_second);

/// The same for a process that lives; nothing if it does not.
[[nodiscard]] std::optional<double> cpu_seconds_of(pid_t pid);

/// Resident memory of a process in bytes.
[[nodiscard]] std::optional<std::size_t> resident_bytes_of(pid_t pid);

}  // namespace troupe::tools

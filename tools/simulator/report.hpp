#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tools/simulator/play.hpp"
#include "tools/simulator/swarm.hpp"

namespace troupe::simulator {

/// Sums over many runs, and the sentences about them. Prints failures as they are added.
class Report {
 public:
  /// Tier t0 if `is_core`: then nothing was drawn that could be named.
  Report(bool is_core, Threshold threshold) : is_core_(is_core), threshold_(threshold) {}

  void add(std::uint64_t seed, const Outcome& outcome);

  void note_doubled() { ++doubled_; }

  /// `seconds` of the wall clock, by so many processes.
  void print(double seconds, std::size_t processes) const;

  /// The verdict of the first run that failed.
  [[nodiscard]] Verdict worst() const { return worst_; }

 private:
  void print_marks() const;

  bool is_core_;
  Threshold threshold_;
  std::uint64_t seeds_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t doubled_ = 0;
  std::uint64_t jobs_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t power_cuts_ = 0;
  std::uint64_t blocks_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t accused_ = 0;
  double node_hours_ = 0;
  std::map<std::string, std::uint64_t> faults_;
  std::set<std::string> marks_;
  Verdict worst_ = Verdict::Passed;
};

/// "  votes: n1 signed two values", one line each.
void print_violations(const Outcome& outcome);

}  // namespace troupe::simulator

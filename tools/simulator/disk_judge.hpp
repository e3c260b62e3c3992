#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "tools/simulator/judge.hpp"
#include "tools/simulator/world.hpp"

namespace troupe::simulator {

/// Judges what the disks of all trusted nodes hold, once everybody is dead. Each is opened as a
/// copy, so looking changes nothing. Violations go to the judge, under these words:
///
///   storage      the database opens and misses nothing that was ever durable
///   agreement    equal blocks in equal heights
///   fork         heights, parents and the certificates of every block and of every skipped view
///   validity     receipts and records are those of a serial execution written independently;
///                executed roots in headers are those that came out
///   durability   what was acknowledged is decided where the client was told
///   convergence  all end at the same height with the same state
class DiskJudge {
 public:
  DiskJudge(World& world, Judge& judge) : world_(world), judge_(judge) {}

  /// Requires that no node is up. With `is_settled`, all are owed the same end.
  void run(bool is_settled);

  /// Blocks of the longest chain.
  [[nodiscard]] std::size_t height() const { return blocks_.size(); }

  /// Whom each honest node's disk can prove to have lied.
  [[nodiscard]] const std::map<std::size_t, std::set<std::size_t>>& evidence() const {
    return evidence_;
  }

 private:
  void look(std::size_t node, bool is_settled);

  World& world_;
  Judge& judge_;
  std::vector<crypto::Digest> blocks_;            // by height - 1, of whoever was looked at first
  std::vector<crypto::Digest> roots_;             // the state after it
  std::map<std::size_t, std::uint64_t> heights_;  // by node
  std::map<std::size_t, std::set<std::size_t>> evidence_;
};

}  // namespace troupe::simulator

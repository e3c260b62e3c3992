#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/ledger/lane.hpp"
#include "protocol/ledger/lane_message.hpp"

// Acknowledgements (consensus.md, section 4). Every validator tells every other one, cumulatively,
// how far it holds each lane: authors resume their streams there, and leaders learn what q validators
// hold. They are a leader's policy and never a condition of validity, so a lie costs its victims a
// fetch and nothing else.
namespace troupe::ledger {

/// What others said that they hold.
class ReceivedAcks {
 public:
  /// `self` holds what this node holds; nothing if it is no validator.
  ReceivedAcks(std::uint32_t validator_count, std::optional<ValidatorIndex> self);

  /// Requires validators of the set. Later words replace earlier ones of the same incarnation.
  void note(ValidatorIndex from, const LaneAck& ack);

  /// The highest sequence of the lane's held branch that at least q validators hold, this node and
  /// the lane's author included. At least the lane's base.
  [[nodiscard]] Sequence quorum_held(const Lane& lane) const;

 private:
  [[nodiscard]] Sequence held_by(ValidatorIndex validator, const Lane& lane) const;

  std::uint32_t validator_count_;
  std::optional<ValidatorIndex> self_;
  std::map<std::pair<ValidatorIndex, ValidatorIndex>, LaneAck> acks_;  // by lane and validator
};

/// Which lanes' acknowledgements wait to be sent. The first change after a pause goes at once, later
/// ones wait until the interval has passed and travel together.
class PendingAcks {
 public:
  explicit PendingAcks(Duration interval) : interval_(interval) {}

  /// The lane's acknowledgement changed, or should be said again; `resume` asks for a new stream.
  void add(ValidatorIndex lane, bool resume);

  /// The lanes to acknowledge now, ascending, each with its resume flag. Empty if there are none or
  /// the interval has not passed.
  [[nodiscard]] std::map<ValidatorIndex, bool> take(Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;

 private:
  Duration interval_;
  std::map<ValidatorIndex, bool> lanes_;
  std::optional<Instant> sent_at_;
};

}  // namespace troupe::ledger

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/ledger/lane.hpp"
#include "protocol/ledger/lane_message.hpp"

// Streaming the own lane to the other validators (consensus.md, section 4): each batch once, in
// sequence, beginning at the peer's acknowledgement, and never more than a window beyond it. A stream
// starts again at the acknowledgement when the peer asks for it or says nothing new for a while. To a
// peer whose acknowledgement lies below the lane's base nothing is sent: it gets what it lacks with
// the blocks that ordered it, and then acknowledges the base.
namespace troupe::ledger {

/// A batch of the own lane and whom to send it to.
struct StreamedBatch {
  PeerNumber to;
  BatchPointer batch;
};

/// Invariant: (1) per peer, acknowledged <= sent <= the end of the held lane, and the bytes between
/// the first two are within kLaneStreamWindowBytes.
class LaneStreams {
 public:
  struct Timing {
    Duration rewind_interval;  ///< between two rewinds that a peer asks for
    Duration stall_timeout;    ///< without progress, after which a stream starts again
  };

  explicit LaneStreams(Timing timing) : timing_(timing) {}

  void connected(PeerNumber peer);
  void disconnected(PeerNumber peer);

  /// A validator's acknowledgement of the own lane. One that does not lie on it is ignored.
  void acknowledged(PeerNumber from, const LaneAck& ack, const Lane& own, Instant now);

  /// What to send now, as far as the windows go.
  [[nodiscard]] std::vector<StreamedBatch> pump(const Lane& own, Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;

  void check_invariants(const Lane& own) const;

 private:
  struct Stream {
    std::optional<Sequence> acknowledged;  // nothing until the peer's first word
    Sequence sent;                         // at least what is acknowledged
    Instant progressed_at;
    std::optional<Instant> rewound_at;
  };

  void rewind_if_stalled(Stream& stream, Instant now) const;

  Timing timing_;
  std::map<PeerNumber, Stream> streams_;
};

}  // namespace troupe::ledger

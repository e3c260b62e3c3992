#include "protocol/ledger/lane_stream.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::ledger {

void LaneStreams::connected(PeerNumber peer) {
  streams_.insert_or_assign(peer, Stream{});
}

void LaneStreams::disconnected(PeerNumber peer) {
  streams_.erase(peer);
}

void LaneStreams::acknowledged(PeerNumber from, const LaneAck& ack, const Lane& own, Instant now) {
  const auto position = streams_.find(from);
  if (position == streams_.end()) return;
  Stream& stream = position->second;
  const bool is_behind = ack.sequence < own.base().sequence;
  const bool is_followed =
      ack.sequence <= own.held().sequence && own.digest_at(ack.sequence) == ack.digest;
  if (!is_behind && !is_followed) return;
  if (!stream.acknowledged) {
    stream.acknowledged = ack.sequence;
    stream.sent = ack.sequence;
    stream.progressed_at = now;
    return;
  }
  if (ack.sequence > *stream.acknowledged) {
    stream.acknowledged = ack.sequence;
    stream.sent = std::max(stream.sent, ack.sequence);
    stream.progressed_at = now;
  }
  const bool may_rewind = !stream.rewound_at || now - *stream.rewound_at >= timing_.rewind_interval;
  if (ack.resume && may_rewind) {
    stream.sent = *stream.acknowledged;
    stream.rewound_at = now;
  }
}

std::vector<StreamedBatch> LaneStreams::pump(const Lane& own, Instant now) {
  std::vector<StreamedBatch> batches;
  const Sequence base = own.base().sequence;
  const Sequence end = own.held().sequence;
  for (auto& [peer, stream] : streams_) {
    // A final block ordered another branch of the own lane: what was sent is gone, and what the peer
    // acknowledged with it. Its next word counts.
    if (stream.sent > std::max(base, end)) {
      stream.acknowledged.reset();
      stream.sent = {};
    }
    rewind_if_stalled(stream, now);
    if (!stream.acknowledged || *stream.acknowledged < base || stream.sent >= end) continue;
    if (stream.sent == *stream.acknowledged) stream.progressed_at = now;
    while (stream.sent < end) {
      const Sequence next = stream.sent.next();
      if (own.bytes_between(*stream.acknowledged, next) > kLaneStreamWindowBytes) break;
      batches.push_back(StreamedBatch{.to = peer, .batch = own.at(next).batch});
      stream.sent = next;
    }
  }
  return batches;
}

std::optional<Instant> LaneStreams::next_deadline() const {
  std::optional<Instant> earliest;
  for (const auto& [peer, stream] : streams_) {
    if (!stream.acknowledged || stream.sent == *stream.acknowledged) continue;
    const Instant stalls_at = stream.progressed_at + timing_.stall_timeout;
    if (!earliest || stalls_at < *earliest) earliest = stalls_at;
  }
  return earliest;
}

void LaneStreams::rewind_if_stalled(Stream& stream, Instant now) const {
  const bool is_waiting = stream.acknowledged && stream.sent > *stream.acknowledged;
  if (!is_waiting || now - stream.progressed_at < timing_.stall_timeout) return;
  stream.sent = *stream.acknowledged;
  stream.progressed_at = now;
}

void LaneStreams::check_invariants(const Lane& own) const {
  const Sequence base = own.base().sequence;
  for (const auto& [peer, stream] : streams_) {
    if (!stream.acknowledged || *stream.acknowledged < base) continue;
    INVARIANT(*stream.acknowledged <= stream.sent);                 // (1)
    INVARIANT(stream.sent <= std::max(base, own.held().sequence));  // (1)
    INVARIANT(own.bytes_between(*stream.acknowledged, stream.sent) <= kLaneStreamWindowBytes);
  }
}

}  // namespace troupe::ledger

#pragma once

#include <compare>
#include <cstdint>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"

// What travels on the lanes channel, `/troupe/lanes/1.0.0` (consensus.md, section 4).
//
//   message := 1: u8  batch: bytes                                the sender's own lane, in sequence
//            | 2: u8  acks: list(ack)                             at most one per lane, ascending
//            | 3: u8  ranges: list(range)                         "send me these"
//            | 4: u8  batches: list(bytes)  absent: list(digest)  the answer, or a part of it
//   ack     := lane: varint  incarnation: varint  sequence: varint  digest  resume: bool
//   range   := tip: digest  count: varint                         1 to 1,024
//   digest  := fixed[32]
//
// A range names a batch and its count - 1 nearest ancestors, so that one request fetches all that
// is missing of a lane even though only its tip is known. Its answer lists them from the tip down,
// each of which the asker can check against the digest that its child names.
namespace troupe::ledger {

/// Whom a node exchanges lane messages with. The validators of the epoch have their index as
/// number; followers and observers get numbers from the validator count upwards, given by the node
/// for the time of a connection.
struct PeerNumber {
  std::uint64_t number = 0;

  friend auto operator<=>(const PeerNumber&, const PeerNumber&) = default;
};

[[nodiscard]] constexpr PeerNumber peer_of(ValidatorIndex validator) {
  return PeerNumber{validator.number};
}

/// The last batch of a lane that is ordered, or proposed to be: what a block header carries. Tips
/// are cumulative and listed in ascending order of lanes; a lane that never ordered anything has
/// none.
struct LaneTip {
  ValidatorIndex lane;
  Incarnation incarnation;
  Sequence sequence;
  crypto::Digest digest;

  friend auto operator<=>(const LaneTip&, const LaneTip&) = default;
};

/// A validator rejoined: its lane goes on in this life, named by the height of the block that says
/// so. Batches of an earlier life that no block orders yet are dead for everybody who knows.
struct LaneLife {
  ValidatorIndex lane;
  Incarnation incarnation;

  friend auto operator<=>(const LaneLife&, const LaneLife&) = default;
};

/// A proof that its author forked this lane is in the state since this height: no block that has
/// executed so far orders anything more from there (consensus.md, section 4).
struct LaneClosing {
  ValidatorIndex lane;
  Height height;

  friend auto operator<=>(const LaneClosing&, const LaneClosing&) = default;
};

/// "I hold this lane's chain up to and including this batch": cumulative, and made only of batches
/// that are checked and synced to disk.
struct LaneAck {
  ValidatorIndex lane;
  Incarnation incarnation;
  Sequence sequence;
  crypto::Digest digest;
  /// Something above was dropped here: the author should send again from the next sequence on.
  bool resume = false;

  friend bool operator==(const LaneAck&, const LaneAck&) = default;
};

/// A batch and its nearest ancestors, `count` batches altogether.
struct BatchRange {
  crypto::Digest tip;
  std::uint64_t count = 1;

  friend bool operator==(const BatchRange&, const BatchRange&) = default;
};

/// An encoded batch, as a view into the message that brought it.
struct BatchMessage {
  ByteView encoded;
};

struct AckMessage {
  std::vector<LaneAck> acks;
};

struct BatchRequest {
  std::vector<BatchRange> ranges;
};

/// Encoded batches, from each range's tip downwards, and the digests the sender does not hold.
struct BatchAnswer {
  std::vector<ByteView> batches;
  std::vector<crypto::Digest> absent;
};

using LaneMessage = std::variant<BatchMessage, AckMessage, BatchRequest, BatchAnswer>;

[[nodiscard]] Bytes encode(const LaneMessage& message);

/// Reads one message; the batches in it stay views into `encoded` and are not looked into. Errors:
/// all of WireError; OutOfRange for an unknown kind, an empty or oversized batch, lanes that do not
/// ascend, and anything above limits.hpp.
[[nodiscard]] Result<LaneMessage, codec::WireError> decode_lane_message(ByteView encoded);

}  // namespace troupe::ledger

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/time.hpp"
#include "protocol/ledger/state_chunk.hpp"

// Fetching a whole state in parts: which part to ask whom for, and what to do with the answers
// (ledger.md, "Catch-up and snapshots").
//
//   - It begins with the part at the root. A part that is a node instead of entries is stored too,
//     and its children are the next parts.
//   - Parts are asked for from all peers at a time, at most kPartsPerPeerMax from one of them and
//     kPartsAtOnceMax from all.
//   - Only a part that leads to the agreed root is taken. Whoever sends another one is never asked
//     again; whoever does not have the snapshot, or is slow, not for `penalty`. What it was asked
//     for is asked of the others at once.
//   - The paths that are still to be fetched are part of every StorePart, so that they can be stored
//     with it: whoever begins with them again goes on where it was.
//
// Invariants: (1) whatever is asked for is pending, and asked of one peer; (2) at most
// kPartsPerPeerMax requests of one peer and kPartsAtOnceMax of all; (3) nothing is stored that does not lead to the root.
namespace troupe::ledger {

inline constexpr std::size_t kPartsPerPeerMax = 2;
inline constexpr std::size_t kPartsAtOnceMax = 16;
/// The last path is asked for first, so that no more are open than the siblings along as many ways
/// as are asked for at once.
inline constexpr std::size_t kPendingPathsMax =
    kPartsAtOnceMax * InternalNode::kChildren * NibblePath::kNibblesMax;

/// Who has the snapshot: numbers that the caller chooses.
struct SnapshotPeer {
  std::uint64_t number = 0;

  friend auto operator<=>(const SnapshotPeer&, const SnapshotPeer&) = default;
};

struct SnapshotFetchConfig {
  crypto::Digest root;
  std::vector<NibblePath> pending{NibblePath{}};
  Duration timeout = std::chrono::seconds(5);
  Duration penalty = std::chrono::seconds(30);
};

struct PartPeerFound {
  SnapshotPeer peer;
};

struct PartPeerLost {
  SnapshotPeer peer;
};

/// The answer to a request. Nothing if the peer says that it does not have the part.
struct PartReceived {
  SnapshotPeer peer;
  std::uint64_t request = 0;
  std::optional<StateChunk> part;
};

/// The answer to a request could not even be decoded.
struct PartMalformed {
  SnapshotPeer peer;
  std::uint64_t request = 0;
};

struct PartTimerFired {};

using SnapshotInput =
    std::variant<PartPeerFound, PartPeerLost, PartReceived, PartMalformed, PartTimerFired>;

struct RequestPart {
  SnapshotPeer peer;
  std::uint64_t request = 0;
  NibblePath path;
};

/// A part that belongs to the state, and what is still to be fetched once it is stored.
struct StorePart {
  StateChunk part;
  std::vector<NibblePath> pending;
};

enum class PartFault : std::uint8_t {
  Wrong,  ///< what it sent is no part of this state
  Empty,  ///< it does not have the snapshot
  Slow,   ///< it did not answer in time
};

[[nodiscard]] std::string_view describe(PartFault fault);

struct DropPartPeer {
  SnapshotPeer peer;
  PartFault fault = PartFault::Slow;
};

/// No connected peer has this snapshot: only another one can be fetched.
struct SnapshotGone {};

/// Fire PartTimerFired at this moment; replaces the earlier one.
struct WakePartTimer {
  Instant at;
};

using SnapshotEffect =
    std::variant<RequestPart, StorePart, DropPartPeer, SnapshotGone, WakePartTimer>;

class SnapshotFetch {
 public:
  explicit SnapshotFetch(SnapshotFetchConfig config);

  std::vector<SnapshotEffect> step(const SnapshotInput& input, Instant now);

  /// Everything is stored.
  [[nodiscard]] bool is_done() const { return pending_.empty(); }

  /// How much of the key space is stored, in thousandths.
  [[nodiscard]] std::uint32_t progress() const;

  [[nodiscard]] std::uint64_t parts_stored() const { return parts_stored_; }

 private:
  struct Peer {
    std::set<std::uint64_t> requests;
    Instant shunned_until;
    bool is_liar = false;
    bool is_empty = false;  // said so, and nothing else since
  };

  struct Request {
    SnapshotPeer peer;
    NibblePath path;
    Instant deadline;
  };

  void on_lost(SnapshotPeer peer);
  void on_part(const PartReceived& received, Instant now);
  void on_malformed(const PartMalformed& malformed, Instant now);
  std::optional<NibblePath> close(SnapshotPeer peer, std::uint64_t request);
  void store(const StateChunk& part);
  void drop(SnapshotPeer peer, PartFault fault, Instant now);
  void expire(Instant now);
  void ask(Instant now);
  [[nodiscard]] std::optional<SnapshotPeer> choose_peer(Instant now) const;
  [[nodiscard]] bool is_gone() const;
  void schedule(Instant now);
  void check_invariants() const;

  SnapshotFetchConfig config_;
  std::vector<NibblePath> pending_;  // the last one is asked for first
  std::map<SnapshotPeer, Peer> peers_;
  std::map<std::uint64_t, Request> requests_;
  std::uint64_t next_request_ = 1;
  std::uint64_t last_asked_ = 0;  // the peer number asked last: requests rotate
  std::uint64_t parts_stored_ = 0;
  std::vector<SnapshotEffect> effects_;
};

}  // namespace troupe::ledger

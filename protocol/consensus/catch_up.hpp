#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "protocol/base/limits.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/consensus/certified_block.hpp"
#include "protocol/crypto/merkle.hpp"

// Catching up: which blocks to ask whom for, and when what came back may be used
// (ledger.md, "Catch-up and snapshots").
//
//   - A peer's claim of a height is a reason to ask it, and nothing else. A height above our own
//     is asked for once it is older than `patience`, since a validator learns of new blocks through
//     its votes. If consensus itself says that it lacks ancestors of a final block, claims count at
//     once, and peers are asked for the next run even beyond their claims, which may be out of date.
//   - Runs of consecutive heights are asked for from several peers at a time, one request per peer,
//     and one peer per run. A request unanswered for `timeout` is given to the next peer.
//   - Only a run that begins at the asked height and passes check_run is accepted: it is proven by
//     itself, whoever sent it. The peer of any other answer is at fault, and is not asked again
//     for `penalty`.
//   - An answer may be shorter than asked for; the rest is asked for anew.
//   - Runs are delivered in height order, each linked to what was delivered before.
//
// Invariants: (1) delivered heights are consecutive; (2) at most kRunsInFlightMax requests, at most
// one per peer; (3) no more than kHeightsAheadMax heights above the stored height are held or asked
// for; (4) every delivered run ends directly final.
namespace troupe::consensus {

/// Whom blocks are asked of: numbers that the caller chooses.
struct SyncPeer {
  std::uint64_t number = 0;

  friend auto operator<=>(const SyncPeer&, const SyncPeer&) = default;
};

struct CatchUpConfig {
  Electorate electorate;
  Header final_header;              ///< the last stored final block
  crypto::MerkleFrontier frontier;  ///< over the digests of all headers up to and including it
  Duration patience{0};
  Duration timeout = std::chrono::seconds(2);
  Duration penalty = std::chrono::seconds(30);
};

/// A peer that serves blocks is connected, or says how far it is.
struct PeerClaims {
  SyncPeer peer;
  Height height;
};

struct PeerLost {
  SyncPeer peer;
};

/// Consensus lacks ancestors of a final block of this view: there is more to be had.
struct AncestorsMissing {
  View view;
};

/// The answer to a request: a decoded run, or nothing if it could not be decoded.
struct RunReceived {
  SyncPeer peer;
  std::uint64_t request = 0;
  std::optional<std::vector<CertifiedBlock>> run;
};

/// This block is final and stored, however it came here. Heights come in order.
struct BlockStored {
  Header header;
};

struct CatchUpTimerFired {};

using CatchUpInput = std::
    variant<PeerClaims, PeerLost, AncestorsMissing, RunReceived, BlockStored, CatchUpTimerFired>;

/// Asks a peer for the blocks of heights first to last, or as many of them as fit an answer.
struct RequestRun {
  SyncPeer peer;
  std::uint64_t request = 0;
  Height first;
  Height last;
};

/// A proven run, the next in height order. The frontier includes its last block.
struct DeliverRun {
  std::vector<CertifiedBlock> run;
  crypto::MerkleFrontier frontier;
};

/// What this peer sent proves nothing; for the log and the peer's reputation.
struct BlamePeer {
  SyncPeer peer;
  RunError reason = RunError::Empty;
};

/// A proven run does not follow what was delivered: two chains are final, so more than f validators
/// lie, and nothing that this node does is safe. Stop it; the machine does nothing more.
struct AgreementBroken {
  Height height;  ///< of the block whose parent is another than ours
};

/// Fire CatchUpTimerFired at this moment; replaces the earlier one.
struct WakeAt {
  Instant at;
};

using CatchUpEffect = std::variant<RequestRun, DeliverRun, BlamePeer, AgreementBroken, WakeAt>;

class CatchUpMachine {
 public:
  explicit CatchUpMachine(CatchUpConfig config);

  std::vector<CatchUpEffect> step(const CatchUpInput& input, Instant now);

  /// The highest height that any connected peer claims, or our own.
  [[nodiscard]] Height claimed() const;

 private:
  struct Peer {
    Height claimed;
    Instant claimed_at;
    std::optional<std::uint64_t> request;
    Instant shunned_until;
  };

  struct Request {
    SyncPeer peer;
    Height first;
    Height last;
    Instant deadline;
  };

  void on_claim(const PeerClaims& claim, Instant now);
  void on_lost(const PeerLost& lost);
  void on_missing(const AncestorsMissing& missing);
  void on_run(const RunReceived& received, Instant now);
  void on_stored(const BlockStored& stored);
  void accept(const Request& request, std::vector<CertifiedBlock> run);
  void shun(SyncPeer peer, RunError reason, Instant now);
  void expire(Instant now);
  void deliver_ready();
  void ask(Instant now);
  [[nodiscard]] bool is_pressed() const;
  [[nodiscard]] Height wanted(Instant now) const;
  [[nodiscard]] std::optional<Height> next_gap(Height up_to) const;
  [[nodiscard]] Height gap_end(Height first, Height up_to) const;
  [[nodiscard]] std::optional<SyncPeer> choose_peer(Height first, Instant now) const;
  void schedule(Instant now);
  void check_invariants() const;

  CatchUpConfig config_;
  Header stored_;                    // the last stored block
  Header delivered_;                 // the last delivered one, at or above stored_
  crypto::MerkleFrontier frontier_;  // up to and including delivered_
  View missing_;                     // of the final block whose ancestors consensus lacks
  std::map<SyncPeer, Peer> peers_;
  std::map<std::uint64_t, Request> requests_;
  std::map<Height, std::vector<CertifiedBlock>> waiting_;  // proven runs by first height
  std::uint64_t next_request_ = 1;
  std::uint64_t last_served_ = 0;  // the peer number asked last: requests rotate
  bool is_halted_ = false;
  std::vector<CatchUpEffect> effects_;
};

}  // namespace troupe::consensus

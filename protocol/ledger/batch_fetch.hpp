#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/lane_message.hpp"

// Fetching batches that a block references and this node lacks (consensus.md, section 4).
//
// A fetch follows one hash chain downwards: it asks for a range by its tip, and each batch that comes
// names the next digest. It asks this node's own disk first, since a batch that left the memory is
// still there. Then, after a grace in which the author's stream usually brings the batch by itself,
// it asks the peers who should hold it, best first; after each retry interval, or at once if a peer
// says that it has nothing, it asks the next one, round and round. There is one request per range at
// a time. A fetch lives as long as a block that is being checked wants it; one that follows a hint
// asks the hinting peer once and is forgotten.
namespace troupe::ledger {

/// Whom to ask next, and for what; nobody means this node's own disk.
struct FetchRequest {
  std::optional<PeerNumber> to;
  std::vector<BatchRange> ranges;
};

struct FetchOrder {
  ValidatorIndex lane;
  BatchRange range;
  std::vector<PeerNumber> holders;      ///< whom to ask, best first
  std::optional<crypto::Digest> block;  ///< the block that wants it; nothing for a hint
};

/// Invariant: (1) at most kBatchFetchesMax fetches; further orders are dropped, and come again when
/// the block is asked for again.
class BatchFetches {
 public:
  BatchFetches(Duration grace, Duration retry_interval)
      : grace_(grace), retry_interval_(retry_interval) {}

  void order(const FetchOrder& order, Instant now);

  /// The lane in which this digest is awaited, if it is.
  [[nodiscard]] std::optional<ValidatorIndex> lane_of(const crypto::Digest& digest) const;

  [[nodiscard]] bool has_hint(ValidatorIndex lane) const;

  /// The awaited batch came. Its fetch goes on with the parent, or ends if there is no need to.
  void arrived(const crypto::Digest& digest, const std::optional<crypto::Digest>& parent);

  /// All of one answer was read: the fetches that were asked of `from` (nobody: the disk) and are
  /// absent or unfinished ask again, those without progress the next peer.
  void answered(std::optional<PeerNumber> from,
                const std::vector<crypto::Digest>& absent,
                Instant now);

  /// Nobody checks this block any more.
  void abandon(const crypto::Digest& block);

  /// What to ask now, one request per peer and kBatchRangesMax ranges.
  [[nodiscard]] std::vector<FetchRequest> due(const std::set<PeerNumber>& connected, Instant now);

  [[nodiscard]] std::optional<Instant> next_deadline() const;

  [[nodiscard]] std::size_t size() const { return fetches_.size(); }

 private:
  struct Fetch {
    ValidatorIndex lane;
    std::uint64_t count = 1;
    std::vector<PeerNumber> holders;
    std::vector<crypto::Digest> blocks;  // none for a hint
    bool asks_disk = true;
    bool has_asked_disk = false;
    std::size_t turn = 0;                 // the next holder to ask, modulo their number
    std::size_t refusals = 0;             // by how many holders since the last pause
    std::optional<PeerNumber> waits_for;  // who was asked; nobody: the disk, or not asked yet
    bool has_progressed = false;
    Instant due_at;
    Instant ask_peers_at;  // not before
  };

  using FetchMap = std::map<crypto::Digest, Fetch>;

  [[nodiscard]] bool is_over(const Fetch& fetch) const;
  [[nodiscard]] std::optional<PeerNumber> next_holder(Fetch& fetch,
                                                      const std::set<PeerNumber>& connected) const;
  void pass_on(Fetch& fetch, Instant now) const;

  Duration grace_;
  Duration retry_interval_;
  FetchMap fetches_;  // by the digest awaited next
};

}  // namespace troupe::ledger

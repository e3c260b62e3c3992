#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/time.hpp"

// The small words of which a scenario is made. How each is written stands beside it; the grammar of
// the whole file is the head comment of scenario.hpp.
namespace troupe::scenario {

/// A number that may depend on the size of the network: 3, "f", "n", "f+2", "n-1". f is what the
/// network tolerates: floor((n - 1) / 3) of n validators.
struct Count {
  enum class Base : std::uint8_t { Zero, F, N };

  Base base = Base::Zero;
  std::int32_t plus = 0;

  /// The number for so many validators; not below 0.
  [[nodiscard]] std::uint32_t of(std::uint32_t validators) const {
    const auto n = static_cast<std::int64_t>(validators);
    const std::int64_t tolerated = n == 0 ? 0 : (n - 1) / 3;
    const std::int64_t start = base == Base::F ? tolerated : base == Base::N ? n : 0;
    return start + plus < 0 ? 0 : static_cast<std::uint32_t>(start + plus);
  }

  friend bool operator==(const Count&, const Count&) = default;
};

/// Whole numbers from first to last, both included: 7, "1..40".
struct Range {
  std::uint64_t first = 1;
  std::uint64_t last = 1;

  friend bool operator==(const Range&, const Range&) = default;
};

/// A share of 1: 0.05, "5%".
struct Ratio {
  double share = 0;

  friend bool operator==(const Ratio&, const Ratio&) = default;
};

/// "64B", "64KiB", "1MiB", "1GiB".
struct Size {
  std::uint64_t bytes = 0;

  friend bool operator==(const Size&, const Size&) = default;
};

/// "64KiB/s": bytes in a second.
struct ByteRate {
  std::uint64_t bytes = 0;

  friend bool operator==(const ByteRate&, const ByteRate&) = default;
};

/// Transactions: 100 (in a second), or "2x capacity" of what the network is measured to finish.
struct LoadRate {
  double amount = 0;
  bool times_capacity = false;

  friend bool operator==(const LoadRate&, const LoadRate&) = default;
};

/// How long: "5s", { views = 2 }, { time = "5s" }; with both, until the later.
struct Span {
  std::optional<Duration> time;
  std::optional<Count> views;

  friend bool operator==(const Span&, const Span&) = default;
};

/// Nodes by their names. Validators are n1 to nN; observers follow, counted on: with four validators
/// the first observer is n5.
using Nodes = std::vector<std::string>;

// Which nodes. A choice among several is drawn anew, from the seed, whenever the fault begins.
//
//   "n1"  ["n1", "n2"]     these
//   "all"                  every validator and observer
//   "each"                 every one, one after another (see `gap`)
//   "leader"  "leader+1"   whoever leads the current view, or the one so many views later
//   "any(2)"  "any(f)"     so many distinct ones, drawn
//   "byz"                  those that a [[byzantine]] table makes liars
//   "not n1"  "not n1,n2"  all but these
namespace selector {

struct Named {
  Nodes nodes;
  friend bool operator==(const Named&, const Named&) = default;
};

struct All {
  friend bool operator==(const All&, const All&) = default;
};

struct Each {
  friend bool operator==(const Each&, const Each&) = default;
};

struct Leader {
  std::uint32_t views_later = 0;
  friend bool operator==(const Leader&, const Leader&) = default;
};

struct Any {
  Count count;
  friend bool operator==(const Any&, const Any&) = default;
};

struct Byzantine {
  friend bool operator==(const Byzantine&, const Byzantine&) = default;
};

struct Not {
  Nodes nodes;
  friend bool operator==(const Not&, const Not&) = default;
};

}  // namespace selector

using Selector = std::variant<selector::All,
                              selector::Named,
                              selector::Each,
                              selector::Leader,
                              selector::Any,
                              selector::Byzantine,
                              selector::Not>;

/// What a node can be caught doing. The words are those of the file, as "vote.before_sync".
enum class Event : std::uint8_t {
  VoteBeforeSync,     ///< vote.before_sync: the record is written and not yet synced
  VoteAfterSync,      ///< vote.after_sync: the record is synced and nothing left the node
  VoteSent,           ///< vote.sent: the signed vote left the node
  ProposalSent,       ///< proposal.sent
  StoreSync,          ///< store.sync: the database syncs a write
  BlockBeforeCommit,  ///< block.before_commit: executed and not yet written
  BlockAfterCommit,   ///< block.after_commit: written, nobody told
  BatchStored,        ///< batch.stored: a batch is kept and not yet acknowledged
  ViewEntered,        ///< view.entered
  BlockFinalized,     ///< block.finalized
  EvidenceSeen,       ///< evidence.seen: proof that a validator lied was recorded
  SyncStarted,        ///< sync.started: a node began to fetch what it lacks
  NodeStarted,        ///< node.started: a node opened what it stored
};

/// The nth time that one of the fault's nodes does it; with a range, the nth differs from seed to
/// seed (and from repetition to repetition) until every one was tried.
struct EventAt {
  Event event = Event::VoteBeforeSync;
  Range nth;

  friend bool operator==(const EventAt&, const EventAt&) = default;
};

/// The end of another fault: "deaf"; with ".last", the end of its last repetition. Without it, the
/// end of its first.
struct FaultEnd {
  std::string id;
  bool last = false;

  friend bool operator==(const FaultEnd&, const FaultEnd&) = default;
};

/// When: "5s" after the start, or a table of the keys below. Several combine: the first instant
/// after which all hold. None at all: at the start.
struct Trigger {
  std::optional<Duration> time;         ///< time: since the start
  std::optional<std::uint64_t> view;    ///< view: some honest node entered it
  std::optional<std::uint64_t> height;  ///< height: some honest node finalized it
  std::optional<EventAt> event;         ///< event, nth
  std::optional<FaultEnd> after;        ///< after

  friend bool operator==(const Trigger&, const Trigger&) = default;
};

/// Messages between nodes, as filters and rules name them. Bodies of the channel /troupe/consensus/
/// down to Accusation, then the other two channels. Any is every message.
enum class MessageType : std::uint8_t {
  Any,
  Proposal,
  Notarize,
  Nullify,
  Finalize,
  Vote,  ///< any of the three above
  Certificates,
  Request,  ///< missing-request, best-request and header-request
  Header,   ///< header-answer
  Inquiry,
  InquiryAnswer,
  Tips,
  Accusation,
  Batch,        ///< batches and parts of them
  BatchAnswer,  ///< acknowledgements
  SyncRequest,
  SyncAnswer,
};

}  // namespace troupe::scenario

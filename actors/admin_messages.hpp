#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/console_messages.hpp"
#include "actors/custody_messages.hpp"

// What a console actor or a short-lived command says to a node's admin actor, and what it hears.
//
// Every type here crosses a process border, so each has inspect() and holds nothing that only this
// process understands: digests, keys and encodings travel as bytes, reasons as a code (stable, for
// programs) beside a sentence and a hint (for people). Every mutating message is a request, and its
// answer says what happened: a one-way message may be lost when its sender leaves.
namespace troupe::actors {

/// Asks for the admission of encoded transactions, at most kSubmissionTransactionsMax of them.
/// With `wait` the answer comes when each is final or refused, or after `deadline_ms`.
struct SubmitRequest {
  std::vector<ByteVector> transactions;
  bool wait = false;
  std::uint64_t deadline_ms = 10'000;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, SubmitRequest& x) {
  return f(caf::meta::type_name("SubmitRequest"), x.transactions, x.wait, x.deadline_ms);
}

/// What became of one transaction. `state` is refused (see reason), accepted (held by this node,
/// not yet final), final (see height, position, receipt) or unknown.
/// `receipt` is one of applied, duplicate, expired, too-far-ahead, refused; `reason` says more.
struct TransactionOutcome {
  ByteVector id;
  std::string state;
  Reason reason;
  std::uint64_t height = 0;
  std::uint64_t view = 0;
  std::uint32_t position = 0;
  std::string receipt;
  std::vector<std::string> signers;
  std::uint32_t validators = 0;
  /// The version each operation gave its record; 0 where it has none.
  std::vector<std::uint64_t> versions;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, TransactionOutcome& x) {
  return f(caf::meta::type_name("TransactionOutcome"),
           x.id,
           x.state,
           x.reason,
           x.height,
           x.view,
           x.position,
           x.receipt,
           x.signers,
           x.validators,
           x.versions);
}

/// One outcome per submitted transaction, in the same order.
struct SubmitReply {
  std::vector<TransactionOutcome> outcomes;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, SubmitReply& x) {
  return f(caf::meta::type_name("SubmitReply"), x.outcomes);
}

/// Asks for what became of these transactions; waits for finality until `deadline_ms` if it is not
/// zero.
struct OutcomeQuery {
  std::vector<ByteVector> ids;
  std::uint64_t deadline_ms = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, OutcomeQuery& x) {
  return f(caf::meta::type_name("OutcomeQuery"), x.ids, x.deadline_ms);
}

/// Asks for one transaction with its bytes.
struct TransactionQuery {
  ByteVector id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, TransactionQuery& x) {
  return f(caf::meta::type_name("TransactionQuery"), x.id);
}

/// `bytes` is the canonical encoding (protocol/ledger/transaction.hpp), empty if it is not known. Of
/// one that this node has accepted and no block orders yet the outcome's receipt says how it waits:
/// queued or sealed.
struct TransactionReport {
  TransactionOutcome outcome;
  ByteVector bytes;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, TransactionReport& x) {
  return f(caf::meta::type_name("TransactionReport"), x.outcome, x.bytes);
}

/// One connected or configured peer as this node sees it.
struct PeerReport {
  std::string name;  ///< its name in the genesis, or empty
  std::string peer_id;
  std::string address;
  std::string direction;  ///< in, out, or none when it is not connected
  std::string agent;
  std::uint64_t connected_ms = 0;
  std::uint64_t rtt_us = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t queued_bytes = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, PeerReport& x) {
  return f(caf::meta::type_name("PeerReport"),
           x.name,
           x.peer_id,
           x.address,
           x.direction,
           x.agent,
           x.connected_ms,
           x.rtt_us,
           x.bytes_in,
           x.bytes_out,
           x.queued_bytes);
}

struct PeersReport {
  std::vector<PeerReport> peers;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, PeersReport& x) {
  return f(caf::meta::type_name("PeersReport"), x.peers);
}

/// What one node says of itself. `role` is leader, validator, observer or follower; `trouble` says
/// in a sentence what keeps it from voting, if anything does.
struct StatusReport {
  std::string node;
  std::string role;
  std::string chain;  ///< the chain id, hexadecimal
  std::string network;
  std::string version;
  std::string listen;
  std::string peer_id;
  std::uint64_t height = 0;
  std::uint64_t view = 0;
  std::uint64_t executed_height = 0;
  std::string leader;
  std::string last_vote;  ///< for example "finalize 131", or empty
  std::uint32_t peers = 0;
  std::uint32_t validators = 0;
  std::uint32_t quorum = 0;
  std::uint64_t behind = 0;  ///< heights below the highest final height heard of
  std::uint64_t mempool_transactions = 0;
  std::uint64_t uptime_ms = 0;
  std::uint64_t pid = 0;
  std::string trouble;
  std::vector<std::string> validator_names;
  std::vector<std::string> accused;  ///< validators that evidence names
  bool development = false;
  std::string state_root;     ///< after executed_height, hexadecimal
  std::uint64_t damaged = 0;  ///< entries found altered on this disk; of these:
  std::uint64_t repaired = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t scrubbed = 0;         ///< entries that the scrubber compared
  std::uint64_t scrub_height = 0;     ///< where its walk is, or ended
  std::uint64_t scrub_passes = 0;     ///< walks over the whole ledger that it finished
  std::uint64_t scrub_rested_ms = 0;  ///< since the end of the last of them
  bool paused = false;                ///< an operator has it take no part
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, StatusReport& x) {
  return f(caf::meta::type_name("StatusReport"),
           x.node,
           x.role,
           x.chain,
           x.network,
           x.version,
           x.listen,
           x.peer_id,
           x.height,
           x.view,
           x.executed_height,
           x.leader,
           x.last_vote,
           x.peers,
           x.validators,
           x.quorum,
           x.behind,
           x.mempool_transactions,
           x.uptime_ms,
           x.pid,
           x.trouble,
           x.validator_names,
           x.accused,
           x.development,
           x.state_root,
           x.damaged,
           x.repaired,
           x.quarantined,
           x.scrubbed,
           x.scrub_height,
           x.scrub_passes,
           x.scrub_rested_ms,
           x.paused);
}

/// Asks for blocks from `first` on, at most `count` (and at most kBlocksPerQueryMax). With a
/// deadline it waits until there is at least one: that is how `block tail` follows the chain.
struct BlockQuery {
  std::uint64_t first = 0;
  std::uint32_t count = 1;
  std::uint64_t deadline_ms = 0;
  bool latest = false;  ///< the newest final block instead of `first`
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, BlockQuery& x) {
  return f(caf::meta::type_name("BlockQuery"), x.first, x.count, x.deadline_ms, x.latest);
}

struct BlockReport {
  std::uint64_t height = 0;
  std::uint64_t view = 0;
  std::uint64_t epoch = 0;
  ByteVector digest;
  ByteVector parent;
  std::uint64_t timestamp_ms = 0;
  std::string leader;
  std::uint32_t transactions = 0;
  std::uint32_t batches = 0;
  std::uint64_t executed_height = 0;
  ByteVector executed_root;
  ByteVector transactions_root;
  ByteVector state_root;  ///< after this block itself, as this node computed it
  ByteVector history_root;
  bool directly_final = false;  ///< false if a later block's finalization made it final
  std::vector<std::string> signers;
  std::vector<ByteVector> transaction_ids;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, BlockReport& x) {
  return f(caf::meta::type_name("BlockReport"),
           x.height,
           x.view,
           x.epoch,
           x.digest,
           x.parent,
           x.timestamp_ms,
           x.leader,
           x.transactions,
           x.batches,
           x.executed_height,
           x.executed_root,
           x.transactions_root,
           x.state_root,
           x.history_root,
           x.directly_final,
           x.signers,
           x.transaction_ids);
}

struct BlocksReport {
  std::vector<BlockReport> blocks;
  Reason reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, BlocksReport& x) {
  return f(caf::meta::type_name("BlocksReport"), x.blocks, x.reason);
}

/// Asks for a record: its newest version, that at a height, its whole history, or all records whose
/// keys begin with `key` (at most `count`, after the key `after`).
struct RecordQuery {
  std::string key;
  std::uint64_t at_height = 0;  ///< 0: the newest
  bool history = false;
  bool prefix = false;
  std::string after;
  std::uint32_t count = 1000;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, RecordQuery& x) {
  return f(caf::meta::type_name("RecordQuery"),
           x.key,
           x.at_height,
           x.history,
           x.prefix,
           x.after,
           x.count);
}

struct RecordReport {
  std::string key;
  std::uint64_t version = 0;
  ByteVector owner;
  ByteVector value;
  bool retired = false;
  std::uint64_t height = 0;  ///< of the block that made this version
  ByteVector transaction;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, RecordReport& x) {
  return f(caf::meta::type_name("RecordReport"),
           x.key,
           x.version,
           x.owner,
           x.value,
           x.retired,
           x.height,
           x.transaction);
}

/// Records in key order, or the versions of one, oldest first. `height` is the final, executed
/// height that was read. `more` says that the count cut the list.
struct RecordsReport {
  std::vector<RecordReport> records;
  std::uint64_t height = 0;
  bool more = false;
  Reason reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, RecordsReport& x) {
  return f(caf::meta::type_name("RecordsReport"), x.records, x.height, x.more, x.reason);
}

}  // namespace troupe::actors

CAF_BEGIN_TYPE_ID_BLOCK(troupe_admin, caf::first_custom_type_id + 100)
CAF_ADD_TYPE_ID(troupe_admin, (std::vector<troupe::actors::ByteVector>))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::SubmitRequest))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::TransactionOutcome))
CAF_ADD_TYPE_ID(troupe_admin, (std::vector<troupe::actors::TransactionOutcome>))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::SubmitReply))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::OutcomeQuery))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::TransactionQuery))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::TransactionReport))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::PeerReport))
CAF_ADD_TYPE_ID(troupe_admin, (std::vector<troupe::actors::PeerReport>))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::PeersReport))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::StatusReport))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::BlockQuery))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::BlockReport))
CAF_ADD_TYPE_ID(troupe_admin, (std::vector<troupe::actors::BlockReport>))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::BlocksReport))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::RecordQuery))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::RecordReport))
CAF_ADD_TYPE_ID(troupe_admin, (std::vector<troupe::actors::RecordReport>))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::RecordsReport))
CAF_ADD_TYPE_ID(troupe_admin, (troupe::actors::RejoinReport))

CAF_ADD_ATOM(troupe_admin, troupe::actors, submit_atom, "submit")
CAF_ADD_ATOM(troupe_admin, troupe::actors, outcome_atom, "outcome")
CAF_ADD_ATOM(troupe_admin, troupe::actors, gettx_atom, "gettx")
CAF_ADD_ATOM(troupe_admin, troupe::actors, status_atom, "status")
CAF_ADD_ATOM(troupe_admin, troupe::actors, peerlist_atom, "peerlist")
CAF_ADD_ATOM(troupe_admin, troupe::actors, blocks_atom, "blocks")
CAF_ADD_ATOM(troupe_admin, troupe::actors, records_atom, "records")
CAF_ADD_ATOM(troupe_admin, troupe::actors, stop_atom, "stop")
CAF_ADD_ATOM(troupe_admin, troupe::actors, follow_atom, "follow")
CAF_ADD_ATOM(troupe_admin, troupe::actors, cutoff_atom, "cutoff")
CAF_ADD_ATOM(troupe_admin, troupe::actors, rejoin_atom, "rejoin")
CAF_END_TYPE_ID_BLOCK(troupe_admin)

namespace troupe::actors {

/// The actor that every console and every short command attaches to.
/// From attached clients, at their own pace: each message is a request, so a client that does not
/// wait for answers is bounded by its own outstanding requests (kClientRequestsMax in all; the next
/// is answered at once with the reason "busy").
///
/// Clients hold a gate (admin_gate.hpp), which asks on their behalf what their role allows; the rest
/// it answers with an error whose text says so.
using AdminActor =
    caf::typed_actor<caf::replies_to<submit_atom, SubmitRequest>::with<SubmitReply>,
                     caf::replies_to<outcome_atom, OutcomeQuery>::with<SubmitReply>,
                     caf::replies_to<gettx_atom, TransactionQuery>::with<TransactionReport>,
                     caf::replies_to<status_atom>::with<StatusReport>,
                     caf::replies_to<peerlist_atom>::with<PeersReport>,
                     caf::replies_to<blocks_atom, BlockQuery>::with<BlocksReport>,
                     caf::replies_to<records_atom, RecordQuery>::with<RecordsReport>,
                     caf::replies_to<prove_atom, ProofQuery>::with<ProofReport>,
                     caf::replies_to<scrub_atom, ScrubQuery>::with<ScrubReport>,
                     caf::replies_to<snapshot_atom, SnapshotQuery>::with<SnapshotReport>,
                     // Stops the node in good order; answered before it does.
                     caf::replies_to<stop_atom>::with<bool>,
                     // Answered when the window is over.
                     caf::replies_to<actors_atom, ActorsQuery>::with<ActorsReport>,
                     caf::replies_to<lanes_atom>::with<LanesReport>,
                     caf::replies_to<votes_atom, VotesQuery>::with<VotesReport>,
                     caf::replies_to<facts_atom>::with<FactsReport>,
                     caf::replies_to<proofs_atom>::with<EvidenceReport>,
                     caf::replies_to<config_atom>::with<ConfigReport>,
                     caf::replies_to<log_atom, LogRequest>::with<bool>,
                     // A stream of events in place of the sink's earlier one; answers its number.
                     // One that asks for nothing ends it.
                     caf::replies_to<events_atom, EventsQuery>::with<std::uint64_t>,
                     // So many more events may be sent on a stream. From its console, at most one
                     // message per batch; credit for a stream that is gone is nothing.
                     caf::reacts_to<credit_atom, std::uint64_t, std::uint32_t>,
                     // Milliseconds since the node's start: by this a console knows that it lives.
                     caf::replies_to<ping_atom>::with<std::uint64_t>,
                     // Lets the peer of this id follow the network from now on, or no longer, until
                     // the node's next start. Answers whether that was news.
                     caf::replies_to<follow_atom, std::string, bool>::with<bool>,
                     // Asks for what has this validator vote again.
                     caf::replies_to<rejoin_atom>::with<RejoinReport>,
                     // Cuts the node off from the peer of this id, or mends that: a fault, for
                     // development networks alone. Answers whether that was news.
                     caf::replies_to<cutoff_atom, std::string, bool>::with<bool>,
                     // Begins or ends a hindrance: for development networks alone.
                     caf::replies_to<hinder_atom, Hindrance>::with<bool>,
                     // The node takes no part from now on, or does again: it follows the ledger and
                     // answers, and says nothing to its peers that would decide anything. Answers
                     // whether that was news. Its next start ends it.
                     caf::replies_to<pause_atom, bool>::with<bool>,
                     // The same node with no more than this role: view, operate or break.
                     caf::replies_to<enter_atom, std::string>::with<caf::strong_actor_ptr>>;

}  // namespace troupe::actors

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <caf/all.hpp>

#include "actors/admin_messages.hpp"
#include "actors/log_gate.hpp"
#include "actors/message_tap.hpp"
#include "actors/repair_messages.hpp"
#include "actors/swarm_messages.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/consensus/certified_block.hpp"
#include "protocol/consensus/effect.hpp"
#include "protocol/consensus/input.hpp"
#include "protocol/ledger/admission.hpp"
#include "protocol/ledger/block_record.hpp"
#include "protocol/ledger/mempool.hpp"
#include "protocol/ledger/mempool_messages.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/proof/accusation.hpp"
#include "storage/vote_journal.hpp"

// The cast of one node: every typed interface on one page. The swarm's is in swarm_messages.hpp,
// the admin's in admin_messages.hpp, since they are also spoken outside of the cast.
//
//   clients ~~> admin --> mempool --> worker, batch_store, signer
//                 |          ^ |
//                 |          | v
//     swarm <--> validator --> signer          swarm <--> mempool, synchronizer
//                 |
//                 v
//           ledger_writer --> validator, mempool, synchronizer, admin
//                              ledger_reader <-- admin, synchronizer
//           scrubber --> ledger_writer, synchronizer, admin   scrubber <-- ledger_reader, admin
//                              archivist <-- synchronizer, admin
//                 validator, mempool, ledger_writer --> accuser --> ledger_writer, signer, mempool
//                              joiner <-- swarm, node: before all of the others
//
// Requests within the cast carry no deadline: an actor that dies answers with an error, and a node
// whose member dies for a broken disk or key stops. All payloads are immutable and shared.
CAF_BEGIN_TYPE_ID_BLOCK(troupe_cast, caf::first_custom_type_id + 200)
CAF_ADD_ATOM(troupe_cast, troupe::actors, meet_atom, "meet")
CAF_ADD_ATOM(troupe_cast, troupe::actors, start_atom, "start")
CAF_ADD_ATOM(troupe_cast, troupe::actors, examine_atom, "examine")
CAF_ADD_ATOM(troupe_cast, troupe::actors, decode_atom, "decode")
CAF_ADD_ATOM(troupe_cast, troupe::actors, verify_atom, "verify")
CAF_ADD_ATOM(troupe_cast, troupe::actors, store_atom, "store")
CAF_ADD_ATOM(troupe_cast, troupe::actors, load_atom, "load")
CAF_ADD_ATOM(troupe_cast, troupe::actors, serve_atom, "serve")
CAF_ADD_ATOM(troupe_cast, troupe::actors, forget_atom, "forget")
CAF_ADD_ATOM(troupe_cast, troupe::actors, sign_atom, "sign")
CAF_ADD_ATOM(troupe_cast, troupe::actors, mark_atom, "mark")
CAF_ADD_ATOM(troupe_cast, troupe::actors, renew_atom, "renew")
CAF_ADD_ATOM(troupe_cast, troupe::actors, payload_atom, "payload")
CAF_ADD_ATOM(troupe_cast, troupe::actors, build_atom, "build")
CAF_ADD_ATOM(troupe_cast, troupe::actors, tips_atom, "tips")
CAF_ADD_ATOM(troupe_cast, troupe::actors, hint_atom, "hint")
CAF_ADD_ATOM(troupe_cast, troupe::actors, fetch_atom, "fetch")
CAF_ADD_ATOM(troupe_cast, troupe::actors, abandon_atom, "abandon")
CAF_ADD_ATOM(troupe_cast, troupe::actors, failed_atom, "failed")
CAF_ADD_ATOM(troupe_cast, troupe::actors, work_atom, "work")
CAF_ADD_ATOM(troupe_cast, troupe::actors, commit_atom, "commit")
CAF_ADD_ATOM(troupe_cast, troupe::actors, final_atom, "final")
CAF_ADD_ATOM(troupe_cast, troupe::actors, synced_atom, "synced")
CAF_ADD_ATOM(troupe_cast, troupe::actors, behind_atom, "behind")
CAF_ADD_ATOM(troupe_cast, troupe::actors, accuse_atom, "accuse")
CAF_ADD_ATOM(troupe_cast, troupe::actors, tick_atom, "tick")
CAF_ADD_ATOM(troupe_cast, troupe::actors, pump_atom, "pump")
CAF_ADD_ATOM(troupe_cast, troupe::actors, window_atom, "window")
CAF_ADD_ATOM(troupe_cast, troupe::actors, revert_atom, "revert")
CAF_ADD_ATOM(troupe_cast, troupe::actors, suspect_atom, "suspect")
CAF_ADD_ATOM(troupe_cast, troupe::actors, join_atom, "join")
CAF_ADD_ATOM(troupe_cast, troupe::actors, mend_atom, "mend")
CAF_ADD_ATOM(troupe_cast, troupe::actors, stall_atom, "stall")
CAF_ADD_ATOM(troupe_cast, troupe::actors, custody_atom, "custody")
CAF_END_TYPE_ID_BLOCK(troupe_cast)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::ledger::PayloadChecked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::storage::JournalMark)

namespace troupe::actors {

/// Whoever asked the mempool whether a payload can be produced: validator or synchronizer.
using PayloadSink = caf::typed_actor<caf::reacts_to<payload_atom, ledger::PayloadChecked>>;

}  // namespace troupe::actors

namespace troupe::actors {

struct Cast;
using CastPointer = std::shared_ptr<const Cast>;

// --- worker

/// Encoded transactions as a client sent them.
struct RawSubmission {
  std::vector<SharedBytes> transactions;
};

/// Per transaction: a candidate that passed every check that needs no mempool, or why not.
struct ExaminedSubmission {
  std::vector<std::variant<ledger::Candidate, ledger::AdmissionError>> items;
};

/// Encoded batches: parts of the message that brought them.
struct RawBatches {
  SharedBytes message;
  std::vector<ByteView> encoded;
};

/// The decoded batches, or nothing if one of them is malformed.
struct DecodedBatches {
  std::optional<std::vector<ledger::BatchPointer>> batches;
};

/// Part of a batch's verification: transactions [first, last), and the author's signature with the
/// part that begins at 0.
struct VerifyPart {
  ledger::BatchPointer batch;
  std::size_t first = 0;
  std::size_t last = 0;
};

struct PartVerified {
  ledger::BatchVerdict verdict = ledger::BatchVerdict::NotOfAuthor;
};

/// What the mempool says to a submission: per transaction its id, and why it was refused if it was.
struct SubmissionVerdicts {
  std::vector<std::optional<crypto::Digest>> ids;  ///< nothing where the bytes are no transaction
  std::vector<std::optional<ledger::AdmissionError>> refusals;
};

// --- batch_store

struct BatchToStore {
  ledger::BatchPointer batch;
  bool followed = true;  ///< it belongs into the lane's index
};

struct StoreBatches {
  std::vector<BatchToStore> batches;  ///< all synced when the answer comes
};

struct BatchRanges {
  std::vector<ledger::BatchRange> ranges;
};

struct BatchList {
  std::vector<ledger::BatchPointer> batches;
};

struct BatchDigests {
  std::vector<crypto::Digest> digests;
};

// --- signer

struct SignVote {
  consensus::Vote vote;
  consensus::Basis basis;
};

struct SignedOrRefused {
  std::variant<crypto::Signature, consensus::Refusal> answer;
};

struct SignBatchHeader {
  ledger::BatchHeader header;
};

/// Asks for a signed rejoin that can be ordered up to this height.
struct SignRejoin {
  Height valid_through;
};

/// Asks for a signed accusation that can be ordered up to this height.
struct SignAccusation {
  proof::Accusation accusation;
  Height valid_through;
};

/// A transaction of the validator key.
struct SignedTransaction {
  crypto::Digest id;
  SharedBytes transaction;
};

/// The rejoin is ordered: a new journal begins, above this finalization and in this life.
struct RenewJournal {
  consensus::Certificate finalization;
  Incarnation life;
};

// --- ledger

/// Final blocks in height order, the last of them directly final. Blocks that are stored already
/// are passed over.
struct CommitBlocks {
  std::vector<consensus::CertifiedBlock> blocks;
};

/// A block that is final, executed and durable: what the rest of the cast does with finality.
struct BlockCommitted {
  consensus::CertifiedBlock block;
  crypto::Digest digest;
  crypto::Digest state_root;
  bool ordered_something = false;
  std::shared_ptr<const std::vector<crypto::Digest>> ids;  ///< of all transactions, in order
  std::shared_ptr<const std::vector<ledger::Receipt>> receipts;
  /// Who signed the certificate by which it became final: its own or a descendant's.
  std::vector<ValidatorIndex> signers;
  std::vector<ledger::LaneLife> lives = {};  ///< that begin with it: its rejoins that took effect
  std::vector<proof::RecordedAccusation> accusations = {};  ///< that it recorded
};

using BlockCommittedPointer = std::shared_ptr<const BlockCommitted>;

/// Asks for the encoded answer to a peer that is behind.
struct ServeBlocks {
  std::uint64_t request = 0;
  Height first;
  Height last;
};

// --- mempool

/// Asks the mempool to hold what a block orders, and whom to tell.
struct PayloadQuestion {
  ledger::CheckPayload question;
  PayloadSink asker;
};

using LaneTips = std::vector<ledger::LaneTip>;

// --- validator

struct ValidatorStatus {
  View view;
  ValidatorIndex leader;
  Height final_height;
  bool voting = false;
  std::string last_vote;
  std::string trouble;
  std::vector<ValidatorIndex> accused;
};

/// Where a started node can be reached.
struct NodeStarted {
  std::string listen;
  AdminActor admin;
};

// --- synchronizer

struct SynchronizerStatus {
  Height claimed;  ///< the highest height that a peer claims
};

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::RawSubmission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ExaminedSubmission)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SubmissionVerdicts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::RawBatches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::DecodedBatches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::VerifyPart)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::PartVerified)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::StoreBatches)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::BatchRanges)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::BatchList)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::BatchDigests)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SignVote)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SignedOrRefused)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SignBatchHeader)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SignRejoin)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SignAccusation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SignedTransaction)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::RenewJournal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::CommitBlocks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::BlockCommittedPointer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ServeBlocks)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ValidatorStatus)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SynchronizerStatus)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::Height)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::PayloadQuestion)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::Certificate)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::proof::Accusation)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::AbandonPayload)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::OwnViewFailed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::BuildProposal)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::ProposalBuilt)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::SendTips)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::Synced)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::CatchUp)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::consensus::TipsHinted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::ledger::MempoolStatus)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::LaneTips)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::NodeStarted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::CastPointer)

namespace troupe::actors {

/// Verifies signatures and decodes batches; has no state but reads of the transaction index.
/// From mempool, which keeps a bounded number of parts in flight. Sheds nothing.
using WorkerActor =
    caf::typed_actor<caf::replies_to<examine_atom, RawSubmission>::with<ExaminedSubmission>,
                     caf::replies_to<decode_atom, RawBatches>::with<DecodedBatches>,
                     caf::replies_to<verify_atom, VerifyPart>::with<PartVerified>>;

/// Keeps batches on disk, each synced before it is acknowledged. From mempool, one store at a time
/// (it collects what comes meanwhile); loads within the mempool's fetch bounds. Quits, and with it
/// the node, when the disk fails.
using BatchStoreActor =
    caf::typed_actor<caf::replies_to<store_atom, StoreBatches>::with<bool>,
                     caf::replies_to<load_atom, BatchRanges>::with<BatchList>,
                     // The encoded BatchAnswer to a peer's request.
                     caf::replies_to<serve_atom, BatchRanges>::with<SharedBytes>,
                     caf::reacts_to<forget_atom, BatchDigests>>;

/// The only holder of the validator key. From validator, which awaits each answer, and from
/// mempool, which has a bounded number of own batches in flight. From ledger_writer: one question at
/// a time where the journal stands. From validator too, one at a time: a rejoin, and the journal that
/// begins with it. From accuser: an accusation now and then. Quits, and with it the node, when its
/// journal fails.
using SignerActor =
    caf::typed_actor<caf::replies_to<sign_atom, SignVote>::with<SignedOrRefused>,
                     caf::replies_to<sign_atom, SignBatchHeader>::with<SignedOrRefused>,
                     caf::replies_to<sign_atom, SignRejoin>::with<SignedTransaction>,
                     caf::replies_to<sign_atom, SignAccusation>::with<SignedTransaction>,
                     caf::replies_to<renew_atom, RenewJournal>::with<bool>,
                     caf::reacts_to<mark_atom, consensus::Certificate>,
                     caf::replies_to<mark_atom>::with<storage::JournalMark>>;

/// Admits transactions, seals them into this node's lane, keeps the other lanes.
/// From admin: submissions, bounded by the admin's own bound. From the swarm: deliveries within
/// their credit. From validator and synchronizer: a few questions per view or block.
/// What is shed: transactions that find the mempool full are refused by name; of other lanes,
/// what protocol/ledger/mempool says.
using MempoolActor = ChannelSink::extend<
    caf::replies_to<meet_atom, CastPointer>::with<bool>,
    caf::reacts_to<start_atom>,
    caf::replies_to<submit_atom, RawSubmission>::with<SubmissionVerdicts>,
    caf::reacts_to<payload_atom, PayloadQuestion>,
    caf::replies_to<build_atom, consensus::BuildProposal>::with<consensus::ProposalBuilt>,
    // Sends the tips this node holds to a leader, as a TipsHint; see validator.
    caf::replies_to<tips_atom>::with<LaneTips>,
    caf::reacts_to<hint_atom, consensus::TipsHinted>,
    caf::reacts_to<abandon_atom, consensus::AbandonPayload>,
    caf::reacts_to<failed_atom, consensus::OwnViewFailed>,
    // Batches of a final block, each range from its tip downwards.
    caf::replies_to<fetch_atom, BatchRanges>::with<BatchList>,
    caf::reacts_to<final_atom, BlockCommittedPointer>,
    // The validator votes again: the own lane is open.
    caf::reacts_to<rejoin_atom>,
    caf::reacts_to<tick_atom>,
    // What became of a transaction that no block has: accepted (its receipt says queued or sealed)
    // or unknown.
    caf::replies_to<gettx_atom, TransactionQuery>::with<TransactionReport>,
    caf::replies_to<status_atom>::with<ledger::MempoolStatus>,
    caf::replies_to<lanes_atom>::with<LanesReport>>;

/// Drives Simplex for one epoch. From the swarm: deliveries within their credit; votes are never
/// shed. From the rest of the cast: answers to its own questions, one message per final block, and
/// timers.
using ValidatorActor =
    ChannelSink::extend<caf::replies_to<meet_atom, CastPointer>::with<bool>,
                        caf::reacts_to<start_atom>,
                        caf::reacts_to<payload_atom, ledger::PayloadChecked>,
                        caf::reacts_to<work_atom, bool>,
                        caf::reacts_to<final_atom, BlockCommittedPointer>,
                        caf::reacts_to<synced_atom, consensus::Synced>,
                        caf::reacts_to<tick_atom>,
                        caf::replies_to<status_atom>::with<ValidatorStatus>,
                        caf::replies_to<votes_atom, VotesQuery>::with<VotesReport>,
                        caf::replies_to<rejoin_atom>::with<RejoinReport>,
                        // What it knows itself of all that a FactsReport says.
                        caf::replies_to<facts_atom>::with<FactsReport>>;

/// Keeps proofs of lies and brings them into the ledger. From validator and mempool: each proof
/// once, bounded by what these keep of each validator. From ledger_writer: one message per final
/// block. Of one lie it keeps the first proof.
using AccuserActor = caf::typed_actor<caf::replies_to<meet_atom, CastPointer>::with<bool>,
                                      caf::reacts_to<start_atom>,
                                      caf::reacts_to<accuse_atom, proof::Accusation>,
                                      caf::reacts_to<final_atom, BlockCommittedPointer>,
                                      caf::reacts_to<tick_atom>,
                                      caf::replies_to<proofs_atom>::with<EvidenceReport>>;

/// The only writer of the ledger: executes final blocks in height order and commits each in one
/// atomic, synced write. From validator and synchronizer, who hand over what is final; answered
/// when all of it is durable. A block that does not follow what is stored waits for those between,
/// at most kBlocksWaitingMax of them; what lies above is dropped, since the synchronizer brings it
/// again. Quits, and with it the node, when the disk fails.
using LedgerWriterActor = caf::typed_actor<caf::replies_to<meet_atom, CastPointer>::with<bool>,
                                           caf::reacts_to<start_atom>,
                                           caf::replies_to<commit_atom, CommitBlocks>::with<bool>,
                                           caf::reacts_to<accuse_atom, proof::Accusation>,
                                           // From admin, for fault injection: executes nothing
                                           // until it hears otherwise.
                                           caf::reacts_to<stall_atom, bool>,
                                           // From scrubber, one at a time; durable when answered.
                                           caf::replies_to<mend_atom, Mending>::with<bool>>;

/// Answers what is asked of the stored ledger; never makes the writer wait. From admin and
/// synchronizer, within their bounds. What is damaged on this disk is never served: the asker is
/// told so, and the scrubber where to look.
using LedgerReaderActor =
    caf::typed_actor<caf::replies_to<meet_atom, CastPointer>::with<bool>,
                     caf::replies_to<serve_atom, ServeBlocks>::with<SharedBytes>,
                     caf::replies_to<outcome_atom, BatchDigests>::with<SubmitReply>,
                     caf::replies_to<gettx_atom, TransactionQuery>::with<TransactionReport>,
                     caf::replies_to<blocks_atom, BlockQuery>::with<BlocksReport>,
                     caf::replies_to<records_atom, RecordQuery>::with<RecordsReport>,
                     caf::replies_to<prove_atom, ProofQuery>::with<ProofReport>>;

/// Fetches final blocks that are missing here and serves them to others. From the swarm: deliveries
/// within their credit; requests of one peer are answered one at a time, and further ones dropped.
using SynchronizerActor =
    ChannelSink::extend<caf::replies_to<meet_atom, CastPointer>::with<bool>,
                        caf::reacts_to<start_atom>,
                        caf::reacts_to<payload_atom, ledger::PayloadChecked>,
                        caf::reacts_to<behind_atom, consensus::CatchUp>,
                        caf::reacts_to<final_atom, BlockCommittedPointer>,
                        caf::reacts_to<tick_atom>,
                        // From scrubber, one at a time.
                        caf::replies_to<fetch_atom, WantedBlock>::with<FetchedBlock>,
                        caf::replies_to<fetch_atom, WantedBatch>::with<FetchedBatch>,
                        caf::replies_to<fetch_atom, WantedAnswer>::with<FetchedAnswer>,
                        caf::replies_to<status_atom>::with<SynchronizerStatus>>;

/// Walks the stored ledger at a bounded rate, compares every entry with what the signed blocks say
/// it must be, and has what differs mended. From ledger_reader: heights where it met damage, at most
/// one for each refused question; from admin: a question now and then.
using ScrubberActor = caf::typed_actor<caf::replies_to<meet_atom, CastPointer>::with<bool>,
                                       caf::reacts_to<start_atom>,
                                       caf::reacts_to<tick_atom>,
                                       caf::reacts_to<suspect_atom, Height>,
                                       caf::replies_to<scrub_atom, ScrubQuery>::with<ScrubReport>>;

/// Keeps snapshots for those who join, hands them out in parts, and removes what only states need
/// that nobody asks for any more. From synchronizer: at most kPartsPerPeerMax questions of a peer at
/// a time; from admin: a question now and then.
using ArchivistActor =
    caf::typed_actor<caf::reacts_to<start_atom>,
                     caf::reacts_to<tick_atom>,
                     // The encoded answer, without bytes if there is none.
                     caf::replies_to<serve_atom, AskedOfSnapshot>::with<SharedBytes>,
                     caf::replies_to<snapshot_atom, SnapshotQuery>::with<SnapshotReport>>;

/// Brings a node without a ledger to the state of a snapshot, before the rest of the cast plays.
/// From the swarm: deliveries within their credit. Answers join once all of it is stored.
using JoinerActor =
    ChannelSink::extend<caf::replies_to<join_atom>::with<bool>, caf::reacts_to<tick_atom>>;

/// The admin as the cast knows it; clients see it as an AdminActor only. From message tap and log
/// gate: what they have room for. From scrubber: what it finds and mends. From itself: timers, and the
/// ends of windows.
using AdminCore = AdminActor::extend<caf::replies_to<meet_atom, CastPointer>::with<bool>,
                                     caf::reacts_to<final_atom, BlockCommittedPointer>,
                                     caf::reacts_to<tapped_atom, TapBurstPointer>,
                                     caf::reacts_to<logged_atom, LogLinePointer>,
                                     caf::reacts_to<custody_atom, CustodyNewsPointer>,
                                     caf::reacts_to<pump_atom>,
                                     caf::reacts_to<window_atom, std::uint64_t>,
                                     caf::reacts_to<revert_atom, std::string, std::uint64_t>,
                                     caf::reacts_to<tick_atom>>;

/// One node. Answers start once it listens and its cast plays; stop ends it in good order.
using NodeActor =
    caf::typed_actor<caf::replies_to<start_atom>::with<NodeStarted>, caf::reacts_to<stop_atom>>;

/// Whom each member may talk to. Sent once, before the play starts.
struct Cast {
  SwarmActor swarm;
  std::vector<WorkerActor> workers;
  BatchStoreActor batch_store;
  SignerActor signer;  ///< null on a node without a validator key
  MempoolActor mempool;
  ValidatorActor validator;
  AccuserActor accuser;
  LedgerWriterActor ledger_writer;
  LedgerReaderActor ledger_reader;
  SynchronizerActor synchronizer;
  ScrubberActor scrubber;
  ArchivistActor archivist;
  AdminCore admin;
};

}  // namespace troupe::actors

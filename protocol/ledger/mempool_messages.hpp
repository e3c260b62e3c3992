#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/admission.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/lane.hpp"
#include "protocol/ledger/lane_fork.hpp"
#include "protocol/ledger/lane_message.hpp"
#include "protocol/ledger/mempool_rules.hpp"

// What goes into the mempool machine and what comes out of it. Effects are performed front to back.
// Whoever performs them answers each StoreBatch with BatchStored, each SignBatch with BatchSigned or
// SignatureRefused, each VerifyBatch with BatchVerified, each LoadBatches with BatchesLoaded and
// each ServeBatches with BatchesServed, exactly once and in any order between different batches.
namespace troupe::ledger {

// --- Inputs

/// The first input of a machine's life.
struct Started {};

/// A moment that next_deadline() named has come. Harmless at any other time.
struct TimerFired {};

/// A client's transactions, at most kSubmissionTransactionsMax. Answered by SubmissionAnswered.
/// An accepted transaction is waiting in memory, no more: it is acknowledged when it is final.
struct Submission {
  std::uint64_t number = 0;  ///< chosen by the sender, repeated in the answer
  std::vector<Candidate> candidates;
};

/// The signer's answer to SignBatch.
struct BatchSigned {
  crypto::Digest digest;
  crypto::Signature signature;
};

/// The signer will not sign this batch: the lane has another one of this sequence, or the node is
/// an observer. The own lane seals nothing more in this life.
struct SignatureRefused {
  crypto::Digest digest;
};

/// The batch is synced to disk.
struct BatchStored {
  crypto::Digest digest;
};

enum class BatchVerdict {
  Valid,          ///< the author's signature and every transaction are in order
  NotOfAuthor,    ///< the author's signature is wrong: this copy says nothing about the lane
  InvalidContent  ///< signed by its author, yet no honest validator makes it: invalid for ever
};

/// The answer to VerifyBatch, about the very copy that it named.
struct BatchVerified {
  BatchPointer batch;
  BatchVerdict verdict = BatchVerdict::NotOfAuthor;
};

struct PeerConnected {
  PeerNumber peer;
};

struct PeerDisconnected {
  PeerNumber peer;
};

/// A batch streamed by `from`, decoded and hashed on a worker.
struct BatchReceived {
  PeerNumber from;
  BatchPointer batch;
};

/// An answer to RequestBatches, decoded and hashed on a worker.
struct BatchesReceived {
  PeerNumber from;
  std::vector<BatchPointer> batches;
  std::vector<crypto::Digest> absent;
};

/// The answer to LoadBatches: what this node's own disk holds, already checked when it was stored.
struct BatchesLoaded {
  std::vector<BatchPointer> batches;
  std::vector<crypto::Digest> absent;
};

struct AcksReceived {
  PeerNumber from;
  std::vector<LaneAck> acks;
};

struct RequestReceived {
  PeerNumber from;
  std::vector<BatchRange> ranges;
};

/// The answer to an earlier ServeBatches was handed to the connection.
struct BatchesServed {
  PeerNumber to;
};

/// "Can you produce the bytes of (parent tips, tips], are they valid, does the root match, and is
/// none of it from a lane that the block must know to be closed?"
/// Answered by PayloadChecked: at once, and once more when a Missing becomes anything else. No
/// question is forgotten silently: with too many under way, or once a final block has ordered past
/// the parent, it is Dropped.
struct CheckPayload {
  crypto::Digest block;
  std::vector<LaneTip> parent_tips;
  std::vector<LaneTip> tips;
  crypto::Digest transactions_root;
  /// The height whose state the block states: what it must know of closed lanes. Whoever asks has
  /// told of that height in Ordered before.
  Height executed;
  /// Who should hold the batches, best first: the proposer, the certificate's signers.
  std::vector<ValidatorIndex> holders;
};

/// Nobody asks for this block any more: it was skipped, or its view is final.
struct AbandonPayload {
  crypto::Digest block;
};

/// "What should a block on this parent order?" Answered at once by ProposalBuilt.
struct BuildProposal {
  View view;
  std::vector<LaneTip> parent_tips;
};

/// A view in which this node proposed was skipped.
struct OwnViewFailed {
  View view;
};

/// Tips that another validator holds and finds unordered. The leader fetches what it lacks.
struct TipsHinted {
  ValidatorIndex from;
  std::vector<LaneTip> tips;
};

/// A final block was executed. `tips` are cumulative; `ids` are those of every transaction that the
/// block ordered. Heights come in order, none twice.
struct Ordered {
  Height height;
  std::vector<LaneTip> tips;
  std::shared_ptr<const std::vector<crypto::Digest>> ids;
  std::vector<LaneLife> lives = {};      ///< that begin with this block
  std::vector<LaneClosing> closed = {};  ///< lanes whose forks this block records
};

/// From consensus: this node's validator votes again after its rejoin, and the signer has a journal
/// for the life that began with it. The own lane is open again.
struct Rejoined {};

using MempoolInput = std::variant<Started,
                                  TimerFired,
                                  Submission,
                                  BatchSigned,
                                  SignatureRefused,
                                  BatchStored,
                                  BatchVerified,
                                  PeerConnected,
                                  PeerDisconnected,
                                  BatchReceived,
                                  BatchesReceived,
                                  BatchesLoaded,
                                  AcksReceived,
                                  RequestReceived,
                                  BatchesServed,
                                  CheckPayload,
                                  AbandonPayload,
                                  BuildProposal,
                                  OwnViewFailed,
                                  TipsHinted,
                                  Ordered,
                                  Rejoined>;

// --- Effects

/// One verdict per candidate, in their order.
struct SubmissionAnswered {
  std::uint64_t number = 0;
  std::vector<Result<Done, AdmissionError>> verdicts;
};

/// Write the batch under its digest and sync, then answer BatchStored. An own batch comes here
/// before it is signed, with a signature of zeros; a crash between storing and signing thus loses
/// nothing, because the signer gives the same signature for the same batch again.
struct StoreBatch {
  BatchPointer batch;
  /// It continues the branch that this node follows, and belongs into the lane's index. May come a
  /// second time for a stored batch, when the followed branch changes.
  bool followed = true;
};

/// Write the own batch once more, now signed, over the unsigned one. Not answered; it may wait for
/// the next sync, since a lost signature is made again.
struct StoreSignature {
  BatchPointer batch;
};

/// Have the signer sign this batch of the own lane (signed_bytes of its header), which is on disk.
/// Comes in ascending sequence.
struct SignBatch {
  BatchHeader header;
  crypto::Digest digest;
};

/// Check the author's signature, then each transaction as at admission (check_stateless), on
/// workers. Duplicates and lifetimes are no part of it.
struct VerifyBatch {
  BatchPointer batch;
};

/// Send one batch of the own lane.
struct StreamBatch {
  PeerNumber to;
  BatchPointer batch;
};

struct SendAcks {
  PeerNumber to;
  std::vector<LaneAck> acks;
};

struct RequestBatches {
  PeerNumber to;
  std::vector<BatchRange> ranges;
};

/// Read from this node's own storage: each range's tip, then its ancestors, as far as they are there.
struct LoadBatches {
  std::vector<BatchRange> ranges;
};

/// Read the ranges from storage and send them as BatchAnswer messages within kBatchAnswerBatchesMax
/// and kBatchAnswerBytesMax altogether; a tip that is not there is listed as absent. Batches without
/// a signature count as absent.
struct ServeBatches {
  PeerNumber to;
  std::vector<BatchRange> ranges;
};

enum class PayloadVerdict {
  Valid,    ///< every batch is held and valid, and the root matches
  Missing,  ///< not yet: batches are being fetched or checked
  Invalid,  ///< invalid for ever
  Dropped   ///< not looked at any more: ask again later, if it still matters
};

struct PayloadChecked {
  crypto::Digest block;
  PayloadVerdict verdict = PayloadVerdict::Missing;
};

/// The cumulative tips to propose and the root over what they order beyond the parent's.
struct ProposalBuilt {
  View view;
  std::vector<LaneTip> tips;
  crypto::Digest transactions_root;
  std::uint64_t transaction_count = 0;
};

/// Two batches that one author signed for one place of its lane (consensus.md, section 7).
struct EvidenceFound {
  LaneFork fork;
};

/// Whether a held batch exists that no final block ordered. Sent when it changes, and again when one
/// more is held.
struct WorkChanged {
  bool present = false;
};

/// These batches can never be ordered any more; storage may delete them.
struct ForgetBatches {
  std::vector<crypto::Digest> digests;
};

/// The own lane seals nothing more in this life; transactions are refused from now on.
struct OwnLaneHalted {
  std::string_view reason;  ///< a clause for people
};

using MempoolEffect = std::variant<SubmissionAnswered,
                                   StoreBatch,
                                   StoreSignature,
                                   SignBatch,
                                   VerifyBatch,
                                   StreamBatch,
                                   SendAcks,
                                   RequestBatches,
                                   LoadBatches,
                                   ServeBatches,
                                   PayloadChecked,
                                   ProposalBuilt,
                                   EvidenceFound,
                                   WorkChanged,
                                   ForgetBatches,
                                   OwnLaneHalted>;

using MempoolEffects = std::vector<MempoolEffect>;

}  // namespace troupe::ledger

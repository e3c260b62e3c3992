#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/evidence.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/input.hpp"
#include "protocol/consensus/journal.hpp"
#include "protocol/consensus/message.hpp"
#include "protocol/consensus/vote.hpp"

// Everything that the Simplex machine asks to be done. The performer runs a step's effects front to
// back; none of them waits for the answer to another one of the same step.
namespace troupe::consensus {

/// To the signer: journal the vote with what it rests on, sync, answer Signed or SigningRefused.
/// The performer awaits the answer before it hands the machine its next input.
struct Sign {
  Vote vote;
  Basis basis;
};

/// To every other validator, and to nobody else.
struct Broadcast {
  Message message;
};

struct Send {
  ValidatorIndex to;
  Message message;
};

/// Replaces the timer of that name: it answers TimerFired with this generation at that moment.
struct SetTimer {
  Timer timer = Timer::Retry;
  std::uint64_t generation = 0;
  Instant at;
};

struct CancelTimer {
  Timer timer = Timer::Retry;
};

/// To the mempool: hold what the header orders beyond its parent, and say so in PayloadChecked.
/// Asked once per block, and again after a retry interval if that was Dropped; at most
/// kPayloadQuestionsMax are open. A missing batch is fetched from `sources`, the leader first.
struct CheckPayload {
  crypto::Digest block;
  Header parent;
  Header header;
  std::vector<ValidatorIndex> sources;
};

/// To the mempool: choose the tips of a block on this parent, at once, and answer ProposalBuilt.
struct BuildProposal {
  View view;
  crypto::Digest parent_digest;
  Header parent;
};

/// To the mempool: a block that references these tips is notarized. Nothing it references is
/// evicted before a block of this view or a later one is final.
struct Retain {
  crypto::Digest block;
  Header header;
};

/// To the mempool: nobody asks for this block's payload any more; a fetch for it may end.
struct AbandonPayload {
  crypto::Digest block;
};

/// To the mempool: a view in which this node proposed was skipped.
struct OwnViewFailed {
  View view;
};

/// To the mempool: tell this leader which tips this node holds, as a TipsHint of this view.
struct SendTips {
  ValidatorIndex to;
  View view;
};

/// To the mempool: a validator holds these batches; fetch what is missing, then WorkChanged.
struct TipsHinted {
  ValidatorIndex from;
  std::vector<Tip> tips;
};

/// One final block with the certificates it is stored with.
struct FinalBlock {
  crypto::Digest digest;
  Header header;
  Certificate notarization;
  std::vector<Certificate> nullifications;  ///< of every view between its parent's and its own
};

/// To the ledger writer: these blocks are final, the oldest first, without a gap above the last
/// ones handed over; the finalization is that of the last of them. Answer Committed, and Executed
/// for each.
struct Commit {
  std::vector<FinalBlock> blocks;
  Certificate finalization;
};

/// To the signer, once a finalization is durable: its mark rises to this view, and whatever the
/// journal holds at or below it may go.
struct RaiseMark {
  Certificate finalization;
};

/// To the synchronizer: this finalization is genuine and ancestors of its block are missing here.
/// Fetch ranges from several peers, verify, commit, then answer Synced. A newer one replaces it.
struct CatchUp {
  Certificate finalization;
};

/// To the ledger and to people: proof that a validator lied. Stored for ever.
struct EvidenceFound {
  Evidence evidence;
};

/// To the network: this peer sent what no correct node sends.
struct PeerFault {
  ValidatorIndex peer;
  std::string_view reason;  ///< a literal
};

enum class HaltReason : std::uint8_t {
  StateDiverged,      ///< a notarized or final header carries another state root than mine
  InvalidFinalBlock,  ///< a quorum made a block final that is wrong by my own rules
  AgreementBroken,    ///< two finalizations of one height: more than f validators lie
};

[[nodiscard]] std::string_view describe(HaltReason reason);

/// Stop the node, with a report. The machine does nothing more.
struct Halt {
  HaltReason reason = HaltReason::StateDiverged;
  Height height;          ///< executed height, or the block's
  crypto::Digest ours;    ///< state root, or block
  crypto::Digest theirs;  ///< state root, or block
};

enum class ObserverReason : std::uint8_t {
  NotAValidator,
  JournalDamaged,
  JournalMissing,
  OwnItemUnknown,  ///< somebody holds a signature of mine that my journal lacks
  LiveTwin,        ///< somebody else runs under my key
  SignerRefused,   ///< the journal contradicts what this machine remembers
};

/// What a person may do about it, in one sentence.
[[nodiscard]] std::string_view describe(ObserverReason reason);

struct ViewEntered {
  View view;
  ValidatorIndex leader;
};

struct Proposed {
  View view;
  crypto::Digest block;
  Height height;
};

struct Certified {
  VoteKind kind = VoteKind::Notarize;
  View view;
  crypto::Digest block;
};

struct TimedOut {
  View view;
  Timer timer = Timer::Advance;
};

struct LeaderSkipped {
  View view;
  ValidatorIndex leader;
};

struct ProposalRefused {
  View view;
  std::string_view reason;  ///< a literal
};

struct VotingAllowed {};

struct BecameObserver {
  ObserverReason reason = ObserverReason::NotAValidator;
};

using Event = std::variant<ViewEntered,
                           Proposed,
                           Certified,
                           TimedOut,
                           LeaderSkipped,
                           ProposalRefused,
                           VotingAllowed,
                           BecameObserver>;

/// To whoever watches. Nothing depends on it.
struct Observe {
  Event event;
};

using Effect = std::variant<Sign,
                            Broadcast,
                            Send,
                            SetTimer,
                            CancelTimer,
                            CheckPayload,
                            BuildProposal,
                            Retain,
                            AbandonPayload,
                            OwnViewFailed,
                            SendTips,
                            TipsHinted,
                            Commit,
                            RaiseMark,
                            CatchUp,
                            EvidenceFound,
                            PeerFault,
                            Halt,
                            Observe>;

}  // namespace troupe::consensus

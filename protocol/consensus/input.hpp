#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/message.hpp"
#include "protocol/consensus/signer_rules.hpp"
#include "protocol/consensus/vote.hpp"
#include "protocol/crypto/merkle.hpp"

// Everything that can happen to the Simplex machine. Who sends what is named at each; inputs may
// be late, doubled or out of date, and an answer to a question that is no longer open is ignored.
namespace troupe::consensus {

/// First input of a machine, exactly once.
struct Started {};

/// From the network: a decoded message of a validator, which the connection authenticates.
struct MessageReceived {
  ValidatorIndex from;
  Message message;
};

enum class Timer : std::uint8_t {
  Proposal,   ///< 3 delta: the leader owes a proposal
  Advance,    ///< 7 delta: the view owes a certificate
  Idle,       ///< the view has been without a proposal for long
  Retry,      ///< something asked for or repeated is due again
  Timestamp,  ///< a proposal's timestamp comes within the drift
  Patience,   ///< delta: the leader waits no longer for something to order
};

/// From the clock. Only the newest generation of a timer counts.
struct TimerFired {
  Timer timer = Timer::Retry;
  std::uint64_t generation = 0;
};

/// From the network, at the first session with a validator and whenever their number changes.
struct PeerConnected {
  ValidatorIndex peer;
  /// Live sessions under that identity, this one included. A session from which nothing was heard
  /// for a few seconds is closed by the performer before it counts here.
  std::uint32_t sessions = 1;
};

/// From the network: the last session with a validator ended.
struct PeerDisconnected {
  ValidatorIndex peer;
};

enum class PayloadVerdict : std::uint8_t {
  Valid,    ///< every batch is checked and synced to disk, and the transactions root fits
  Missing,  ///< bytes are being fetched; the answer comes again when that ends
  Invalid,  ///< wrong for ever
  Dropped,  ///< not looked for any more: to be asked again after a while, if it still matters
};

/// From the mempool, in answer to CheckPayload.
struct PayloadChecked {
  crypto::Digest block;
  PayloadVerdict verdict = PayloadVerdict::Missing;
};

/// From the mempool, in answer to BuildProposal. The tips continue those of the parent, lane by
/// lane; with nothing to order they equal them and the root is empty_transactions_root().
struct ProposalBuilt {
  View view;
  std::vector<Tip> tips;
  crypto::Digest transactions_root;
};

/// From the signer, in answer to Sign: the record is durable.
struct Signed {
  Vote vote;
  crypto::Signature signature;
};

/// From the signer, in answer to Sign.
struct SigningRefused {
  Vote vote;
  Refusal reason = Refusal::JournalUnusable;
};

/// From the mempool, whenever it changes and whenever one more is held: whether it holds a batch
/// that no final block orders.
struct WorkChanged {
  bool held = false;
};

/// From the ledger writer: a final block was executed. Heights come without gaps.
struct Executed {
  Height height;
  crypto::Digest root;
};

/// From the ledger writer: everything up to this block is durable, its finalization included.
struct Committed {
  Height height;
  View view;
};

/// From the synchronizer, in answer to CatchUp or on its own: this block and all below it are
/// verified and durable in the ledger.
struct Synced {
  Header header;
  crypto::MerkleFrontier history;  ///< over the digests of headers 0 to header.height
  Certificate finalization;
  Height last_ordering;  ///< as in Recovered
};

/// From the lanes: a peer holds a batch of mine that my journal does not know.
struct OwnItemMissing {};

/// From the signer, through the performer: a final block ordered the rejoin that this very process
/// asked for, and a new journal begins. Its mark is this finalization, of that block or a later one.
struct Rejoined {
  Certificate finalization;
  std::uint64_t instance = 0;  ///< random, as in Config: a new life asks anew
};

/// From the ledger: a final block of this view orders a rejoin of my key that this process did not
/// ask for.
struct RejoinedElsewhere {
  View view;
};

using Input = std::variant<Started,
                           MessageReceived,
                           TimerFired,
                           PeerConnected,
                           PeerDisconnected,
                           PayloadChecked,
                           ProposalBuilt,
                           Signed,
                           SigningRefused,
                           WorkChanged,
                           Executed,
                           Committed,
                           Synced,
                           OwnItemMissing,
                           Rejoined,
                           RejoinedElsewhere>;

}  // namespace troupe::consensus

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "protocol/base/time.hpp"

// Every bound of the node on one page. An attacker chooses sizes; this page chooses the largest.
namespace troupe {

// --- ledger

/// A transaction's canonical encoding, signatures included.
inline constexpr std::size_t kTransactionBytesMax = 256 * 1024;
inline constexpr std::size_t kTransactionOperationsMax = 256;
/// Exactly one signature counts, the key being the account; the encoding is a list of them.
inline constexpr std::size_t kTransactionSignaturesMax = 1;
inline constexpr std::size_t kMemoBytesMax = 256;
inline constexpr std::size_t kNoteBytesMax = 64 * 1024;
inline constexpr std::size_t kRecordKeyBytesMax = 1024;
inline constexpr std::size_t kRecordValueBytesMax = 64 * 1024;
/// A transaction's last height lies at most this far above the block that carries it.
inline constexpr std::uint64_t kValidThroughHeightsMax = 1000;
/// Numbers of modules; the core is 0. Below 128, so that a module number takes one byte.
inline constexpr std::uint64_t kModuleNumberMax = 127;
/// One operation of a module: large enough for any operation of the core, key and framing included.
inline constexpr std::size_t kOperationBytesMax = kRecordKeyBytesMax + kRecordValueBytesMax + 64;

/// The transactions of one batch, framing included, and how many they are.
inline constexpr std::size_t kBatchPayloadBytesMax = 1024 * 1024;
inline constexpr std::size_t kBatchTransactionsMax = 8192;
/// A whole encoded batch: payload, header and its author's signature.
inline constexpr std::size_t kBatchBytesMax = kBatchPayloadBytesMax + 512;

static_assert(kOperationBytesMax + kMemoBytesMax + 1024 <= kTransactionBytesMax,
              "the largest operation must fit a transaction");
static_assert(kTransactionBytesMax + 16 <= kBatchPayloadBytesMax,
              "the largest transaction must fit a batch");
static_assert(kNoteBytesMax + 16 <= kOperationBytesMax, "the largest note must fit an operation");

// --- genesis

inline constexpr std::size_t kValidatorsMax = 128;
inline constexpr std::size_t kNameBytesMax = 64;
inline constexpr std::size_t kPeerIdBytesMax = 64;
inline constexpr std::size_t kGenesisAccountsMax = 1024;

// --- swarm

/// Votes, certificates, headers. A certificate or header of kValidatorsMax validators fits many
/// times.
inline constexpr std::size_t kConsensusMessageBytesMax = 256 * 1024;
/// Lanes and sync: a batch or an answer of 2 MiB, and what is wrapped around it.
inline constexpr std::size_t kBulkMessageBytesMax = 2 * 1024 * 1024 + 64 * 1024;
/// What waits for one peer on one channel.
inline constexpr std::size_t kConsensusQueueBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kBulkQueueBytesMax = 16 * 1024 * 1024;
/// What has left the queues of one connection and not yet reached the kernel. Small, so that a vote
/// overtakes the batches behind which it would otherwise wait.
inline constexpr std::size_t kPipelineBytesMax = 256 * 1024;
/// Inbound connections that have not proved who they are, in total and of one address.
inline constexpr std::size_t kPendingInboundMax = 64;
inline constexpr std::size_t kPendingInboundPerAddressMax = 16;
/// Connections of peers that are not members: they may identify and ping.
inline constexpr std::size_t kStrangersMax = 32;
inline constexpr std::size_t kConnectionsPerPeerMax = 2;
/// Connections of both directions together, unless the operator says otherwise.
inline constexpr std::size_t kConnectionsMax = 512;
/// New inbound connections of one address: this many at once, and this many a second in the long
/// run.
inline constexpr std::size_t kInboundBurstPerAddress = 64;
inline constexpr std::size_t kInboundPerSecondPerAddress = 16;
/// Addresses whose rate is remembered.
inline constexpr std::size_t kInboundAddressesMax = 4096;
inline constexpr std::size_t kDialsMax = 64;
/// Addresses kept of one peer.
inline constexpr std::size_t kAddressesPerPeerMax = 8;
/// Delivered messages of one member and channel that the cast still holds; above this the peer's
/// window does not grow. At least one message of any channel must fit.
inline constexpr std::size_t kUncreditedBytesMax = 4 * 1024 * 1024;
/// Reads of one socket on their way to its session, each at most kReadBytesMax.
inline constexpr std::size_t kReadsInFlightMax = 8;
inline constexpr std::size_t kReadBytesMax = 64 * 1024;

static_assert(kBulkMessageBytesMax <= kBulkQueueBytesMax, "the largest message must fit its queue");
static_assert(kConsensusMessageBytesMax <= kConsensusQueueBytesMax,
              "the largest message must fit its queue");
static_assert(kBatchBytesMax + 1024 <= kBulkMessageBytesMax, "a batch must fit a lanes message");

// --- network: one connection
// Sizes that peers of other implementations rely on come from the libp2p specifications.

/// A multistream-select message without its length; js-libp2p accepts as much.
inline constexpr std::size_t kNegotiationMessageBytesMax = 1024;
/// Refused proposals and other messages that lead nowhere, on one stream.
inline constexpr std::size_t kNegotiationAnswersMax = 10;
/// A Noise handshake message with its identity payload; RSA identities stay below 2 KiB.
inline constexpr std::size_t kHandshakeMessageBytesMax = 4096;
/// A Noise message on the wire; the length field cannot say more.
inline constexpr std::size_t kNoiseMessageBytesMax = 65535;
/// Everything held for a peer that has not proved its identity yet.
inline constexpr std::size_t kUnauthenticatedBytesMax = 128 * 1024;
static_assert(kNoiseMessageBytesMax + kHandshakeMessageBytesMax + 2 * kNegotiationMessageBytesMax <=
                  kUnauthenticatedBytesMax,
              "one message of each layer below the muxer must fit");

/// What a Yamux stream may carry before the first window update; fixed by the specification.
inline constexpr std::uint32_t kStreamWindowBytes = 256 * 1024;
/// The largest data frame that we send; smaller ones let streams interleave.
inline constexpr std::size_t kYamuxFrameBytesMax = 32 * 1024;
static_assert(kStreamWindowBytes >= kYamuxFrameBytesMax, "one frame must fit an empty window");

inline constexpr std::size_t kStreamsInboundMax = 512;
inline constexpr std::size_t kStreamsOutboundMax = 512;
/// Own streams that the peer has not answered; go-libp2p refuses more than 256.
inline constexpr std::size_t kStreamsUnacknowledgedMax = 256;
inline constexpr std::size_t kPingStreamsInboundMax = 2;
/// Received bytes of one connection that the application has not consumed.
inline constexpr std::size_t kConnectionUnconsumedBytesMax = 16 * 1024 * 1024;
static_assert(kConnectionUnconsumedBytesMax >= 8 * kStreamWindowBytes,
              "the channels of a member must be able to fill their windows");
/// Answers to the peer's own frames (pongs, refusals) that the socket has not taken yet.
inline constexpr std::size_t kControlBytesMax = 64 * 1024;

// Per second and connection; above them the connection is closed.
inline constexpr std::uint32_t kYamuxPingsPerSecondMax = 100;
inline constexpr std::uint32_t kYamuxEmptyFramesPerSecondMax = 1000;
inline constexpr std::uint32_t kYamuxResetsPerSecondMax = 500;

inline constexpr Duration kUpgradeTimeout = std::chrono::seconds(10);
inline constexpr Duration kStreamNegotiationTimeout = std::chrono::seconds(10);
inline constexpr Duration kKeepAliveInterval = std::chrono::seconds(30);
inline constexpr Duration kKeepAliveTimeout = std::chrono::seconds(10);
/// A connection on which the application has no stream is closed after this time.
inline constexpr Duration kConnectionIdleTimeout = std::chrono::minutes(2);

/// One identify message; rust-libp2p accepts 4096 bytes, js-libp2p sends up to 8192.
inline constexpr std::size_t kIdentifyMessageBytesMax = 8192;
inline constexpr std::size_t kIdentifySentBytesMax = 4096;
inline constexpr std::size_t kIdentifyMessagesMax = 10;
inline constexpr std::size_t kIdentifyAddressesMax = 128;
inline constexpr std::size_t kIdentifyProtocolsMax = 1024;
inline constexpr std::size_t kMultiaddrBytesMax = 512;
inline constexpr std::size_t kProtocolNameBytesMax = 140;

// --- lanes

/// A lane's batches beyond the last ordered one: the largest k and B (consensus.md, section 4) that
/// a genesis may set. A block that orders more than that of one lane is invalid for ever.
inline constexpr std::uint64_t kLaneBatchesMax = 1024;
inline constexpr std::size_t kLaneBytesMax = 64 * 1024 * 1024;
/// Batches of one lane that a node keeps in memory beside the branch that it follows.
inline constexpr std::size_t kLaneSideBatchesMax = 64;
/// What an author sends to one peer beyond that peer's acknowledgement.
inline constexpr std::size_t kLaneStreamWindowBytes = 2 * 1024 * 1024;
/// Transactions accepted here and not ordered yet: of one account, and of all.
inline constexpr std::size_t kAccountTransactionsMax = 16 * 1024;
inline constexpr std::size_t kAccountWaitingBytesMax = 8 * 1024 * 1024;
inline constexpr std::size_t kMempoolTransactionsMax = 64 * 1024;
inline constexpr std::size_t kMempoolBytesMax = 32 * 1024 * 1024;
/// Transactions in one submission.
inline constexpr std::size_t kSubmissionTransactionsMax = 4096;
/// Ranges in one request for batches, and batches in one answer.
inline constexpr std::size_t kBatchRangesMax = 32;
inline constexpr std::size_t kBatchAnswerBatchesMax = 64;
inline constexpr std::size_t kBatchAnswerBytesMax = 2 * 1024 * 1024;
/// One message of the lanes channel.
inline constexpr std::size_t kLaneMessageBytesMax = kBatchAnswerBytesMax + 64 * 1024;
/// Requests of one peer that are being answered at a time; later ones are dropped.
inline constexpr std::size_t kBatchRequestsServedMax = 4;
/// Peers on the lanes channel, validators included.
inline constexpr std::size_t kLanePeersMax = 1024;
/// Digests remembered as no valid batch of a lane; forgotten ones cost a fetch if named again.
inline constexpr std::size_t kCondemnedBatchesMax = 1024;
/// Payloads being checked at a time, and ranges of batches being fetched at a time.
inline constexpr std::size_t kPayloadChecksMax = 32;
/// Those of consensus; the others are for the synchronizer.
inline constexpr std::size_t kPayloadQuestionsMax = kPayloadChecksMax / 2;
inline constexpr std::size_t kBatchFetchesMax = 512;

static_assert(kLaneBytesMax >= 4 * kBatchBytesMax, "a lane must hold a few full batches");
static_assert(kLaneStreamWindowBytes >= kBatchBytesMax, "one batch must fit an empty window");
static_assert(kBatchAnswerBytesMax >= kBatchBytesMax, "one batch must fit an answer");
static_assert(kAccountWaitingBytesMax <= kMempoolBytesMax);
static_assert(kAccountTransactionsMax <= kMempoolTransactionsMax);
// --- consensus

/// Votes are kept for this many views beyond the current one.
inline constexpr std::uint64_t kViewsAheadMax = 8;
/// A proposal carries at most this many nullifications beside its parent's certificate, one request
/// asks for at most as many views, and one message carries at most one certificate more.
inline constexpr std::size_t kProposalNullificationsMax = 16;
inline constexpr std::size_t kMessageCertificatesMax = kProposalNullificationsMax + 1;
/// Up to this many validators every certificate is forwarded to all by whoever sees it first.
inline constexpr std::size_t kForwardToAllValidatorsMax = 16;
/// A block further than this above the state that it exposes orders nothing.
inline constexpr std::uint64_t kExecutionLagHeightsMax = 64;
/// Views above the last final one that the machine keeps certificates of; it enters none beyond.
inline constexpr std::size_t kViewsAboveFinalMax = 65536;
/// State roots that certified headers claim for blocks that are not executed here yet.
inline constexpr std::size_t kExecutionClaimsMax = 1024;
/// Final headers kept in memory, for peers that ask for one by its digest.
inline constexpr std::size_t kRecentFinalHeadersMax = 64;
/// Commits handed to the ledger writer whose durability is not reported yet.
inline constexpr std::size_t kCommitsInFlightMax = 4096;
/// Things asked for at one time: headers and ranges of certificates.
inline constexpr std::size_t kWantsMax = 32;
/// Requests of one peer answered within one retry interval.
inline constexpr std::uint32_t kAnswersPerRetryMax = 32;
/// Proofs of lying kept against one validator; more prove nothing new.
inline constexpr std::size_t kEvidencePerValidatorMax = 4;
inline constexpr std::size_t kHeaderBytesMax = 512 + kValidatorsMax * 64;
inline constexpr std::size_t kCertificateBytesMax = 128 + kValidatorsMax * 65;
static_assert(512 + kHeaderBytesMax + kMessageCertificatesMax * kCertificateBytesMax <=
                  kConsensusMessageBytesMax,
              "the largest proposal must fit a message");

// --- ledger: state and blocks

/// A state key is a record's key within the names of its module, its history and a version.
inline constexpr std::size_t kStateKeyBytesMax = kRecordKeyBytesMax + 64;
/// A state value is a record's value with its owner and its origin.
inline constexpr std::size_t kStateValueBytesMax = kRecordValueBytesMax + 256;
/// What a block orders at most: every lane of the largest validator set, full.
inline constexpr std::size_t kBlockBatchesMax = kValidatorsMax * kLaneBatchesMax;
inline constexpr std::size_t kBlockTransactionsMax = kBlockBatchesMax * kBatchTransactionsMax;
/// Records on one page of a list or a history.
inline constexpr std::size_t kRecordPageMax = 1024;
/// Bits of a key digest, and so the longest way in the state tree.
inline constexpr std::size_t kStateTreeDepthMax = 256;

static_assert(kBlockTransactionsMax <= UINT32_MAX, "a place within a block takes 32 bits");
// --- storage

/// A node's public key or peer id, as a data directory carries it.
inline constexpr std::size_t kNodeIdentityBytesMax = 64;
/// A secret file: a key and its framing.
inline constexpr std::size_t kSecretBytesMax = 4096;
/// Numbers of synced commits that the database keeps to find a hole in its recovered log. A commit
/// takes at least 64 bytes of a write buffer, and at most two buffers are in a log at any time.
inline constexpr std::uint64_t kCommitsKept = 128 * 1024;
inline constexpr std::size_t kDatabaseWriteBufferBytes = 4 * 1024 * 1024;
/// One append of the vote journal: what a vote rests on, together with the vote.
inline constexpr std::size_t kJournalAppendBytesMax = 1024 * 1024;
/// One copy of the vote journal. Compaction keeps it far below; beyond it the signer stops.
inline constexpr std::size_t kJournalBytesMax = 64 * 1024 * 1024;

/// Tree nodes kept in memory, and the nibbles of the longest way to one of them.
inline constexpr std::size_t kTreeCacheNodesMax = 8192;
inline constexpr std::size_t kTreeCacheDepthMax = 3;

static_assert(kCommitsKept * 64 >= 2 * kDatabaseWriteBufferBytes,
              "every commit that a log may hold must be accounted for");

// --- catching up

/// Blocks in one answer to a node that is behind, and how many bytes end the answer early.
inline constexpr std::uint64_t kRunHeightsMax = 64;
inline constexpr std::size_t kRunBytesMax = 1024 * 1024;
/// Nullifications that a final block is stored and served with; of more skipped views the latest.
inline constexpr std::size_t kBlockNullificationsMax = 1024;
/// Heights above the stored one that a node asks for or keeps at a time.
inline constexpr std::uint64_t kHeightsAheadMax = 512;
/// Requests for blocks under way at a time, at most one per peer.
inline constexpr std::size_t kRunsInFlightMax = 4;
/// Final blocks that wait in the ledger writer for those before them.
inline constexpr std::size_t kBlocksWaitingMax = 1024;

// --- clients

/// Requests of attached clients that are being answered at a time; one more is told "busy".
inline constexpr std::size_t kClientRequestsMax = 4096;
inline constexpr std::size_t kBlocksPerQueryMax = 256;
inline constexpr std::size_t kRecordsPerQueryMax = 1000;

}  // namespace troupe

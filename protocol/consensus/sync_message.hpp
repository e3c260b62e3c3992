#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/certified_block.hpp"

// What travels on the sync channel, `/troupe/sync/1.0.0`.
//
//   message         := 1: u8  height: varint                                    status
//                    | 2: u8  request: varint  first: varint  last: varint      run request
//                    | 3: u8  request: varint  run: list(certified-block)       run, at most 64
//                    | 4: u8  request: varint  digest: fixed[32]                batch request
//                    | 5: u8  request: varint  batch: bytes                     batch
//                    | 6: u8  request: varint  question: bytes                  snapshot request
//                    | 7: u8  request: varint  answer: bytes                    snapshot answer
//   certified-block := header  certificates: list(certificate)
//
// The certificates of a block stand in this order: its nullifications, ascending by view, then its
// notarization, then its finalization, each if it is there.
// A status says how far its sender's ledger reaches: it is sent to a peer that appears, and to all
// whenever a while passed since the last one and the height grew. A run answers one request; it
// begins at `first` and ends with a directly final block at or below `last`, or at the first such
// block above `first` that still fits. It is empty if the sender cannot give such a run.
// A batch is asked for by its digest by a node whose own copy is damaged; its bytes are opaque here,
// and empty if the sender does not hold it. So are the question and the answer about a snapshot
// (protocol/ledger/snapshot_message.hpp); an answer is empty if the sender cannot give it.
namespace troupe::consensus {

struct SyncStatus {
  Height height;
};

struct RunRequest {
  std::uint64_t request = 0;  ///< chosen by the asker, repeated in the answer
  Height first;
  Height last;
};

struct RunAnswer {
  std::uint64_t request = 0;
  std::vector<CertifiedBlock> run;
};

struct SyncBatchRequest {
  std::uint64_t request = 0;
  crypto::Digest digest;
};

struct SyncBatchAnswer {
  std::uint64_t request = 0;
  Bytes batch;
};

/// A question about a snapshot takes less than this.
inline constexpr std::size_t kSnapshotQuestionBytesMax = 256;

struct SnapshotRequest {
  std::uint64_t request = 0;
  Bytes question;
};

struct SnapshotAnswer {
  std::uint64_t request = 0;
  Bytes answer;
};

using SyncMessage = std::variant<SyncStatus,
                                 RunRequest,
                                 RunAnswer,
                                 SyncBatchRequest,
                                 SyncBatchAnswer,
                                 SnapshotRequest,
                                 SnapshotAnswer>;

[[nodiscard]] Bytes encode(const CertifiedBlock& block);
[[nodiscard]] Bytes encode(const SyncMessage& message);

/// Errors: all of WireError; OutOfRange for an unknown kind, certificates out of order, and anything
/// above limits.hpp.
[[nodiscard]] Result<SyncMessage, codec::WireError> decode_sync_message(ByteView bytes);

}  // namespace troupe::consensus

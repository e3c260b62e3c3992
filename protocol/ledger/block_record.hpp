#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"

// What a node stores per final height, and serves to those who catch up.
//
//   block_record := version: varint  height: varint  header: bytes  notarization: bytes
//                   finalization: bytes  nullifications: list(bytes)  batches: list(fixed[32])
//                   transactions: varint  receipts_root: fixed[32]  state_root: fixed[32]
//
// Header and certificates are in the encodings of consensus, which are opaque here. `finalization`
// is empty for a block that is final only through a descendant, `notarization` for one of which
// only a finalization was seen; `nullifications` are those of the views between the block's parent
// and itself. `batches` are the digests of what the block orders, in order; their bytes are stored
// apart and once. The last three fields are this node's own results and empty or zero for a block
// that it has not executed.
namespace troupe::ledger {

inline constexpr std::uint64_t kBlockRecordVersion = 1;

struct BlockRecord {
  Height height;
  Bytes header;
  Bytes notarization;
  Bytes finalization;
  std::vector<Bytes> nullifications;
  std::vector<crypto::Digest> batches;
  std::uint64_t transactions = 0;  ///< how many the batches hold, duplicates included
  crypto::Digest receipts_root;
  crypto::Digest state_root;  ///< after executing this block

  friend bool operator==(const BlockRecord&, const BlockRecord&) = default;
};

[[nodiscard]] Bytes encode(const BlockRecord& record);

/// Errors: all of WireError; OutOfRange also for an unknown version and above limits.hpp.
[[nodiscard]] Result<BlockRecord, codec::WireError> decode_block_record(ByteView encoded);

}  // namespace troupe::ledger

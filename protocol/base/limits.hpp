#pragma once

#include <cstddef>
#include <cstdint>

// Every bound of the node on one page. An attacker chooses sizes; this page chooses the largest.
namespace troupe {

// --- ledger

/// A transaction's canonical encoding, signatures included.
inline constexpr std::size_t kTransactionBytesMax = 256 * 1024;
inline constexpr std::size_t kTransactionOperationsMax = 256;
/// Exactly one signature counts for now; the encoding has room for accounts with several keys.
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

}  // namespace troupe

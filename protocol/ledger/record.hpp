#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/state_reader.hpp"

// Records: what put, transfer and retire work on, and how they lie in the state.
//
//   state key `record/<key>`             the current version of the record
//   state key `history/<key>/<version>`  each earlier version, the version in decimal
//
//   record      := version: varint  status: u8  owner: fixed[32]  height: varint
//                  transaction: fixed[32]  value: bytes
//   record_view := key: bytes  record
//   record_views := list(record_view)      one page of a list or a history
//
// A record is created with version 1; every put, transfer and retire makes the next version and
// moves the previous one to the history, which is never erased. status is 0 for an active record
// and 1 for a retired one, which keeps its last value and never changes again.
namespace troupe::ledger {

enum class RecordStatus : std::uint8_t { Active = 0, Retired = 1 };

[[nodiscard]] std::string_view name(RecordStatus status);

/// One version of a record.
struct Record {
  std::uint64_t version = 1;
  RecordStatus status = RecordStatus::Active;
  crypto::PublicKey owner;
  Height height;               ///< of the block that made this version
  crypto::Digest transaction;  ///< that made this version
  Bytes value;

  friend bool operator==(const Record&, const Record&) = default;
};

/// A version of a record together with its key: what queries answer with.
struct RecordView {
  std::string key;
  Record record;

  friend bool operator==(const RecordView&, const RecordView&) = default;
};

[[nodiscard]] Bytes encode(const Record& record);
[[nodiscard]] Bytes encode(const RecordView& view);
[[nodiscard]] Bytes encode(const std::vector<RecordView>& views);

/// Errors: all of WireError; OutOfRange for an unknown status, version 0 and above limits.hpp.
[[nodiscard]] Result<Record, codec::WireError> decode_record(ByteView encoded);
[[nodiscard]] Result<RecordView, codec::WireError> decode_record_view(ByteView encoded);
[[nodiscard]] Result<std::vector<RecordView>, codec::WireError> decode_record_views(
    ByteView encoded);

/// The state key of a record's current version.
[[nodiscard]] Bytes record_state_key(std::string_view key);

/// The state key of an earlier version.
[[nodiscard]] Bytes history_state_key(std::string_view key, std::uint64_t version);

/// The current version of a record, or nothing. Error: Unreadable, also if the state holds
/// something else under its key.
[[nodiscard]] Result<std::optional<Record>, StateError> read_record(const StateReader& reader,
                                                                    std::string_view key);

/// One version of a record, current or earlier, or nothing. Error: Unreadable.
[[nodiscard]] Result<std::optional<Record>, StateError> read_version(const StateReader& reader,
                                                                     std::string_view key,
                                                                     std::uint64_t version);

/// Which versions of a history to read: at most count_max, from the highest one at or below
/// `newest` downwards.
struct HistoryRange {
  std::uint64_t newest = UINT64_MAX;
  std::size_t count_max = SIZE_MAX;
};

/// The versions of a record, newest first; empty if there is no record. Error: Unreadable.
[[nodiscard]] Result<std::vector<Record>, StateError> read_history(const StateReader& reader,
                                                                   std::string_view key,
                                                                   const HistoryRange& range);

}  // namespace troupe::ledger

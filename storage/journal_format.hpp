#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "storage/vote_journal.hpp"

// The bytes of one copy of the vote journal; the grammar is at the head of vote_journal.hpp.
namespace troupe::storage::journal {

inline constexpr std::size_t kHeaderBytes = 512;
inline constexpr std::size_t kAlignment = 64;
/// Zeros written ahead of the records, so that most appends change no size.
inline constexpr std::size_t kAheadBytes = 256 * 1024;

using Records = std::vector<JournalRecord>;

struct Header {
  std::uint32_t format = 1;
  std::uint64_t generation = 0;
  std::uint64_t ordinal_first = 1;  ///< of the first append in this copy
  std::uint64_t ordinal_last = 0;   ///< of the last append that this copy was created with
  JournalOwner owner;

  friend bool operator==(const Header&, const Header&) = default;
};

/// Which append it is, and where it lies: all of it is under the checksum.
struct Place {
  std::uint64_t offset = 0;
  std::uint64_t ordinal = 0;
  std::uint64_t generation = 0;
};

[[nodiscard]] Bytes encode_header(const Header& header);
/// Nothing if the checksum or the shape is wrong. The format may be one that this version lacks.
[[nodiscard]] std::optional<Header> decode_header(ByteView copy);

/// One append, padded to kAlignment.
[[nodiscard]] Bytes encode_append(const Place& place, std::span<const JournalRecord> records);

/// A whole new copy: header, appends with consecutive ordinals, zeros ahead.
[[nodiscard]] Bytes encode_copy(const Header& header, const std::vector<Records>& appends);

/// What one copy holds.
struct Contents {
  Header header;
  std::map<std::uint64_t, Records> appends;  ///< the valid ones, by ordinal
  bool damaged_inside = false;               ///< bad bytes, and a valid append after them
  bool torn_end = false;                     ///< bytes after the last valid append are not zero

  /// The highest ordinal that is valid here, or the one before the first.
  [[nodiscard]] std::uint64_t ordinal_end() const;
  /// Every ordinal from the first up to this one is here, and nothing before the end is damaged.
  [[nodiscard]] bool is_whole_to(std::uint64_t ordinal) const;
};

/// Reads a copy whose header is valid. Appends of another generation do not count.
[[nodiscard]] Contents scan(ByteView copy, const Header& header);

}  // namespace troupe::storage::journal

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "storage/environment.hpp"
#include "storage/error.hpp"

// What a validator has signed, and what those signatures rest on, in two copies. A vote leaves the
// node only after append() returned: then both copies are on disk. A node whose journal lost a
// record could contradict itself, so every loss must be noticed; this file's format exists for
// that.
//
//   copy    := header  record*  zero*
//   header  := magic[8]  format: u32le  crc: u32le  generation: u64le  first_ordinal: u64le
//              chain[32]  key_size: u8  key[63]                                     padded to 512
//   record  := magic[4]  crc: u32le  size: u32le  ordinal: u64le  generation: u64le
//              epoch: u64le  view: u64le  content[size]                     padded with zeros to 64
//
// crc = CRC-32C of everything after it up to the padding, preceded by the record's offset, so that
// a record in the wrong place does not count. Ordinals are consecutive. A copy is written ahead
// with zeros, so that appending changes no file size and its sync needs no metadata.
//
// One append writes and syncs `votes.a`, then writes and syncs `votes.b`. A crash therefore leaves
// the copies equal, or `a` one append ahead, and only the end of one of them torn. Recovery takes
// the union of all valid records. Every other difference is damage: repaired if each ordinal up to
// the highest one seen survives in a copy, else reported. A torn end of both copies is damage too.
//
// Compaction, and every successful open, write a new generation of `a` under a temporary name, sync
// it, rename it and sync the directory; then the same for `b`. Opening always does so because pages
// that a failed sync left in the cache look durable and are not.
namespace troupe::storage {

/// What a record is kept by: it may be dropped once a finalization above it is durable.
struct JournalPosition {
  Epoch epoch;
  View view;

  friend auto operator<=>(const JournalPosition&, const JournalPosition&) = default;
};

struct JournalRecord {
  JournalPosition position;
  Bytes content;

  friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

/// Where a journal stands. Kept elsewhere (the database), it exposes a journal that was replaced
/// by an older one as a whole.
struct JournalMark {
  std::uint64_t generation = 0;
  std::uint64_t ordinal = 0;  ///< of the last record ever appended; 0 if none

  friend auto operator<=>(const JournalMark&, const JournalMark&) = default;
};

struct JournalOwner {
  Bytes chain;  ///< 32 bytes, the chain digest
  Bytes key;    ///< the validator's public key, at most 63 bytes

  friend bool operator==(const JournalOwner&, const JournalOwner&) = default;
};

/// What a journal begins with.
struct JournalBeginning {
  /// Where the journal that it replaces stood, as far as anybody knows: it goes on above.
  JournalMark after;
  /// Durable from the first moment on: no crash leaves the journal without them.
  std::vector<JournalRecord> records;
};

enum class JournalState : std::uint8_t {
  Intact,    ///< both copies agree, but for what a crash may leave
  Repaired,  ///< one copy was damaged or missing; the other one has every record
  Damaged,   ///< a record is lost in both copies, or the journal is older than its mark
  Missing,   ///< neither copy is there
};

struct JournalReport {
  JournalState state = JournalState::Missing;
  std::string detail;  ///< one sentence for a person

  /// Whether the validator may sign from it. Otherwise it must be an observer until it rejoins.
  [[nodiscard]] bool may_sign() const {
    return state == JournalState::Intact || state == JournalState::Repaired;
  }
};

struct OpenedJournal;

/// One owner, one thread. After the first failure every later call fails alike: the process must
/// end, and the next start decides what is on disk.
class VoteJournal {
 public:
  /// Writes a new journal, replacing whatever is there: an empty one at a validator's very first
  /// start, or one that begins with what its rejoin gave it. `directory` exists.
  static Stored<std::unique_ptr<VoteJournal>> create(Environment& environment,
                                                     const std::string& directory,
                                                     const JournalOwner& owner,
                                                     const JournalBeginning& beginning = {});

  /// Reads both copies and, if the validator may sign, makes them equal and durable again.
  /// A Damaged or Missing journal is no error: it is left untouched, and comes without a handle.
  /// Errors: Foreign, NewerFormat, Locked, Full, ReadOnly, Denied, Io.
  static Stored<OpenedJournal> open(Environment& environment,
                                    const std::string& directory,
                                    const JournalOwner& owner,
                                    const JournalMark& at_least = {});

  ~VoteJournal();
  VoteJournal(const VoteJournal&) = delete;
  VoteJournal& operator=(const VoteJournal&) = delete;

  /// Appends the records, in order, as one unit of durability: on Done both copies hold all of
  /// them. On an error any prefix of them may turn up at the next start. Sticky.
  Stored<Done> append(const std::vector<JournalRecord>& records);

  /// Drops every record below `keep_from`. Call it only once a finalization at or above that
  /// position is durable. Sticky.
  Stored<Done> compact(const JournalPosition& keep_from);

  /// All records kept, in the order in which they were appended.
  [[nodiscard]] const std::vector<JournalRecord>& records() const;

  [[nodiscard]] JournalMark mark() const;

  /// Bytes of records in one copy: what compaction is decided by.
  [[nodiscard]] std::uint64_t size() const;

 private:
  struct State;
  explicit VoteJournal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct OpenedJournal {
  JournalReport report;
  std::vector<JournalRecord> records;    ///< what could be read, also of a damaged journal
  std::unique_ptr<VoteJournal> journal;  ///< null unless report.may_sign()
};

}  // namespace troupe::storage

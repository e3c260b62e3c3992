#include <algorithm>
#include <vector>

#include "storage/checked_value.hpp"
#include "storage/journal_format.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := kind: u8  rest
//
// kind 0: the rest is a copy of the vote journal as a disk may give it back.
// kind 1: the rest are changes (place: u16be  mask: u8)* to a sound copy: whatever is still found in
//         it must be what was written.
// kind 2: the rest is a checked value of the database.
namespace troupe::fuzz {

namespace {

namespace journal = troupe::storage::journal;

enum class Kind : std::uint8_t { Copy, Changes, CheckedValue };

constexpr std::uint8_t kKinds = 3;
constexpr std::size_t kChangeBytes = 3;
constexpr std::size_t kAppends = 6;

journal::Header some_header() {
  journal::Header header;
  header.generation = 4;
  header.ordinal_first = 10;
  header.ordinal_last = header.ordinal_first + kAppends - 1;
  header.owner = {.chain = Bytes(32, 0xcc), .key = Bytes(32, 0xdd)};
  return header;
}

journal::Records records_of(std::uint64_t ordinal) {
  journal::Records records;
  for (std::uint64_t i = 0; i < ordinal % 3; ++i) {
    records.push_back({.position = {.epoch = Epoch{0}, .view = View{ordinal}},
                       .content = Bytes(20 * ordinal, static_cast<std::uint8_t>(i))});
  }
  return records;
}

Bytes some_copy() {
  const journal::Header header = some_header();
  Bytes copy = journal::encode_header(header);
  for (std::uint64_t ordinal = header.ordinal_first; ordinal <= header.ordinal_last; ++ordinal) {
    const journal::Place place{
        .offset = copy.size(), .ordinal = ordinal, .generation = header.generation};
    append(copy, journal::encode_append(place, records_of(ordinal)));
  }
  return copy;
}

void check_copy(ByteView copy) {
  const auto header = journal::decode_header(copy);
  if (!header) return;
  INVARIANT(journal::decode_header(journal::encode_header(*header)) == header);
  const journal::Contents contents = journal::scan(copy, *header);
  INVARIANT(contents.appends.empty() || contents.appends.contains(contents.ordinal_end()));
}

void check_changes(ByteView changes) {
  Bytes copy = some_copy();
  for (; changes.size() >= kChangeBytes; changes = changes.subspan(kChangeBytes)) {
    const std::size_t place = (changes[0] * 256U + changes[1]) % copy.size();
    copy[place] ^= changes[2];
  }
  const auto header = journal::decode_header(copy);
  if (!header) return;
  INVARIANT(*header == some_header());
  const journal::Contents contents = journal::scan(copy, *header);
  for (const auto& [ordinal, records] : contents.appends) {
    INVARIANT(records == records_of(ordinal));
  }
  const bool is_all_there = contents.appends.size() == kAppends;
  INVARIANT(is_all_there || contents.damaged_inside || contents.torn_end);
}

void check_value(ByteView stored) {
  const Bytes key{1, 2, 3};
  const auto value = storage::read_checked(key, stored);
  if (value) INVARIANT(equal(storage::make_checked(key, *value), stored));
}

}  // namespace

void fuzz_journal(ByteView input) {
  if (input.empty()) return;
  const ByteView rest = input.subspan(1);
  switch (static_cast<Kind>(input.front() % kKinds)) {
    case Kind::Copy: return check_copy(rest);
    case Kind::Changes: return check_changes(rest);
    case Kind::CheckedValue: return check_value(rest);
  }
}

std::vector<Bytes> journal_seeds() {
  const Bytes stored = storage::make_checked(Bytes{1, 2, 3}, Bytes{4, 5, 6});
  return {seed_for(Kind::Copy, some_copy()),
          seed_for(Kind::Changes, {}),
          seed_for(Kind::Changes, Bytes{0, 20, 1}),
          seed_for(Kind::Changes, Bytes{2, 40, 0xff, 3, 0, 0x80}),
          seed_for(Kind::CheckedValue, stored)};
}

}  // namespace troupe::fuzz

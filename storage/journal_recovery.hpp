#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "storage/journal_format.hpp"
#include "storage/vote_journal.hpp"

// Judges what two copies of the vote journal hold together. Pure: bytes in, verdict out.
namespace troupe::storage::journal {

/// The copy that each append reaches first, and the one that it reaches when the first is durable.
struct Copies {
  std::optional<Bytes> first;  ///< nothing: the file is not there
  std::optional<Bytes> second;
};

struct Recovered {
  JournalReport report;
  std::uint64_t generation = 0;               ///< the highest one seen
  std::uint64_t ordinal_last = 0;             ///< the highest one seen
  std::vector<Records> appends;               ///< all that could be read, in order
  std::optional<JournalOwner> foreign;        ///< an owner that is not the one expected
  std::optional<std::uint32_t> newer_format;  ///< a format that this version lacks
};

/// `at_least`: where the journal is known to have stood once.
[[nodiscard]] Recovered recover(const Copies& copies,
                                const JournalOwner& owner,
                                const JournalMark& at_least);

}  // namespace troupe::storage::journal

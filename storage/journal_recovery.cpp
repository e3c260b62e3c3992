#include "storage/journal_recovery.hpp"

#include <algorithm>
#include <string>
#include <utility>

// The cases below follow from one rule of writing: an append reaches the second copy only after it
// is durable in the first. So a crash tears at most one copy, and a single fault of the disk on top
// of a crash loses no append that had returned unless the judgement says Damaged.
namespace troupe::storage::journal {

namespace {

using Appends = std::map<std::uint64_t, Records>;

std::vector<Records> in_order(Appends appends) {
  std::vector<Records> ordered;
  for (auto& [ordinal, records] : appends)
    ordered.push_back(std::move(records));
  return ordered;
}

void settle(Recovered& recovered, JournalState state, std::string detail) {
  recovered.report.state = state;
  recovered.report.detail = std::move(detail);
}

std::uint64_t ordinal_end(const Contents& contents) {
  return std::max(contents.ordinal_end(), contents.header.ordinal_last);
}

/// Everything it was created with and everything appended since is here, and nothing is torn.
bool is_sound(const Contents& contents) {
  return !contents.torn_end && contents.is_whole_to(ordinal_end(contents));
}

/// Which appends neither copy has, of those that must exist.
std::vector<std::uint64_t> missing_ordinals(const Appends& together,
                                            std::uint64_t first,
                                            std::uint64_t last) {
  std::vector<std::uint64_t> missing;
  constexpr std::size_t kNamedMax = 8;
  for (std::uint64_t number = first; number <= last && missing.size() < kNamedMax; ++number) {
    if (!together.contains(number)) missing.push_back(number);
  }
  return missing;
}

/// True for the states that a crash, and nothing but a crash, leaves.
bool is_what_a_crash_leaves(const Contents& first, const Contents& second, std::uint64_t last) {
  const bool first_whole = first.is_whole_to(last);
  if (!first_whole) return false;
  // The append after `last` was under way in the first copy, or none was.
  if (second.is_whole_to(last)) return !second.torn_end;
  // The append `last` was under way in the second copy, or about to be.
  return !first.torn_end && last > second.header.ordinal_last && second.is_whole_to(last - 1);
}

void judge_equals(Recovered& recovered, const Contents& first, const Contents& second) {
  const std::uint64_t last = std::max(ordinal_end(first), ordinal_end(second));
  Appends together = first.appends;
  together.insert(second.appends.begin(), second.appends.end());
  const auto missing = missing_ordinals(together, first.header.ordinal_first, last);
  recovered.ordinal_last = last;
  recovered.appends = in_order(std::move(together));
  if (!missing.empty())
    return settle(recovered,
                  JournalState::Damaged,
                  "append " + std::to_string(missing.front()) + " is lost in both copies");
  if (first.torn_end && second.torn_end)
    return settle(recovered,
                  JournalState::Damaged,
                  "both copies are torn after append " + std::to_string(last));
  if (is_what_a_crash_leaves(first, second, last))
    return settle(recovered, JournalState::Intact, "both copies agree");
  settle(recovered, JournalState::Repaired, "one copy was damaged; the other has every record");
}

/// One copy alone: the other one is gone, unreadable, or of an older generation.
void judge_alone(Recovered& recovered, const Contents& only, std::string what_happened) {
  recovered.ordinal_last = ordinal_end(only);
  recovered.appends = in_order(only.appends);
  if (is_sound(only)) return settle(recovered, JournalState::Repaired, std::move(what_happened));
  settle(recovered,
         JournalState::Damaged,
         std::move(what_happened) + ", and what is left is damaged too");
}

/// Copies of two generations. Crashes while new generations were being written leave the first copy
/// newer, with nothing appended to it: appending starts only once both copies are of one generation.
void judge_generations(Recovered& recovered, const Contents& first, const Contents& second) {
  const bool first_is_newer = first.header.generation > second.header.generation;
  const Contents& newer = first_is_newer ? first : second;
  const Contents& older = first_is_newer ? second : first;
  judge_alone(recovered, newer, "one copy was replaced by an older one");
  const bool was_replacing = first_is_newer && newer.ordinal_end() <= newer.header.ordinal_last;
  if (!was_replacing) return;
  if (is_sound(newer))
    return settle(recovered, JournalState::Intact, "a crash ended the last compaction");
  // Ordinals go on from one generation to the next, so they tell whether the older copy is the one
  // that the newer was made from.
  if (newer.torn_end || !is_sound(older) || ordinal_end(older) != newer.header.ordinal_last) return;
  recovered.appends = in_order(older.appends);
  settle(
      recovered, JournalState::Repaired, "the newer copy was damaged; the older has every record");
}

/// Reads one copy; notes a foreign owner or a newer format.
std::optional<Contents> read_copy(Recovered& recovered,
                                  const std::optional<Bytes>& copy,
                                  const JournalOwner& owner) {
  if (!copy) return {};
  const auto header = decode_header(*copy);
  if (!header) return {};
  if (header->format > Header{}.format) {
    recovered.newer_format = header->format;
    return {};
  }
  if (header->owner != owner) {
    recovered.foreign = header->owner;
    return {};
  }
  recovered.generation = std::max(recovered.generation, header->generation);
  return scan(*copy, *header);
}

void judge(Recovered& recovered,
           const std::optional<Contents>& first,
           const std::optional<Contents>& second) {
  if (!first && !second)
    return settle(recovered, JournalState::Damaged, "neither copy has a readable header");
  if (!first || !second)
    return judge_alone(recovered, first ? *first : *second, "one copy is gone or unreadable");
  if (first->header.generation != second->header.generation)
    return judge_generations(recovered, *first, *second);
  if (first->header != second->header)
    return settle(recovered, JournalState::Damaged, "the copies contradict each other");
  judge_equals(recovered, *first, *second);
}

}  // namespace

Recovered recover(const Copies& copies, const JournalOwner& owner, const JournalMark& at_least) {
  Recovered recovered;
  if (!copies.first && !copies.second) {
    settle(recovered, JournalState::Missing, "there is no vote journal");
    return recovered;
  }
  const auto first = read_copy(recovered, copies.first, owner);
  const auto second = read_copy(recovered, copies.second, owner);
  if (recovered.foreign || recovered.newer_format) return recovered;
  judge(recovered, first, second);
  if (recovered.report.may_sign() &&
      (recovered.generation < at_least.generation || recovered.ordinal_last < at_least.ordinal))
    settle(recovered,
           JournalState::Damaged,
           "the journal ends at append " + std::to_string(recovered.ordinal_last) +
               ", and it once had " + std::to_string(at_least.ordinal));
  return recovered;
}

}  // namespace troupe::storage::journal

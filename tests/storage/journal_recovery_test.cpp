#include "storage/journal_recovery.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tests/storage/scratch.hpp"

namespace troupe::storage::journal {

namespace {

Records append_of(std::uint64_t ordinal) {
  return {{{Epoch{0}, View{ordinal}}, text("append " + std::to_string(ordinal))}};
}

std::vector<Records> appends_to(std::uint64_t last) {
  std::vector<Records> appends;
  for (std::uint64_t ordinal = 1; ordinal <= last; ++ordinal)
    appends.push_back(append_of(ordinal));
  return appends;
}

/// A copy created empty in that generation, to which these were appended. A small tail of zeros.
Bytes copy_with(std::uint64_t appended, std::uint64_t generation = 1) {
  Header header;
  header.generation = generation;
  header.owner = sample_journal_owner();
  Bytes copy = encode_header(header);
  for (std::uint64_t ordinal = 1; ordinal <= appended; ++ordinal)
    append(copy, encode_append({copy.size(), ordinal, generation}, append_of(ordinal)));
  copy.resize(copy.size() + 4 * kAlignment);
  return copy;
}

/// A copy that was written anew with all appends up to that one.
Bytes rewritten(std::uint64_t last, std::uint64_t generation) {
  Header header;
  header.generation = generation;
  header.ordinal_last = last;
  header.owner = sample_journal_owner();
  return encode_copy(header, appends_to(last));
}

/// A valid append cut after some of its bytes, behind what the copy holds.
Bytes with_torn_end(Bytes copy, std::uint64_t appended) {
  const std::size_t end = copy_with(appended).size() - 4 * kAlignment;
  const Bytes more = encode_append({end, appended + 1, 1}, append_of(appended + 1));
  std::copy_n(more.begin(), 20, copy.begin() + static_cast<std::ptrdiff_t>(end));
  return copy;
}

Recovered judge_of(std::optional<Bytes> first,
                   std::optional<Bytes> second,
                   const JournalMark& at_least = {}) {
  return recover({std::move(first), std::move(second)}, sample_journal_owner(), at_least);
}

JournalState state_of(std::optional<Bytes> first, std::optional<Bytes> second) {
  return judge_of(std::move(first), std::move(second)).report.state;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_recovery_test)

BOOST_AUTO_TEST_CASE(what_a_crash_leaves_is_intact) {
  BOOST_CHECK(state_of(copy_with(3), copy_with(3)) == JournalState::Intact);
  BOOST_CHECK(state_of(copy_with(0), copy_with(0)) == JournalState::Intact);
  // The second copy lacks the last append, wholly or in part.
  BOOST_CHECK(state_of(copy_with(3), copy_with(2)) == JournalState::Intact);
  BOOST_CHECK(state_of(copy_with(3), with_torn_end(copy_with(2), 2)) == JournalState::Intact);
  // The first copy holds a part of one more.
  BOOST_CHECK(state_of(with_torn_end(copy_with(3), 3), copy_with(3)) == JournalState::Intact);
  // A new generation has reached the first copy only, once or over several crashes.
  BOOST_CHECK(state_of(rewritten(3, 2), copy_with(3)) == JournalState::Intact);
  BOOST_CHECK(state_of(rewritten(3, 5), copy_with(3)) == JournalState::Intact);
  BOOST_CHECK(state_of(rewritten(3, 2), with_torn_end(copy_with(2), 2)) == JournalState::Intact);
}

BOOST_AUTO_TEST_CASE(the_longer_copy_decides_what_was_appended) {
  const auto recovered = judge_of(copy_with(3), copy_with(2));

  BOOST_CHECK(recovered.appends == appends_to(3));
  BOOST_CHECK_EQUAL(recovered.ordinal_last, 3);
}

BOOST_AUTO_TEST_CASE(a_loss_that_no_crash_explains_is_repaired_from_the_other_copy) {
  // The first copy lost an append that reached the second: only after it was durable there.
  BOOST_CHECK(state_of(copy_with(2), copy_with(3)) == JournalState::Repaired);
  BOOST_CHECK(state_of(with_torn_end(copy_with(2), 2), copy_with(3)) == JournalState::Repaired);
  BOOST_CHECK(state_of(copy_with(5), copy_with(3)) == JournalState::Repaired);
  BOOST_CHECK(state_of(std::nullopt, copy_with(3)) == JournalState::Repaired);
  BOOST_CHECK(state_of(copy_with(3), std::nullopt) == JournalState::Repaired);
  BOOST_CHECK(state_of(copy_with(3), Bytes(600, 1)) == JournalState::Repaired);
  BOOST_CHECK(state_of(copy_with(1), rewritten(3, 2)) == JournalState::Repaired);
}

BOOST_AUTO_TEST_CASE(a_new_generation_damaged_at_once_is_repaired_from_the_one_it_was_made_from) {
  Bytes damaged = rewritten(3, 2);
  damaged[kHeaderBytes + 30] ^= 1;

  BOOST_CHECK(state_of(damaged, copy_with(3)) == JournalState::Repaired);
  BOOST_CHECK(judge_of(damaged, copy_with(3)).appends == appends_to(3));
  BOOST_CHECK(state_of(damaged, copy_with(2)) == JournalState::Damaged);
}

BOOST_AUTO_TEST_CASE(what_neither_copy_vouches_for_is_damaged) {
  BOOST_CHECK(state_of(with_torn_end(copy_with(2), 2), with_torn_end(copy_with(2), 2)) ==
              JournalState::Damaged);
  BOOST_CHECK(state_of(with_torn_end(copy_with(2), 2), std::nullopt) == JournalState::Damaged);
  BOOST_CHECK(state_of(Bytes(600, 1), Bytes(600, 1)) == JournalState::Damaged);
  BOOST_CHECK(state_of(Bytes{}, std::nullopt) == JournalState::Damaged);
}

BOOST_AUTO_TEST_CASE(no_files_are_missing_and_not_damaged) {
  BOOST_CHECK(state_of(std::nullopt, std::nullopt) == JournalState::Missing);
}

BOOST_AUTO_TEST_CASE(a_journal_that_once_was_longer_or_newer_is_damaged) {
  const auto at = [](std::uint64_t generation, std::uint64_t ordinal) {
    return judge_of(copy_with(3), copy_with(3), {generation, ordinal}).report.state;
  };
  BOOST_CHECK(at(1, 3) == JournalState::Intact);
  BOOST_CHECK(at(1, 4) == JournalState::Damaged);
  BOOST_CHECK(at(2, 3) == JournalState::Damaged);
}

BOOST_AUTO_TEST_CASE(a_foreign_owner_and_a_newer_format_are_named) {
  JournalOwner other = sample_journal_owner();
  other.key = text("other");
  BOOST_CHECK(recover({copy_with(1), copy_with(1)}, other, {}).foreign == sample_journal_owner());

  Header header;
  header.format = 2;
  header.owner = sample_journal_owner();
  BOOST_CHECK(judge_of(encode_header(header), copy_with(1)).newer_format == 2U);
}

BOOST_AUTO_TEST_CASE(no_flipped_bit_in_one_copy_loses_a_record_or_passes_unseen) {
  const Bytes intact = copy_with(3);
  for (std::size_t bit = 0; bit < 8 * intact.size(); ++bit) {
    Bytes damaged = intact;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    for (const auto& recovered : {judge_of(damaged, intact), judge_of(intact, damaged)}) {
      BOOST_REQUIRE(recovered.report.may_sign());
      BOOST_REQUIRE(recovered.appends == appends_to(3));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_byte_flipped_in_both_copies_never_yields_a_false_record) {
  const Bytes intact = copy_with(3);
  for (std::size_t byte = 0; byte < intact.size(); ++byte) {
    Bytes damaged = intact;
    damaged[byte] ^= 0xff;
    const auto recovered = judge_of(damaged, damaged);
    for (const Records& append : recovered.appends)
      BOOST_REQUIRE(append == append_of(append.front().position.view.number));
    if (recovered.report.may_sign()) BOOST_REQUIRE(recovered.appends == appends_to(3));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage::journal

#include "storage/vote_journal.hpp"

#include <boost/test/unit_test.hpp>

#include "storage/node_files.hpp"
#include "tests/storage/scratch.hpp"

namespace troupe::storage {

namespace {

JournalRecord vote(std::uint64_t view, std::string_view content = "vote") {
  return {{Epoch{0}, View{view}}, text(content)};
}

struct Journal {
  Scratch scratch;
  std::unique_ptr<Environment> environment = make_posix_environment();
  JournalOwner owner = sample_journal_owner();

  std::unique_ptr<VoteJournal> create() {
    return require(VoteJournal::create(*environment, scratch.path(), owner));
  }

  OpenedJournal open(const JournalMark& at_least = {}) {
    return require(VoteJournal::open(*environment, scratch.path(), owner, at_least));
  }

  Bytes copy(std::string_view name) {
    return require(read_whole(*environment, scratch / name, SIZE_MAX));
  }

  void overwrite(std::string_view name, ByteView content) {
    require(write_durably(*environment, scratch / name, content));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(vote_journal_test, Journal)

BOOST_AUTO_TEST_CASE(without_files_the_journal_is_missing_and_not_created) {
  const auto opened = open();

  BOOST_CHECK(opened.report.state == JournalState::Missing);
  BOOST_CHECK(!opened.report.may_sign());
  BOOST_CHECK(opened.journal == nullptr);
  BOOST_CHECK(!environment->exists(scratch / "votes.a"));
}

BOOST_AUTO_TEST_CASE(appended_records_are_there_after_reopening_in_order) {
  {
    const auto journal = create();
    require(journal->append({vote(1, "a"), vote(1, "b")}));
    require(journal->append({vote(2, "")}));
  }

  const auto opened = open();

  BOOST_CHECK(opened.report.state == JournalState::Intact);
  const std::vector<JournalRecord> expected{vote(1, "a"), vote(1, "b"), vote(2, "")};
  BOOST_CHECK(opened.records == expected);
  BOOST_CHECK(opened.journal->records() == expected);
}

BOOST_AUTO_TEST_CASE(compaction_drops_what_lies_below_and_nothing_else) {
  {
    const auto journal = create();
    require(journal->append({vote(1, "a"), vote(3, "b")}));
    require(journal->append({vote(2, "c")}));
    require(journal->append({vote(4, "d")}));
    const JournalMark before = journal->mark();
    require(journal->compact({Epoch{0}, View{3}}));
    BOOST_CHECK(journal->mark().generation > before.generation);
    BOOST_CHECK_EQUAL(journal->mark().ordinal, before.ordinal);
    require(journal->append({vote(5, "e")}));
  }

  const std::vector<JournalRecord> expected{vote(3, "b"), vote(4, "d"), vote(5, "e")};
  BOOST_CHECK(open().records == expected);
  BOOST_CHECK(open().report.state == JournalState::Intact);
}

BOOST_AUTO_TEST_CASE(appends_beyond_what_was_written_ahead_grow_both_copies) {
  const Bytes large(100'000, 0x5a);
  {
    const auto journal = create();
    for (std::uint64_t view = 1; view <= 10; ++view)
      require(journal->append({{{Epoch{0}, View{view}}, large}}));
  }

  const auto opened = open();

  BOOST_CHECK(opened.report.state == JournalState::Intact);
  BOOST_REQUIRE_EQUAL(opened.records.size(), 10);
  BOOST_CHECK(opened.records.back().content == large);
}

BOOST_AUTO_TEST_CASE(one_copy_that_is_gone_is_repaired_from_the_other) {
  for (const std::string_view name : {"votes.a", "votes.b"}) {
    require(create()->append({vote(1)}));
    require(environment->remove_file(scratch / name));

    const auto opened = open();

    BOOST_CHECK(opened.report.state == JournalState::Repaired);
    BOOST_CHECK_EQUAL(opened.records.size(), 1);
    BOOST_CHECK(copy("votes.a") == copy("votes.b"));
  }
}

BOOST_AUTO_TEST_CASE(one_copy_replaced_by_an_older_one_is_repaired) {
  for (const std::string_view name : {"votes.a", "votes.b"}) {
    require(create()->append({vote(1)}));
    const Bytes old = copy(name);
    require(open().journal->append({vote(2)}));
    overwrite(name, old);

    const auto opened = open();

    BOOST_CHECK(opened.report.state == JournalState::Repaired);
    BOOST_CHECK_EQUAL(opened.records.size(), 2);
  }
}

BOOST_AUTO_TEST_CASE(both_copies_replaced_by_older_ones_are_found_out_by_the_mark) {
  require(create()->append({vote(1)}));
  const Bytes old_first = copy("votes.a");
  const Bytes old_second = copy("votes.b");
  JournalMark mark;
  {
    const auto opened = open();
    require(opened.journal->append({vote(2)}));
    mark = opened.journal->mark();
  }
  overwrite("votes.a", old_first);
  overwrite("votes.b", old_second);

  const auto opened = open(mark);

  BOOST_CHECK(opened.report.state == JournalState::Damaged);
  BOOST_CHECK(opened.journal == nullptr);
  BOOST_CHECK(copy("votes.a") == old_first);
}

BOOST_AUTO_TEST_CASE(a_record_damaged_in_both_copies_is_reported_and_the_files_are_left_alone) {
  {
    const auto journal = create();
    require(journal->append({vote(1)}));
    require(journal->append({vote(2)}));
  }
  for (const std::string_view name : {"votes.a", "votes.b"}) {
    Bytes bytes = copy(name);
    bytes[512 + 40] ^= 1;
    overwrite(name, bytes);
  }
  const Bytes damaged = copy("votes.a");

  const auto opened = open();

  BOOST_CHECK(opened.report.state == JournalState::Damaged);
  BOOST_CHECK(opened.records == std::vector<JournalRecord>{vote(2)});
  BOOST_CHECK(copy("votes.a") == damaged);
}

BOOST_AUTO_TEST_CASE(a_journal_of_another_validator_or_ledger_is_refused) {
  create();
  owner.key = text("another key");
  const auto other_key = VoteJournal::open(*environment, scratch.path(), owner);
  BOOST_REQUIRE(!other_key.ok());
  BOOST_CHECK(other_key.error().kind == StorageErrorKind::Foreign);
}

BOOST_AUTO_TEST_CASE(a_journal_that_is_open_cannot_be_opened_again) {
  const auto journal = create();

  const auto again = VoteJournal::open(*environment, scratch.path(), owner);

  BOOST_REQUIRE(!again.ok());
  BOOST_CHECK(again.error().kind == StorageErrorKind::Locked);
}

BOOST_AUTO_TEST_CASE(a_journal_can_begin_with_records_above_where_another_one_stood) {
  const JournalMark stood{7, 40};
  {
    const auto journal = require(VoteJournal::create(
        *environment, scratch.path(), owner, {stood, {vote(5, "mark"), vote(5, "life")}}));
    BOOST_CHECK(journal->mark() > stood);
    require(journal->append({vote(6)}));
  }

  const auto opened = open(stood);

  BOOST_CHECK(opened.report.state == JournalState::Intact);
  BOOST_CHECK((opened.records ==
               std::vector<JournalRecord>{vote(5, "mark"), vote(5, "life"), vote(6)}));
}

BOOST_AUTO_TEST_CASE(a_journal_that_began_anew_exposes_the_one_that_it_replaced) {
  require(create()->append({vote(1)}));
  const Bytes old_first = copy("votes.a");
  const Bytes old_second = copy("votes.b");
  const JournalMark stood = open().journal->mark();
  const JournalMark mark =
      require(VoteJournal::create(*environment, scratch.path(), owner, {stood, {vote(5)}}))->mark();

  overwrite("votes.a", old_first);
  overwrite("votes.b", old_second);

  BOOST_CHECK(open(mark).report.state == JournalState::Damaged);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

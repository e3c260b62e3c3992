#include "storage/database.hpp"

#include <fstream>

#include <boost/test/unit_test.hpp>

#include "storage/high_water_mark.hpp"
#include "storage/keys.hpp"
#include "tests/storage/scratch.hpp"

namespace troupe::storage {

namespace {

struct OnDisk {
  Scratch scratch;
  std::unique_ptr<Environment> environment = make_posix_environment();
  DatabaseOptions options = sample_options(scratch / "database");

  OpenedDatabase open() { return require(Database::open(*environment, options)); }

  StorageErrorKind refusal() {
    auto opened = Database::open(*environment, options);
    BOOST_REQUIRE(!opened.ok());
    return opened.error().kind;
  }
};

WriteSet one(std::string_view key, std::string_view value) {
  WriteSet set;
  set.put(text(key), text(value));
  return set;
}

std::string read(const Database& database, std::string_view key) {
  const auto value = require(database.get(text(key)));
  return value ? std::string(as_text(*value)) : "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(database_test)

BOOST_FIXTURE_TEST_CASE(what_was_committed_is_there_after_reopening, OnDisk) {
  {
    const auto opened = open();
    BOOST_CHECK(opened.report.state == OpenState::Created);
    require(opened.database->commit(one("key", "value").put(text("empty"), {})));
  }

  const auto opened = open();

  BOOST_CHECK(opened.report.state == OpenState::Intact);
  BOOST_CHECK_EQUAL(opened.report.commits_stored, 2);
  BOOST_CHECK_EQUAL(read(*opened.database, "key"), "value");
  BOOST_CHECK_EQUAL(read(*opened.database, "empty"), "");
  BOOST_CHECK_EQUAL(read(*opened.database, "other"), "nothing");
}

BOOST_FIXTURE_TEST_CASE(the_last_change_of_a_key_in_a_set_wins, OnDisk) {
  const auto opened = open();
  require(
      opened.database->commit(one("a", "1").put(text("a"), text("2")).put(text("b"), text("1"))));
  require(opened.database->commit(one("b", "2").remove(text("b"))));

  BOOST_CHECK_EQUAL(read(*opened.database, "a"), "2");
  BOOST_CHECK_EQUAL(read(*opened.database, "b"), "nothing");
}

BOOST_FIXTURE_TEST_CASE(a_snapshot_does_not_see_later_commits, OnDisk) {
  const auto opened = open();
  require(opened.database->commit(one("a", "before")));
  const Snapshot snapshot = opened.database->snapshot();

  require(opened.database->commit(one("a", "after")));

  BOOST_CHECK(*require(opened.database->get(text("a"), snapshot)) == text("before"));
  BOOST_CHECK_EQUAL(read(*opened.database, "a"), "after");
}

BOOST_FIXTURE_TEST_CASE(a_snapshot_may_outlive_the_handle_of_its_database, OnDisk) {
  auto opened = open();
  const Snapshot snapshot = opened.database->snapshot();
  opened.database.reset();
  BOOST_CHECK(true);
}

BOOST_FIXTURE_TEST_CASE(a_range_keeps_to_its_bounds_and_its_direction, OnDisk) {
  const auto opened = open();
  for (const std::string_view key : {"x1", "x2", "x3", "x4"})
    require(opened.database->commit(one(key, "12345")));

  RangeQuery query{.first = text("x2"), .end = text("x4")};
  BOOST_CHECK_EQUAL(require(opened.database->range(query)).size(), 2);
  query.newest_first = true;
  BOOST_CHECK(require(opened.database->range(query)).front().key == text("x3"));
  query.end = text("y");
  BOOST_CHECK(require(opened.database->range(query)).front().key == text("x4"));
  query.end = {0xff};
  BOOST_CHECK(require(opened.database->range(query)).front().key == text("x4"));
  query.entries_max = 1;
  BOOST_CHECK_EQUAL(require(opened.database->range(query)).size(), 1);
  query.entries_max = SIZE_MAX;
  query.bytes_max = 1;
  BOOST_CHECK_EQUAL(require(opened.database->range(query)).size(), 1);
}

BOOST_FIXTURE_TEST_CASE(the_first_entry_at_or_after_a_key_takes_one_seek, OnDisk) {
  const auto opened = open();
  require(opened.database->commit(one("x2", "v")));

  BOOST_CHECK(require(opened.database->first_at_or_after(text("x1"), text("x9"))).has_value());
  BOOST_CHECK(require(opened.database->first_at_or_after(text("x2"), text("x9"))).has_value());
  BOOST_CHECK(!require(opened.database->first_at_or_after(text("x1"), text("x2"))).has_value());
}

BOOST_FIXTURE_TEST_CASE(lazy_removals_are_applied, OnDisk) {
  const auto opened = open();
  require(opened.database->commit(one("a", "1")));

  require(opened.database->remove_lazily(WriteSet{}.remove(text("a"))));

  BOOST_CHECK_EQUAL(read(*opened.database, "a"), "nothing");
}

BOOST_FIXTURE_TEST_CASE(a_database_that_is_open_cannot_be_opened_again, OnDisk) {
  const auto opened = open();

  BOOST_CHECK(refusal() == StorageErrorKind::Locked);
}

BOOST_FIXTURE_TEST_CASE(a_database_of_another_ledger_is_refused, OnDisk) {
  open();
  options.owner.chain = digest_of("another ledger");

  BOOST_CHECK(refusal() == StorageErrorKind::Foreign);
}

BOOST_FIXTURE_TEST_CASE(a_database_of_another_node_is_refused_even_without_its_mark, OnDisk) {
  open();
  require(environment->remove_file(options.path + ".mark"));
  options.owner.node = text("another node");

  BOOST_CHECK(refusal() == StorageErrorKind::Foreign);
}

BOOST_FIXTURE_TEST_CASE(a_database_of_a_newer_format_is_refused, OnDisk) {
  require(open().database->commit(WriteSet{}.put(keys::meta("format"), {0, 0, 0, 2})));

  BOOST_CHECK(refusal() == StorageErrorKind::NewerFormat);
}

BOOST_FIXTURE_TEST_CASE(completing_a_block_moves_the_height, OnDisk) {
  require(open().database->commit(one("a", "1").completes(Height{7})));

  const auto opened = open();

  BOOST_CHECK(opened.database->height() == Height{7});
  BOOST_CHECK(opened.report.height_marked == Height{7});
}

BOOST_FIXTURE_TEST_CASE(the_mark_is_at_most_one_block_behind_and_catches_up_when_told, OnDisk) {
  const auto marked = [&] {
    return require(read_mark(*environment, options.path + ".mark"))->values.height;
  };
  const auto opened = open();
  require(opened.database->commit(one("a", "1").completes(Height{1})));
  BOOST_CHECK(!marked());
  require(opened.database->commit(one("a", "2").completes(Height{2})));
  BOOST_CHECK(marked() == Height{1});
  require(opened.database->commit(one("a", "3")));
  BOOST_CHECK(marked() == Height{2});
  require(opened.database->commit(one("a", "4").completes(Height{4})));
  require(opened.database->catch_up_mark());
  BOOST_CHECK(marked() == Height{4});
}

BOOST_FIXTURE_TEST_CASE(a_rolled_back_database_is_incomplete_until_that_is_made_good, OnDisk) {
  require(open().database->commit(one("a", "1").completes(Height{1})));
  std::filesystem::copy(options.path, scratch / "backup");
  require(open().database->commit(one("a", "2").completes(Height{2})));
  std::filesystem::remove_all(options.path);
  std::filesystem::rename(scratch / "backup", options.path);

  const auto report = open().report;
  BOOST_CHECK(report.state == OpenState::Incomplete);
  BOOST_CHECK_EQUAL(report.commits_missing, 1);
  BOOST_CHECK(report.height_stored == Height{1});
  BOOST_CHECK(report.height_marked == Height{2});
  BOOST_CHECK(open().report.state == OpenState::Incomplete);

  {
    const auto opened = open();
    require(opened.database->commit(one("a", "2").completes(Height{2})));
    require(opened.database->declare_complete());
  }
  BOOST_CHECK(open().report.state != OpenState::Incomplete);
}

BOOST_FIXTURE_TEST_CASE(a_database_that_vanished_is_incomplete, OnDisk) {
  require(open().database->commit(one("a", "1").completes(Height{1})));
  std::filesystem::remove_all(options.path);

  BOOST_CHECK(open().report.state == OpenState::Incomplete);
}

BOOST_FIXTURE_TEST_CASE(a_mark_that_vanished_or_rotted_makes_the_database_incomplete, OnDisk) {
  require(open().database->commit(one("a", "1").completes(Height{1})));
  require(environment->remove_file(options.path + ".mark"));
  BOOST_CHECK(open().report.state == OpenState::Incomplete);

  require(Database::set_aside(*environment, options.path));
  open();
  std::ofstream(options.path + ".mark", std::ios::trunc) << "no mark";
  BOOST_CHECK(open().report.state == OpenState::Incomplete);
}

BOOST_FIXTURE_TEST_CASE(a_database_set_aside_is_kept_and_a_new_one_takes_its_place, OnDisk) {
  require(open().database->commit(one("a", "1")));

  const std::string target = require(Database::set_aside(*environment, options.path));

  BOOST_CHECK(environment->exists(target));
  const auto opened = open();
  BOOST_CHECK(opened.report.state == OpenState::Created);
  BOOST_CHECK_EQUAL(read(*opened.database, "a"), "nothing");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

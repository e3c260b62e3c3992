#include "storage/posix_environment.hpp"

#include <atomic>
#include <future>

#include <boost/test/unit_test.hpp>

#include "tests/storage/scratch.hpp"

namespace troupe::storage {

namespace {

struct OnDisk {
  Scratch scratch;
  std::unique_ptr<Environment> environment = make_posix_environment();

  StorageErrorKind refusal(const Stored<std::unique_ptr<File>>& opened) {
    BOOST_REQUIRE(!opened.ok());
    return opened.error().kind;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(posix_environment_test, OnDisk)

BOOST_AUTO_TEST_CASE(a_file_gives_back_what_was_written_at_its_offset) {
  const auto file = require(environment->open(scratch / "f", OpenMode::Create));
  require(file->write_at(3, text("abc")));
  require(file->sync());

  Bytes read(10);
  BOOST_CHECK_EQUAL(require(file->read_at(0, read)), 6);
  BOOST_CHECK(Bytes(read.begin(), read.begin() + 6) == Bytes({0, 0, 0, 'a', 'b', 'c'}));
  BOOST_CHECK_EQUAL(require(file->read_at(6, read)), 0);
  BOOST_CHECK_EQUAL(require(file->size()), 6);
}

BOOST_AUTO_TEST_CASE(the_modes_of_opening_differ_as_they_say) {
  BOOST_CHECK(refusal(environment->open(scratch / "f", OpenMode::Read)) ==
              StorageErrorKind::NotFound);
  BOOST_CHECK(refusal(environment->open(scratch / "f", OpenMode::ReadWrite)) ==
              StorageErrorKind::NotFound);
  require(require(environment->open(scratch / "f", OpenMode::Create))->write_at(0, text("abc")));
  BOOST_CHECK_EQUAL(require(require(environment->open(scratch / "f", OpenMode::Create))->size()),
                    3);
  BOOST_CHECK_EQUAL(require(require(environment->open(scratch / "f", OpenMode::Replace))->size()),
                    0);
}

BOOST_AUTO_TEST_CASE(directories_list_their_names_sorted) {
  require(environment->create_directory(scratch / "d"));
  require(environment->create_directory(scratch / "d"));
  for (const std::string_view name : {"d/c", "d/a", "d/b"})
    require(environment->open(scratch / name, OpenMode::Create));
  require(environment->rename(scratch / "d/c", scratch / "d/0"));
  require(environment->remove_file(scratch / "d/b"));
  require(environment->sync_directory(scratch / "d"));

  BOOST_CHECK((require(environment->list(scratch / "d")) == std::vector<std::string>{"0", "a"}));
  BOOST_CHECK(!environment->remove_directory(scratch / "d").ok());
  BOOST_CHECK(!environment->list(scratch / "absent").ok());
  BOOST_CHECK(environment->exists(scratch / "d/a"));
  BOOST_CHECK(!environment->exists(scratch / "d/b"));
}

BOOST_AUTO_TEST_CASE(a_lock_holds_against_this_process_too_until_it_is_let_go) {
  {
    const auto lock = require(environment->lock(scratch / "lock"));
    const auto again = environment->lock(scratch / "lock");
    BOOST_REQUIRE(!again.ok());
    BOOST_CHECK(again.error().kind == StorageErrorKind::Locked);
  }
  BOOST_CHECK(environment->lock(scratch / "lock").ok());
}

BOOST_AUTO_TEST_CASE(background_jobs_run_in_order) {
  std::vector<int> order;
  std::promise<void> done;
  environment->run_in_background([&] { order.push_back(1); });
  environment->run_in_background([&] { order.push_back(2); });
  environment->run_in_background([&] { done.set_value(); });

  done.get_future().get();

  BOOST_CHECK((order == std::vector<int>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_pause_takes_its_time_on_the_same_clock) {
  const Instant before = environment->now();

  environment->pause(Duration{1500});

  BOOST_CHECK(environment->now() - before >= Duration{1500});
}

BOOST_AUTO_TEST_CASE(the_directory_of_a_path_is_what_comes_before_its_last_slash) {
  BOOST_CHECK_EQUAL(directory_of("/a/b"), "/a");
  BOOST_CHECK_EQUAL(directory_of("/a"), "/");
  BOOST_CHECK_EQUAL(directory_of("a"), ".");
}

BOOST_AUTO_TEST_CASE(a_full_device_is_told_apart_from_a_broken_one) {
  auto full = environment->open("/dev/full", OpenMode::ReadWrite);
  BOOST_REQUIRE(full.ok());

  const auto written = (*full)->write_at(0, text("x"));

  BOOST_REQUIRE(!written.ok());
  BOOST_CHECK(written.error().kind == StorageErrorKind::Full);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

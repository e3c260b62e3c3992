#include "tools/simulator/disk_means.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::simulator {

namespace {

/// A node's disk with one fault on it, and one file in each of its folders.
struct Faulty {
  explicit Faulty(const scenario::FaultKind& kind) {
    for (const char* const folder : {"/n1", "/n1/journal", "/n1/database"})
      BOOST_REQUIRE(environment.create_directory(folder).ok());
    for (const char* const path : {"/n1/journal/votes.a", "/n1/database/000003.log"})
      BOOST_REQUIRE(open(path)->write_at(0, Bytes(40'960, 7)).ok());
    faults.begin("x", *disk_fault(kind, "/n1"));
    environment.decide_with([this](std::string_view operation, const std::string& path) {
      return faults.decide(operation, path, environment);
    });
  }

  std::unique_ptr<storage::File> open(const std::string& path) {
    return std::move(environment.open(path, storage::OpenMode::Create)).value();
  }

  bool syncs(const std::string& path) { return open(path)->sync().ok(); }

  /// All that a read of the file shows; nothing if it fails.
  std::optional<Bytes> read(const std::string& path) {
    Bytes bytes(40'960);
    if (!open(path)->read_at(0, bytes)) return std::nullopt;
    return bytes;
  }

  SimulatedDisk disk;
  SimulatedEnvironment environment{disk, 1};
  DiskFaults faults{1};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(disk_means_test)

BOOST_AUTO_TEST_CASE(a_star_stands_for_any_part_of_one_name) {
  BOOST_TEST(matches_path("journal/*", "journal/votes.a"));
  BOOST_TEST(matches_path("journal/votes.*", "journal/votes.b"));
  BOOST_TEST(!matches_path("journal/*", "journal/old/votes.a"));
  BOOST_TEST(!matches_path("journal/*.log", "journal/votes.a"));
  BOOST_TEST(!matches_path("journal", "journal/votes.a"));
}

BOOST_AUTO_TEST_CASE(a_fault_that_names_files_spares_all_others) {
  scenario::FsyncError error;
  error.then = scenario::FsyncError::Then::Fail;
  error.files = {"journal/*"};
  Faulty node(error);

  BOOST_TEST(!node.syncs("/n1/journal/votes.a"));
  BOOST_TEST(node.syncs("/n1/database/000003.log"));
}

BOOST_AUTO_TEST_CASE(a_fault_that_names_no_files_hits_any) {
  scenario::FsyncError error;
  error.then = scenario::FsyncError::Then::Fail;
  Faulty node(error);

  BOOST_TEST(!node.syncs("/n1/journal/votes.a"));
  BOOST_TEST(!node.syncs("/n1/database/000003.log"));
}

BOOST_AUTO_TEST_CASE(a_sync_that_fails_once_fails_at_its_turn) {
  DiskFault fault = *disk_fault(scenario::FsyncError{}, "/n1");
  fault.nth = 3;
  Faulty node(scenario::SlowDisk{});
  node.faults.begin("nth", fault);

  BOOST_TEST(node.syncs("/n1/journal/votes.a"));
  BOOST_TEST(node.syncs("/n1/journal/votes.a"));
  BOOST_TEST(!node.syncs("/n1/journal/votes.a"));
  BOOST_TEST(node.syncs("/n1/journal/votes.a"));
}

BOOST_AUTO_TEST_CASE(rot_shows_the_same_wrong_bytes_at_every_read_until_it_ends) {
  Faulty node(scenario::BitRot{{0.5}, false, {}});

  const auto first = node.read("/n1/database/000003.log");
  const auto second = node.read("/n1/database/000003.log");
  node.faults.end("x");

  BOOST_REQUIRE(first && second);
  const auto wrong = std::ranges::count_if(*first, [](std::uint8_t byte) { return byte != 7; });
  BOOST_TEST(wrong > 0);
  BOOST_TEST(wrong < 10);  // of ten places, one byte each
  BOOST_TEST(*first == *second);
  BOOST_TEST(*node.read("/n1/database/000003.log") == Bytes(40'960, 7));
}

BOOST_AUTO_TEST_CASE(unreadable_places_fail_and_others_are_read) {
  Faulty node(scenario::BitRot{{1}, true, {"journal/*"}});

  BOOST_TEST(!node.read("/n1/journal/votes.a").has_value());
  BOOST_TEST(node.read("/n1/database/000003.log").has_value());
}

BOOST_AUTO_TEST_CASE(only_the_removal_of_the_journal_alone_is_a_lost_journal) {
  scenario::FileCorrupt lost{{"journal/*"}, scenario::FileCorrupt::Mode::Remove, {}, 1};
  BOOST_TEST(loses_journal(lost));

  lost.mode = scenario::FileCorrupt::Mode::Rollback;
  BOOST_TEST(!loses_journal(lost));
  BOOST_TEST(!loses_journal(
      scenario::FileCorrupt{{"journal/*", "database/*"}, scenario::FileCorrupt::Mode::Remove}));
  BOOST_TEST(!loses_journal(scenario::Wipe{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

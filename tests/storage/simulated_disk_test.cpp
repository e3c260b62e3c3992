#include "tools/simulator/disk/simulated_disk.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

#include "storage/database.hpp"
#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::simulator {

namespace {

using storage::OpenMode;
using storage::require;
using storage::StorageErrorKind;
using storage::text;

struct Simulated {
  SimulatedDisk disk;
  SimulatedEnvironment environment{disk, 1};

  std::unique_ptr<storage::File> create(const std::string& path) {
    return require(environment.open(path, OpenMode::Create));
  }
};

/// What a power cut left of a file of two synced sectors, over which two others were written.
std::set<Bytes> outcomes_of(PowerCut freedom) {
  std::set<Bytes> outcomes;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SimulatedDisk disk;
    {
      SimulatedEnvironment environment(disk, 1);
      const auto file = require(environment.open("/f", OpenMode::Create));
      require(file->write_at(0, Bytes(1024, 1)));
      require(file->sync());
      require(environment.sync_directory("/"));
      require(file->write_at(0, Bytes(1024, 2)));
    }
    disk.power_cut(freedom, seed);
    outcomes.insert(*disk.content("/f"));
  }
  return outcomes;
}

Bytes sectors(std::uint8_t first, std::uint8_t second) {
  Bytes bytes(512, first);
  bytes.resize(1024, second);
  return bytes;
}

std::string trace_of(std::uint64_t seed) {
  std::string trace;
  SimulatedDisk disk;
  SimulatedEnvironment environment(disk, seed);
  environment.on_operation([&](const std::string& operation) { trace += operation + "\n"; });
  const auto opened =
      require(storage::Database::open(environment, storage::sample_options("/database")));
  for (std::uint8_t round = 0; round < 60; ++round) {
    storage::WriteSet set;
    set.put({round}, Bytes(4000, round));
    require(opened.database->commit(set));
  }
  return trace;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated_disk_test)

BOOST_FIXTURE_TEST_CASE(a_kill_loses_nothing_and_a_power_cut_what_was_not_synced, Simulated) {
  const auto file = create("/f");
  require(file->write_at(0, text("synced")));
  require(file->sync());
  require(environment.sync_directory("/"));
  require(file->write_at(0, text("SYN")));
  create("/unsynced name");

  BOOST_CHECK(disk.content("/f") == text("SYNced"));
  disk.power_cut(PowerCut::LoseAll, 1);

  BOOST_CHECK(disk.content("/f") == text("synced"));
  BOOST_CHECK(!disk.content("/unsynced name"));
}

BOOST_FIXTURE_TEST_CASE(a_synced_file_without_a_synced_name_is_lost, Simulated) {
  const auto file = create("/f");
  require(file->write_at(0, text("synced")));
  require(file->sync());

  disk.power_cut(PowerCut::LoseAll, 1);

  BOOST_CHECK(!disk.content("/f"));
}

BOOST_AUTO_TEST_CASE(each_freedom_allows_its_own_outcomes) {
  BOOST_CHECK((outcomes_of(PowerCut::LoseAll) == std::set<Bytes>{sectors(1, 1)}));
  const auto strict = outcomes_of(PowerCut::Strict);
  BOOST_CHECK(
      (strict == std::set<Bytes>{sectors(1, 1), sectors(1, 2), sectors(2, 1), sectors(2, 2)}));
  const auto ordered = outcomes_of(PowerCut::Ordered);
  BOOST_CHECK(!ordered.contains(sectors(1, 2)));
  BOOST_CHECK_GT(ordered.size(), 20);
}

BOOST_FIXTURE_TEST_CASE(a_failed_sync_is_not_made_good_by_the_next_one, Simulated) {
  const auto file = create("/f");
  require(environment.sync_directory("/"));
  require(file->write_at(0, text("abc")));
  environment.fail_at(environment.operations() + 1, StorageErrorKind::Io);
  BOOST_CHECK(!file->sync().ok());
  require(file->write_at(3, text("def")));
  require(file->sync());
  BOOST_CHECK(disk.content("/f") == text("abcdef"));

  disk.power_cut(PowerCut::LoseAll, 1);

  BOOST_CHECK((disk.content("/f") == Bytes{0, 0, 0, 'd', 'e', 'f'}));
}

BOOST_FIXTURE_TEST_CASE(nothing_reaches_the_disk_after_death, Simulated) {
  const auto file = create("/f");
  environment.die_at(environment.operations() + 1);
  BOOST_CHECK(!file->write_at(0, text("abc")).ok());
  BOOST_CHECK(environment.is_dead());

  const Bytes left = *disk.content("/f");
  BOOST_CHECK(!file->write_at(0, text("xyz")).ok());
  BOOST_CHECK(!environment.remove_file("/f").ok());
  BOOST_CHECK(!environment.open("/g", OpenMode::Create).ok());

  BOOST_CHECK(disk.content("/f") == left);
  BOOST_CHECK_LE(left.size(), 3);
}

BOOST_FIXTURE_TEST_CASE(a_bounded_disk_fills_up, Simulated) {
  const auto file = create("/f");
  disk.set_capacity(10);
  require(file->write_at(0, Bytes(10, 1)));
  const auto refused = file->write_at(10, Bytes(1, 1));

  BOOST_REQUIRE(!refused.ok());
  BOOST_CHECK(refused.error().kind == StorageErrorKind::Full);
  require(file->write_at(0, Bytes(10, 2)));
}

BOOST_FIXTURE_TEST_CASE(directories_can_be_renamed_and_removed, Simulated) {
  require(environment.create_directory("/d"));
  create("/d/f");
  require(environment.rename("/d", "/e"));

  BOOST_CHECK(disk.content("/e/f"));
  BOOST_CHECK(!environment.remove_directory("/e").ok());
  require(environment.remove_file("/e/f"));
  require(environment.remove_directory("/e"));
  BOOST_CHECK(!environment.exists("/e"));
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_operations) {
  const std::string first = trace_of(5);

  BOOST_CHECK(first == trace_of(5));
  BOOST_CHECK(first != trace_of(6));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

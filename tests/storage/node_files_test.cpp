#include "storage/node_files.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>

#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::storage {

namespace {

using simulator::PowerCut;
using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;

struct OnDisk {
  Scratch scratch;
  std::unique_ptr<Environment> environment = make_posix_environment();

  mode_t mode_of(const std::string& path) {
    struct stat status {};

    BOOST_REQUIRE_EQUAL(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(node_files_test)

BOOST_FIXTURE_TEST_CASE(a_data_directory_is_closed_to_others, OnDisk) {
  auto directory = require(DataDirectory::open(*environment, scratch / "node"));
  require(directory.write_secret("node.key", text("secret")));

  BOOST_CHECK_EQUAL(mode_of(scratch / "node"), 0700);
  BOOST_CHECK_EQUAL(mode_of(scratch / "node/journal"), 0700);
  BOOST_CHECK_EQUAL(mode_of(scratch / "node/node.key"), 0600);
  BOOST_CHECK(require(directory.read_secret("node.key")) == text("secret"));
}

BOOST_FIXTURE_TEST_CASE(a_data_directory_is_opened_once_at_a_time, OnDisk) {
  {
    const auto directory = require(DataDirectory::open(*environment, scratch / "node"));
    const auto again = DataDirectory::open(*environment, scratch / "node");
    BOOST_REQUIRE(!again.ok());
    BOOST_CHECK(again.error().kind == StorageErrorKind::Locked);
  }
  BOOST_CHECK(DataDirectory::open(*environment, scratch / "node").ok());
}

BOOST_FIXTURE_TEST_CASE(a_secret_is_never_replaced, OnDisk) {
  auto directory = require(DataDirectory::open(*environment, scratch / "node"));
  require(directory.write_secret("node.key", text("secret")));

  const auto again = directory.write_secret("node.key", text("other"));

  BOOST_REQUIRE(!again.ok());
  BOOST_CHECK(again.error().kind == StorageErrorKind::AlreadyExists);
  BOOST_CHECK(require(directory.read_secret("node.key")) == text("secret"));
}

BOOST_FIXTURE_TEST_CASE(a_secret_that_others_may_read_is_refused, OnDisk) {
  auto directory = require(DataDirectory::open(*environment, scratch / "node"));
  require(directory.write_secret("node.key", text("secret")));
  BOOST_REQUIRE_EQUAL(::chmod((scratch / "node/node.key").c_str(), 0640), 0);

  const auto read = directory.read_secret("node.key");

  BOOST_REQUIRE(!read.ok());
  BOOST_CHECK(read.error().kind == StorageErrorKind::Denied);
}

BOOST_FIXTURE_TEST_CASE(files_are_read_within_their_bound, OnDisk) {
  auto directory = require(DataDirectory::open(*environment, scratch / "node"));
  require(directory.write_file("config", text("12345")));
  require(directory.write_file("config", text("1234")));

  BOOST_CHECK(require(directory.read_file("config", 4)) == text("1234"));
  const auto large = directory.read_file("config", 3);
  BOOST_REQUIRE(!large.ok());
  BOOST_CHECK(large.error().kind == StorageErrorKind::Corrupt);
  const auto absent = directory.read_file("absent", 3);
  BOOST_REQUIRE(!absent.ok());
  BOOST_CHECK(absent.error().kind == StorageErrorKind::NotFound);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_whole_or_not_at_all_wherever_the_process_ends) {
  const Bytes before(700, 1);
  const Bytes after(900, 2);
  for (const PowerCut freedom : {PowerCut::LoseAll, PowerCut::Ordered, PowerCut::Strict}) {
    for (std::uint64_t operation = 1; operation < 8; ++operation) {
      SimulatedDisk disk;
      {
        SimulatedEnvironment environment(disk, operation);
        require(write_durably(environment, "/file", before));
        environment.die_at(environment.operations() + operation);
        const bool done = write_durably(environment, "/file", after).ok();
        environment.die();
        disk.power_cut(freedom, operation);
        const auto found = disk.content("/file");
        BOOST_REQUIRE(found);
        BOOST_CHECK(*found == after || (!done && *found == before));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

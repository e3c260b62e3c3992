#include "storage/engine.hpp"

#include <boost/test/unit_test.hpp>
#include <leveldb/db.h>
#include <leveldb/env.h>

#include "storage/checked_value.hpp"
#include "storage/database_files.hpp"
#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::storage {

namespace {

using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;

struct Simulated {
  SimulatedDisk disk;
  SimulatedEnvironment environment{disk, 1};

  std::shared_ptr<Engine> open() {
    return require(Engine::open(environment, sample_options("/database"), Checks::Paranoid));
  }

  /// Writes past the engine, as something that is not us would.
  void write_raw(std::string_view key, ByteView stored) {
    const DatabaseFiles files = make_database_files(environment);
    leveldb::Options options;
    options.env = files.env.get();
    options.create_if_missing = true;
    leveldb::DB* opened = nullptr;
    BOOST_REQUIRE(leveldb::DB::Open(options, "/database", &opened).ok());
    const std::unique_ptr<leveldb::DB> database(opened);
    const leveldb::Slice value(reinterpret_cast<const char*>(stored.data()), stored.size());
    BOOST_REQUIRE(database->Put({}, leveldb::Slice(key.data(), key.size()), value).ok());
  }

  std::string largest(std::string_view ending) {
    std::string found;
    for (const std::string& path : disk.files()) {
      if (!path.ends_with(ending)) continue;
      if (found.empty() || disk.content(path)->size() > disk.content(found)->size()) found = path;
    }
    return found;
  }
};

void write(Engine& engine, std::string_view key, Bytes value) {
  const std::vector<WriteSet::Change> changes{{text(key), std::move(value)}};
  require(engine.write(changes, {}, Durability::Synced));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(engine_test, Simulated)

BOOST_AUTO_TEST_CASE(a_value_under_the_key_of_another_is_corrupt_wherever_it_is_read) {
  write_raw("b", make_checked(text("a"), text("value of a")));
  const auto engine = open();

  const auto got = engine->get(text("b"), nullptr);
  BOOST_REQUIRE(!got.ok());
  BOOST_CHECK(got.error().kind == StorageErrorKind::Corrupt);
  const auto ranged = engine->range({.first = text("a"), .end = text("c")}, nullptr);
  BOOST_REQUIRE(!ranged.ok());
  BOOST_CHECK(ranged.error().kind == StorageErrorKind::Corrupt);
}

BOOST_AUTO_TEST_CASE(a_moment_stays_as_it_was_through_compactions) {
  const auto engine = open();
  write(*engine, "a", text("before"));
  const auto moment = engine->moment();

  for (std::uint8_t round = 0; round < 40; ++round)
    write(*engine, "a", Bytes(5000, round));

  BOOST_CHECK(require(engine->get(text("a"), moment.get())) == text("before"));
  BOOST_CHECK(require(engine->get(text("a"), nullptr)) == Bytes(5000, 39));
}

BOOST_AUTO_TEST_CASE(a_flipped_byte_in_a_table_gives_the_right_value_or_an_error) {
  {
    const auto engine = open();
    for (int number = 0; number < 40; ++number)
      write(*engine, "key " + std::to_string(number), Bytes(40, 7));
  }
  open();  // writes the log back as a table
  const std::string table = largest(".ldb");
  BOOST_REQUIRE(!table.empty());
  const Bytes intact = *disk.content(table);
  int errors = 0;
  for (std::size_t at = 0; at < intact.size(); at += 13) {
    Bytes damaged = intact;
    damaged[at] ^= 0x20;
    disk.plant(table, damaged);
    const auto opened = Engine::open(environment, sample_options("/database"), Checks::Paranoid);
    if (!opened) {
      ++errors;
      continue;
    }
    for (int number = 0; number < 40; ++number) {
      const auto value = (*opened)->get(text("key " + std::to_string(number)), nullptr);
      if (value.ok()) {
        BOOST_CHECK(!*value || **value == Bytes(40, 7));
      } else {
        ++errors;
      }
    }
  }
  BOOST_CHECK_GT(errors, 0);
}

BOOST_AUTO_TEST_CASE(an_error_of_the_disk_keeps_its_kind) {
  const auto engine = open();
  disk.set_capacity(disk.bytes_used() + 100);

  const std::vector<WriteSet::Change> changes{{text("a"), Bytes(1000, 1)}};
  const auto written = engine->write(changes, {}, Durability::Synced);

  BOOST_REQUIRE(!written.ok());
  BOOST_CHECK(written.error().kind == StorageErrorKind::Full);
}

BOOST_AUTO_TEST_CASE(sizes_are_estimated) {
  const auto engine = open();
  for (int number = 0; number < 50; ++number)
    write(*engine, "key " + std::to_string(number), Bytes(4000, 7));

  BOOST_CHECK_GT(engine->approximate_size(text("key"), text("kez")), 50'000);
  BOOST_CHECK_EQUAL(engine->bytes_dropped(), 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

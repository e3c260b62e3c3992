#include "storage/database_files.hpp"

#include <cstdarg>

#include <boost/test/unit_test.hpp>
#include <leveldb/env.h>

#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::storage {

namespace {

/// As the database itself logs; its own function for that is not exported by the shared library.
void say(leveldb::Logger& logger, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  logger.Logv(format, arguments);
  va_end(arguments);
}

using simulator::PowerCut;
using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;

struct Files {
  SimulatedDisk disk;
  SimulatedEnvironment environment{disk, 1};
  DatabaseFiles files = make_database_files(environment);
  leveldb::Env& env = *files.env;

  std::unique_ptr<leveldb::WritableFile> create(const std::string& path) {
    leveldb::WritableFile* file = nullptr;
    BOOST_REQUIRE(env.NewWritableFile(path, &file).ok());
    return std::unique_ptr<leveldb::WritableFile>(file);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_files_test, Files)

BOOST_AUTO_TEST_CASE(a_created_and_a_renamed_name_survive_a_power_cut_without_further_ado) {
  const auto file = create("/a");
  BOOST_REQUIRE(file->Append("content").ok());
  BOOST_REQUIRE(file->Sync().ok());
  create("/old");
  BOOST_REQUIRE(env.RenameFile("/old", "/new").ok());

  disk.power_cut(PowerCut::LoseAll, 1);

  BOOST_CHECK(disk.content("/a") == text("content"));
  BOOST_CHECK(disk.content("/new"));
  BOOST_CHECK(!disk.content("/old"));
}

BOOST_AUTO_TEST_CASE(what_is_appended_is_buffered_until_flushed_or_closed) {
  const auto file = create("/a");
  BOOST_REQUIRE(file->Append("content").ok());
  BOOST_CHECK(disk.content("/a") == Bytes{});
  BOOST_REQUIRE(file->Flush().ok());
  BOOST_CHECK(disk.content("/a") == text("content"));
  BOOST_REQUIRE(file->Append(" and more").ok());
  BOOST_REQUIRE(file->Close().ok());
  BOOST_CHECK(disk.content("/a") == text("content and more"));
  { BOOST_REQUIRE(create("/b")->Append("left open").ok()); }
  BOOST_CHECK(disk.content("/b") == text("left open"));
}

BOOST_AUTO_TEST_CASE(after_a_change_that_failed_every_other_change_is_refused) {
  const auto file = create("/a");
  create("/b");
  BOOST_REQUIRE(file->Append("content").ok());
  environment.fail_at(environment.operations() + 2, StorageErrorKind::Io);  // write, then sync
  BOOST_CHECK(!file->Sync().ok());

  BOOST_CHECK(!file->Sync().ok());
  BOOST_CHECK(!env.RemoveFile("/b").ok());
  BOOST_CHECK(!env.RenameFile("/b", "/c").ok());
  BOOST_CHECK(disk.content("/b"));
  leveldb::WritableFile* other = nullptr;
  BOOST_CHECK(!env.NewWritableFile("/d", &other).ok());
  BOOST_CHECK(other == nullptr);
  BOOST_REQUIRE(files.errors->last_error());
  BOOST_CHECK_EQUAL(files.errors->last_error()->path, "/a");
}

BOOST_AUTO_TEST_CASE(an_absent_file_is_no_failure_of_the_disk) {
  leveldb::SequentialFile* file = nullptr;
  BOOST_CHECK(env.NewSequentialFile("/absent", &file).IsNotFound());
  BOOST_CHECK(env.RemoveFile("/absent").IsNotFound());
  BOOST_CHECK(!files.errors->last_error());
  create("/a");
}

BOOST_AUTO_TEST_CASE(files_are_read_in_sequence_and_at_random) {
  BOOST_REQUIRE(create("/a")->Append("0123456789").ok());
  char scratch[16];
  leveldb::Slice read;
  leveldb::SequentialFile* opened = nullptr;
  BOOST_REQUIRE(env.NewSequentialFile("/a", &opened).ok());
  const std::unique_ptr<leveldb::SequentialFile> sequential(opened);
  BOOST_REQUIRE(sequential->Skip(2).ok());
  BOOST_REQUIRE(sequential->Read(3, &read, scratch).ok());
  BOOST_CHECK_EQUAL(read.ToString(), "234");
  leveldb::RandomAccessFile* other = nullptr;
  BOOST_REQUIRE(env.NewRandomAccessFile("/a", &other).ok());
  const std::unique_ptr<leveldb::RandomAccessFile> random(other);
  BOOST_REQUIRE(random->Read(8, 5, &read, scratch).ok());
  BOOST_CHECK_EQUAL(read.ToString(), "89");
  std::uint64_t size = 0;
  BOOST_REQUIRE(env.GetFileSize("/a", &size).ok());
  BOOST_CHECK_EQUAL(size, 10);
}

BOOST_AUTO_TEST_CASE(what_a_recovery_drops_is_counted) {
  const auto log = make_recovery_log();
  say(*log->logger(), "%s%s: dropping %d bytes; %s", "", "000003.log", 120, "checksum");
  say(*log->logger(), "Recovering log #%d", 3);
  say(*log->logger(), "%s%s: dropping %d bytes; %s", "", "000003.log", 3, "missing start");

  BOOST_CHECK_EQUAL(log->bytes_dropped(), 123);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

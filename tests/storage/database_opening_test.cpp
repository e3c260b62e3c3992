#include <boost/test/unit_test.hpp>

#include "storage/database.hpp"
#include "storage/high_water_mark.hpp"
#include "storage/keys.hpp"
#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

// What a database says at its start about a disk that lost something; `faults.md` 3.5, D5 and D11.
namespace troupe::storage {

namespace {

using simulator::PowerCut;
using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;

constexpr std::uint64_t kBlocks = 30;

struct Simulated {
  std::unique_ptr<SimulatedDisk> disk = std::make_unique<SimulatedDisk>();

  template <class Use>
  void in_a_life(Use&& use) {
    SimulatedEnvironment environment(*disk, 1);
    use(environment);
  }

  static Stored<OpenedDatabase> open(SimulatedEnvironment& environment) {
    DatabaseOptions options = sample_options("/database");
    options.write_buffer_bytes = kDatabaseWriteBufferBytes;
    return Database::open(environment, options);
  }

  static WriteSet block(std::uint64_t height) {
    WriteSet set;
    set.put(keys::block(Height{height}), Bytes(1500, static_cast<std::uint8_t>(height)));
    set.completes(Height{height});
    return set;
  }

  /// Thirty blocks in one log, and a process that was killed.
  void write_blocks() {
    in_a_life([](SimulatedEnvironment& environment) {
      const auto opened = require(open(environment));
      for (std::uint64_t height = 1; height <= kBlocks; ++height)
        require(opened.database->commit(block(height)));
      require(opened.database->catch_up_mark());
      environment.die();
    });
  }

  void write_blocks_again() {
    disk = std::make_unique<SimulatedDisk>();
    write_blocks();
  }

  [[nodiscard]] std::string log() const {
    std::string found;
    for (const std::string& path : disk->files()) {
      if (path.ends_with(".log")) found = path;
    }
    return found;
  }

  static std::uint64_t blocks_readable(const Database& database) {
    std::uint64_t count = 0;
    for (std::uint64_t height = 1; height <= kBlocks; ++height) {
      const auto value = require(database.get(keys::block(Height{height})));
      count += value == Bytes(1500, static_cast<std::uint8_t>(height)) ? 1 : 0;
    }
    return count;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(database_opening_test, Simulated)

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_an_intact_database) {
  write_blocks();
  in_a_life([](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    BOOST_CHECK(opened.report.state == OpenState::Intact);
    BOOST_CHECK(opened.report.height_stored == Height{kBlocks});
    BOOST_CHECK_EQUAL(blocks_readable(*opened.database), kBlocks);
  });
}

BOOST_AUTO_TEST_CASE(no_flipped_byte_of_the_log_loses_a_block_unseen) {
  write_blocks();
  const Bytes intact = *disk->content(log());
  int incomplete = 0;
  for (std::size_t at = 0; at < intact.size(); at += 97) {
    write_blocks_again();
    Bytes damaged = intact;
    damaged[at] ^= 0x04;
    disk->plant(log(), damaged);
    in_a_life([&](SimulatedEnvironment& environment) {
      const auto opened = open(environment);
      if (!opened) {
        BOOST_CHECK(opened.error().kind == StorageErrorKind::Corrupt);
        return;
      }
      const bool has_all = blocks_readable(*opened->database) == kBlocks;
      BOOST_CHECK_EQUAL(opened->report.is_complete(), has_all);
      incomplete += has_all ? 0 : 1;
    });
  }
  BOOST_CHECK_GT(incomplete, 100);
}

BOOST_AUTO_TEST_CASE(a_log_cut_anywhere_loses_no_block_unseen) {
  write_blocks();
  const Bytes intact = *disk->content(log());
  for (std::size_t size = 0; size < intact.size(); size += 401) {
    write_blocks_again();
    disk->plant(log(), ByteView(intact).first(size));
    in_a_life([&](SimulatedEnvironment& environment) {
      const auto opened = require(open(environment));
      BOOST_CHECK(opened.report.state == OpenState::Incomplete);
      BOOST_CHECK_GT(opened.report.commits_missing, 0);
      BOOST_CHECK(opened.report.height_marked == Height{kBlocks});
    });
  }
}

BOOST_AUTO_TEST_CASE(an_incomplete_database_says_so_until_it_is_declared_complete) {
  write_blocks();
  disk->erase(log());
  in_a_life([](SimulatedEnvironment& environment) {
    BOOST_CHECK(require(open(environment)).report.state == OpenState::Incomplete);
  });
  in_a_life([](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    BOOST_CHECK(opened.report.state == OpenState::Incomplete);
    for (std::uint64_t height = 1; height <= kBlocks; ++height)
      require(opened.database->commit(block(height)));
    require(opened.database->declare_complete());
  });
  in_a_life([](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    BOOST_CHECK(opened.report.state == OpenState::Intact);
    BOOST_CHECK_EQUAL(blocks_readable(*opened.database), kBlocks);
  });
}

BOOST_AUTO_TEST_CASE(a_full_disk_stops_writing_and_loses_nothing) {
  std::uint64_t written = 0;
  in_a_life([&](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    disk->set_capacity(disk->bytes_used() + 20'000);
    while (opened.database->commit(block(written + 1)).ok())
      ++written;
    disk->set_capacity(UINT64_MAX);
    const auto refused = opened.database->commit(block(written + 1));
    BOOST_REQUIRE(!refused.ok());
    BOOST_CHECK(refused.error().kind == StorageErrorKind::Full);
    BOOST_CHECK_EQUAL(blocks_readable(*opened.database), written);
  });
  BOOST_CHECK_GT(written, 5);
  in_a_life([&](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    BOOST_CHECK(opened.report.is_complete());
    BOOST_CHECK_GE(blocks_readable(*opened.database), written);
  });
}

BOOST_AUTO_TEST_CASE(a_sync_that_failed_is_never_taken_for_a_success) {
  // The log's next sync fails; the bytes stay readable in the cache and never reach the platter.
  in_a_life([&](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    require(opened.database->commit(block(1)));
    environment.fail_at(environment.operations() + 2, StorageErrorKind::Io);
    BOOST_CHECK(!opened.database->commit(block(2)).ok());
    BOOST_CHECK(!opened.database->commit(block(3)).ok());
  });
  // The next start reads the cache, and what it reports must then be durable.
  std::uint64_t seen = 0;
  in_a_life([&](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    seen = blocks_readable(*opened.database);
    BOOST_CHECK_GE(seen, 1);
    environment.die();
  });
  disk->power_cut(PowerCut::LoseAll, 1);
  in_a_life([&](SimulatedEnvironment& environment) {
    const auto opened = require(open(environment));
    BOOST_CHECK(opened.report.is_complete());
    BOOST_CHECK_EQUAL(blocks_readable(*opened.database), seen);
  });
}

BOOST_AUTO_TEST_CASE(a_mark_of_another_ledger_is_refused_before_the_database_is_touched) {
  in_a_life([](SimulatedEnvironment& environment) {
    DataOwner other = sample_owner();
    other.chain = digest_of("another ledger");
    require(HighWaterMark::create(environment, "/database.mark", {other, {}}));
    const auto opened = open(environment);
    BOOST_REQUIRE(!opened.ok());
    BOOST_CHECK(opened.error().kind == StorageErrorKind::Foreign);
    BOOST_CHECK(!environment.exists("/database"));
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

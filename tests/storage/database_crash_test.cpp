#include <map>

#include <boost/test/unit_test.hpp>

#include "storage/database.hpp"
#include "storage/fixed_width.hpp"
#include "storage/keys.hpp"
#include "tests/storage/scratch.hpp"
#include "tests/support/random.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

// The database on a disk that dies under it, against a model of what it acknowledged: whatever a
// life ends with, the next one must find every acknowledged commit, and of the last one that was
// not acknowledged all or nothing.
namespace troupe::storage {

namespace {

using simulator::PowerCut;
using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;
using support::Random;

constexpr std::uint64_t kKeys = 24;
using Model = std::map<std::uint64_t, Bytes>;

/// How a life ends.
struct Ending {
  bool loses_power = true;
  PowerCut freedom = PowerCut::Strict;
};

Ending draw_ending(Random& random) {
  constexpr std::array kFreedoms{PowerCut::LoseAll, PowerCut::Ordered, PowerCut::Strict};
  const bool loses_power = random.below(3) != 0;
  return {loses_power, kFreedoms.at(random.below(kFreedoms.size()))};
}

Bytes key_of(std::uint64_t number) {
  Bytes key{'x'};
  append_big_endian(key, number);
  return key;
}

class CrashRun {
 public:
  explicit CrashRun(Random& random) : random_(random) {}

  void run(int lives) {
    for (int life = 0; life < lives; ++life) {
      live();
      const Ending ending = draw_ending(random_);
      if (ending.loses_power) disk_.power_cut(ending.freedom, random_.next());
    }
    check_once_more();
  }

  [[nodiscard]] std::uint64_t commits() const { return commits_; }

  [[nodiscard]] std::uint64_t torn() const { return torn_; }

  [[nodiscard]] std::uint64_t deaths_inside() const { return deaths_inside_; }

 private:
  void live() {
    SimulatedEnvironment environment(disk_, random_.next());
    environment.set_background_chance(static_cast<std::uint8_t>(random_.below(256)));
    plan(environment);
    {
      auto opened = Database::open(environment, sample_options("/database"));
      if (opened) {
        if (check(environment, *opened)) work(environment, *opened->database);
      } else {
        BOOST_REQUIRE_MESSAGE(environment.is_dead() || planned_failure_, describe(opened.error()));
      }
      deaths_inside_ += environment.is_dead() ? 1 : 0;
      environment.die();
    }
  }

  /// Most lives die at some operation, some meet one failing operation instead.
  void plan(SimulatedEnvironment& environment) {
    const std::uint64_t operation = 1 + random_.below(random_.below(2) == 0 ? 60 : 400);
    planned_failure_ = random_.below(4) == 0;
    if (!planned_failure_) return environment.die_at(operation);
    environment.fail_at(operation,
                        random_.below(2) == 0 ? StorageErrorKind::Io : StorageErrorKind::Full);
  }

  void work(SimulatedEnvironment& environment, Database& database) {
    for (int count = 0; count < 60 && !environment.is_dead(); ++count) {
      pending_ = draw_changes();
      if (!database.commit(as_write_set(pending_))) return;
      accept(pending_);
      pending_.clear();
      ++commits_;
    }
  }

  std::map<std::uint64_t, std::optional<Bytes>> draw_changes() {
    std::map<std::uint64_t, std::optional<Bytes>> changes;
    for (std::uint64_t count = 1 + random_.below(4); count > 0; --count) {
      const std::uint64_t key = random_.below(kKeys);
      const std::uint64_t size = random_.below(8) == 0 ? random_.below(9000) : random_.below(200);
      if (random_.below(5) == 0) {
        changes[key] = std::nullopt;
      } else {
        changes[key] = random_.bytes(size);
      }
    }
    return changes;
  }

  WriteSet as_write_set(const std::map<std::uint64_t, std::optional<Bytes>>& changes) {
    WriteSet set;
    for (const auto& [key, value] : changes) {
      if (value) {
        set.put(key_of(key), *value);
      } else {
        set.remove(key_of(key));
      }
    }
    if (random_.below(3) == 0) set.completes(Height{++height_});
    return set;
  }

  void accept(const std::map<std::uint64_t, std::optional<Bytes>>& changes) {
    for (const auto& [key, value] : changes) {
      if (value) {
        model_[key] = *value;
      } else {
        model_.erase(key);
      }
    }
  }

  /// False if the process ended while it read.
  bool check(const SimulatedEnvironment& environment, const OpenedDatabase& opened) {
    BOOST_REQUIRE_MESSAGE(opened.report.is_complete(), opened.report.detail);
    torn_ += opened.report.state == OpenState::TornTail ? 1 : 0;
    const auto found = read_all(*opened.database);
    if (!found.ok()) {
      BOOST_REQUIRE(environment.is_dead() || planned_failure_);
      return false;
    }
    if (*found != model_) accept(pending_);
    pending_.clear();
    BOOST_REQUIRE(*found == model_);
    if (opened.database->height()) height_ = std::max(height_, opened.database->height()->number);
    return true;
  }

  static Stored<Model> read_all(const Database& database) {
    RangeQuery query;
    query.first = Bytes{'x'};
    query.end = Bytes{'y'};
    auto entries = database.range(query);
    if (!entries) return failure(entries.error());
    Model found;
    for (Entry& entry : *entries)
      found[read_big_endian<std::uint64_t>(entry.key, 1)] = std::move(entry.value);
    return found;
  }

  void check_once_more() {
    SimulatedEnvironment environment(disk_, random_.next());
    planned_failure_ = false;
    BOOST_REQUIRE(
        check(environment, require(Database::open(environment, sample_options("/database")))));
  }

  Random& random_;
  SimulatedDisk disk_;
  Model model_;
  std::map<std::uint64_t, std::optional<Bytes>> pending_;
  std::uint64_t height_ = 0;
  bool planned_failure_ = false;
  std::uint64_t commits_ = 0;
  std::uint64_t torn_ = 0;
  std::uint64_t deaths_inside_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(database_crash_test)

BOOST_AUTO_TEST_CASE(waits_inside_the_database_run_held_background_work) {
  BOOST_CHECK(simulator::is_wait_replaced());
}

BOOST_AUTO_TEST_CASE(no_acknowledged_commit_is_lost_however_the_process_ends) {
  Random random;
  std::uint64_t commits = 0;
  std::uint64_t torn = 0;
  std::uint64_t deaths = 0;
  for (int run = 0; run < 300; ++run) {
    BOOST_TEST_CONTEXT("run " << run) {
      CrashRun crash(random);
      crash.run(8);
      commits += crash.commits();
      torn += crash.torn();
      deaths += crash.deaths_inside();
    }
  }
  BOOST_TEST_MESSAGE(deaths << " deaths inside an operation, " << commits << " commits, " << torn
                            << " torn ends");
  BOOST_CHECK_GT(deaths, 1000);
  BOOST_CHECK_GT(torn, 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

#include <boost/test/unit_test.hpp>

#include "storage/vote_journal.hpp"
#include "tests/storage/scratch.hpp"
#include "tests/support/random.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

// The journal on a disk that dies under it, against a model of what it acknowledged.
namespace troupe::storage {

namespace {

using simulator::PowerCut;
using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;
using support::Random;

using Records = std::vector<JournalRecord>;

class CrashRun {
 public:
  explicit CrashRun(Random& random) : random_(random) {
    SimulatedEnvironment environment(disk_, random_.next());
    require(environment.create_directory("/journal"));
    require(environment.sync_directory("/"));
    require(VoteJournal::create(environment, "/journal", sample_journal_owner()));
  }

  void run(int lives) {
    for (int life = 0; life < lives; ++life) {
      live();
      if (random_.below(3) != 0) disk_.power_cut(draw_freedom(), random_.next());
    }
    SimulatedEnvironment environment(disk_, random_.next());
    check(require(open(environment)));
  }

  [[nodiscard]] std::uint64_t appends() const { return appends_; }

  [[nodiscard]] std::uint64_t deaths_inside() const { return deaths_inside_; }

 private:
  static Stored<OpenedJournal> open(SimulatedEnvironment& environment) {
    return VoteJournal::open(environment, "/journal", sample_journal_owner());
  }

  PowerCut draw_freedom() {
    constexpr std::array kFreedoms{PowerCut::LoseAll, PowerCut::Ordered, PowerCut::Strict};
    return kFreedoms.at(random_.below(kFreedoms.size()));
  }

  void live() {
    SimulatedEnvironment environment(disk_, random_.next());
    const std::uint64_t operation = 1 + random_.below(120);
    const bool fails = random_.below(4) == 0;
    if (fails) {
      environment.fail_at(operation, StorageErrorKind::Io);
    } else {
      environment.die_at(operation);
    }
    auto opened = open(environment);
    if (opened) {
      check(*opened);
      work(environment, *opened->journal);
    } else {
      BOOST_REQUIRE_MESSAGE(environment.is_dead() || fails, describe(opened.error()));
    }
    deaths_inside_ += environment.is_dead() ? 1 : 0;
    environment.die();
  }

  void work(SimulatedEnvironment& environment, VoteJournal& journal) {
    for (int count = 0; count < 30 && !environment.is_dead(); ++count) {
      const bool done = random_.below(8) == 0 ? compact(journal) : append(journal);
      if (!done) return;
    }
  }

  bool append(VoteJournal& journal) {
    for (std::uint64_t count = 1 + random_.below(3); count > 0; --count) {
      view_ += random_.below(2);
      const std::uint64_t size =
          random_.below(10) == 0 ? random_.below(40'000) : random_.below(300);
      pending_.push_back({{Epoch{1}, View{view_}}, random_.bytes(size)});
    }
    if (!journal.append(pending_)) return false;
    model_.insert(model_.end(), pending_.begin(), pending_.end());
    pending_.clear();
    ++appends_;
    return true;
  }

  bool compact(VoteJournal& journal) {
    const JournalPosition keep_from{Epoch{1}, View{view_ < 4 ? 0 : view_ - 4}};
    // From the moment it is asked for, the old records may be gone.
    dropped_below_ = std::max(dropped_below_, keep_from);
    return journal.compact(keep_from).ok();
  }

  /// Records below a compaction that was under way may be there or not; they do not matter.
  [[nodiscard]] Records relevant(const Records& records) const {
    Records kept;
    for (const JournalRecord& record : records) {
      if (!(record.position < dropped_below_)) kept.push_back(record);
    }
    return kept;
  }

  void check(const OpenedJournal& opened) {
    BOOST_REQUIRE_MESSAGE(opened.report.state == JournalState::Intact, opened.report.detail);
    if (relevant(opened.records) != relevant(model_))
      model_.insert(model_.end(), pending_.begin(), pending_.end());
    pending_.clear();
    BOOST_REQUIRE(relevant(opened.records) == relevant(model_));
    BOOST_REQUIRE(opened.journal->records() == opened.records);
  }

  Random& random_;
  SimulatedDisk disk_;
  Records model_;
  Records pending_;
  JournalPosition dropped_below_;
  std::uint64_t view_ = 1;
  std::uint64_t appends_ = 0;
  std::uint64_t deaths_inside_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(vote_journal_crash_test)

BOOST_AUTO_TEST_CASE(no_acknowledged_record_is_lost_however_the_process_ends) {
  Random random;
  std::uint64_t appends = 0;
  std::uint64_t deaths = 0;
  for (int run = 0; run < 300; ++run) {
    BOOST_TEST_CONTEXT("run " << run) {
      CrashRun crash(random);
      crash.run(10);
      appends += crash.appends();
      deaths += crash.deaths_inside();
    }
  }
  BOOST_TEST_MESSAGE(deaths << " deaths inside an operation, " << appends << " appends");
  BOOST_CHECK_GT(deaths, 1000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

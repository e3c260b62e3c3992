#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tools/simulator/judge.hpp"
#include "tools/simulator/world.hpp"

// Whole nodes that forget what they signed, or run twice (consensus.md, section 5).
namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kVictim = 3;

struct Network {
  explicit Network(WorldOptions options = {}) : world(options), judge(world.genesis(), liars) {
    world.add_witness(judge);
    for (std::size_t i = 0; i < world.size(); ++i) {
      world.node(i).on_log = [this, i](const std::string&, const std::string& line) {
        said.emplace_back(i, line);
      };
    }
    world.boot_all();
    world.run_for(100ms);
  }

  /// A client of this node gets one more transaction final.
  bool makes_final(std::size_t node) {
    const std::size_t before = world.acknowledged().size();
    world.submit(node);
    return world.run_until(10s, [&] { return world.acknowledged().size() > before; });
  }

  void work(std::size_t times) {
    for (std::size_t i = 0; i < times; ++i)
      BOOST_REQUIRE(makes_final(i % kVictim));
  }

  /// Ends the victim's process, lets `harm` have its disk, and starts it again.
  template <class Harm>
  void strike(Harm harm) {
    world.crash(kVictim, std::nullopt);
    harm(world.node(kVictim).disk());
    world.boot(kVictim);
    world.run_for(500ms);
  }

  [[nodiscard]] bool has_said(std::size_t node, const std::string& text) const {
    for (const auto& [who, line] : said) {
      if (who == node && line.find(text) != std::string::npos) return true;
    }
    return false;
  }

  /// True if the victim votes in a view that it did not vote in before.
  bool votes_on() {
    const std::uint64_t before = judge.signed_view(kVictim);
    return world.run_until(20s, [&] { return judge.signed_view(kVictim) > before; });
  }

  void check_honest() const {
    for (const Violation& violation : judge.violations())
      BOOST_ERROR(violation.checker << ": " << violation.what);
  }

  std::set<std::size_t> liars;
  World world;
  Judge judge;
  std::vector<std::pair<std::size_t, std::string>> said;
};

void lose_journal(SimulatedDisk& disk) {
  for (const std::string& path : disk.files()) {
    if (path.find("/journal/") != std::string::npos) disk.erase(path);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rejoin_test)

BOOST_AUTO_TEST_CASE(a_lost_journal_makes_an_observer_and_a_rejoin_a_validator_again) {
  Network network;
  network.work(4);
  network.judge.forgive_journal(kVictim);

  network.strike(lose_journal);
  BOOST_TEST(network.has_said(kVictim, "does not vote: the vote journal is missing"));
  const std::uint64_t before = network.judge.signed_view(kVictim);
  network.work(4);
  BOOST_TEST(network.judge.signed_view(kVictim) == before);

  network.world.rejoin(kVictim, 0);
  BOOST_TEST(network.votes_on());
  BOOST_TEST(network.has_said(kVictim, "rejoined"));
  BOOST_TEST(network.makes_final(kVictim));  // its lane lives too
  network.check_honest();
}

BOOST_AUTO_TEST_CASE(a_validator_that_rejoined_votes_on_after_its_next_start) {
  Network network;
  network.work(2);
  network.judge.forgive_journal(kVictim);
  network.strike(lose_journal);
  network.world.rejoin(kVictim, 0);
  BOOST_REQUIRE(network.votes_on());
  BOOST_REQUIRE(network.makes_final(kVictim));

  network.strike([](SimulatedDisk&) {});

  BOOST_TEST(network.votes_on());
  BOOST_TEST(network.makes_final(kVictim));
  network.check_honest();
}

BOOST_AUTO_TEST_CASE(a_rejoin_of_a_process_that_ended_helps_no_other) {
  Network network;
  network.work(2);
  network.judge.forgive_journal(kVictim);
  network.strike(lose_journal);
  network.world.rejoin(kVictim, 0);
  network.world.crash(kVictim, std::nullopt);
  network.world.boot(kVictim);

  network.work(4);

  BOOST_TEST(!network.votes_on());
  network.world.rejoin(kVictim, 0);
  BOOST_TEST(network.votes_on());
  network.check_honest();
}

BOOST_AUTO_TEST_CASE(a_disk_that_was_put_back_from_a_backup_makes_an_observer) {
  Network network;
  network.work(2);
  network.world.crash(kVictim, std::nullopt);
  const SimulatedDisk backup = network.world.node(kVictim).disk().copy();
  network.world.boot(kVictim);
  network.world.run_for(500ms);
  network.work(6);
  network.judge.forgive_journal(kVictim);

  // Nobody but the others can tell: the old journal and the old database agree.
  network.strike([&](SimulatedDisk& disk) { disk = backup.copy(); });

  BOOST_TEST(network.has_said(kVictim, "does not vote: a peer holds a signature"));
  network.world.rejoin(kVictim, 0);
  BOOST_TEST(network.votes_on());
  network.check_honest();
}

BOOST_AUTO_TEST_CASE(a_journal_that_was_put_back_alone_is_noticed_without_the_others) {
  Network network;
  network.work(2);
  network.world.crash(kVictim, std::nullopt);
  const SimulatedDisk backup = network.world.node(kVictim).disk().copy();
  network.world.boot(kVictim);
  network.world.run_for(500ms);
  network.work(6);
  network.judge.forgive_journal(kVictim);

  network.strike([&](SimulatedDisk& disk) {
    for (const std::string& path : backup.files()) {
      if (path.find("/journal/votes") != std::string::npos) disk.plant(path, *backup.content(path));
    }
  });

  BOOST_TEST(network.has_said(kVictim, "does not vote: the vote journal is damaged"));
  network.world.rejoin(kVictim, 0);
  BOOST_TEST(network.votes_on());
  network.check_honest();
}

BOOST_AUTO_TEST_CASE(of_two_processes_with_one_key_at_least_one_stops_voting) {
  WorldOptions options;
  options.twins = {kVictim};
  Network network(options);

  network.work(6);

  const bool first = network.has_said(kVictim, "does not vote");
  const bool second = network.has_said(4, "does not vote");
  BOOST_TEST((first || second));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

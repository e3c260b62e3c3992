#include "protocol/ledger/snapshot_fetch.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/sample_snapshot.hpp"

namespace troupe::ledger {

namespace {

using namespace std::chrono_literals;
using samples::SampleSnapshot;

constexpr SnapshotPeer kFirst{1};
constexpr SnapshotPeer kSecond{2};
constexpr SnapshotPeer kThird{3};

/// What a peer answers: a part or that it has none; or it does not answer at all.
using Said = std::optional<StateChunk>;
using Answer = std::function<std::optional<Said>(const NibblePath&)>;

std::optional<Said> silence(const NibblePath&) {
  return std::nullopt;
}

std::optional<Said> nothing(const NibblePath&) {
  return Said{};
}

/// A fetch and the peers that it talks to.
struct Bench {
  explicit Bench(std::size_t count = 400) : snapshot(count, 10), fetch({snapshot.root()}) {}

  Answer honest() {
    return [this](const NibblePath& path) { return std::optional<Said>(snapshot.part(path)); };
  }

  void join(SnapshotPeer peer, Answer answer) {
    answers[peer] = std::move(answer);
    step(PartPeerFound{peer});
  }

  void step(const SnapshotInput& input) {
    for (const SnapshotEffect& effect : fetch.step(input, now))
      perform(effect);
  }

  void perform(const SnapshotEffect& effect) {
    if (const auto* request = std::get_if<RequestPart>(&effect)) {
      requests.push_back(*request);
      ++asked[request->peer];
    } else if (const auto* store = std::get_if<StorePart>(&effect)) {
      BOOST_TEST(verify(store->part, snapshot.root()));
      pending = store->pending;
      if (const auto* entries = std::get_if<std::vector<StateEntry>>(&store->part.content)) {
        for (const StateEntry& entry : *entries)
          stored[crypto::sha256(entry.key)] = entry;
      }
    } else if (const auto* drop = std::get_if<DropPartPeer>(&effect)) {
      drops.emplace_back(drop->peer, drop->fault);
    } else if (const auto* wake = std::get_if<WakePartTimer>(&effect)) {
      wake_at = wake->at;
    } else {
      is_gone = true;
    }
  }

  /// Has the peers answer until all is stored; lets the timer fire if all are silent.
  void play(std::size_t rounds_max = 10000) {
    for (std::size_t round = 0; round < rounds_max && !fetch.is_done() && !is_gone; ++round) {
      if (requests.empty()) {
        BOOST_REQUIRE(wake_at.has_value());
        now = *wake_at;
        step(PartTimerFired{});
        continue;
      }
      const RequestPart request = requests.front();
      requests.erase(requests.begin());
      const auto answer = answers.at(request.peer)(request.path);
      if (answer) step(PartReceived{request.peer, request.request, *answer});
    }
  }

  [[nodiscard]] bool has_dropped(SnapshotPeer peer, PartFault fault) const {
    return drops.size() == 1 && drops.front() == std::pair(peer, fault);
  }

  SampleSnapshot snapshot;
  SnapshotFetch fetch;
  Instant now{1s};
  std::map<SnapshotPeer, Answer> answers;
  std::vector<RequestPart> requests;
  std::map<SnapshotPeer, std::size_t> asked;
  std::map<crypto::Digest, StateEntry> stored;
  std::vector<NibblePath> pending;
  std::vector<std::pair<SnapshotPeer, PartFault>> drops;
  std::optional<Instant> wake_at;
  bool is_gone = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot_fetch_test)

BOOST_AUTO_TEST_CASE(it_brings_the_whole_state_from_several_peers_at_once) {
  Bench bench;
  for (const SnapshotPeer peer : {kFirst, kSecond, kThird})
    bench.join(peer, bench.honest());

  bench.play();

  BOOST_TEST(bench.fetch.is_done());
  BOOST_TEST(bench.fetch.progress() == 1000u);
  BOOST_TEST((bench.stored == bench.snapshot.entries));
  for (const SnapshotPeer peer : {kFirst, kSecond, kThird})
    BOOST_TEST(bench.asked[peer] > 10u);
  BOOST_TEST(bench.drops.empty());
}

BOOST_AUTO_TEST_CASE(however_many_peers_there_are_only_so_much_is_asked_for_at_once) {
  Bench bench;
  for (std::uint64_t peer = 1; peer <= kPartsAtOnceMax; ++peer)
    bench.join(SnapshotPeer{peer}, bench.honest());
  std::size_t most = 0;

  while (!bench.fetch.is_done()) {
    bench.play(1);
    most = std::max(most, bench.requests.size());
  }

  BOOST_TEST(most == kPartsAtOnceMax);
  BOOST_TEST((bench.stored == bench.snapshot.entries));
}

BOOST_AUTO_TEST_CASE(an_empty_state_is_fetched_too) {
  Bench bench(0);
  bench.join(kFirst, bench.honest());

  bench.play();

  BOOST_TEST(bench.fetch.is_done());
}

BOOST_AUTO_TEST_CASE(progress_only_grows) {
  Bench bench;
  bench.join(kFirst, bench.honest());
  std::uint32_t before = bench.fetch.progress();
  BOOST_TEST(before == 0u);

  while (!bench.fetch.is_done()) {
    bench.play(1);
    BOOST_TEST(bench.fetch.progress() >= before);
    before = bench.fetch.progress();
  }
}

BOOST_AUTO_TEST_CASE(a_liar_is_dropped_for_good_and_replaced) {
  Bench bench;
  bench.join(kFirst, [&](const NibblePath& path) {
    Said part = bench.snapshot.part(path);
    if (auto* entries = std::get_if<std::vector<StateEntry>>(&part->content)) {
      entries->front().value = samples::bytes_of("mallory");
    }
    return std::optional(part);
  });
  bench.join(kSecond, bench.honest());

  bench.play();

  BOOST_TEST((bench.stored == bench.snapshot.entries));
  BOOST_TEST(bench.has_dropped(kFirst, PartFault::Wrong));
}

BOOST_AUTO_TEST_CASE(a_part_of_another_place_is_a_lie_too) {
  Bench bench;
  bench.join(kFirst,
             [&](const NibblePath&) { return std::optional<Said>(bench.snapshot.part({})); });
  bench.join(kSecond, bench.honest());

  bench.play();

  BOOST_TEST((bench.stored == bench.snapshot.entries));
  BOOST_TEST(bench.has_dropped(kFirst, PartFault::Wrong));
}

BOOST_AUTO_TEST_CASE(who_does_not_answer_is_replaced_after_the_timeout) {
  Bench bench;
  bench.join(kFirst, silence);
  bench.join(kSecond, bench.honest());

  bench.play();

  BOOST_TEST((bench.stored == bench.snapshot.entries));
  BOOST_TEST(bench.has_dropped(kFirst, PartFault::Slow));
  BOOST_TEST((bench.now == Instant{6s}));
}

BOOST_AUTO_TEST_CASE(who_has_nothing_is_replaced_at_once) {
  Bench bench;
  bench.join(kFirst, bench.honest());
  bench.join(kSecond, nothing);

  bench.play();

  BOOST_TEST((bench.stored == bench.snapshot.entries));
  BOOST_TEST(bench.has_dropped(kSecond, PartFault::Empty));
  BOOST_TEST((bench.now == Instant{1s}));
}

BOOST_AUTO_TEST_CASE(a_snapshot_that_nobody_has_is_gone) {
  Bench bench;
  bench.join(kFirst, nothing);
  bench.join(kSecond, silence);

  bench.play(1);
  BOOST_TEST(!bench.is_gone);
  bench.answers[kSecond] = nothing;
  bench.now = *bench.wake_at;
  bench.step(PartTimerFired{});
  bench.play();

  BOOST_TEST(bench.is_gone);
}

BOOST_AUTO_TEST_CASE(what_a_peer_that_left_was_asked_is_asked_of_others) {
  Bench bench;
  bench.join(kFirst, silence);
  bench.step(PartPeerLost{kFirst});
  bench.requests.clear();

  bench.join(kSecond, bench.honest());
  bench.play();

  BOOST_TEST((bench.stored == bench.snapshot.entries));
  BOOST_TEST((bench.now == Instant{1s}));
}

BOOST_AUTO_TEST_CASE(it_goes_on_where_an_earlier_one_was) {
  Bench whole;
  whole.join(kFirst, whole.honest());
  whole.play();
  Bench bench;
  bench.join(kFirst, bench.honest());
  bench.play(30);
  BOOST_REQUIRE(!bench.pending.empty());

  Bench later;
  later.fetch = SnapshotFetch({later.snapshot.root(), bench.pending});
  later.stored = bench.stored;
  later.join(kFirst, later.honest());
  later.play();

  BOOST_TEST((later.stored == later.snapshot.entries));
  BOOST_TEST(bench.fetch.parts_stored() + later.fetch.parts_stored() == whole.fetch.parts_stored());
}

BOOST_AUTO_TEST_CASE(a_late_answer_and_one_that_nobody_asked_for_are_nothing) {
  Bench bench;
  bench.join(kFirst, bench.honest());
  const RequestPart request = bench.requests.front();

  bench.step(PartReceived{kSecond, request.request, bench.snapshot.part({})});
  bench.step(PartReceived{kFirst, 999, bench.snapshot.part({})});

  BOOST_TEST(bench.fetch.parts_stored() == 0u);
  BOOST_TEST(bench.drops.empty());
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_part_are_a_lie) {
  Bench bench;
  bench.join(kFirst, bench.honest());

  bench.step(PartMalformed{kFirst, bench.requests.front().request});

  BOOST_TEST(bench.has_dropped(kFirst, PartFault::Wrong));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

#include "protocol/consensus/catch_up.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/certified_chain.hpp"

namespace troupe::consensus {

namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kHeights = 300;

const support::CertifiedChain& chain() {
  static const support::CertifiedChain instance(kHeights);
  return instance;
}

/// A machine that starts at the root block, and the time it lives in.
struct Rig {
  explicit Rig(Duration patience = Duration{0}) : machine(config(patience)) {}

  static CatchUpConfig config(Duration patience) {
    CatchUpConfig config{chain().electorate(), chain().root(), {}};
    append_to_history(config.frontier, digest(chain().root()));
    config.patience = patience;
    return config;
  }

  template <class Kind>
  std::vector<Kind> step(const CatchUpInput& input) {
    std::vector<Kind> found;
    for (CatchUpEffect& effect : machine.step(input, now)) {
      if (auto* one = std::get_if<Kind>(&effect)) found.push_back(std::move(*one));
    }
    return found;
  }

  [[nodiscard]] static RunReceived answer(const RequestRun& request, std::uint64_t last = 0) {
    const std::uint64_t end = last == 0 ? request.last.number : last;
    return {request.peer, request.request, chain().run(request.first.number, end)};
  }

  CatchUpMachine machine;
  Instant now;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(catch_up_test)

BOOST_AUTO_TEST_CASE(a_claim_above_our_height_is_asked_for_and_delivered_once_proven) {
  Rig rig;

  const auto requests = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{10}});
  BOOST_REQUIRE_EQUAL(requests.size(), 1);
  BOOST_CHECK(requests[0].first == Height{1});
  BOOST_CHECK(requests[0].last == Height{10});
  const auto delivered = rig.step<DeliverRun>(Rig::answer(requests[0]));

  BOOST_REQUIRE_EQUAL(delivered.size(), 1);
  BOOST_TEST(delivered[0].run.size() == 10);
  BOOST_TEST(delivered[0].frontier.size() == 11);
}

BOOST_AUTO_TEST_CASE(several_peers_are_asked_side_by_side_and_runs_come_out_in_order) {
  Rig rig;

  const auto first = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{kHeights}});
  const auto second = rig.step<RequestRun>(PeerClaims{SyncPeer{2}, Height{kHeights}});
  BOOST_REQUIRE_EQUAL(first.size(), 1);
  BOOST_REQUIRE_EQUAL(second.size(), 1);
  BOOST_CHECK(second[0].first == first[0].last.next());
  BOOST_TEST(rig.step<DeliverRun>(Rig::answer(second[0])).empty());
  const auto delivered = rig.step<DeliverRun>(Rig::answer(first[0]));

  BOOST_REQUIRE_EQUAL(delivered.size(), 2);
  BOOST_CHECK(delivered[0].run.front().header.height == Height{1});
  BOOST_CHECK(delivered[1].run.back().header.height == second[0].last);
}

BOOST_AUTO_TEST_CASE(a_peer_whose_run_proves_nothing_is_blamed_and_left_alone) {
  Rig rig;
  const auto requests = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{10}});
  RunReceived forged = Rig::answer(requests[0]);
  forged.run->back().finalization->signatures[0].signature.bytes[3] ^= 1;

  const auto blamed = rig.step<BlamePeer>(forged);
  const auto again = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{20}});
  const auto other = rig.step<RequestRun>(PeerClaims{SyncPeer{2}, Height{10}});

  BOOST_REQUIRE_EQUAL(blamed.size(), 1);
  BOOST_CHECK(blamed[0].reason == RunError::BadCertificate);
  BOOST_TEST(again.empty());
  BOOST_REQUIRE_EQUAL(other.size(), 1);
  BOOST_CHECK(other[0].peer == SyncPeer{2});
}

BOOST_AUTO_TEST_CASE(an_unanswered_request_goes_to_the_next_peer) {
  Rig rig;
  const auto first = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{10}});
  (void)rig.step<RequestRun>(PeerClaims{SyncPeer{2}, Height{10}});
  rig.now = rig.now + 2s;

  const auto second = rig.step<RequestRun>(CatchUpTimerFired{});

  BOOST_REQUIRE_EQUAL(second.size(), 1);
  BOOST_CHECK(second[0].peer == SyncPeer{2});
  BOOST_CHECK(second[0].first == first[0].first);
}

BOOST_AUTO_TEST_CASE(a_patient_node_asks_only_for_what_does_not_come_by_itself) {
  Rig rig(1s);

  BOOST_TEST(rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{2}}).empty());
  rig.now = rig.now + 1s;
  BOOST_TEST(rig.step<RequestRun>(CatchUpTimerFired{}).size() == 1);
}

BOOST_AUTO_TEST_CASE(missing_ancestors_end_the_patience_and_reach_beyond_stale_claims) {
  Rig rig(1s);
  BOOST_TEST(rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{0}}).empty());

  const auto requests = rig.step<RequestRun>(AncestorsMissing{View{20}});

  BOOST_REQUIRE_EQUAL(requests.size(), 1);
  BOOST_CHECK(requests[0].first == Height{1});
}

BOOST_AUTO_TEST_CASE(a_short_answer_is_completed_by_another_request) {
  Rig rig;
  const auto first = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{10}});

  const auto second = rig.step<RequestRun>(Rig::answer(first[0], 4));

  BOOST_REQUIRE_EQUAL(second.size(), 1);
  BOOST_CHECK(second[0].first == Height{5});
}

BOOST_AUTO_TEST_CASE(blocks_that_came_by_votes_are_not_delivered_again) {
  Rig rig;
  const auto requests = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{10}});
  for (std::uint64_t height = 1; height <= 4; ++height) {
    (void)rig.step<RequestRun>(BlockStored{chain().at(height).header});
  }

  const auto delivered = rig.step<DeliverRun>(Rig::answer(requests[0]));

  BOOST_REQUIRE_EQUAL(delivered.size(), 1);
  BOOST_CHECK(delivered[0].run.front().header.height == Height{5});
  BOOST_TEST(delivered[0].frontier.size() == 11);
}

BOOST_AUTO_TEST_CASE(a_proven_run_of_another_chain_than_ours_stops_the_machine) {
  Rig rig;
  Header other = chain().run(1, 1).front().header;
  other.timestamp.milliseconds += 1;
  (void)rig.step<RequestRun>(BlockStored{other});
  const auto requests = rig.step<RequestRun>(PeerClaims{SyncPeer{1}, Height{10}});
  BOOST_REQUIRE_EQUAL(requests.size(), 1);

  const auto broken = rig.step<AgreementBroken>(Rig::answer(requests[0]));

  BOOST_REQUIRE_EQUAL(broken.size(), 1);
  BOOST_CHECK(broken[0].height == Height{2});
  BOOST_TEST(rig.step<RequestRun>(PeerClaims{SyncPeer{2}, Height{10}}).empty());
}

BOOST_AUTO_TEST_CASE(what_is_asked_for_stays_within_reach_of_what_is_stored) {
  Rig rig;
  std::vector<RequestRun> requests;
  for (std::uint64_t peer = 1; peer <= 20; ++peer) {
    for (RequestRun& request :
         rig.step<RequestRun>(PeerClaims{SyncPeer{peer}, Height{1'000'000}})) {
      requests.push_back(request);
    }
  }

  BOOST_TEST(requests.size() == kRunsInFlightMax);
  for (const RequestRun& request : requests)
    BOOST_TEST(request.last.number <= kHeightsAheadMax);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

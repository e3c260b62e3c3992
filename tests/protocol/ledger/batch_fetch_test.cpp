#include "protocol/ledger/batch_fetch.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

constexpr Duration kGrace = std::chrono::milliseconds(10);
constexpr Duration kRetry = std::chrono::milliseconds(250);
constexpr ValidatorIndex kLane{2};

crypto::Digest word(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

Instant at(Duration time) {
  return Instant{time};
}

/// Holders 1, 3, 2 in this order, for three batches wanted by one block.
FetchOrder sample_order() {
  return {.lane = kLane,
          .range = {.tip = word("tip"), .count = 3},
          .holders = {PeerNumber{1}, PeerNumber{3}, PeerNumber{2}},
          .block = word("block")};
}

struct Fixture {
  BatchFetches fetches{kGrace, kRetry};
  std::set<PeerNumber> connected{PeerNumber{1}, PeerNumber{2}, PeerNumber{3}};

  std::vector<FetchRequest> due(Duration time) { return fetches.due(connected, at(time)); }

  /// The peer asked at this time, nothing if nobody was.
  std::optional<std::uint64_t> asked(Duration time) {
    const auto requests = due(time);
    BOOST_REQUIRE(requests.size() <= 1u);
    if (requests.empty() || !requests[0].to) return std::nullopt;
    return requests[0].to->number;
  }

  /// Orders, and lets the disk say that it has nothing.
  void order_past_disk() {
    fetches.order(sample_order(), at(Duration(0)));
    BOOST_REQUIRE(due(Duration(0)).size() == 1u);
    fetches.answered(std::nullopt, {word("tip")}, at(Duration(0)));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(batch_fetch_test, Fixture)

BOOST_AUTO_TEST_CASE(the_own_disk_is_asked_first) {
  fetches.order(sample_order(), at(Duration(0)));

  const auto requests = due(Duration(0));

  BOOST_REQUIRE(requests.size() == 1u);
  BOOST_TEST(!requests[0].to.has_value());
  BOOST_TEST((requests[0].ranges[0] == BatchRange{.tip = word("tip"), .count = 3}));
  BOOST_TEST(due(Duration(0)).empty());
}

BOOST_AUTO_TEST_CASE(peers_are_asked_after_a_grace_best_first) {
  order_past_disk();

  BOOST_TEST(!asked(kGrace - Duration(1)).has_value());
  BOOST_TEST(asked(kGrace).value() == 1u);
}

BOOST_AUTO_TEST_CASE(after_each_retry_interval_the_next_one_is_asked_round_and_round) {
  order_past_disk();
  BOOST_REQUIRE(asked(kGrace).value() == 1u);

  BOOST_TEST(!asked(kGrace + kRetry - Duration(1)).has_value());
  BOOST_TEST(asked(kGrace + kRetry).value() == 3u);
  BOOST_TEST(asked(kGrace + 2 * kRetry).value() == 2u);
  BOOST_TEST(asked(kGrace + 3 * kRetry).value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_nothing_is_passed_over_at_once_but_only_one_round_long) {
  order_past_disk();
  BOOST_REQUIRE(asked(kGrace).value() == 1u);
  fetches.answered(PeerNumber{1}, {word("tip")}, at(kGrace));
  BOOST_TEST(asked(kGrace).value() == 3u);
  fetches.answered(PeerNumber{3}, {word("tip")}, at(kGrace));
  BOOST_TEST(asked(kGrace).value() == 2u);

  fetches.answered(PeerNumber{2}, {word("tip")}, at(kGrace));

  BOOST_TEST(!asked(kGrace).has_value());
  BOOST_TEST(asked(kGrace + kRetry).value() == 1u);
}

BOOST_AUTO_TEST_CASE(only_the_peer_that_was_asked_can_refuse) {
  order_past_disk();
  BOOST_REQUIRE(asked(kGrace).value() == 1u);

  fetches.answered(PeerNumber{3}, {word("tip")}, at(kGrace));
  fetches.answered(std::nullopt, {word("tip")}, at(kGrace));

  BOOST_TEST(!asked(kGrace).has_value());
}

BOOST_AUTO_TEST_CASE(peers_that_are_not_connected_are_skipped) {
  connected = {PeerNumber{2}};
  order_past_disk();

  BOOST_TEST(asked(kGrace).value() == 2u);
}

BOOST_AUTO_TEST_CASE(with_nobody_connected_a_fetch_waits_and_goes_on_later) {
  connected.clear();
  order_past_disk();
  BOOST_TEST(!asked(kGrace).has_value());
  connected = {PeerNumber{3}};

  BOOST_TEST(asked(kGrace + kRetry).value() == 3u);
}

BOOST_AUTO_TEST_CASE(a_fetch_follows_the_chain_downwards_and_asks_the_same_peer_for_the_rest) {
  order_past_disk();
  BOOST_REQUIRE(asked(kGrace).value() == 1u);

  fetches.arrived(word("tip"), word("parent"));
  fetches.answered(PeerNumber{1}, {}, at(kGrace));

  BOOST_TEST(!fetches.lane_of(word("tip")).has_value());
  BOOST_TEST((fetches.lane_of(word("parent")) == kLane));
  const auto requests = due(kGrace);
  BOOST_REQUIRE(requests.size() == 1u);
  BOOST_TEST((requests[0].to == PeerNumber{1}));
  BOOST_TEST((requests[0].ranges[0] == BatchRange{.tip = word("parent"), .count = 2}));
}

BOOST_AUTO_TEST_CASE(a_fetch_ends_with_its_last_batch_or_with_a_known_parent) {
  fetches.order(sample_order(), at(Duration(0)));
  fetches.arrived(word("tip"), word("parent"));
  fetches.arrived(word("parent"), word("grandparent"));
  fetches.arrived(word("grandparent"), word("base"));
  BOOST_TEST(fetches.size() == 0u);

  fetches.order(sample_order(), at(Duration(0)));
  fetches.arrived(word("tip"), std::nullopt);
  BOOST_TEST(fetches.size() == 0u);
}

BOOST_AUTO_TEST_CASE(what_the_disk_has_in_part_is_completed_by_peers) {
  fetches.order(sample_order(), at(Duration(0)));
  BOOST_REQUIRE(due(Duration(0)).size() == 1u);

  fetches.arrived(word("tip"), word("parent"));
  fetches.answered(std::nullopt, {}, at(Duration(0)));

  BOOST_TEST(asked(Duration(0)).value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_fetch_lives_as_long_as_one_block_wants_it) {
  FetchOrder second = sample_order();
  second.block = word("another block");
  fetches.order(sample_order(), at(Duration(0)));
  fetches.order(second, at(Duration(0)));
  BOOST_TEST(fetches.size() == 1u);

  fetches.abandon(word("block"));
  BOOST_TEST(fetches.size() == 1u);
  fetches.abandon(word("another block"));
  BOOST_TEST(fetches.size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_hint_is_followed_once_and_then_forgotten) {
  fetches.order({.lane = kLane,
                 .range = {.tip = word("tip"), .count = 1},
                 .holders = {PeerNumber{3}},
                 .block = std::nullopt},
                at(Duration(0)));
  BOOST_TEST(fetches.has_hint(kLane));
  BOOST_REQUIRE(due(Duration(0)).size() == 1u);
  fetches.answered(std::nullopt, {word("tip")}, at(Duration(0)));
  BOOST_TEST(asked(kGrace).value() == 3u);

  BOOST_TEST(!asked(kGrace + kRetry).has_value());

  BOOST_TEST(!fetches.has_hint(kLane));
  BOOST_TEST(fetches.size() == 0u);
}

BOOST_AUTO_TEST_CASE(ranges_for_one_peer_travel_in_one_request) {
  for (int i = 0; i < 40; ++i) {
    FetchOrder order = sample_order();
    order.range.tip = word(std::to_string(i));
    fetches.order(order, at(Duration(0)));
  }

  const auto requests = due(Duration(0));

  BOOST_REQUIRE(requests.size() == 2u);
  BOOST_TEST(requests[0].ranges.size() == kBatchRangesMax);
  BOOST_TEST(requests[1].ranges.size() == 40 - kBatchRangesMax);
}

BOOST_AUTO_TEST_CASE(fetches_are_bounded) {
  for (std::size_t i = 0; i < kBatchFetchesMax + 10; ++i) {
    FetchOrder order = sample_order();
    order.range.tip = word(std::to_string(i));
    fetches.order(order, at(Duration(0)));
  }

  BOOST_TEST(fetches.size() == kBatchFetchesMax);
}

BOOST_AUTO_TEST_CASE(the_deadline_is_that_of_the_earliest_fetch) {
  BOOST_TEST(!fetches.next_deadline().has_value());
  order_past_disk();
  BOOST_TEST((fetches.next_deadline() == at(kGrace)));
  BOOST_REQUIRE(asked(kGrace).has_value());
  BOOST_TEST((fetches.next_deadline() == at(kGrace + kRetry)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

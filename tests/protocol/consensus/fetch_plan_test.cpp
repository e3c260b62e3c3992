#include "protocol/consensus/fetch_plan.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::consensus {

using namespace std::chrono_literals;

namespace {

const std::vector<ValidatorIndex> kConnected{
    ValidatorIndex{0}, ValidatorIndex{1}, ValidatorIndex{2}, ValidatorIndex{3}};
constexpr Instant kStart{1s};

Want range(bool ask_all = false) {
  return {{{}, View{3}, View{5}, VoteKind::Nullify}, {ValidatorIndex{2}}, ask_all};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fetch_plan_test)

BOOST_AUTO_TEST_CASE(the_likeliest_source_is_asked_at_once_and_two_others_every_interval) {
  FetchPlan plan;

  const auto first = plan.update({range()}, kConnected, kStart, 100ms);
  const auto nothing = plan.update({range()}, kConnected, kStart + 99ms, 100ms);
  const auto second = plan.update({range()}, kConnected, kStart + 100ms, 100ms);
  const auto third = plan.update({range()}, kConnected, kStart + 200ms, 100ms);

  BOOST_REQUIRE_EQUAL(first.size(), 1);
  BOOST_CHECK(first[0].to == ValidatorIndex{2});
  BOOST_CHECK(nothing.empty());
  BOOST_REQUIRE_EQUAL(second.size(), 2);
  BOOST_CHECK(second[0].to == ValidatorIndex{0});
  BOOST_CHECK(second[1].to == ValidatorIndex{1});
  BOOST_REQUIRE_EQUAL(third.size(), 2);
  BOOST_CHECK(third[0].to == ValidatorIndex{3});
}

BOOST_AUTO_TEST_CASE(a_leader_asks_everybody_at_once) {
  FetchPlan plan;

  BOOST_CHECK_EQUAL(plan.update({range(true)}, kConnected, kStart, 100ms).size(), 4);
}

BOOST_AUTO_TEST_CASE(a_source_that_is_not_connected_is_passed_over) {
  FetchPlan plan;

  const auto asked = plan.update({range()}, {ValidatorIndex{3}}, kStart, 100ms);

  BOOST_REQUIRE_EQUAL(asked.size(), 1);
  BOOST_CHECK(asked[0].to == ValidatorIndex{3});
  BOOST_CHECK(FetchPlan().update({range()}, {}, kStart, 100ms).empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_longer_wanted_is_forgotten) {
  FetchPlan plan;
  const crypto::Digest block = crypto::sha256(as_bytes("block"));
  const Want header{{block, {}, {}, VoteKind::Nullify}, {}, false};

  BOOST_CHECK_EQUAL(plan.update({header}, kConnected, kStart, 100ms).size(), 1);
  BOOST_CHECK(plan.wants_header(block));
  BOOST_CHECK(plan.next_due() == kStart + 100ms);
  BOOST_CHECK(plan.update({}, kConnected, kStart, 100ms).empty());

  BOOST_CHECK(!plan.wants_header(block));
  BOOST_CHECK(!plan.next_due());
  BOOST_CHECK_EQUAL(plan.size(), 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

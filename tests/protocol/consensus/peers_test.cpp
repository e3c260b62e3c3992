#include "protocol/consensus/peers.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"

namespace troupe::consensus {

using namespace std::chrono_literals;

namespace {

constexpr ValidatorIndex kPeer{2};

}  // namespace

BOOST_AUTO_TEST_SUITE(peers_test)

BOOST_AUTO_TEST_CASE(connected_peers_are_listed_without_this_node) {
  Peers peers(4, ValidatorIndex{0});
  peers.connect(ValidatorIndex{3}, 1);
  peers.connect(ValidatorIndex{1}, 2);
  peers.connect(ValidatorIndex{0}, 1);

  BOOST_CHECK((peers.connected() == std::vector{ValidatorIndex{1}, ValidatorIndex{3}}));
  BOOST_CHECK(peers.has_twin(ValidatorIndex{1}));
  BOOST_CHECK(!peers.has_twin(ValidatorIndex{3}));
  peers.disconnect(ValidatorIndex{3});
  BOOST_CHECK(!peers.is_connected(ValidatorIndex{3}));
}

BOOST_AUTO_TEST_CASE(what_was_heard_never_becomes_older) {
  Peers peers(4, std::nullopt);
  peers.hear(kPeer, View{9});
  peers.hear(kPeer, View{4});

  BOOST_CHECK(peers.is_heard_since(kPeer, View{9}));
  BOOST_CHECK_EQUAL(peers.heard_since(View{9}), 1);
  peers.hear_all(View{12});
  BOOST_CHECK_EQUAL(peers.heard_since(View{12}), 4);
}

BOOST_AUTO_TEST_CASE(a_courtesy_is_done_once_per_peer_and_interval) {
  Peers peers(4, std::nullopt);
  const Instant start{1s};

  BOOST_CHECK(peers.may(Courtesy::AnswerNullify, kPeer, start, 100ms));
  BOOST_CHECK(!peers.may(Courtesy::AnswerNullify, kPeer, start + 99ms, 100ms));
  BOOST_CHECK(peers.may(Courtesy::AskBest, kPeer, start, 100ms));
  BOOST_CHECK(peers.may(Courtesy::AnswerNullify, ValidatorIndex{3}, start, 100ms));
  BOOST_CHECK(peers.may(Courtesy::AnswerNullify, kPeer, start + 100ms, 100ms));
}

BOOST_AUTO_TEST_CASE(answers_are_bounded_per_interval) {
  Peers peers(4, std::nullopt);
  const Instant start{1s};
  for (std::uint32_t i = 0; i < kAnswersPerRetryMax; ++i) {
    BOOST_CHECK(peers.may_answer(kPeer, start, 100ms));
  }

  BOOST_CHECK(!peers.may_answer(kPeer, start + 99ms, 100ms));
  BOOST_CHECK(peers.may_answer(kPeer, start + 100ms, 100ms));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

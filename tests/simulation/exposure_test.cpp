#include "tools/simulator/exposure.hpp"

#include <memory>

#include <boost/test/unit_test.hpp>

#include "protocol/consensus/message.hpp"

namespace troupe::simulator {

namespace {

consensus::Vote notarize(std::uint8_t block) {
  consensus::Vote vote{consensus::VoteKind::Notarize, {}, View{5}, {}};
  vote.block.bytes[0] = block;
  return vote;
}

/// Validator 0 says it to a node.
void tell(Exposure& exposure, std::size_t to, consensus::Body body, bool is_lost = false) {
  Spoken spoken;
  spoken.message =
      std::make_shared<const consensus::Message>(consensus::Message{{}, {}, std::move(body)});
  Passage passage;
  if (!is_lost) passage.arrivals.push_back({});
  const Bytes bytes;
  exposure.on_sent({{}, {0, to}, 0, bytes, spoken, passage});
}

void send(Exposure& exposure, std::size_t to, const consensus::Vote& vote, bool is_lost = false) {
  consensus::SignedVote signed_vote;
  signed_vote.vote = vote;
  signed_vote.signer = ValidatorIndex{0};
  tell(exposure, to, consensus::Ballot{signed_vote}, is_lost);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(exposure_test)

BOOST_AUTO_TEST_CASE(two_votes_shown_to_one_node_expose) {
  Exposure exposure;
  send(exposure, 1, notarize(1));
  send(exposure, 1, notarize(1));
  BOOST_TEST(exposure.shown(0).empty());
  send(exposure, 1, notarize(2));
  BOOST_TEST((exposure.shown(0) == std::set<std::size_t>{1}));
  BOOST_TEST(exposure.shown(1).empty());
}

BOOST_AUTO_TEST_CASE(two_votes_shown_to_two_nodes_do_not) {
  Exposure exposure;
  send(exposure, 1, notarize(1));
  send(exposure, 2, notarize(2));
  BOOST_TEST(exposure.shown(0).empty());
}

BOOST_AUTO_TEST_CASE(a_vote_of_a_view_that_is_final_shows_nothing) {
  Exposure exposure;
  send(exposure, 1, notarize(1));
  consensus::Certificate finalization;
  finalization.vote = {consensus::VoteKind::Finalize, {}, View{5}, {}};
  tell(exposure, 1, consensus::Certificates{{finalization}});
  send(exposure, 1, notarize(2));
  BOOST_TEST(exposure.shown(0).empty());
}

BOOST_AUTO_TEST_CASE(a_vote_that_is_lost_shows_nothing) {
  Exposure exposure;
  send(exposure, 1, notarize(1));
  send(exposure, 1, notarize(2), true);
  BOOST_TEST(exposure.shown(0).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

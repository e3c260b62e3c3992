#include "protocol/consensus/block_tree.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/simplex_rig.hpp"

namespace troupe::consensus {

namespace {

/// The rig only makes headers here.
struct Stage {
  support::SimplexRig rig{support::RigOptions{.is_voting = false}};
  BlockTree tree;

  Stage() : tree({rig.binding(), rig.genesis().validators, 4, 64}, rig.genesis(), history({})) {}

  crypto::MerkleFrontier history(const std::vector<Header>& above) const {
    crypto::MerkleFrontier frontier;
    append_to_history(frontier, digest(rig.genesis()));
    for (const Header& header : above)
      append_to_history(frontier, digest(header));
    return frontier;
  }

  Block& insert(const Header& header) { return tree.insert(digest(header), header); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(block_tree_test)

BOOST_AUTO_TEST_CASE(headers_link_in_any_order_of_arrival) {
  Stage at;
  const Header first = at.rig.child(at.rig.genesis(), 1);
  const Header second = at.rig.child(first, 2);
  const Header third = at.rig.child(second, 3);

  BOOST_CHECK(!at.insert(third).is_linked());
  BOOST_CHECK(at.tree.missing_ancestor(digest(third)) == digest(second));
  BOOST_CHECK(!at.insert(second).is_linked());
  BOOST_CHECK(at.tree.missing_ancestor(digest(third)) == digest(first));
  BOOST_CHECK(at.insert(first).is_linked());

  BOOST_CHECK(at.tree.find(digest(third))->is_linked());
  BOOST_CHECK(!at.tree.missing_ancestor(digest(third)));
  BOOST_CHECK_EQUAL(at.tree.path_to(digest(third)).size(), 3);
}

BOOST_AUTO_TEST_CASE(what_descends_from_a_wrong_block_is_wrong) {
  Stage at;
  Header wrong = at.rig.child(at.rig.genesis(), 1);
  wrong.history_root = {};
  const Header child = at.rig.child(wrong, 2);
  at.insert(child);

  at.insert(wrong);

  BOOST_CHECK(at.tree.find(digest(wrong))->fault);
  BOOST_CHECK(at.tree.find(digest(child))->fault);
}

BOOST_AUTO_TEST_CASE(a_new_final_block_drops_what_does_not_descend_from_it) {
  Stage at;
  const Header first = at.rig.child(at.rig.genesis(), 1);
  const Header beside = at.rig.child(at.rig.genesis(), 2);
  const Header on_first = at.rig.child(first, 3);
  const Header on_beside = at.rig.child(beside, 4);
  for (const Header& header : {first, beside, on_first, on_beside})
    at.insert(header);

  const auto abandoned = at.tree.finalize(digest(beside));

  BOOST_CHECK(abandoned.empty());
  BOOST_CHECK_EQUAL(at.tree.size(), 2);
  BOOST_CHECK(at.tree.find(digest(on_beside))->is_linked());
  BOOST_CHECK(at.tree.find(digest(on_first)) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_dropped_block_whose_payload_is_looked_for_is_reported) {
  Stage at;
  const Header first = at.rig.ordering_child(at.rig.genesis(), 1);
  const Header beside = at.rig.child(at.rig.genesis(), 2);
  at.insert(first).payload = PayloadState::Asked;
  at.insert(beside);

  const auto abandoned = at.tree.finalize(digest(beside));

  BOOST_REQUIRE_EQUAL(abandoned.size(), 1);
  BOOST_CHECK(abandoned[0] == digest(first));
}

BOOST_AUTO_TEST_CASE(a_block_on_something_below_the_final_one_is_wrong) {
  Stage at;
  const Header first = at.rig.child(at.rig.genesis(), 1);
  const Header late = at.rig.child(at.rig.genesis(), 5);
  at.insert(first);
  BOOST_CHECK(at.tree.finalize(digest(first)).empty());

  BOOST_CHECK(at.insert(late).fault);
}

BOOST_AUTO_TEST_CASE(a_jump_links_what_was_waiting_above_it) {
  Stage at;
  const Header first = at.rig.child(at.rig.genesis(), 1);
  const Header second = at.rig.child(first, 2);
  const Header third = at.rig.child(second, 3);
  at.insert(third);

  BOOST_CHECK(at.tree.jump(second, at.history({first, second})).empty());

  BOOST_CHECK(at.tree.find(digest(third))->is_linked());
  BOOST_CHECK(at.tree.final_block().header == second);
}

BOOST_AUTO_TEST_CASE(a_block_that_orders_nothing_needs_no_payload) {
  Stage at;

  BOOST_CHECK(at.insert(at.rig.child(at.rig.genesis(), 1)).payload == PayloadState::Valid);
  BOOST_CHECK(at.insert(at.rig.ordering_child(at.rig.genesis(), 1)).payload ==
              PayloadState::Unasked);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

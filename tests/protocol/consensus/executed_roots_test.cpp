#include "protocol/consensus/executed_roots.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"

namespace troupe::consensus {

namespace {

const crypto::Digest kMine = crypto::sha256(as_bytes("mine"));
const crypto::Digest kTheirs = crypto::sha256(as_bytes("theirs"));

}  // namespace

BOOST_AUTO_TEST_SUITE(executed_roots_test)

BOOST_AUTO_TEST_CASE(a_claim_that_differs_from_my_root_is_a_conflict) {
  ExecutedRoots roots({{Height{3}, kMine}});

  BOOST_CHECK(!roots.claim({Height{3}, kMine}));
  const auto conflict = roots.claim({Height{3}, kTheirs});
  BOOST_REQUIRE(conflict);
  BOOST_CHECK(conflict->ours == kMine);
  BOOST_CHECK(conflict->theirs == kTheirs);
}

BOOST_AUTO_TEST_CASE(a_claim_may_come_before_the_execution) {
  ExecutedRoots roots({{Height{3}, kMine}});
  BOOST_CHECK(!roots.claim({Height{4}, kTheirs}));
  BOOST_CHECK(!roots.claim({Height{5}, kMine}));

  BOOST_CHECK(roots.add({Height{4}, kMine}));
  BOOST_CHECK(!roots.add({Height{5}, kMine}));
}

BOOST_AUTO_TEST_CASE(what_is_forgotten_cannot_be_asked_but_the_latest_always_can) {
  ExecutedRoots roots({{Height{3}, kMine}, {Height{4}, kTheirs}});

  roots.forget_below(Height{9});

  BOOST_CHECK(!roots.find(Height{3}));
  BOOST_CHECK(roots.latest() == Height{4});
  BOOST_CHECK(roots.latest_root() == kTheirs);
  BOOST_CHECK(!roots.add({Height{4}, kMine}));  // known already
}

BOOST_AUTO_TEST_CASE(claims_are_bounded) {
  ExecutedRoots roots({{Height{0}, kMine}});
  for (std::uint64_t height = 1; height < 3 * kExecutionClaimsMax; ++height) {
    BOOST_CHECK(!roots.claim({Height{height}, kTheirs}));
  }
  BOOST_CHECK(roots.add({Height{1}, kMine}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

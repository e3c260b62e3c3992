#include "protocol/consensus/effect.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::consensus {

BOOST_AUTO_TEST_SUITE(effect_test)

BOOST_AUTO_TEST_CASE(each_reason_to_stop_or_to_observe_is_told_in_words) {
  for (int i = 0; i <= static_cast<int>(HaltReason::AgreementBroken); ++i) {
    BOOST_CHECK(describe(static_cast<HaltReason>(i)) != "unknown reason");
  }
  for (int i = 0; i <= static_cast<int>(ObserverReason::SignerRefused); ++i) {
    BOOST_CHECK(describe(static_cast<ObserverReason>(i)) != "unknown reason");
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

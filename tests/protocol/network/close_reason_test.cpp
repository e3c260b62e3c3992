#include "protocol/network/close_reason.hpp"

#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

namespace troupe::network {

BOOST_AUTO_TEST_SUITE(close_reason_test)

BOOST_AUTO_TEST_CASE(every_reason_has_a_text_of_its_own) {
  std::set<std::string> texts;
  for (int number = 0; number <= static_cast<int>(CloseReason::Idle); ++number)
    texts.emplace(describe(static_cast<CloseReason>(number)));

  BOOST_TEST(texts.size() == static_cast<std::size_t>(CloseReason::Idle) + 1);
  BOOST_TEST(!texts.contains("unknown reason"));
}

BOOST_AUTO_TEST_CASE(only_what_an_honest_peer_never_does_is_the_peers_fault) {
  for (const CloseReason reason : {CloseReason::NegotiationInvalid,
                                   CloseReason::HandshakeFailed,
                                   CloseReason::CipherBroken,
                                   CloseReason::MuxerInvalid,
                                   CloseReason::Flood,
                                   CloseReason::PeerUnexpected})
    BOOST_TEST(is_peer_fault(reason), describe(reason));
  for (const CloseReason reason : {CloseReason::ClosedByUs,
                                   CloseReason::ClosedByPeer,
                                   CloseReason::Truncated,
                                   CloseReason::KeepAliveTimeout,
                                   CloseReason::BufferFull,
                                   CloseReason::PeerFailed})
    BOOST_TEST(!is_peer_fault(reason), describe(reason));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

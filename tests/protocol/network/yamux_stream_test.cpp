#include "protocol/network/yamux_stream.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"

namespace troupe::network {

BOOST_AUTO_TEST_SUITE(yamux_stream_test)

BOOST_AUTO_TEST_CASE(a_queue_gives_back_what_was_pushed_in_order) {
  support::Random random;
  SendQueue queue;
  Bytes pushed;
  Bytes popped;
  for (int i = 0; i < 2000; ++i) {
    const Bytes piece = random.bytes(random.below(300));
    queue.push(piece);
    append(pushed, piece);
    const ByteView front = queue.front(random.below(400));
    append(popped, front);
    queue.pop(front.size());
    BOOST_TEST_REQUIRE(queue.size() == pushed.size() - popped.size());
  }
  append(popped, queue.front(SIZE_MAX));

  BOOST_TEST((popped == pushed));
}

BOOST_AUTO_TEST_CASE(an_empty_queue_has_an_empty_front) {
  SendQueue queue;
  BOOST_TEST(queue.front(10).empty());
  queue.push({});
  BOOST_TEST(queue.size() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

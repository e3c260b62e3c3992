#include "actors/send_queue.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/network/framing.hpp"

using troupe::Bytes;
using troupe::actors::SendQueue;
using troupe::actors::share;

namespace {

/// Takes everything out in pieces of at most that many bytes.
Bytes take_all(SendQueue& queue, std::size_t piece, std::size_t& messages) {
  Bytes stream;
  while (!queue.empty()) {
    const auto bytes = queue.front(piece);
    if (bytes.empty() || bytes.size() > piece) BOOST_FAIL("a piece of the wrong size");
    const auto size = bytes.size();
    troupe::append(stream, bytes);
    messages += queue.pop(size).messages;
  }
  return stream;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(send_queue_test)

BOOST_AUTO_TEST_CASE(the_stream_is_the_framed_messages_however_it_is_cut) {
  const std::vector<Bytes> messages{
      Bytes(1, 1), Bytes(), Bytes(127, 2), Bytes(128, 3), Bytes(70'000, 4)};
  Bytes expected;
  for (const auto& message : messages)
    troupe::network::append_message(expected, message);

  for (const std::size_t piece : {1U, 2U, 3U, 100U, 65'536U, 1'000'000U}) {
    SendQueue queue;
    for (const auto& message : messages)
      queue.push(share(message));
    std::size_t complete = 0;

    const auto stream = take_all(queue, piece, complete);

    BOOST_TEST(troupe::equal(stream, expected));
    BOOST_TEST(complete == messages.size());
  }
}

BOOST_AUTO_TEST_CASE(a_message_counts_when_its_last_byte_is_taken) {
  SendQueue queue;
  queue.push(share(Bytes(10, 7)));

  BOOST_TEST(queue.front(100).size() == 1U);
  BOOST_TEST(queue.pop(1).message_bytes == 0U);
  BOOST_TEST(queue.front(9).size() == 9U);
  BOOST_TEST(queue.pop(9).message_bytes == 0U);
  BOOST_TEST(queue.front(9).size() == 1U);
  const auto popped = queue.pop(1);

  BOOST_TEST(popped.message_bytes == 10U);
  BOOST_TEST(popped.messages == 1U);
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_SUITE_END()

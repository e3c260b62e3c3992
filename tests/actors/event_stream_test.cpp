#include "actors/event_stream.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using troupe::actors::ConsoleEvent;
using troupe::actors::EventsQuery;
using troupe::actors::EventStream;
using troupe::actors::kEventCreditMax;
using troupe::actors::kEventsPerBatchMax;
using troupe::actors::kEventsQueuedMax;

EventsQuery query_for_blocks(std::uint32_t credit) {
  EventsQuery query;
  query.blocks = true;
  query.credit = credit;
  return query;
}

ConsoleEvent block(std::uint64_t height) {
  ConsoleEvent event;
  event.kind = "block";
  event.height = height;
  return event;
}

ConsoleEvent message(const std::string& from, const std::string& to, const std::string& kind) {
  ConsoleEvent event;
  event.kind = "message";
  event.from = from;
  event.to = to;
  event.message = kind;
  return event;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_stream_test)

BOOST_AUTO_TEST_CASE(nothing_is_sent_that_was_not_granted) {
  EventStream stream(query_for_blocks(1));
  stream.offer(block(1));
  stream.offer(block(2));

  const auto first = stream.take();
  BOOST_REQUIRE(first.has_value());
  BOOST_REQUIRE(first->events.size() == 1u);
  BOOST_TEST(first->events[0].height == 1u);
  BOOST_TEST(!stream.take().has_value());

  stream.grant(1);
  const auto second = stream.take();
  BOOST_REQUIRE(second.has_value());
  BOOST_TEST(second->events[0].height == 2u);
}

BOOST_AUTO_TEST_CASE(a_slow_console_loses_the_oldest_events_and_is_told_how_many) {
  EventStream stream(query_for_blocks(0));
  for (std::uint64_t height = 1; height <= kEventsQueuedMax + 5; ++height)
    stream.offer(block(height));

  stream.grant(1);
  const auto batch = stream.take();

  BOOST_REQUIRE(batch.has_value());
  BOOST_TEST(batch->dropped == 5u);
  BOOST_TEST(batch->events[0].height == 6u);
  stream.grant(1);
  BOOST_TEST(stream.take()->dropped == 0u);
}

BOOST_AUTO_TEST_CASE(a_batch_and_the_credit_have_a_largest_size) {
  EventStream stream(query_for_blocks(0xffffffff));
  stream.grant(0xffffffff);
  for (std::uint64_t height = 0; height < kEventsQueuedMax; ++height)
    stream.offer(block(height));

  std::size_t sent = 0;
  while (const auto batch = stream.take()) {
    BOOST_TEST(batch->events.size() <= kEventsPerBatchMax);
    sent += batch->events.size();
  }

  BOOST_TEST(sent == kEventCreditMax);
}

BOOST_AUTO_TEST_CASE(only_what_was_asked_for_comes) {
  EventsQuery query;
  query.messages = true;
  query.actor = "signer";
  query.message = "sign";
  const EventStream stream(query);

  BOOST_TEST(stream.wants(message("validator", "signer", "sign")));
  BOOST_TEST(stream.wants(message("signer", "validator", "sign")));
  BOOST_TEST(!stream.wants(message("validator", "mempool", "sign")));
  BOOST_TEST(!stream.wants(message("validator", "signer", "mark")));
  BOOST_TEST(!stream.wants(block(1)));
}

BOOST_AUTO_TEST_CASE(what_is_told_of_custody_is_not_told_again_as_a_log_line) {
  EventsQuery query;
  query.logs = true;
  ConsoleEvent line;
  line.kind = "log";
  line.to = "scrubber";
  ConsoleEvent news;
  news.kind = "custody";

  BOOST_TEST(EventStream(query).wants(line));
  BOOST_TEST(!EventStream(query).wants(news));
  query.custody = true;
  BOOST_TEST(!EventStream(query).wants(line));
  BOOST_TEST(EventStream(query).wants(news));
  line.to = "signer";
  BOOST_TEST(EventStream(query).wants(line));
}

BOOST_AUTO_TEST_SUITE_END()

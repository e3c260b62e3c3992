#include "tools/simulator/links.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

constexpr Link kForth{0, 1};
constexpr Link kBack{1, 0};

LinkFault fault_of(LinkFault::Kind kind) {
  LinkFault fault;
  fault.kind = kind;
  return fault;
}

Parcel parcel(const Link& link, Instant at = {}) {
  return {at, link, MessageKind::Notarize, 100};
}

std::vector<Passage> pass_many(Links& links) {
  std::vector<Passage> passages;
  for (int i = 0; i < 100; ++i)
    passages.push_back(links.pass(parcel(kForth, Instant{} + i * 1ms)));
  return passages;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(links_test)

BOOST_AUTO_TEST_CASE(a_cut_in_one_direction_leaves_the_other_alone) {
  Links links(1, 2);
  links.begin("cut", fault_of(LinkFault::Kind::Cut), {kForth});

  BOOST_TEST(links.pass(parcel(kForth)).arrivals.empty());
  BOOST_TEST(links.pass(parcel(kBack)).arrivals.size() == 1);
  BOOST_TEST(links.is_cut(kForth));
  BOOST_TEST(!links.is_cut(kBack));
}

BOOST_AUTO_TEST_CASE(a_filter_loses_only_the_messages_it_names) {
  Links links(1, 2);
  LinkFault fault = fault_of(LinkFault::Kind::Loss);
  fault.kinds = {MessageKind::Finalize};
  links.begin("filter", fault, {kForth});

  const Passage notarize = links.pass(parcel(kForth));
  const Passage finalize = links.pass({{}, kForth, MessageKind::Finalize, 100});

  BOOST_TEST(notarize.arrivals.size() == 1);
  BOOST_TEST(finalize.arrivals.empty());
  BOOST_TEST(finalize.lost_to == "filter");
}

BOOST_AUTO_TEST_CASE(taking_one_fault_away_leaves_what_another_does_as_it_was) {
  LinkFault loss = fault_of(LinkFault::Kind::Loss);
  loss.ratio = 0.3;
  LinkFault delay = fault_of(LinkFault::Kind::Delay);
  delay.delay = 100ms;
  delay.jitter = 50ms;
  Links both(7, 2);
  both.begin("a", loss, {kForth});
  both.begin("b", delay, {kForth});
  Links one(7, 2);
  one.begin("b", delay, {kForth});

  const auto with = pass_many(both);
  const auto without = pass_many(one);

  std::size_t lost = 0;
  for (std::size_t i = 0; i < with.size(); ++i) {
    lost += with[i].arrivals.empty() ? 1 : 0;
    if (!with[i].arrivals.empty()) {
      BOOST_TEST((with[i].arrivals.front() == without[i].arrivals.front()));
    }
  }
  BOOST_TEST(lost > 10u);
  BOOST_TEST(lost < 60u);
}

BOOST_AUTO_TEST_CASE(a_slow_link_sends_one_message_after_the_other) {
  Links links(1, 2);
  LinkFault rate = fault_of(LinkFault::Kind::Rate);
  rate.bytes_per_second = 1000;  // 100 bytes take 100 ms
  LinkWeather still;
  still.delay = 0ms;
  still.jitter = 0ms;
  links.set_weather(still);
  links.begin("rate", rate, {kForth});

  const Passage first = links.pass(parcel(kForth));
  const Passage second = links.pass(parcel(kForth));

  BOOST_TEST((first.arrivals.front() == Instant{} + 100ms));
  BOOST_TEST((second.arrivals.front() == Instant{} + 200ms));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

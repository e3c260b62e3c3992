#include "actors/message_tap.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/actors/cast_rig.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::actors::Channel;
using troupe::actors::Delivery;
using troupe::actors::SharedContext;
using troupe::actors::TapBurstPointer;
using troupe::actors::tapped_atom;
using troupe::actors::TappedMessage;
using troupe::actors::TapSink;
using troupe::test::CastRig;
using troupe::test::StandIn;

using WorkActor = caf::typed_actor<caf::reacts_to<troupe::actors::deliver_atom, Delivery>,
                                   caf::reacts_to<troupe::actors::work_atom>,
                                   caf::reacts_to<caf::get_atom>,
                                   caf::replies_to<caf::put_atom>::with<std::uint64_t>>;

/// Does what the test wants to see observed.
class Work {
 public:
  static constexpr const char* name = "work";

  Work(WorkActor::pointer self, const SharedContext&, std::function<void()> work)
      : self_(self), work_(std::move(work)) {}

  WorkActor::behavior_type make_behavior() {
    return {
        [](troupe::actors::deliver_atom, const Delivery&) {},
        [this](troupe::actors::work_atom) { work_(); },
        [this](caf::get_atom) { ask(); },
        [](caf::put_atom) { return std::uint64_t{7}; },
    };
  }

 private:
  void ask() {
    self_->request(WorkActor{self_}, caf::infinite, caf::put_atom::value).then([](std::uint64_t) {
    });
  }

  WorkActor::pointer self_;
  std::function<void()> work_;
};

struct Bench {
  CastRig rig;
  StandIn observer{rig.system()};
  std::function<void()> work = [] {};
  WorkActor worker = rig.spawn<WorkActor, Work>(rig.context(), [this] { work(); });

  Bench() { rig.watch(observer.actor()); }

  void open() { rig.context()->tap()->open(observer.as<TapSink>()); }

  /// What the observer was told, in order.
  [[nodiscard]] std::vector<TappedMessage> seen() const {
    std::vector<TappedMessage> messages;
    for (const auto& burst : observer.all<tapped_atom, TapBurstPointer>())
      messages.insert(messages.end(), burst->messages.begin(), burst->messages.end());
    return messages;
  }

  [[nodiscard]] std::uint64_t dropped() const {
    std::uint64_t count = 0;
    for (const auto& burst : observer.all<tapped_atom, TapBurstPointer>())
      count += burst->dropped;
    return count;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(message_tap_test)

BOOST_AUTO_TEST_CASE(a_closed_tap_tells_nothing) {
  Bench bench;

  bench.rig.tell(bench.worker, troupe::actors::work_atom_v);

  BOOST_TEST(bench.seen().empty());
}

BOOST_AUTO_TEST_CASE(an_open_tap_tells_kind_size_and_time_of_each_message) {
  Bench bench;
  bench.work = [&] { bench.rig.advance(3ms); };
  bench.open();

  bench.rig.tell(bench.worker, troupe::actors::work_atom_v);
  bench.rig.tell(bench.worker,
                 troupe::actors::deliver_atom_v,
                 Delivery{bench.rig.peer(1),
                          Channel::Consensus,
                          troupe::actors::share(troupe::Bytes(100)),
                          nullptr});

  const auto seen = bench.seen();
  BOOST_REQUIRE(seen.size() == 2u);
  BOOST_TEST(seen[0].kind == "work");
  BOOST_TEST(seen[0].receiver == bench.worker.id());
  BOOST_TEST((seen[0].handling == 3ms));
  BOOST_TEST(seen[1].kind == "deliver");
  BOOST_TEST(seen[1].bytes == 100u);
  BOOST_TEST((seen[1].handling == 0ms));
}

BOOST_AUTO_TEST_CASE(a_question_between_actors_is_seen_with_its_answer_and_who_sent_each) {
  Bench bench;
  bench.open();

  bench.rig.tell(bench.worker, caf::get_atom::value);

  const auto seen = bench.seen();
  BOOST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(seen[0].kind == "get");
  BOOST_TEST(seen[0].sender == 0u);
  BOOST_TEST(seen[1].kind == "put");
  BOOST_TEST(seen[1].sender == bench.worker.id());
  BOOST_TEST(seen[2].sender == bench.worker.id());
}

BOOST_AUTO_TEST_CASE(messages_that_pile_up_are_told_in_order_with_what_waited_behind_each) {
  Bench bench;
  bench.open();

  for (int i = 0; i < 3; ++i)
    caf::anon_send(bench.worker, troupe::actors::work_atom_v);
  bench.rig.run();

  const auto seen = bench.seen();
  BOOST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(seen[0].queue == 2u);
  BOOST_TEST(seen[1].queue == 1u);
  BOOST_TEST(seen[2].queue == 0u);
}

BOOST_AUTO_TEST_CASE(what_an_observer_does_not_keep_up_with_is_counted_and_never_kept) {
  Bench bench;
  bench.open();
  constexpr std::size_t kMore = 10;

  for (std::size_t i = 0; i < troupe::actors::kTappedMessagesMax + kMore; ++i)
    bench.rig.tell(bench.worker, troupe::actors::work_atom_v);
  BOOST_TEST(bench.seen().size() == troupe::actors::kTappedMessagesMax);
  BOOST_TEST(bench.dropped() == 0u);

  bench.rig.context()->tap()->took(1);
  bench.rig.tell(bench.worker, troupe::actors::work_atom_v);

  BOOST_TEST(bench.seen().size() == troupe::actors::kTappedMessagesMax + 1);
  BOOST_TEST(bench.dropped() == kMore);
}

BOOST_AUTO_TEST_CASE(an_actor_is_on_the_roster_while_it_plays) {
  Bench bench;
  const auto plays = [&] {
    const auto roster = bench.rig.context()->tap()->roster();
    return std::ranges::any_of(roster,
                               [&](const auto& meter) { return meter->id == bench.worker.id(); });
  };
  BOOST_TEST(plays());

  caf::anon_send_exit(bench.worker, caf::exit_reason::user_shutdown);
  bench.rig.run();

  BOOST_TEST(!plays());
}

BOOST_AUTO_TEST_SUITE_END()

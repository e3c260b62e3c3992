#include "actors/loop_scheduler.hpp"

#include <cstdint>
#include <future>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <caf/io/network/multiplexer.hpp>

namespace {

using troupe::actors::LoopScheduler;

struct LoopConfig : caf::actor_system_config {
  LoopConfig() {
    load<caf::io::middleman>();
    load<LoopScheduler>();
    set("scheduler.max-threads", 1);
  }
};

struct LoopSystem {
  LoopConfig config;
  caf::actor_system system{config};

  [[nodiscard]] std::thread::id loop() { return system.middleman().backend().thread_id(); }
};

/// Answers a question from a test.
template <class T>
T ask(caf::actor_system& system, const caf::actor& actor, caf::atom_value question) {
  caf::scoped_actor self{system};
  T answer{};
  self->request(actor, caf::infinite, question)
      .receive([&](const T& got) { answer = got; },
               [](const caf::error&) { BOOST_FAIL("no answer"); });
  return answer;
}

/// Says whether it runs on that thread.
caf::behavior thread_reporter(caf::event_based_actor*, std::thread::id loop) {
  return {[loop](caf::get_atom) { return std::this_thread::get_id() == loop; }};
}

struct Counts {
  std::vector<std::uint64_t> next;
  bool is_ordered = true;
  std::uint64_t seen = 0;
};

caf::behavior counter(caf::stateful_actor<Counts>* self, std::size_t senders) {
  self->state.next.resize(senders);
  return {
      [self](std::uint64_t sender, std::uint64_t number) {
        Counts& counts = self->state;
        counts.is_ordered &= counts.next[sender]++ == number;
        ++counts.seen;
      },
      [self](caf::get_atom) { return self->state.seen; },
      [self](caf::ok_atom) { return self->state.is_ordered; },
  };
}

/// Never without a message.
caf::behavior restless(caf::event_based_actor* self) {
  self->send(self, caf::tick_atom::value);
  return {[self](caf::tick_atom) { self->send(self, caf::tick_atom::value); }};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loop_scheduler_test)

BOOST_AUTO_TEST_CASE(every_pooled_actor_runs_on_the_thread_of_the_event_loop) {
  LoopSystem node;
  for (int i = 0; i < 20; ++i) {
    const auto actor = node.system.spawn(thread_reporter, node.loop());
    BOOST_CHECK(ask<bool>(node.system, actor, caf::get_atom::value));
    caf::anon_send_exit(actor, caf::exit_reason::kill);
  }
}

BOOST_AUTO_TEST_CASE(what_many_threads_send_arrives_whole_and_in_each_senders_order) {
  constexpr std::uint64_t kSenders = 4;
  constexpr std::uint64_t kMessages = 20'000;
  LoopSystem node;
  const auto actor = node.system.spawn(counter, std::size_t{kSenders});
  std::vector<std::thread> senders;
  for (std::uint64_t sender = 0; sender < kSenders; ++sender) {
    senders.emplace_back([&, sender] {
      for (std::uint64_t number = 0; number < kMessages; ++number)
        caf::anon_send(actor, sender, number);
    });
  }
  for (std::thread& sender : senders)
    sender.join();

  // A mailbox is in order: what was sent before the question is counted in its answer.
  BOOST_CHECK_EQUAL(ask<std::uint64_t>(node.system, actor, caf::get_atom::value),
                    kSenders * kMessages);
  BOOST_CHECK(ask<bool>(node.system, actor, caf::ok_atom::value));
  caf::anon_send_exit(actor, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_never_done_keeps_no_other_from_its_turn) {
  LoopSystem node;
  const auto busy = node.system.spawn(restless);
  const auto actor = node.system.spawn(thread_reporter, node.loop());

  for (int i = 0; i < 100; ++i)
    BOOST_CHECK(ask<bool>(node.system, actor, caf::get_atom::value));

  caf::anon_send_exit(busy, caf::exit_reason::kill);
  caf::anon_send_exit(actor, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(timers_fire_on_the_loop_too) {
  LoopSystem node;
  std::promise<std::thread::id> fired;
  node.system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, std::chrono::milliseconds{1}, caf::tick_atom::value);
    return {[&, self](caf::tick_atom) {
      fired.set_value(std::this_thread::get_id());
      self->quit();
    }};
  });

  BOOST_CHECK(fired.get_future().get() == node.loop());
}

BOOST_AUTO_TEST_CASE(a_system_ends_whatever_is_still_queued) {
  constexpr int kSystems = 50;
  int ended = 0;
  while (ended < kSystems) {
    LoopSystem node;
    const auto actor = node.system.spawn(counter, std::size_t{1});
    for (std::uint64_t number = 0; number < 100; ++number)
      caf::anon_send(actor, std::uint64_t{0}, number);
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    ++ended;
  }
  BOOST_CHECK_EQUAL(ended, kSystems);
}

BOOST_AUTO_TEST_SUITE_END()

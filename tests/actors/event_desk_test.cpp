#include "actors/event_desk.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/admin.hpp"
#include "actors/failure.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/committed.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Height;
using troupe::actors::ActorReport;
using troupe::actors::ActorsQuery;
using troupe::actors::ActorsReport;
using troupe::actors::Admin;
using troupe::actors::AdminCore;
using troupe::actors::ConsoleEvent;
using troupe::actors::custody_atom_v;
using troupe::actors::CustodyNews;
using troupe::actors::event_atom;
using troupe::actors::EventBatch;
using troupe::actors::EventSink;
using troupe::actors::EventsQuery;
using troupe::actors::LogLevel;
using troupe::actors::LogRequest;
using troupe::test::CastRig;
using troupe::test::committed;
using troupe::test::SampleChain;
using troupe::test::StandIn;

/// An admin, whose desk is under test, and a console that keeps what it is sent.
struct Bench {
  CastRig rig;
  SampleChain chain{rig.context()};
  StandIn console{rig.system()};
  AdminCore admin = rig.spawn<AdminCore, Admin>(
      rig.context(), rig.node->as<troupe::actors::NodeActor>(), Height{0});

  Bench() {
    rig.watch(console.actor());
    rig.meet(admin);
  }

  [[nodiscard]] EventsQuery query(std::uint32_t credit = 100) const {
    EventsQuery query;
    query.sink = console.as<EventSink>();
    query.credit = credit;
    return query;
  }

  std::uint64_t subscribe(const EventsQuery& query) {
    return rig.must_answer<std::uint64_t>(admin, troupe::actors::events_atom_v, query);
  }

  void finalize() { rig.tell(admin, troupe::actors::final_atom_v, committed(chain.extend())); }

  /// What the console has got after a moment.
  [[nodiscard]] std::vector<ConsoleEvent> events() {
    rig.advance(100ms);
    std::vector<ConsoleEvent> events;
    for (const EventBatch& batch : console.all<event_atom, EventBatch>())
      events.insert(events.end(), batch.events.begin(), batch.events.end());
    return events;
  }

  [[nodiscard]] bool is_tapped() const { return rig.context()->tap()->is_open(); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(event_desk_test)

BOOST_AUTO_TEST_CASE(a_console_hears_of_final_blocks_from_now_on) {
  Bench bench;
  bench.finalize();
  auto query = bench.query();
  query.blocks = true;
  bench.subscribe(query);

  bench.finalize();
  bench.finalize();

  const auto events = bench.events();
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].kind == "block");
  BOOST_TEST(events[0].height == 2u);
  BOOST_TEST(events[1].height == 3u);
  BOOST_TEST(!bench.is_tapped());  // nobody asked for messages
}

BOOST_AUTO_TEST_CASE(a_console_hears_log_lines_with_level_and_actor) {
  Bench bench;
  auto query = bench.query();
  query.logs = true;
  bench.subscribe(query);

  bench.rig.context()->log(LogLevel::Warn, "signer", "refuses");

  const auto events = bench.events();
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events[0].kind == "log");
  BOOST_TEST(events[0].level == "warn");
  BOOST_TEST(events[0].to == "signer");
  BOOST_TEST(events[0].text == "refuses");
}

BOOST_AUTO_TEST_CASE(a_console_hears_what_the_node_finds_out_about_its_copy) {
  Bench bench;
  auto query = bench.query();
  query.custody = true;
  bench.subscribe(query);

  CustodyNews news{CustodyNews::What::Altered, Height{7}, 0, "ALTERED DATA: height 7"};
  bench.rig.tell(bench.admin, custody_atom_v, std::make_shared<const CustodyNews>(news));
  news = {CustodyNews::What::Mended, Height{7}, 2, "mended 2 entries of height 7"};
  bench.rig.tell(bench.admin, custody_atom_v, std::make_shared<const CustodyNews>(news));

  const auto events = bench.events();
  BOOST_REQUIRE(events.size() == 2u);
  BOOST_TEST(events[0].kind == "custody");
  BOOST_TEST(events[0].message == "altered");
  BOOST_TEST(events[0].level == "error");
  BOOST_TEST(events[0].height == 7u);
  BOOST_TEST(events[0].text == "ALTERED DATA: height 7");
  BOOST_TEST(events[1].message == "mended");
  BOOST_TEST(events[1].level == "warn");
  BOOST_TEST(events[1].items == 2u);
}

BOOST_AUTO_TEST_CASE(a_console_hears_messages_with_the_names_of_the_actors) {
  Bench bench;
  auto query = bench.query();
  query.messages = true;
  query.message = "final";
  bench.subscribe(query);

  bench.finalize();

  const auto events = bench.events();
  BOOST_REQUIRE(events.size() == 1u);
  BOOST_TEST(events[0].kind == "message");
  BOOST_TEST(events[0].to == "admin");
  BOOST_TEST(events[0].from == "-");
  BOOST_TEST(events[0].message == "final");
}

BOOST_AUTO_TEST_CASE(watching_messages_shows_nothing_of_the_watching_itself) {
  Bench bench;
  auto query = bench.query();
  query.messages = true;
  const auto stream = bench.subscribe(query);

  bench.rig.tell(bench.admin, troupe::actors::credit_atom_v, stream, std::uint32_t{1});
  static_cast<void>(bench.rig.must_answer<std::uint64_t>(bench.admin, troupe::actors::ping_atom_v));

  BOOST_TEST(bench.events().empty());
}

BOOST_AUTO_TEST_CASE(a_console_that_grants_nothing_more_gets_nothing_more) {
  Bench bench;
  auto query = bench.query(1);
  query.blocks = true;
  const auto stream = bench.subscribe(query);

  bench.finalize();
  bench.finalize();
  BOOST_TEST(bench.events().size() == 1u);

  bench.rig.tell(bench.admin, troupe::actors::credit_atom_v, stream, std::uint32_t{1});
  BOOST_TEST(bench.events().size() == 2u);
}

BOOST_AUTO_TEST_CASE(of_twenty_thousand_events_a_second_every_one_is_heard_or_counted_as_dropped) {
  constexpr std::size_t kRounds = 10;
  constexpr std::size_t kLinesPerRound = 2'000;
  const std::string line(1024, 'x');
  Bench bench;
  auto query = bench.query(troupe::actors::kEventCreditMax);
  query.logs = true;
  const auto stream = bench.subscribe(query);

  std::uint64_t heard = 0;
  std::uint64_t dropped = 0;
  std::size_t batches = 0;
  // Hears what has come and grants as much again.
  const auto hear = [&] {
    bench.rig.advance(100ms);
    const auto all = bench.console.all<event_atom, EventBatch>();
    std::uint32_t news = 0;
    for (; batches < all.size(); ++batches) {
      news += static_cast<std::uint32_t>(all[batches].events.size());
      dropped += all[batches].dropped;
    }
    heard += news;
    bench.rig.tell(bench.admin, troupe::actors::credit_atom_v, stream, news);
    return news;
  };
  for (std::size_t round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < kLinesPerRound; ++i)
      bench.rig.context()->log(LogLevel::Warn, "signer", line);
    static_cast<void>(hear());
    // The node itself goes on: whoever asks is answered meanwhile.
    static_cast<void>(
        bench.rig.must_answer<std::uint64_t>(bench.admin, troupe::actors::ping_atom_v));
  }
  while (hear() > 0) {
  }

  BOOST_TEST(heard > 0U);
  BOOST_TEST(dropped > 0U);
  BOOST_TEST(heard + dropped == kRounds * kLinesPerRound);
}

BOOST_AUTO_TEST_CASE(asking_again_takes_the_place_of_what_was_asked_before) {
  Bench bench;
  auto query = bench.query();
  query.messages = true;
  bench.subscribe(query);
  BOOST_TEST(bench.is_tapped());

  auto other = bench.query();
  other.blocks = true;
  bench.subscribe(other);
  BOOST_TEST(!bench.is_tapped());
  bench.finalize();
  BOOST_TEST(bench.events().size() == 1u);

  bench.subscribe(bench.query());  // asks for nothing: ends it
  bench.finalize();
  BOOST_TEST(bench.events().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_console_that_dies_is_forgotten_and_the_tap_is_closed) {
  Bench bench;
  auto query = bench.query();
  query.messages = true;
  bench.subscribe(query);
  BOOST_TEST(bench.is_tapped());

  caf::anon_send_exit(bench.console.actor(), caf::exit_reason::kill);
  bench.rig.run();

  BOOST_TEST(!bench.is_tapped());
}

BOOST_AUTO_TEST_CASE(as_many_consoles_as_a_node_bears_and_no_more_are_served) {
  Bench bench;
  std::vector<StandIn> consoles;
  EventsQuery query;
  query.blocks = true;
  for (std::size_t i = 0; i < troupe::actors::kEventStreamsMax; ++i) {
    consoles.emplace_back(bench.rig.system());
    bench.rig.watch(consoles.back().actor());
    query.sink = consoles.back().as<EventSink>();
    bench.subscribe(query);
  }

  query.sink = bench.console.as<EventSink>();
  const auto asked =
      bench.rig.ask<std::uint64_t>(bench.admin, troupe::actors::events_atom_v, query);

  BOOST_REQUIRE(asked->error.has_value());
  BOOST_TEST(!troupe::actors::failure_text(*asked->error).empty());
}

BOOST_AUTO_TEST_CASE(actors_are_reported_with_what_they_did_in_the_window) {
  Bench bench;
  const auto asked =
      bench.rig.ask<ActorsReport>(bench.admin, troupe::actors::actors_atom_v, ActorsQuery{200});
  BOOST_TEST(asked->is_open());
  BOOST_TEST(bench.is_tapped());

  bench.finalize();
  bench.finalize();
  bench.rig.advance(200ms);

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->window_us == 200'000u);
  const auto& actors = asked->reply->actors;
  const auto admin =
      std::ranges::find_if(actors, [](const ActorReport& actor) { return actor.name == "admin"; });
  BOOST_REQUIRE((admin != actors.end()));
  BOOST_TEST(admin->handled >= 2u);
  BOOST_TEST(admin->queue == 0u);
  BOOST_TEST(!bench.is_tapped());
}

BOOST_AUTO_TEST_CASE(a_log_level_holds_for_its_time_and_the_newest_order_counts) {
  Bench bench;
  const auto& gate = bench.rig.context()->gate();
  const auto order = [&](const std::string& level, std::uint64_t for_ms) {
    BOOST_TEST(bench.rig.must_answer<bool>(
        bench.admin, troupe::actors::log_atom_v, LogRequest{"admin", level, for_ms}));
  };

  order("error", 1'000);
  BOOST_TEST(!gate.admits(LogLevel::Info, "admin"));
  bench.rig.advance(500ms);
  order("warn", 1'000);
  bench.rig.advance(600ms);  // the first order has ended, the second one holds
  BOOST_TEST(gate.admits(LogLevel::Warn, "admin"));
  BOOST_TEST(!gate.admits(LogLevel::Info, "admin"));

  bench.rig.advance(500ms);
  BOOST_TEST(gate.admits(LogLevel::Info, "admin"));
}

BOOST_AUTO_TEST_CASE(an_actor_that_does_not_play_has_no_log_level) {
  Bench bench;

  const auto asked = bench.rig.ask<bool>(
      bench.admin, troupe::actors::log_atom_v, LogRequest{"nobody", "debug", 1'000});

  BOOST_REQUIRE(asked->error.has_value());
  BOOST_TEST(troupe::actors::failure_text(*asked->error).find("nobody") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_more_windows_are_open_than_a_node_bears) {
  Bench bench;
  const auto ask = [&] {
    return bench.rig.ask<ActorsReport>(
        bench.admin, troupe::actors::actors_atom_v, ActorsQuery{1'000});
  };
  for (std::size_t i = 0; i < troupe::actors::kActorsWindowsMax; ++i)
    BOOST_TEST(!ask()->error.has_value());

  BOOST_TEST(ask()->error.has_value());

  bench.rig.advance(2s);
  BOOST_TEST(!ask()->error.has_value());
}

BOOST_AUTO_TEST_CASE(a_log_level_that_nobody_knows_is_refused_by_name) {
  Bench bench;

  const auto asked = bench.rig.ask<bool>(
      bench.admin, troupe::actors::log_atom_v, LogRequest{"signer", "loud", 1'000});

  BOOST_REQUIRE(asked->error.has_value());
  BOOST_TEST(troupe::actors::failure_text(*asked->error).find("loud") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

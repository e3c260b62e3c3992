#include "tools/simulator/pipes.hpp"

#include <memory>

#include <boost/test/unit_test.hpp>

#include "tools/simulator/addresses.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

/// A node of which only its connections are of interest.
struct Terminal final : PipeUser {
  [[nodiscard]] bool is_listening() const override { return listens; }

  void on_accepted(PipeEnd end, std::size_t from) override {
    ends.push_back(end);
    guests.push_back(from);
  }

  void on_dialled(std::uint64_t, std::variant<PipeEnd, DialFailure> outcome) override {
    if (const auto* end = std::get_if<PipeEnd>(&outcome)) {
      ends.push_back(*end);
    } else {
      failures.push_back(std::get<DialFailure>(outcome));
    }
  }

  void on_bytes(PipeEnd end, const Bytes& bytes) override {
    append(heard, bytes);
    if (pipes != nullptr) pipes->take(end, bytes.size());
  }

  void on_wrote(PipeEnd, std::size_t bytes) override { wrote += bytes; }

  void on_closed(PipeEnd) override { ++closed; }

  bool listens = true;
  Pipes* pipes = nullptr;  // set: takes what it hears
  std::vector<PipeEnd> ends;
  std::vector<std::size_t> guests;
  std::vector<DialFailure> failures;
  Bytes heard;
  std::size_t wrote = 0;
  std::size_t closed = 0;
};

/// Two machines, and what happens between them.
struct Fixture {
  Fixture() {
    for (std::size_t i = 0; i < 2; ++i) {
      users[i].pipes = &pipes;
      pipes.plug_in(i, users[i]);
    }
  }

  void run_for(Duration span) {
    const Instant end = now + span;
    pipes.depart(now);
    while (pipes.next() && *pipes.next() <= end) {
      now = *pipes.next();
      pipes.happen();
      pipes.depart(now);
    }
    now = end;
  }

  /// A connection from the first to the second.
  PipeEnd connect() {
    pipes.dial(0, 1, 1);
    run_for(1s);
    BOOST_REQUIRE(users[0].ends.size() == 1U);
    return users[0].ends.front();
  }

  void act(LinkFault::Kind kind, double ratio = 1) {
    LinkFault fault;
    fault.kind = kind;
    fault.ratio = ratio;
    links.begin("fault", fault, {{0, 1}, {1, 0}});
  }

  Instant now;
  Links links{7, 2};
  Pipes pipes{7, links, 2};
  std::array<Terminal, 2> users;
};

/// The numbers from 0 on, in pieces.
void write_numbers(Fixture& fixture, PipeEnd end, std::size_t pieces) {
  for (std::size_t i = 0; i < pieces; ++i)
    fixture.pipes.write(end, Bytes{static_cast<std::uint8_t>(i)});
}

bool are_numbers(const Bytes& bytes, std::size_t count) {
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != static_cast<std::uint8_t>(i)) return false;
  return bytes.size() == count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pipes_test)

BOOST_AUTO_TEST_CASE(an_address_names_its_node) {
  BOOST_TEST(node_at(address_of_node(3), 4).value() == 3U);
  BOOST_TEST(!node_at(address_of_node(4), 4).has_value());
  BOOST_TEST(!node_at(address_of_stranger(), 4).has_value());
  BOOST_TEST((address_of_node(0) != address_of_node(250)));
}

BOOST_FIXTURE_TEST_CASE(bytes_arrive_in_order_whatever_the_weather, Fixture) {
  links.set_weather({1ms, 30ms, 0.3, 0.3, 0.3, 0});
  const PipeEnd end = connect();
  write_numbers(*this, end, 100);
  run_for(60s);
  BOOST_TEST(are_numbers(users[1].heard, 100));
  BOOST_TEST(users[0].wrote == 100U);
}

BOOST_FIXTURE_TEST_CASE(what_a_cut_link_holds_up_arrives_when_it_is_whole_again, Fixture) {
  const PipeEnd end = connect();
  act(LinkFault::Kind::Cut);
  write_numbers(*this, end, 3);
  run_for(5s);
  BOOST_TEST(users[1].heard.empty());
  links.end_all();
  run_for(1s);
  BOOST_TEST(are_numbers(users[1].heard, 3));
}

BOOST_FIXTURE_TEST_CASE(a_corrupt_link_changes_one_byte_of_a_piece, Fixture) {
  const PipeEnd end = connect();
  act(LinkFault::Kind::Corrupt);
  pipes.write(end, Bytes(100, 7));
  run_for(1s);
  BOOST_REQUIRE(users[1].heard.size() == 100U);
  BOOST_TEST(std::ranges::count(users[1].heard, 7) == 99);
}

BOOST_FIXTURE_TEST_CASE(a_finished_end_says_so_after_all_that_it_wrote, Fixture) {
  const PipeEnd end = connect();
  write_numbers(*this, end, 50);
  pipes.finish(end);
  run_for(10ms);
  BOOST_TEST(users[1].closed == 0U);
  run_for(2s);
  BOOST_TEST(are_numbers(users[1].heard, 50));
  BOOST_TEST(users[1].closed == 1U);
  pipes.finish(users[1].ends.front());
  run_for(1s);
  BOOST_TEST(pipes.open() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_process_that_ends_is_noticed_at_once, Fixture) {
  (void)connect();
  pipes.unplug(1, false, now);
  run_for(1s);
  BOOST_TEST(users[0].closed == 1U);
  pipes.dial(0, 2, 1);
  run_for(1s);
  BOOST_REQUIRE(users[0].failures.size() == 1U);
  BOOST_TEST((users[0].failures.front() == DialFailure::Unreachable));
}

BOOST_FIXTURE_TEST_CASE(a_machine_without_power_says_nothing_until_it_has_some_again, Fixture) {
  const PipeEnd end = connect();
  pipes.unplug(1, true, now);
  write_numbers(*this, end, 1);
  pipes.dial(0, 2, 1);
  run_for(10s);
  BOOST_TEST(users[0].closed == 0U);
  BOOST_REQUIRE(users[0].failures.size() == 1U);
  BOOST_TEST((users[0].failures.front() == DialFailure::Timeout));

  Terminal again;
  pipes.plug_in(1, again);
  write_numbers(*this, end, 1);
  run_for(1s);
  BOOST_TEST(users[0].closed == 1U);  // the machine knows nothing of that connection
  BOOST_TEST(again.heard.empty());
}

BOOST_FIXTURE_TEST_CASE(a_reset_ends_both_ends_and_loses_what_is_on_its_way, Fixture) {
  const PipeEnd end = connect();
  write_numbers(*this, end, 3);
  pipes.depart(now);
  pipes.reset(1, 0);
  run_for(1s);
  BOOST_TEST(users[0].closed == 1U);
  BOOST_TEST(users[1].closed == 1U);
  BOOST_TEST(users[1].heard.empty());
  BOOST_TEST(pipes.open() == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_writer_waits_for_a_reader_who_takes_nothing, Fixture) {
  const PipeEnd end = connect();
  users[1].pipes = nullptr;
  for (int i = 0; i < 6; ++i)
    pipes.write(end, Bytes(64 * 1024, 1));
  run_for(5s);
  BOOST_TEST(users[1].heard.size() == 6 * 64 * 1024U);
  BOOST_TEST(users[0].wrote == 4 * 64 * 1024U);
  pipes.take(users[1].ends.front(), 6 * 64 * 1024);
  run_for(1s);
  BOOST_TEST(users[0].wrote == 6 * 64 * 1024U);
}

BOOST_FIXTURE_TEST_CASE(a_stranger_is_heard_and_gone, Fixture) {
  pipes.knock(1, Bytes{1, 2, 3}, now);
  run_for(1s);
  BOOST_REQUIRE(users[1].guests.size() == 1U);
  BOOST_TEST(users[1].guests.front() == kStranger);
  BOOST_TEST(equal(users[1].heard, Bytes{1, 2, 3}));
  BOOST_TEST(users[1].closed == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_full_machine_hangs_up_and_cannot_dial, Fixture) {
  pipes.set_full(1, true);
  pipes.dial(0, 1, 1);
  pipes.dial(1, 1, 0);
  run_for(2s);
  BOOST_TEST(users[1].ends.empty());
  BOOST_TEST(users[0].ends.size() == 1U);
  BOOST_TEST(users[0].closed == 1U);
  BOOST_REQUIRE(users[1].failures.size() == 1U);
  BOOST_TEST(!pipes.connects(0, 1));
  pipes.set_full(1, false);
  pipes.dial(1, 2, 0);
  run_for(1s);
  BOOST_TEST(pipes.connects(0, 1));
  BOOST_TEST(pipes.connects(1, 0));
}

BOOST_FIXTURE_TEST_CASE(whoever_dialled_and_is_gone_leaves_no_connection, Fixture) {
  pipes.dial(0, 1, 1);
  pipes.depart(now);
  pipes.unplug(0, false, now);
  Terminal again;
  pipes.plug_in(0, again);
  run_for(2s);
  BOOST_TEST(again.ends.empty());
  BOOST_TEST(users[1].closed == users[1].ends.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

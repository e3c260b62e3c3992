#include "actors/admin_tunnel.hpp"

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include "tests/actors/raw_peer.hpp"
#include "tests/actors/swarm_node.hpp"

namespace event = troupe::network::connection_event;

namespace {

using troupe::Bytes;
using troupe::Duration;
using troupe::Instant;
using troupe::actors::AdminDoor;
using troupe::actors::ConsoleEntry;
using troupe::actors::Descriptor;
using troupe::actors::SharedDescriptor;
using troupe::network::StreamNumber;
using troupe::test::peer_id;
using troupe::test::RawPeer;
using troupe::test::SwarmNode;

constexpr std::uint8_t kAdmin = 8;
constexpr std::uint8_t kStranger = 9;
constexpr std::uint8_t kPublished = 17;

Instant now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

/// The node's end of the link for consoles, in the hands of the test.
struct Link {
  std::vector<SharedDescriptor> ends;

  AdminDoor door() {
    AdminDoor door;
    door.admits.insert(peer_id(kAdmin));
    door.open = [this](const troupe::network::PeerId& peer) -> std::optional<ConsoleEntry> {
      if (peer != peer_id(kAdmin)) return std::nullopt;
      std::array<int, 2> pair{};
      BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) == 0);
      ends.push_back(std::make_shared<Descriptor>(pair[0]));
      const timeval limit{.tv_sec = 20, .tv_usec = 0};
      ::setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
      return ConsoleEntry{std::make_shared<Descriptor>(pair[1]), kPublished};
    };
    return door;
  }

  void say(const Bytes& bytes) const {
    BOOST_REQUIRE(::send(ends.back()->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
                  static_cast<ssize_t>(bytes.size()));
  }

  /// So many bytes, or as many as come before the far end hangs up.
  [[nodiscard]] Bytes hear(std::size_t count) const {
    Bytes bytes(count);
    std::size_t have = 0;
    while (have < count) {
      const auto got = ::recv(ends.back()->get(), bytes.data() + have, count - have, 0);
      if (got <= 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }
};

/// One frame of CAF's remote actors.
Bytes frame(std::uint8_t operation,
            std::uint8_t source,
            std::uint8_t destination,
            const Bytes& payload) {
  Bytes bytes(32);
  bytes[0] = operation;
  bytes[6] = static_cast<std::uint8_t>(payload.size() >> 8U);
  bytes[7] = static_cast<std::uint8_t>(payload.size());
  bytes[23] = source;
  bytes[31] = destination;
  troupe::append(bytes, payload);
  return bytes;
}

Bytes greeting() {
  return frame(0, kPublished, 0, Bytes(100, 1));
}

StreamNumber ask_for_console(RawPeer& peer) {
  const auto stream =
      peer.connection.open(std::string{troupe::actors::kAdminProtocol}, now()).value();
  peer.write();
  return stream;
}

bool run_until_agreed(RawPeer& peer, StreamNumber stream) {
  return peer.run_until([&](const auto& happened) {
    const auto* opened = std::get_if<event::StreamOpened>(&happened);
    return opened != nullptr && opened->stream == stream;
  });
}

bool run_until_reset(RawPeer& peer, StreamNumber stream) {
  return peer.run_until([&](const auto& happened) {
    const auto* reset = std::get_if<event::StreamReset>(&happened);
    return reset != nullptr && reset->stream == stream;
  });
}

/// What the node says on the stream, so many bytes of it.
Bytes hear(RawPeer& peer, StreamNumber stream, std::size_t count) {
  Bytes heard;
  const bool all = peer.run_until([&](const auto& happened) {
    if (const auto* data = std::get_if<event::Data>(&happened); data && data->stream == stream) {
      troupe::append(heard, data->bytes);
      peer.connection.consumed(stream, data->bytes.size());
    }
    return heard.size() >= count;
  });
  BOOST_TEST(all);
  return heard;
}

/// A console of another machine to which the node has opened its link.
struct Attached {
  Attached() {
    BOOST_REQUIRE(peer.run_until_ready());
    stream = ask_for_console(peer);
    BOOST_REQUIRE(run_until_agreed(peer, stream));
    BOOST_REQUIRE(peer.ping());
  }

  /// The link speaks first.
  void greet() {
    link.say(greeting());
    BOOST_REQUIRE(hear(peer, stream, greeting().size()).size() == greeting().size());
  }

  Link link;
  SwarmNode node{{.number = 1, .door = link.door()}};
  RawPeer peer{kAdmin, node.address()};
  StreamNumber stream{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(admin_tunnel_test)

BOOST_FIXTURE_TEST_CASE(bytes_of_one_who_may_attach_reach_the_link_and_its_answers_come_back,
                        Attached) {
  link.say(greeting());
  BOOST_TEST(troupe::equal(hear(peer, stream, greeting().size()), greeting()));
  const Bytes question = frame(2, 5, kPublished, Bytes(3000, 4));
  peer.send(stream, question);
  BOOST_REQUIRE(peer.run_until_drained(stream));
  BOOST_TEST(troupe::equal(link.hear(question.size()), question));
}

BOOST_FIXTURE_TEST_CASE(more_than_every_window_goes_through_in_both_directions, Attached) {
  greet();

  Bytes much;
  for (int i = 0; i < 40; ++i)
    troupe::append(much, frame(2, 5, kPublished, Bytes(60'000, static_cast<std::uint8_t>(i))));
  Bytes arrived;
  std::thread reader([&] { arrived = link.hear(much.size()); });
  peer.send(stream, much);
  BOOST_TEST(peer.run_until_drained(stream));
  reader.join();
  BOOST_TEST(troupe::equal(arrived, much));

  std::thread writer([&] { link.say(much); });
  BOOST_TEST(troupe::equal(hear(peer, stream, much.size()), much));
  writer.join();
}

BOOST_AUTO_TEST_CASE(whoever_is_not_admitted_is_refused_and_may_go_on_otherwise) {
  Link link;
  SwarmNode node{{.number = 1, .door = link.door()}};
  for (const std::uint8_t number : {kStranger, std::uint8_t{2}}) {
    RawPeer peer{number, node.address()};
    BOOST_REQUIRE(peer.run_until_ready());
    const auto stream = ask_for_console(peer);
    BOOST_TEST(run_until_reset(peer, stream));
    BOOST_TEST(peer.ping());
  }
  BOOST_TEST(node.wait_counters([](const auto& stats) { return stats.refused_streams == 2; }));
  BOOST_TEST(link.ends.empty());
}

BOOST_AUTO_TEST_CASE(a_node_without_a_door_does_not_know_the_protocol) {
  SwarmNode node{{.number = 1}};
  RawPeer peer{kAdmin, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());
  ask_for_console(peer);
  BOOST_TEST(peer.run_until([](const auto& happened) {
    return std::holds_alternative<event::ProtocolRefused>(happened);
  }));
}

BOOST_FIXTURE_TEST_CASE(what_the_guard_forbids_ends_the_stream_and_the_link_but_not_the_connection,
                        Attached) {
  greet();

  peer.send(stream, frame(3, 5, kPublished, Bytes(10, 4)));
  BOOST_TEST(run_until_reset(peer, stream));
  BOOST_TEST(link.hear(1).empty());
  BOOST_TEST(peer.ping());
}

BOOST_FIXTURE_TEST_CASE(a_link_that_ends_ends_its_stream_and_a_stream_that_ends_its_link,
                        Attached) {
  link.ends.back().reset();
  BOOST_TEST(run_until_reset(peer, stream));

  const auto second = ask_for_console(peer);
  BOOST_REQUIRE(run_until_agreed(peer, second));
  BOOST_REQUIRE(peer.ping());
  peer.connection.reset(second);
  peer.write();
  BOOST_TEST(link.hear(1).empty());
}

BOOST_AUTO_TEST_CASE(consoles_of_one_connection_are_bounded) {
  Link link;
  SwarmNode node{{.number = 1, .door = link.door()}};
  RawPeer peer{kAdmin, node.address()};
  BOOST_REQUIRE(peer.run_until_ready());
  for (std::size_t i = 0; i < troupe::actors::kTunnelsPerSessionMax; ++i)
    BOOST_REQUIRE(run_until_agreed(peer, ask_for_console(peer)));
  BOOST_TEST(run_until_reset(peer, ask_for_console(peer)));
  BOOST_REQUIRE(peer.ping());
  BOOST_TEST(link.ends.size() == troupe::actors::kTunnelsPerSessionMax);
}

BOOST_AUTO_TEST_CASE(consoles_of_one_key_do_not_end_each_other_as_duplicates_would) {
  Link link;
  SwarmNode node{{.number = 1, .door = link.door()}};
  RawPeer first{kAdmin, node.address()};
  BOOST_REQUIRE(first.run_until_ready());
  RawPeer second{kAdmin, node.address()};
  BOOST_REQUIRE(second.run_until_ready());
  RawPeer third{kAdmin, node.address()};
  BOOST_REQUIRE(third.run_until_ready());
  BOOST_TEST(third.ping());
  BOOST_TEST(second.ping());
  BOOST_TEST(first.ping());
  BOOST_TEST(node.counters().duplicates_closed == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

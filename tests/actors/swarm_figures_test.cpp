#include <algorithm>
#include <chrono>
#include <ctime>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/actors/process.hpp"
#include "tests/actors/swarm_node.hpp"

// How fast two swarms in two processes are. The figures are printed with --log_level=message; what
// is asserted is only that everything arrives.
namespace {

using troupe::Bytes;
using troupe::actors::Channel;
using troupe::test::NodeSetup;
using troupe::test::peer_id;
using troupe::test::Process;
using troupe::test::SwarmNode;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRounds = 500;

double seconds_since(Clock::time_point started) {
  return std::chrono::duration<double>(Clock::now() - started).count();
}

/// The other process: dials, waits for what is announced, and answers as it is told.
int run_far_end(const troupe::actors::Descriptor& reader, std::size_t messages) {
  std::array<char, 256> text{};
  if (::read(reader.get(), text.data(), text.size() - 1) <= 0) return 1;
  SwarmNode node{{.number = 2, .peers = {troupe::test::address(text.data())}}};
  if (!node.inbox.wait_up(peer_id(1))) return 2;
  if (!node.inbox.wait_count(Channel::Lanes, messages)) return 3;
  node.send(peer_id(1), Channel::Consensus, Bytes(1));
  for (std::size_t i = 1; i <= kRounds; ++i) {
    if (!node.inbox.wait_count(Channel::Sync, i)) return 4;
    node.send(peer_id(1), Channel::Sync, Bytes(200));
  }
  // The last answer must leave before this process does.
  return node.inbox.wait_count(Channel::Consensus, 1) ? 0 : 5;
}

struct Pipe {
  Pipe() {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    reader = troupe::actors::Descriptor{ends[0]};
    writer = troupe::actors::Descriptor{ends[1]};
  }

  troupe::actors::Descriptor reader;
  troupe::actors::Descriptor writer;
};

/// Sends that many messages of that size to another process, keeping the queue below its bound.
void measure(std::size_t messages, std::size_t bytes) {
  const Pipe pipe;
  Process far{[&] { return run_far_end(pipe.reader, messages); }};
  SwarmNode node{{.number = 1}};
  const auto where = node.address().text();
  BOOST_REQUIRE(::write(pipe.writer.get(), where.data(), where.size()) > 0);
  BOOST_REQUIRE(node.inbox.wait_up(peer_id(2)));

  const auto started = Clock::now();
  const auto cpu_started = std::clock();
  const Bytes message(bytes, 0x42);
  const std::size_t burst = std::max<std::size_t>(1, (4U << 20) / bytes);
  for (std::size_t sent = 0; sent < messages;) {
    const auto until = std::min(messages, sent + burst);
    for (; sent < until; ++sent)
      node.send(peer_id(2), Channel::Lanes, message);
    BOOST_REQUIRE(node.wait_peers([&](const auto& peers) {
      return !peers.empty() && peers[0].queued_bytes[index_of(Channel::Lanes)] < (8U << 20);
    }));
  }
  BOOST_REQUIRE(node.inbox.wait_count(Channel::Consensus, 1));
  const auto took = seconds_since(started);
  const auto cpu = static_cast<double>(std::clock() - cpu_started) / CLOCKS_PER_SEC;

  std::vector<double> rounds;
  for (std::size_t i = 1; i <= kRounds; ++i) {
    const auto asked = Clock::now();
    node.send(peer_id(2), Channel::Sync, Bytes(200));
    BOOST_REQUIRE(node.inbox.wait_count(Channel::Sync, i));
    rounds.push_back(seconds_since(asked) * 1e6);
  }
  node.send(peer_id(2), Channel::Consensus, Bytes(1));
  std::sort(rounds.begin(), rounds.end());
  const auto count = static_cast<double>(messages);
  BOOST_TEST_MESSAGE(bytes << " B: " << count / took << " messages/s, "
                           << count * static_cast<double>(bytes) / took / 1e6
                           << " MB/s, sender's CPU " << cpu / count * 1e6
                           << " us a message; round trip of 200 B: median " << rounds[kRounds / 2]
                           << " us, p95 " << rounds[kRounds * 95 / 100] << " us");
  BOOST_TEST(node.counters().messages_shed == 0U);
  BOOST_TEST(far.exit_code() == 0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(swarm_figures_test)

BOOST_AUTO_TEST_CASE(small_messages_pass_in_bulk) {
  measure(50'000, 200);
}

BOOST_AUTO_TEST_CASE(large_messages_pass_in_bulk) {
  measure(2'000, 64 * 1024);
}

BOOST_AUTO_TEST_SUITE_END()

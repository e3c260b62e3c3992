#include "actors/listener_broker.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/actors/process.hpp"
#include "tests/actors/swarm_node.hpp"

namespace {

using troupe::actors::Descriptor;
using troupe::test::peer_id;
using troupe::test::Process;
using troupe::test::SwarmNode;

/// Both ends of a pipe.
struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
    reader = Descriptor{ends[0]};
    writer = Descriptor{ends[1]};
  }

  Descriptor reader;
  Descriptor writer;
};

int highest_descriptor() {
  int highest = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    highest = std::max(highest, std::stoi(entry.path().filename().string()));
  return highest;
}

/// Uses up every descriptor that this process may have.
std::vector<Descriptor> use_up_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = static_cast<rlim_t>(highest_descriptor() + 1);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<Descriptor> all;
  do {
    all.emplace_back(::dup(0));
  } while (all.back().valid());
  return all;
}

/// A node that has no descriptor left, until it is told otherwise. In a process of its own, where
/// nothing else opens or closes any.
int run_starving_node(const Descriptor& told, const Descriptor& tells) {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  SwarmNode node{{.number = 1}};
  const auto where = node.address().text();
  auto used_up = use_up_descriptors();
  if (::write(tells.get(), where.data(), where.size()) <= 0) return 1;
  char word = 0;
  if (::read(told.get(), &word, 1) != 1) return 2;
  ::setrlimit(RLIMIT_NOFILE, &before);
  used_up.clear();
  if (::write(tells.get(), &word, 1) != 1) return 3;
  // Stays until the other one has seen it.
  return ::read(told.get(), &word, 1) == 1 ? 0 : 4;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listener_broker_test)

BOOST_AUTO_TEST_CASE(a_listener_without_descriptors_hangs_up_and_comes_back) {
  const Pipe to_node;
  const Pipe from_node;
  Process process{[&] { return run_starving_node(to_node.reader, from_node.writer); }};
  std::array<char, 256> text{};
  BOOST_REQUIRE(::read(from_node.reader.get(), text.data(), text.size() - 1) > 0);
  const auto where = troupe::test::address(text.data());
  const Descriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where.tcp_endpoint()->port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{.tv_sec = 30, .tv_usec = 0};
  ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  BOOST_REQUIRE(::connect(client.get(), generic, sizeof address) == 0);

  char byte = 0;
  BOOST_TEST(::recv(client.get(), &byte, 1, 0) == 0);  // hung up on, not left waiting

  BOOST_REQUIRE(::write(to_node.writer.get(), &byte, 1) == 1);
  BOOST_REQUIRE(::read(from_node.reader.get(), &byte, 1) == 1);
  SwarmNode second{{.number = 2, .peers = {where}}};
  BOOST_TEST(second.inbox.wait_up(peer_id(1)));
  BOOST_REQUIRE(::write(to_node.writer.get(), &byte, 1) == 1);
  BOOST_TEST(process.exit_code() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

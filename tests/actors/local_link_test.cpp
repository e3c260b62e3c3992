#include "actors/local_link.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <caf/io/all.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "actors/descriptor.hpp"
#include "actors/hosted.hpp"
#include "tests/actors/process.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::actors::attach;
using troupe::actors::connector_to;
using troupe::actors::Descriptor;
using troupe::actors::LinkError;
using troupe::actors::LocalLink;
using troupe::actors::Placement;
using troupe::test::Process;
using troupe::test::Signal;
using troupe::test::TemporaryFolder;

using Adder = caf::typed_actor<caf::replies_to<caf::add_atom, std::uint64_t>::with<std::uint64_t>>;
using Greeter = caf::typed_actor<caf::replies_to<caf::get_atom>::with<std::string>>;

constexpr auto kDeadline = 20s;

class AdderState {
 public:
  static constexpr const char* name = "adder";

  explicit AdderState(Adder::pointer) {}

  Adder::behavior_type make_behavior() {
    return {[this](caf::add_atom, std::uint64_t more) { return add(more); }};
  }

 private:
  std::uint64_t add(std::uint64_t more) { return sum_ += more; }

  std::uint64_t sum_ = 0;
};

struct LinkConfig : caf::actor_system_config {
  LinkConfig() { troupe::actors::configure_link_client(*this); }
};

/// An actor system with an adder that may be published.
struct Node {
  LinkConfig config;
  caf::actor_system system{config};
  Adder adder = troupe::actors::spawn_hosted<Adder, AdderState>(system, Placement::Pooled);

  ~Node() { caf::anon_send_exit(adder, caf::exit_reason::kill); }
};

/// What remains of a published node in a process of its own: it stops when it is killed.
int run_node(const std::string& path, const Signal& published) {
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, path);
  if (!link) return 1;
  published.tell();
  for (;;)
    ::pause();
}

std::uint64_t add(caf::actor_system& system, const Adder& adder, std::uint64_t more) {
  caf::scoped_actor self{system};
  std::uint64_t sum = 0;
  self->request(adder, caf::infinite, caf::add_atom::value, more)
      .receive([&](std::uint64_t answer) { sum = answer; },
               [](const caf::error& reason) { BOOST_TEST_MESSAGE(caf::to_string(reason)); });
  return sum;
}

/// How attaching to the path ends, in an actor system of its own.
template <class Handle = Adder>
std::string attach_outcome(const std::string& path,
                           std::chrono::milliseconds deadline = kDeadline) {
  LinkConfig config;
  caf::actor_system system{config};
  const auto attached = attach<Handle>(system, connector_to(path), deadline);
  return attached ? "attached" : std::string{describe(attached.error())};
}

std::string outcome(LinkError error) {
  return std::string{describe(error)};
}

/// A client that connects and then says whatever the test wants, or nothing.
Descriptor connect_raw(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(descriptor.get(), generic, sizeof address) != 0) return Descriptor{};
  return descriptor;
}

/// Reads until the other side hangs up; false if it does not within the deadline.
bool is_hung_up_on(const Descriptor& descriptor) {
  const timeval limit{.tv_sec = std::chrono::seconds{kDeadline}.count(), .tv_usec = 0};
  ::setsockopt(descriptor.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  char bytes[512];
  for (;;) {
    const auto count = ::recv(descriptor.get(), bytes, sizeof bytes, 0);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) return true;
    if (count < 0) return false;
  }
}

constexpr uid_t kNobody = 65534;

}  // namespace

BOOST_AUTO_TEST_SUITE(local_link_test)

BOOST_AUTO_TEST_CASE(a_client_in_another_process_is_answered) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Signal published;
  Process client{[&] {
    if (!published.wait()) return 1;
    LinkConfig config;
    caf::actor_system system{config};
    const auto adder = attach<Adder>(system, connector_to(path), kDeadline);
    if (!adder) return 2;
    for (std::uint64_t i = 1; i <= 100; ++i) {
      if (add(system, *adder, 1) != i) return 3;
    }
    return 0;
  }};

  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, path);
  BOOST_REQUIRE(link.ok());
  published.tell();

  BOOST_TEST(client.exit_code() == 0);
  BOOST_TEST(add(node.system, node.adder, 0) == 100U);
}

BOOST_AUTO_TEST_CASE(only_the_owner_may_connect_to_the_socket) {
  const TemporaryFolder folder;
  Node node;

  const auto link = LocalLink::publish(node.system, node.adder, folder.file("node"));

  BOOST_REQUIRE(link.ok());

  struct stat status {};

  BOOST_REQUIRE(::stat(folder.file("node").c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600U);
}

BOOST_AUTO_TEST_CASE(another_user_is_refused_by_mode_and_by_the_kernels_word) {
  if (::geteuid() != 0) {
    BOOST_TEST_MESSAGE("skipped: only root can become another user");
    return;
  }
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Signal published;
  Signal refused;
  Signal opened;
  Process stranger{[&] {
    if (!published.wait() || ::setuid(kNobody) != 0) return 1;
    if (attach_outcome(path) != outcome(LinkError::NotOurs)) return 2;
    refused.tell();
    if (!opened.wait()) return 3;
    if (attach_outcome(path) != outcome(LinkError::NotOurs)) return 5;
    const auto raw = connect_raw(path);
    return raw.valid() && is_hung_up_on(raw) ? 0 : 4;
  }};
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, path);
  BOOST_REQUIRE(link.ok());
  ::chmod(folder.path().c_str(), 0755);

  published.tell();
  BOOST_TEST(refused.wait());
  // The mode is opened on purpose: now SO_PEERCRED alone keeps the stranger out.
  ::chmod(path.c_str(), 0777);
  opened.tell();

  BOOST_TEST(stranger.exit_code() == 0);
}

BOOST_AUTO_TEST_CASE(no_node_means_no_socket) {
  const TemporaryFolder folder;

  BOOST_TEST(attach_outcome(folder.file("node")) == outcome(LinkError::NoSocket));
}

BOOST_AUTO_TEST_CASE(a_link_that_ends_removes_its_socket) {
  const TemporaryFolder folder;
  Node node;

  { BOOST_REQUIRE(LocalLink::publish(node.system, node.adder, folder.file("node")).ok()); }

  BOOST_TEST(attach_outcome(folder.file("node")) == outcome(LinkError::NoSocket));
}

BOOST_AUTO_TEST_CASE(the_socket_of_a_killed_node_is_refused_and_then_replaced) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Signal published;
  Process killed{[&] { return run_node(path, published); }};
  BOOST_REQUIRE(published.wait());
  killed.kill(SIGKILL);

  BOOST_TEST(attach_outcome(path) == outcome(LinkError::Refused));
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, path);

  BOOST_REQUIRE(link.ok());
  BOOST_TEST(attach_outcome(path) == "attached");
}

BOOST_AUTO_TEST_CASE(a_path_that_a_node_listens_at_is_in_use) {
  const TemporaryFolder folder;
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, folder.file("node"));
  BOOST_REQUIRE(link.ok());

  Node second;
  const auto refused = LocalLink::publish(second.system, second.adder, folder.file("node"));

  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.error() == LinkError::InUse));
  BOOST_TEST(attach_outcome(folder.file("node")) == "attached");
}

BOOST_AUTO_TEST_CASE(a_file_at_the_path_is_left_alone) {
  const TemporaryFolder folder;
  const auto path = folder.file("precious");
  std::ofstream{path} << "data";
  Node node;

  const auto refused = LocalLink::publish(node.system, node.adder, path);

  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.error() == LinkError::NotASocket));
  BOOST_TEST(std::filesystem::file_size(path) == 4U);
  BOOST_TEST(attach_outcome(path) == outcome(LinkError::Refused));
}

BOOST_AUTO_TEST_CASE(a_path_longer_than_a_socket_address_is_refused_by_name) {
  const std::string path = "/tmp/" + std::string(troupe::actors::kLinkPathBytesMax, 'x');
  Node node;

  const auto refused = LocalLink::publish(node.system, node.adder, path);

  BOOST_REQUIRE(!refused.ok());
  BOOST_TEST((refused.error() == LinkError::PathTooLong));
  BOOST_TEST(attach_outcome(path) == outcome(LinkError::PathTooLong));
}

BOOST_AUTO_TEST_CASE(an_actor_with_another_interface_is_refused) {
  const TemporaryFolder folder;
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, folder.file("node"));
  BOOST_REQUIRE(link.ok());

  BOOST_TEST(attach_outcome<Greeter>(folder.file("node")) == outcome(LinkError::WrongInterface));
}

BOOST_AUTO_TEST_CASE(a_frozen_node_is_given_up_at_the_deadline) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Signal published;
  Process frozen{[&] { return run_node(path, published); }};
  BOOST_REQUIRE(published.wait());
  frozen.signal(SIGSTOP);
  frozen.wait_until_stopped();

  const auto started = std::chrono::steady_clock::now();
  BOOST_TEST(attach_outcome(path, 200ms) == outcome(LinkError::Timeout));
  const auto waited = std::chrono::steady_clock::now() - started;

  BOOST_TEST((waited >= 200ms));
  BOOST_TEST((waited < 5s));
}

BOOST_AUTO_TEST_CASE(a_frozen_node_with_a_full_backlog_is_given_up_too) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Signal published;
  Process frozen{[&] { return run_node(path, published); }};
  BOOST_REQUIRE(published.wait());
  frozen.signal(SIGSTOP);
  frozen.wait_until_stopped();
  std::vector<Descriptor> waiting;
  for (int i = 0; i <= troupe::actors::kLinksMax; ++i)
    waiting.push_back(connect_raw(path));

  BOOST_TEST(attach_outcome(path, 200ms) == outcome(LinkError::Timeout));
}

BOOST_AUTO_TEST_CASE(silent_clients_and_garbage_disturb_nobody) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, path);
  BOOST_REQUIRE(link.ok());
  std::vector<Descriptor> silent;
  for (int i = 0; i < 50; ++i)
    silent.push_back(connect_raw(path));
  const auto garbage = connect_raw(path);
  const std::string text = "GET / HTTP/1.1\r\nHost: nobody\r\n\r\n" + std::string(4096, '\xff');
  BOOST_REQUIRE(::send(garbage.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0);

  BOOST_TEST(is_hung_up_on(garbage));
  BOOST_TEST(attach_outcome(path) == "attached");
}

BOOST_AUTO_TEST_CASE(who_announces_more_than_any_message_holds_is_hung_up_on) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, path);
  BOOST_REQUIRE(link.ok());
  const auto liar = connect_raw(path);
  // A message to an actor, with 4 GiB to follow: what CAF would make room for at once.
  std::string header(32, '\0');
  header[0] = 2;
  header.replace(4, 4, "\xff\xff\xff\xff");
  header.replace(16, 16, std::string(16, '\1'));
  BOOST_REQUIRE(::send(liar.get(), header.data(), header.size(), MSG_NOSIGNAL) > 0);

  BOOST_TEST(is_hung_up_on(liar));
  BOOST_TEST(attach_outcome(path) == "attached");
}

BOOST_AUTO_TEST_CASE(clients_above_the_limit_are_hung_up_on_until_others_leave) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Node node;
  const auto link = LocalLink::publish(node.system, node.adder, path);
  BOOST_REQUIRE(link.ok());
  std::vector<Descriptor> silent;
  for (int i = 0; i < troupe::actors::kLinksMax; ++i)
    silent.push_back(connect_raw(path));

  BOOST_TEST(attach_outcome(path) == outcome(LinkError::Refused));
  silent.clear();
  // The node notices on its own time that they left.
  auto last = attach_outcome(path);
  for (int i = 0; i < 1000 && last != "attached"; ++i)
    last = attach_outcome(path);

  BOOST_TEST(last == "attached");
}

BOOST_AUTO_TEST_CASE(an_attached_client_hears_of_the_nodes_end) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Signal published;
  Process killed{[&] { return run_node(path, published); }};
  BOOST_REQUIRE(published.wait());
  LinkConfig config;
  caf::actor_system system{config};
  const auto adder = attach<Adder>(system, connector_to(path), kDeadline);
  BOOST_REQUIRE(adder.ok());
  caf::scoped_actor self{system};
  self->monitor(*adder);

  killed.kill(SIGKILL);

  bool down = false;
  self->receive([&](const caf::down_msg& notice) { down = notice.source == adder->address(); });
  BOOST_TEST(down);
}

BOOST_AUTO_TEST_CASE(attaching_and_asking_are_quick) {
  const TemporaryFolder folder;
  const auto path = folder.file("node");
  Signal published;
  Process process{[&] { return run_node(path, published); }};
  BOOST_REQUIRE(published.wait());
  constexpr std::size_t kRounds = 30;
  std::vector<std::chrono::microseconds> attaching;
  std::vector<std::chrono::microseconds> asking;

  for (std::size_t i = 0; i < kRounds; ++i) {
    using Clock = std::chrono::steady_clock;
    LinkConfig config;
    caf::actor_system system{config};
    const auto started = Clock::now();
    const auto adder = attach<Adder>(system, connector_to(path), kDeadline);
    BOOST_REQUIRE(adder.ok());
    const auto attached = Clock::now();
    BOOST_REQUIRE(add(system, *adder, 1) == i + 1);
    attaching.push_back(std::chrono::duration_cast<std::chrono::microseconds>(attached - started));
    asking.push_back(
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - attached));
  }

  std::sort(attaching.begin(), attaching.end());
  std::sort(asking.begin(), asking.end());
  BOOST_TEST_MESSAGE("attach: median " << attaching[kRounds / 2].count() << " us, request: median "
                                       << asking[kRounds / 2].count() << " us");
  BOOST_TEST((attaching[kRounds / 2] < 30ms));
}

BOOST_AUTO_TEST_SUITE_END()

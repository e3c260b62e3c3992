#include "actors/connection_broker.hpp"

#include <condition_variable>
#include <mutex>

#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include "actors/hosted.hpp"
#include "protocol/base/limits.hpp"

namespace {

using troupe::Bytes;
using troupe::actors::Descriptor;
using troupe::actors::ReadBytes;
using troupe::actors::SharedDescriptor;
using troupe::actors::SocketOwner;
namespace internal = troupe::actors::internal;

constexpr std::chrono::seconds kPatience{30};

/// What a broker told its owner.
class Log {
 public:
  void add(std::size_t read, std::size_t written) {
    const std::lock_guard lock{mutex_};
    read_ += read;
    written_ += written;
    changed_.notify_all();
  }

  [[nodiscard]] bool wait_read(std::size_t bytes) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, kPatience, [&] { return read_ >= bytes; });
  }

  [[nodiscard]] bool wait_written(std::size_t bytes) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, kPatience, [&] { return written_ >= bytes; });
  }

  [[nodiscard]] std::size_t read() const {
    const std::lock_guard lock{mutex_};
    return read_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t read_ = 0;
  std::size_t written_ = 0;
};

/// Stands in for a session: writes down what its broker says.
class LoggingOwner {
 public:
  static constexpr const char* name = "logging-owner";

  LoggingOwner(SocketOwner::pointer, Log* log) : log_(log) {}

  SocketOwner::behavior_type make_behavior() {
    return {
        [this](internal::bytes_atom, const ReadBytes& read) { log_->add(read.bytes.size(), 0); },
        [this](internal::wrote_atom, std::uint64_t bytes) { log_->add(0, bytes); },
    };
  }

 private:
  Log* log_;
};

struct BrokerConfig : caf::actor_system_config {
  BrokerConfig() {
    load<caf::io::middleman>();
    set("scheduler.max-threads", 1);
    set("scheduler.policy", caf::atom("sharing"));
  }
};

/// A broker and its session at one end of a socket pair, the test at the other.
struct Fixture {
  Fixture() {
    int ends[2];
    BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    far = Descriptor{ends[0]};
    const timeval limit{.tv_sec = kPatience.count(), .tv_usec = 0};
    ::setsockopt(far.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    session = troupe::actors::spawn_hosted<SocketOwner, LoggingOwner>(
        system, troupe::actors::Placement::Pooled, &log);
    broker = spawn_connection_broker(system, std::make_shared<Descriptor>(ends[1]), session);
  }

  ~Fixture() {
    caf::anon_send_exit(session, caf::exit_reason::kill);
    caf::anon_send_exit(broker, caf::exit_reason::kill);
  }

  /// Reads at the far end until it is closed.
  Bytes read_all() {
    Bytes all;
    Bytes piece(64 * 1024);
    for (;;) {
      const auto count = ::recv(far.get(), piece.data(), piece.size(), 0);
      if (count <= 0) return all;
      all.insert(all.end(), piece.begin(), piece.begin() + count);
    }
  }

  Log log;
  Descriptor far;
  BrokerConfig config;
  caf::actor_system system{config};
  SocketOwner session;
  caf::actor broker;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(connection_broker_test)

BOOST_FIXTURE_TEST_CASE(what_is_written_arrives_before_a_finished_connection_closes, Fixture) {
  const Bytes first(100'000, 1);
  const Bytes second(50'000, 2);

  caf::anon_send(broker, internal::write_atom{}, first);
  caf::anon_send(broker, internal::write_atom{}, second);
  caf::anon_send(broker, internal::finish_atom{});

  const auto all = read_all();
  BOOST_TEST(all.size() == first.size() + second.size());
  BOOST_TEST(log.wait_written(all.size()));
}

BOOST_FIXTURE_TEST_CASE(a_finished_connection_closes_though_its_peer_reads_nothing, Fixture) {
  caf::anon_send(broker, internal::write_atom{}, Bytes(16 * 1024 * 1024, 1));
  caf::anon_send(broker, internal::finish_atom{});

  // Nothing is read until the broker is gone, with its buffer.
  caf::scoped_actor self{system};
  self->wait_for(broker);

  BOOST_TEST(read_all().size() < 16U * 1024 * 1024);
}

BOOST_FIXTURE_TEST_CASE(reading_stops_until_the_session_has_dealt_with_what_was_read, Fixture) {
  const Bytes chunk(troupe::kReadBytesMax, 7);
  std::size_t sent = 0;
  // As much as the kernel takes while nobody reads more than the broker's tokens allow.
  for (int i = 0; i < 1000; ++i) {
    const auto count = ::send(far.get(), chunk.data(), chunk.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count > 0) sent += static_cast<std::size_t>(count);
    if (log.read() >= troupe::kReadsInFlightMax * troupe::kReadBytesMax) break;
  }
  BOOST_REQUIRE(sent > 0U);
  BOOST_TEST(log.read() <= troupe::kReadsInFlightMax * troupe::kReadBytesMax);

  caf::anon_send(broker, internal::rearm_atom{}, std::uint64_t{10'000});

  BOOST_TEST(log.wait_read(sent));
}

BOOST_FIXTURE_TEST_CASE(the_socket_closes_with_its_session, Fixture) {
  caf::anon_send_exit(session, caf::exit_reason::kill);

  BOOST_TEST(read_all().empty());
}

BOOST_FIXTURE_TEST_CASE(the_broker_ends_when_the_peer_closes, Fixture) {
  { const auto closed = std::move(far); }

  caf::scoped_actor self{system};
  self->wait_for(broker);
  BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()

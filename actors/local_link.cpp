#include "actors/local_link.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>
#include <optional>
#include <utility>

#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman_actor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/doorman_impl.hpp>
#include <caf/io/network/scribe_impl.hpp>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "actors/descriptor.hpp"

namespace troupe::actors {

namespace {

using caf::io::network::default_multiplexer;
using LinkCount = std::shared_ptr<std::atomic<int>>;

/// The user behind the other end, as the kernel knows it: for a node whoever called connect, for a
/// client whoever called listen.
std::optional<uid_t> peer_user(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

/// Whom a node lets in.
bool admits(const std::optional<uid_t>& client) {
  return client && (*client == 0 || *client == ::geteuid());
}

/// Whether a node of that user will let this process in, by the same rule.
bool is_ours(const std::optional<uid_t>& node) {
  return node && (::geteuid() == 0 || *node == ::geteuid());
}

/// One attached client. CAF asks a TCP socket for its addresses and aborts on any other family, so
/// this answers instead.
class LocalScribe : public caf::io::network::scribe_impl {
 public:
  LocalScribe(default_multiplexer& backend, int fd, LinkCount count)
      : scribe_impl(backend, fd), count_(std::move(count)) {
    if (count_) count_->fetch_add(1);
  }

  ~LocalScribe() override {
    if (count_) count_->fetch_sub(1);
  }

  std::string addr() const override { return "local"; }

  std::uint16_t port() const override { return 0; }

  /// CAF makes room for as many bytes as a message announces before the first of them has come: who
  /// announces too many is hung up on.
  void configure_read(caf::io::receive_policy::config config) override {
    if (config.second > kLinkMessageBytesMax) {
      ::shutdown(stream_.fd(), SHUT_RDWR);
      config = caf::io::receive_policy::exactly(1);
    }
    scribe_impl::configure_read(config);
  }

 private:
  LinkCount count_;
};

/// The listening socket of one LocalLink. Its port is a number of ours that tells apart the links
/// of one actor system.
class LocalDoorman : public caf::io::network::doorman_impl {
 public:
  LocalDoorman(default_multiplexer& backend, int fd, std::uint16_t number)
      : doorman_impl(backend, fd), number_(number) {}

  std::string addr() const override { return "local"; }

  std::uint16_t port() const override { return number_; }

  bool new_connection() override {
    if (detached()) return false;
    Descriptor accepted{acceptor_.accepted_socket()};
    if (!admits(peer_user(accepted.get())) || count_->load() >= kLinksMax) return true;
    auto& backend = acceptor_.backend();
    auto scribe = caf::make_counted<LocalScribe>(backend, accepted.release(), count_);
    const auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    return doorman::new_connection(&backend, handle);
  }

 private:
  std::uint16_t number_;
  LinkCount count_ = std::make_shared<std::atomic<int>>(0);
};

/// Hands one ready-made descriptor to CAF's remote-actor broker: a connected one when it is asked
/// to connect, a listening one when it is asked to open. Everything that can block or fail by name
/// has happened before.
class LinkManager : public caf::io::middleman_actor_impl {
 public:
  LinkManager(caf::actor_config& config, caf::actor broker, int fd)
      : middleman_actor_impl(config, std::move(broker)), descriptor_(fd) {}

 protected:
  caf::expected<caf::io::scribe_ptr> connect(const std::string&, std::uint16_t) override {
    return caf::io::scribe_ptr{
        caf::make_counted<LocalScribe>(backend(), descriptor_.release(), nullptr)};
  }

  caf::expected<caf::io::doorman_ptr> open(std::uint16_t number, const char*, bool) override {
    return caf::io::doorman_ptr{
        caf::make_counted<LocalDoorman>(backend(), descriptor_.release(), number)};
  }

 private:
  default_multiplexer& backend() {
    return static_cast<default_multiplexer&>(system().middleman().backend());
  }

  Descriptor descriptor_;
};

caf::actor remote_broker(caf::actor_system& system) {
  return system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
}

caf::io::middleman_actor spawn_manager(caf::actor_system& system, Descriptor descriptor) {
  return system.spawn<LinkManager, caf::hidden>(remote_broker(system), descriptor.release());
}

void stop(const caf::io::middleman_actor& manager) {
  caf::anon_send_exit(manager, caf::exit_reason::kill);
}

std::optional<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() > kLinkPathBytesMax) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

LinkError connect_error(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR: return LinkError::NoSocket;
    case ECONNREFUSED:
    case ENOTSOCK:
    case EPROTOTYPE: return LinkError::Refused;
    case EACCES:
    case EPERM: return LinkError::NotOurs;
    case EAGAIN:
    case EINPROGRESS:
    case EINTR: return LinkError::Timeout;
    default: return LinkError::SystemRefused;
  }
}

/// Connects within the deadline. The send timeout bounds the wait for room in the backlog of a
/// listener that no longer accepts (unix(7), connect).
Result<Descriptor, LinkError> connect_to(const std::string& path,
                                         std::chrono::milliseconds deadline) {
  const auto address = address_of(path);
  if (!address) return failure(LinkError::PathTooLong);
  Descriptor descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!descriptor.valid()) return failure(LinkError::SystemRefused);
  const auto wait = std::max(deadline, std::chrono::milliseconds{1});
  const timeval limit{.tv_sec = wait.count() / 1000, .tv_usec = (wait.count() % 1000) * 1000};
  ::setsockopt(descriptor.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  if (::connect(descriptor.get(), generic, sizeof *address) != 0) {
    return failure(connect_error(errno));
  }
  return descriptor;
}

/// Makes way for a new socket at the path: removes one that nobody listens at.
Result<Done, LinkError> clear_stale(const std::string& path) {
  struct stat status {};

  if (::lstat(path.c_str(), &status) != 0) {
    return errno == ENOENT ? Result<Done, LinkError>{Done{}} : failure(LinkError::SystemRefused);
  }
  if (!S_ISSOCK(status.st_mode)) return failure(LinkError::NotASocket);
  const auto probe = connect_to(path, std::chrono::milliseconds{50});
  if (probe || probe.error() != LinkError::Refused) return failure(LinkError::InUse);
  if (::unlink(path.c_str()) != 0) return failure(LinkError::SystemRefused);
  return Done{};
}

/// A listening socket at the path that only its owner may connect to. The mode is set before the
/// socket gets its name, so that there is no moment at which others could connect, and without
/// umask, which would change under every other thread's feet.
Result<Descriptor, LinkError> listen_at(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return failure(LinkError::PathTooLong);
  if (const auto cleared = clear_stale(path); !cleared) return failure(cleared.error());
  Descriptor descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!descriptor.valid()) return failure(LinkError::SystemRefused);
  const int fd = descriptor.get();
  const auto* generic = reinterpret_cast<const sockaddr*>(&*address);
  if (::fchmod(fd, S_IRUSR | S_IWUSR) != 0) return failure(LinkError::SystemRefused);
  if (::bind(fd, generic, sizeof *address) != 0) {
    return failure(errno == EADDRINUSE ? LinkError::InUse : LinkError::SystemRefused);
  }

  struct stat status {};

  const bool closed_to_others =
      ::lstat(path.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO)) == 0;
  if (!closed_to_others || ::listen(fd, kLinksMax) != 0) {
    ::unlink(path.c_str());
    return failure(LinkError::SystemRefused);
  }
  return descriptor;
}

LinkError handshake_error(const caf::error& reason) {
  if (reason == caf::sec::disconnect_during_handshake) return LinkError::Refused;
  return LinkError::SystemRefused;
}

/// What the far end answers: the actor it publishes and that actor's interface.
struct Published {
  caf::strong_actor_ptr actor;
  std::set<std::string> interface;
};

using Answer = Result<Published, LinkError>;

/// Asks the manager for the actor at the other end, from an actor of its own: CAF never cancels a
/// request's timeout, so the deadline is the caller's wait on the future.
std::future<Answer> fetch(caf::actor_system& system, const caf::io::middleman_actor& manager) {
  auto promise = std::make_shared<std::promise<Answer>>();
  auto future = promise->get_future();
  system.spawn<caf::hidden>([manager, promise](caf::event_based_actor* self) {
    self->request(manager,
                  caf::infinite,
                  caf::connect_atom::value,
                  std::string{"local"},
                  std::uint16_t{1})
        .then(
            [promise](const caf::node_id&,
                      const caf::strong_actor_ptr& actor,
                      const std::set<std::string>& interface) {
              promise->set_value(Published{actor, interface});
            },
            [promise](const caf::error& reason) {
              promise->set_value(failure(handshake_error(reason)));
            });
  });
  return future;
}

}  // namespace

std::string_view describe(LinkError error) {
  switch (error) {
    case LinkError::NoSocket: return "the node is not running: there is no socket at its path";
    case LinkError::Refused: return "the node is not running: nothing accepts at its socket";
    case LinkError::NotOurs: return "the node's socket belongs to another user";
    case LinkError::Timeout: return "the node does not answer";
    case LinkError::WrongInterface: return "the node runs another version of the program";
    case LinkError::PathTooLong: return "the socket's path is longer than 107 bytes";
    case LinkError::InUse: return "another node listens at the socket's path";
    case LinkError::NotASocket: return "a file that is not a socket stands at the socket's path";
    case LinkError::SystemRefused: return "the operating system refused the socket";
    case LinkError::Unreachable: return "nothing accepts at its address";
    case LinkError::WrongPeer: return "another peer than the one that was named answers there";
    case LinkError::NotAdmitted: return "it does not admit this key's peer id";
  }
  return {};
}

LinkConnector connector_to(const std::string& path) {
  return [path](std::chrono::milliseconds deadline) -> Result<Descriptor, LinkError> {
    auto connected = connect_to(path, deadline);
    if (connected && !is_ours(peer_user(connected->get()))) return failure(LinkError::NotOurs);
    return connected;
  };
}

/// Undoes a publication when it goes: the broker closes the doorman, the socket loses its name.
class LocalLink::State {
 public:
  State(caf::actor_system& system, caf::actor_addr actor, std::uint16_t number, std::string path)
      : system_(system), actor_(std::move(actor)), number_(number), path_(std::move(path)) {}

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    caf::anon_send(remote_broker(system_), caf::unpublish_atom::value, actor_, number_);
    ::unlink(path_.c_str());
  }

 private:
  caf::actor_system& system_;
  caf::actor_addr actor_;
  std::uint16_t number_;
  std::string path_;
};

LocalLink::LocalLink(std::unique_ptr<State> state) : state_(std::move(state)) {}

LocalLink::LocalLink(LocalLink&&) noexcept = default;

LocalLink& LocalLink::operator=(LocalLink&&) noexcept = default;

LocalLink::~LocalLink() = default;

Result<LocalLink, LinkError> LocalLink::publish_actor(caf::actor_system& system,
                                                      caf::strong_actor_ptr actor,
                                                      std::set<std::string> interface,
                                                      const std::string& path) {
  auto listening = listen_at(path);
  if (!listening) return failure(listening.error());
  // Descriptors are small and unique while they are open, which is all that the number must be.
  const auto number = static_cast<std::uint16_t>(listening->get());
  const auto manager = spawn_manager(system, std::move(*listening));
  auto state =
      std::make_unique<State>(system, caf::actor_cast<caf::actor_addr>(actor), number, path);
  caf::scoped_actor self{system, true};
  bool published = false;
  self->request(manager,
                caf::infinite,
                caf::publish_atom::value,
                number,
                std::move(actor),
                std::move(interface),
                path,
                true)
      .receive([&published](std::uint16_t) { published = true; }, [](const caf::error&) {});
  stop(manager);
  if (!published) return failure(LinkError::SystemRefused);
  return LocalLink{std::move(state)};
}

Result<caf::strong_actor_ptr, LinkError> detail::attach_actor(
    caf::actor_system& system,
    const LinkConnector& connect,
    std::chrono::milliseconds deadline,
    const std::set<std::string>& interface) {
  const auto started = std::chrono::steady_clock::now();
  auto connected = connect(deadline);
  if (!connected) return failure(connected.error());
  // A second descriptor for the same connection, to end a handshake that takes too long.
  const Descriptor cancel{::dup(connected->get())};
  const auto manager = spawn_manager(system, std::move(*connected));
  auto future = fetch(system, manager);
  const bool in_time = future.wait_until(started + deadline) == std::future_status::ready;
  stop(manager);
  if (!in_time) {
    ::shutdown(cancel.get(), SHUT_RDWR);
    return failure(LinkError::Timeout);
  }
  auto answer = future.get();
  if (!answer) return failure(answer.error());
  if (!answer->actor) return failure(LinkError::Refused);
  if (!system.assignable(answer->interface, interface)) return failure(LinkError::WrongInterface);
  return std::move(answer->actor);
}

void configure_link(caf::actor_system_config& config) {
  config.load<caf::io::middleman>();
  // Work stealing polls: several idle nodes on one machine would keep it warm.
  config.set("scheduler.policy", caf::atom("sharing"));
  // A message from an unknown actor makes CAF 0.17.6 write to the connection from whichever thread
  // reads the message, and only the I/O thread may do that: with readers of its own, one connection
  // in two thousand never wrote again and its client waited for ever.
  config.set("middleman.workers", 0);
}

void configure_link_client(caf::actor_system_config& config) {
  configure_link(config);
  config.set("scheduler.max-threads", 1);
}

}  // namespace troupe::actors

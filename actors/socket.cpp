#include "actors/socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::actors {

namespace {

using Clock = std::chrono::steady_clock;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* generic() const {
    return reinterpret_cast<const sockaddr*>(&storage);
  }

  [[nodiscard]] sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<SocketAddress> numeric_address(const network::TcpEndpoint& endpoint) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (::inet_pton(AF_INET, endpoint.host.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    address.size = sizeof *v4;
    return address;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET6, endpoint.host.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint.port);
    address.size = sizeof *v6;
    return address;
  }
  return std::nullopt;
}

std::optional<network::Multiaddr> to_multiaddr(const SocketAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  network::TcpEndpoint endpoint;
  if (address.storage.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address.storage);
    ::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size());
    endpoint.port = ntohs(v4->sin_port);
  } else if (address.storage.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size());
    endpoint.port = ntohs(v6->sin6_port);
  } else {
    return std::nullopt;
  }
  endpoint.host = text.data();
  auto made = network::Multiaddr::from_tcp(endpoint);
  if (!made) return std::nullopt;
  return std::move(made).value();
}

/// The addresses of a host name, in the resolver's order; blocks.
std::vector<SocketAddress> resolve(const network::TcpEndpoint& endpoint) {
  if (const auto numeric = numeric_address(endpoint)) return {*numeric};
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const auto service = std::to_string(endpoint.port);
  if (::getaddrinfo(endpoint.host.c_str(), service.c_str(), &hints, &first) != 0) return {};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner{first, ::freeaddrinfo};
  std::vector<SocketAddress> found;
  for (const auto* info = first; info != nullptr; info = info->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
    address.size = info->ai_addrlen;
    found.push_back(address);
  }
  return found;
}

Descriptor open_socket(const SocketAddress& address) {
  return Descriptor{
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
}

/// Waits until a connect in progress has ended one way or the other.
Result<Done, SwarmError> await_connect(const Descriptor& socket,
                                       const Descriptor& cancel,
                                       Clock::time_point until) {
  std::array<pollfd, 2> waiting{pollfd{.fd = socket.get(), .events = POLLOUT, .revents = 0},
                                pollfd{.fd = cancel.get(), .events = POLLIN, .revents = 0}};
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    const auto wait = std::clamp<std::int64_t>(left.count(), 0, 3'600'000);
    const int ready = ::poll(waiting.data(), waiting.size(), static_cast<int>(wait));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || waiting[1].revents != 0) return failure(SwarmError::Timeout);
    break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) {
    return failure(error == ETIMEDOUT ? SwarmError::Timeout : SwarmError::Unreachable);
  }
  return Done{};
}

/// True if a connect to a local port at which nobody listens has met itself half-way, as TCP allows
/// when the system picks that very port for the connecting end.
bool is_connected_to_itself(const Descriptor& socket) {
  SocketAddress own;
  own.size = sizeof own.storage;
  if (::getsockname(socket.get(), own.generic(), &own.size) != 0) return false;
  return to_multiaddr(own) == remote_address(socket);
}

}  // namespace

Result<Listening, SwarmError> listen_tcp(const network::Multiaddr& address) {
  const auto endpoint = address.tcp_endpoint();
  if (!endpoint) return failure(SwarmError::NotTcp);
  auto bound = numeric_address(*endpoint);
  if (!bound) return failure(SwarmError::NotTcp);
  auto socket = open_socket(*bound);
  if (!socket.valid()) return failure(SwarmError::AddressRefused);
  // A restarted node must not wait for its last connections to be forgotten (tcp(7), TIME_WAIT).
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bound->storage.ss_family == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (::bind(socket.get(), bound->generic(), bound->size) != 0 ||
      ::listen(socket.get(), SOMAXCONN) != 0) {
    return failure(errno == EADDRINUSE ? SwarmError::BusyPort : SwarmError::AddressRefused);
  }
  bound->size = sizeof bound->storage;
  if (::getsockname(socket.get(), bound->generic(), &bound->size) != 0) {
    return failure(SwarmError::AddressRefused);
  }
  auto real = to_multiaddr(*bound);
  if (!real) return failure(SwarmError::AddressRefused);
  return Listening{std::move(socket), std::move(*real)};
}

Result<Descriptor, SwarmError> connect_tcp(const network::Multiaddr& address,
                                           std::chrono::milliseconds deadline,
                                           const Descriptor& cancel) {
  const auto endpoint = address.tcp_endpoint();
  if (!endpoint) return failure(SwarmError::NotTcp);
  const auto until = Clock::now() + deadline;
  auto reason = SwarmError::Unreachable;
  for (const auto& candidate : resolve(*endpoint)) {
    auto socket = open_socket(candidate);
    if (!socket.valid()) return failure(SwarmError::Unreachable);
    if (::connect(socket.get(), candidate.generic(), candidate.size) == 0) return socket;
    if (errno != EINPROGRESS) continue;
    const auto connected = await_connect(socket, cancel, until);
    if (connected && !is_connected_to_itself(socket)) return socket;
    reason = connected ? SwarmError::Unreachable : connected.error();
  }
  return failure(reason);
}

std::optional<network::Multiaddr> remote_address(const Descriptor& descriptor) {
  SocketAddress address;
  address.size = sizeof address.storage;
  if (::getpeername(descriptor.get(), address.generic(), &address.size) != 0) return std::nullopt;
  return to_multiaddr(address);
}

Descriptor make_cancel_event() {
  return Descriptor{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
}

void fire(const Descriptor& event) {
  const std::uint64_t one = 1;
  (void)!::write(event.get(), &one, sizeof one);
}

}  // namespace troupe::actors

#include "tests/interop/socket.hpp"

#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace troupe::interop {

namespace {

void require(bool fine, const char* what) {
  if (!fine) throw std::system_error(errno, std::generic_category(), what);
}

sockaddr* as_address(sockaddr_in& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

sockaddr_in address_of(const network::TcpEndpoint& endpoint) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  require(::inet_pton(AF_INET, endpoint.host.c_str(), &address.sin_addr) == 1,
          "not an IPv4 address");
  return address;
}

network::TcpEndpoint endpoint_of(const sockaddr_in& address) {
  std::array<char, INET_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
  return {.host = text.data(), .port = ntohs(address.sin_port)};
}

void prepare(const Socket& socket) {
  const int yes = 1;
  ::setsockopt(socket.descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  require(::fcntl(socket.descriptor(), F_SETFL, O_NONBLOCK) == 0, "fcntl");
}

}  // namespace

Socket::~Socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Socket listen_on_loopback() {
  Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
  require(socket.descriptor() >= 0, "socket");
  sockaddr_in address = address_of({.host = "127.0.0.1", .port = 0});
  require(::bind(socket.descriptor(), as_address(address), sizeof address) == 0, "bind");
  require(::listen(socket.descriptor(), 64) == 0, "listen");
  prepare(socket);
  return socket;
}

Socket dial(const network::TcpEndpoint& endpoint) {
  Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
  require(socket.descriptor() >= 0, "socket");
  sockaddr_in address = address_of(endpoint);
  require(::connect(socket.descriptor(), as_address(address), sizeof address) == 0, "connect");
  prepare(socket);
  return socket;
}

std::optional<Socket> accept_next(const Socket& listener) {
  Socket socket(::accept(listener.descriptor(), nullptr, nullptr));
  if (socket.descriptor() < 0) return std::nullopt;
  prepare(socket);
  return socket;
}

network::TcpEndpoint local_endpoint(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  require(::getsockname(socket.descriptor(), as_address(address), &size) == 0, "getsockname");
  return endpoint_of(address);
}

network::TcpEndpoint remote_endpoint(const Socket& socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  require(::getpeername(socket.descriptor(), as_address(address), &size) == 0, "getpeername");
  return endpoint_of(address);
}

ReadState read_available(const Socket& socket, Bytes& to) {
  std::array<std::uint8_t, 65536> buffer{};
  const ssize_t size = ::read(socket.descriptor(), buffer.data(), buffer.size());
  if (size > 0) append(to, ByteView(buffer).first(static_cast<std::size_t>(size)));
  if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR))) return ReadState::Open;
  return ReadState::Ended;
}

bool write_available(const Socket& socket, Bytes& bytes) {
  const ssize_t size = ::send(socket.descriptor(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  bytes.erase(bytes.begin(), bytes.begin() + size);
  return true;
}

}  // namespace troupe::interop

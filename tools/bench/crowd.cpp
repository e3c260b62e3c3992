#include "tools/bench/crowd.hpp"

#include <array>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace troupe::tools {

namespace {

/// Longer than what any of the node's protocols begins with, and none of them.
constexpr std::array<char, 300> kNonsense = [] {
  std::array<char, 300> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 37 + 11);
  return bytes;
}();

template <class Address>
int connected(int family, const Address& address) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace

Crowd::Crowd(std::string socket, std::string host, std::uint16_t port)
    : socket_(std::move(socket)), host_(std::move(host)), port_(port) {}

std::size_t Crowd::come(std::size_t count) {
  std::size_t came = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = i % 2 == 0 ? connect_socket() : connect_port();
    if (fd < 0) continue;
    // Whoever hangs up on it at once has dealt with it.
    if (i / 2 % 2 == 0)
      static_cast<void>(
          ::send(fd, kNonsense.data(), kNonsense.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    held_.push_back(fd);
    ++came;
  }
  return came;
}

void Crowd::leave() {
  for (const int fd : held_)
    ::close(fd);
  held_.clear();
}

int Crowd::connect_socket() const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof address.sun_path) return -1;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  return connected(AF_UNIX, address);
}

int Crowd::connect_port() const {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  if (::inet_pton(AF_INET, host_.c_str(), &address.sin_addr) != 1) return -1;
  return connected(AF_INET, address);
}

}  // namespace troupe::tools

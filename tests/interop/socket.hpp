#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "protocol/base/bytes.hpp"
#include "protocol/network/multiaddr.hpp"

// Just enough of POSIX TCP, IPv4 and non-blocking, for a program that drives a Connection.
namespace troupe::interop {

/// Owns a file descriptor.
class Socket {
 public:
  Socket() = default;

  explicit Socket(int descriptor) : descriptor_(descriptor) {}

  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }

  ~Socket();

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// A listener on 127.0.0.1 and a free port. Throws std::system_error.
[[nodiscard]] Socket listen_on_loopback();

/// A blocking connect, then non-blocking. Throws std::system_error.
[[nodiscard]] Socket dial(const network::TcpEndpoint& endpoint);

/// The next connection that waits at the listener; nothing if there is none.
[[nodiscard]] std::optional<Socket> accept_next(const Socket& listener);

[[nodiscard]] network::TcpEndpoint local_endpoint(const Socket& socket);
[[nodiscard]] network::TcpEndpoint remote_endpoint(const Socket& socket);

enum class ReadState { Open, Ended };

/// Appends what has arrived. Ended after the peer's last byte, and on any error.
ReadState read_available(const Socket& socket, Bytes& to);

/// Writes what the socket takes and removes it from the front. False if the socket is broken.
bool write_available(const Socket& socket, Bytes& bytes);

}  // namespace troupe::interop

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace troupe::tools {

/// Connections to a node that say nothing, or nonsense, and stay: half of them to its console socket,
/// half to its port.
class Crowd {
 public:
  /// `host` is an IPv4 address.
  Crowd(std::string socket, std::string host, std::uint16_t port);

  ~Crowd() { leave(); }

  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Opens so many more connections, every other of which sends what no protocol begins with.
  /// Returns how many the node took.
  std::size_t come(std::size_t count);

  /// Closes all.
  void leave();

  [[nodiscard]] std::size_t size() const { return held_.size(); }

 private:
  [[nodiscard]] int connect_socket() const;
  [[nodiscard]] int connect_port() const;

  std::string socket_;
  std::string host_;
  std::uint16_t port_;
  std::vector<int> held_;
};

}  // namespace troupe::tools

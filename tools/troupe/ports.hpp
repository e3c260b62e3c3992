#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace troupe::tools {

/// Who listens on a TCP port of this machine; the pid is 0 if it cannot be told (another user's).
struct PortHolder {
  pid_t pid = 0;
  std::string command;

  /// "process 4711 (nginx)", or "a process of another user".
  [[nodiscard]] std::string text() const;
};

/// True if a listener could be opened at this IP address and port right now.
[[nodiscard]] bool is_free(const std::string& host, std::uint16_t port);

/// Who holds a port that is not free. Reads /proc; nothing if nobody is found.
[[nodiscard]] std::optional<PortHolder> find_holder(std::uint16_t port);

/// The first of `count` neighbouring free ports on loopback that are not in `taken`, from `base`
/// on; nothing if there are none below 65,536.
[[nodiscard]] std::optional<std::uint16_t> free_ports(std::uint16_t base,
                                                      std::size_t count,
                                                      const std::vector<std::uint16_t>& taken);

}  // namespace troupe::tools

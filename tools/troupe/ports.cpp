#include "tools/troupe/ports.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/troupe/files.hpp"

namespace troupe::tools {

namespace {

constexpr std::string_view kListening = "0A";  // TCP_LISTEN, as /proc/net/tcp writes it

/// The inodes of the sockets that listen on a port, from /proc/net/tcp or tcp6.
std::vector<std::string> listening_inodes(const std::string& table, std::uint16_t port) {
  std::vector<std::string> inodes;
  const auto content = read_file(table);
  if (!content.ok()) return inodes;
  std::istringstream lines(*content);
  const std::string wanted = fmt::format(":{:04X}", port);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string slot, local, remote, state, queues, timer, retransmit, user, timeout, inode;
    words >> slot >> local >> remote >> state >> queues >> timer >> retransmit >> user >> timeout >>
        inode;
    if (state == kListening && local.ends_with(wanted)) inodes.push_back(inode);
  }
  return inodes;
}

bool holds_socket(const fs::path& process, const std::string& inode) {
  const std::string wanted = fmt::format("socket:[{}]", inode);
  std::error_code error;
  for (fs::directory_iterator it(process / "fd", error), end; !error && it != end;
       it.increment(error)) {
    std::error_code ignored;
    if (fs::read_symlink(it->path(), ignored) == wanted) return true;
  }
  return false;
}

std::string command_of(const fs::path& process) {
  auto command = read_file(process / "comm", 4096);
  if (!command.ok()) return "unknown";
  command->erase(command->find_last_not_of('\n') + 1);
  return *command;
}

}  // namespace

std::string PortHolder::text() const {
  return pid == 0 ? "a process of another user" : fmt::format("process {} ({})", pid, command);
}

bool is_free(const std::string& host, std::uint16_t port) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto* four = reinterpret_cast<sockaddr_in*>(&storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, host.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    size = sizeof *four;
  } else if (inet_pton(AF_INET6, host.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    size = sizeof *six;
  } else {
    return false;
  }
  const int fd = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&storage), size) == 0;
  // Two sockets may be bound with SO_REUSEADDR as long as none listens, so only listening tells.
  const bool free = bound && listen(fd, 1) == 0;
  close(fd);
  return free;
}

std::optional<PortHolder> find_holder(std::uint16_t port) {
  auto inodes = listening_inodes("/proc/net/tcp", port);
  const auto more = listening_inodes("/proc/net/tcp6", port);
  inodes.insert(inodes.end(), more.begin(), more.end());
  if (inodes.empty()) return std::nullopt;
  std::error_code error;
  for (fs::directory_iterator it("/proc", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    pid_t pid = 0;
    const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || rest != name.data() + name.size()) continue;
    const bool holds = std::any_of(inodes.begin(), inodes.end(), [&](const std::string& inode) {
      return holds_socket(it->path(), inode);
    });
    if (holds) return PortHolder{pid, command_of(it->path())};
  }
  return PortHolder{};
}

std::optional<std::uint16_t> free_ports(std::uint16_t base,
                                        std::size_t count,
                                        const std::vector<std::uint16_t>& taken) {
  std::size_t run = 0;
  for (std::uint32_t port = base; port < 65536; ++port) {
    const auto candidate = static_cast<std::uint16_t>(port);
    const bool usable = std::find(taken.begin(), taken.end(), candidate) == taken.end() &&
                        is_free("127.0.0.1", candidate);
    run = usable ? run + 1 : 0;
    if (run == count) return static_cast<std::uint16_t>(port + 1 - count);
  }
  return std::nullopt;
}

}  // namespace troupe::tools

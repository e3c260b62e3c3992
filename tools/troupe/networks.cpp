#include "tools/troupe/networks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "protocol/crypto/hash.hpp"

namespace troupe::tools {

namespace {

constexpr std::size_t kRememberedPathBytesMax = 4096;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// An XDG folder: the variable if it holds an absolute path, as the specification wants, else the
/// default below the home folder.
fs::path xdg(const char* variable, const fs::path& fallback) {
  const fs::path set = environment(variable);
  return (set.is_absolute() ? set : fallback) / "troupe";
}

bool holds_net(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_regular_file(folder / "genesis", ignored);
}

/// Sub-folders in name order; none if the folder cannot be read.
std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_directory(ignored)) found.push_back(it->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<fs::path> remembered(const Home& home) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(home.state / "nets", error), end; !error && it != end;
       it.increment(error)) {
    const auto path = read_file(it->path(), kRememberedPathBytesMax);
    if (path.ok() && holds_net(*path)) found.emplace_back(*path);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string list_of(const std::vector<Net>& nets) {
  std::string out;
  for (const auto& net : nets) {
    if (!out.empty()) out += ", ";
    out +=
        fmt::format("{} ({}{})", net.name, shown(net.folder), net.is_running() ? ", running" : "");
  }
  return out;
}

CommandError no_net(const std::string& wanted, const std::vector<Net>& nets) {
  const std::string which =
      wanted.empty() ? "there is no network yet" : fmt::format("there is no network '{}'", wanted);
  return {wanted.empty() ? ExitCode::Unreachable : ExitCode::NotFound,
          "no-net",
          nets.empty() ? which : fmt::format("{}; known: {}", which, list_of(nets)),
          wanted.empty() ? "start one with: troupe up"
                         : fmt::format("create it with: troupe up --net {}", wanted)};
}

CommandError which_net(const std::vector<Net>& nets) {
  return {ExitCode::Usage,
          "which-net",
          fmt::format("several networks could be meant: {}", list_of(nets)),
          fmt::format("name one, for example: --net {}, or set TROUPE_NET", nets.front().name)};
}

std::optional<Net> net_above(fs::path folder) {
  for (;;) {
    if (auto net = read_net(folder / ".troupe")) return net;
    if (!folder.has_relative_path()) return std::nullopt;
    folder = folder.parent_path();
  }
}

/// A network that this user may not look into is there, and somebody else's.
bool is_closed_to_us(const fs::path& folder) {
  return ::access((folder / "genesis").c_str(), R_OK) != 0 && errno == EACCES;
}

Answer<Net> named_net(const Home& home, const std::string& wanted) {
  const fs::path folder = net_folder(home, wanted);
  if (auto net = read_net(folder)) return *net;
  if (is_closed_to_us(folder)) {
    return refuse({ExitCode::Refused,
                   "not-ours",
                   fmt::format("network {} belongs to another user of this machine", wanted),
                   "attach as the user who started its nodes"});
  }
  const auto nets = known_nets(home);
  std::vector<Net> fitting;
  std::copy_if(nets.begin(), nets.end(), std::back_inserter(fitting), [&](const Net& net) {
    return net.name == wanted;
  });
  if (fitting.empty()) return refuse(no_net(wanted, nets));
  if (fitting.size() > 1) return refuse(which_net(fitting));
  return fitting.front();
}

}  // namespace

Answer<Home> find_home(const std::string& option) {
  if (!option.empty()) {
    const fs::path base = fs::absolute(option).lexically_normal();
    return Home{base / "config", base / "nets", base / "state"};
  }
  const fs::path home = environment("HOME");
  if (!home.is_absolute()) {
    return refuse({ExitCode::Usage,
                   "no-home",
                   "there is no home folder: HOME is not set to an absolute path",
                   "set HOME, or name a folder with: --home DIR"});
  }
  return Home{xdg("XDG_CONFIG_HOME", home / ".config"),
              xdg("XDG_DATA_HOME", home / ".local/share") / "nets",
              xdg("XDG_STATE_HOME", home / ".local/state")};
}

bool Net::is_running() const {
  return std::any_of(nodes.begin(), nodes.end(), [](const NodeFiles& node) {
    return find_process(node.folder).state != ProcessState::Stopped;
  });
}

Answer<NodeFiles> Net::node(const std::string& node_name) const {
  std::vector<std::string> names;
  for (const auto& candidate : nodes) {
    if (candidate.name == node_name) return candidate;
    names.push_back(candidate.name);
  }
  return refuse({ExitCode::NotFound,
                 "no-node",
                 fmt::format("net {} has no node '{}'", name, node_name),
                 fmt::format("its nodes are: {}", fmt::join(names, " "))});
}

std::string net_name(const fs::path& folder) {
  return folder.filename() == ".troupe" ? folder.parent_path().filename().string()
                                        : folder.filename().string();
}

std::optional<Net> read_net(const fs::path& folder) {
  if (!holds_net(folder)) return std::nullopt;
  Net net{net_name(folder), folder, {}};
  for (const auto& path : folders_in(folder)) {
    std::error_code ignored;
    if (fs::exists(path / "config.toml", ignored))
      net.nodes.push_back({path.filename().string(), path});
  }
  std::sort(net.nodes.begin(), net.nodes.end(), [](const NodeFiles& left, const NodeFiles& right) {
    return std::pair(left.name.size(), left.name) < std::pair(right.name.size(), right.name);
  });
  return net;
}

std::vector<Net> known_nets(const Home& home) {
  std::vector<Net> nets;
  for (const auto& folder : folders_in(home.nets)) {
    if (auto net = read_net(folder)) nets.push_back(*net);
  }
  for (const auto& folder : remembered(home)) {
    if (auto net = read_net(folder)) nets.push_back(*net);
  }
  return nets;
}

Answer<Done> remember_net(const Home& home, const fs::path& folder) {
  const fs::path list = home.state / "nets";
  if (const auto created = create_folder(list); !created.ok()) return created;
  const std::string name = crypto::sha256(as_bytes(folder.string())).hex().substr(0, 16);
  return replace_file(list / name, folder.string());
}

fs::path net_folder(const Home& home, const std::string& name_or_folder) {
  const fs::path given = name_or_folder;
  if (name_or_folder.find('/') == std::string::npos && given != "." && given != "..")
    return home.nets / given;
  const fs::path folder = fs::absolute(given).lexically_normal();
  const fs::path trimmed = folder.has_filename() ? folder : folder.parent_path();
  return holds_net(trimmed) || trimmed.filename() == ".troupe" ? trimmed : trimmed / ".troupe";
}

Answer<Net> find_net(const Home& home, const std::string& option) {
  if (!option.empty()) return named_net(home, option);
  if (const std::string set = environment("TROUPE_NET"); !set.empty()) return named_net(home, set);
  std::error_code ignored;
  if (auto net = net_above(fs::current_path(ignored))) return *net;
  const auto nets = known_nets(home);
  std::vector<Net> running;
  std::copy_if(nets.begin(), nets.end(), std::back_inserter(running), [](const Net& net) {
    return net.is_running();
  });
  if (running.size() == 1) return running.front();
  if (running.size() > 1) return refuse(which_net(running));
  if (nets.size() == 1) return nets.front();
  if (nets.empty()) return refuse(no_net("", nets));
  return refuse(which_net(nets));
}

}  // namespace troupe::tools

#include "tools/troupe/config.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "tools/suggest.hpp"

namespace troupe::tools {

namespace {

enum class Kind : std::uint8_t { Text, List, Count };

/// What the longest role adds to the path of the socket (socket_of).
constexpr std::size_t kRoleSuffixBytes = std::string_view{".operate"}.size();

constexpr const char* kFromGenesis = "genesis";
constexpr const char* kFromSnapshot = "snapshot";

/// One row of the schema. `fallback` is null for a required key.
struct Key {
  std::string_view name;
  Kind kind;
  Json fallback;
  std::int64_t least = 0;
  std::int64_t most = 0;
};

std::vector<Key> schema() {
  const actors::NodeLimits limits;
  const std::int64_t mebibyte = 1 << 20;
  return {
      {"name", Kind::Text, nullptr},
      {"genesis", Kind::Text, nullptr},
      {"listen", Kind::Text, nullptr},
      {"peers", Kind::List, nullptr},
      {"data_dir", Kind::Text, nullptr},
      {"node_key", Kind::Text, nullptr},
      {"admin_socket", Kind::Text, nullptr},
      {"validator_key", Kind::Text, ""},
      {"followers", Kind::Text, ""},
      {"admins", Kind::List, Json::array()},
      {"begin_from", Kind::Text, kFromGenesis},
      {"log_level", Kind::Text, name_of(actors::LogLevel::Info)},
      {"limits.mempool_bytes_max",
       Kind::Count,
       limits.mempool_bytes_max,
       mebibyte,
       4096 * mebibyte},
      {"limits.connections_max", Kind::Count, limits.connections_max, 4, 4096},
      {"limits.cache_bytes", Kind::Count, limits.cache_bytes, mebibyte, 4096 * mebibyte},
      {"limits.scrub_heights_per_second", Kind::Count, limits.scrub_heights_per_second, 0, 100'000},
      {"limits.state_heights_kept", Kind::Count, limits.state_heights_kept, 0, INT64_MAX},
      {"limits.snapshot_interval_heights",
       Kind::Count,
       limits.snapshot_interval_heights,
       0,
       INT64_MAX},
  };
}

std::vector<std::string> known_keys() {
  std::vector<std::string> names;
  for (const auto& key : schema())
    names.emplace_back(key.name);
  return names;
}

CommandError bad_config(const std::string& where,
                        const std::string& what,
                        const std::string& hint) {
  return {ExitCode::Usage, "bad-config", fmt::format("{}: {}", where, what), hint};
}

CommandError unknown_key(const std::string& where, const std::string& key) {
  const auto meant = nearest(key, known_keys());
  return bad_config(where,
                    fmt::format("unknown key '{}'", key),
                    meant ? fmt::format("did you mean '{}'?", *meant)
                          : fmt::format("the keys are: {}", fmt::join(known_keys(), ", ")));
}

std::string_view kind_name(Kind kind) {
  switch (kind) {
    case Kind::Text: return "a text in double quotes";
    case Kind::List: return "a list of texts";
    case Kind::Count: return "a whole number";
  }
  return "";
}

/// A value of the file, or null if it is of another kind than the key wants.
Json value_of(const toml::node& node, Kind kind) {
  if (kind == Kind::Text && node.is_string()) return node.value<std::string>().value_or("");
  if (kind == Kind::Count && node.is_integer()) return node.value<std::int64_t>().value_or(0);
  const toml::array* list = node.as_array();
  if (kind != Kind::List || list == nullptr) return nullptr;
  Json texts = Json::array();
  for (const auto& item : *list) {
    if (!item.is_string()) return nullptr;
    texts.push_back(item.value<std::string>().value_or(""));
  }
  return texts;
}

/// A value of the command line or the environment, or null; a list is separated by commas.
Json value_of(const std::string& text, Kind kind) {
  if (kind == Kind::Text) return text;
  if (kind == Kind::Count) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? Json(number) : Json(nullptr);
  }
  Json texts = Json::array();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    texts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return texts;
}

std::string place(const fs::path& path, const toml::source_region& region) {
  return fmt::format("{}:{}:{}", shown(path), region.begin.line, region.begin.column);
}

/// Collects settings: from the file first, then what outranks it.
class Collector {
 public:
  Collector(fs::path path, const ConfigSources& sources)
      : path_(std::move(path)), sources_(sources) {}

  Answer<std::vector<Setting>> collect(const toml::table& file) {
    if (const auto read = read_table(file, ""); !read.ok()) return refuse(read.error());
    for (const auto& key : schema()) {
      if (const auto set = read_environment(key); !set.ok()) return refuse(set.error());
    }
    for (const auto& text : sources_.overrides) {
      if (const auto set = read_override(text); !set.ok()) return refuse(set.error());
    }
    return in_order();
  }

 private:
  Answer<Done> read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      if (prefix.empty() && name == "limits" && node.is_table()) {
        if (const auto read = read_table(*node.as_table(), "limits."); !read.ok()) return read;
        continue;
      }
      const std::string where = place(path_, key.source());
      const auto row = find(name);
      if (!row) return refuse(unknown_key(where, name));
      const std::string origin = fmt::format("{}:{}", shown(path_), key.source().begin.line);
      if (const auto set = put(*row, value_of(node, row->kind), where, origin); !set.ok())
        return set;
    }
    return Done{};
  }

  Answer<Done> read_environment(const Key& key) {
    std::string name = "TROUPE_NODE_";
    for (const char c : key.name) {
      name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    const auto text = sources_.environment ? sources_.environment(name) : std::nullopt;
    if (!text) return Done{};
    return put(key,
               value_of(*text, key.kind),
               fmt::format("environment {}", name),
               fmt::format("environment {}", name));
  }

  Answer<Done> read_override(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const std::string where = fmt::format("--set {}", text);
    const auto row = find(name);
    if (!row) return refuse(unknown_key(where, name));
    if (equals == std::string::npos) {
      return refuse(
          bad_config(where, "there is no '='", fmt::format("write: --set {}=VALUE", name)));
    }
    return put(*row, value_of(text.substr(equals + 1), row->kind), where, "--set");
  }

  Answer<Done> put(const Key& key,
                   Json value,
                   const std::string& where,
                   const std::string& origin) {
    if (value.is_null()) {
      return refuse(bad_config(where,
                               fmt::format("'{}' must be {}", key.name, kind_name(key.kind)),
                               fmt::format("correct the value of '{}'", key.name)));
    }
    if (key.kind == Kind::Count && (value < key.least || value > key.most)) {
      return refuse(
          bad_config(where,
                     fmt::format("'{}' is {}, and must lie between {} and {}",
                                 key.name,
                                 value.dump(),
                                 key.least,
                                 key.most),
                     fmt::format("leave the key out for its default, {}", key.fallback.dump())));
    }
    const auto old = std::find_if(
        found_.begin(), found_.end(), [&](const Setting& s) { return s.key == key.name; });
    if (old != found_.end()) found_.erase(old);
    found_.push_back({std::string(key.name), std::move(value), origin});
    return Done{};
  }

  Answer<std::vector<Setting>> in_order() const {
    std::vector<Setting> settings;
    for (const auto& key : schema()) {
      const auto it = std::find_if(
          found_.begin(), found_.end(), [&](const Setting& s) { return s.key == key.name; });
      if (it == found_.end() && key.fallback.is_null()) {
        return refuse(bad_config(shown(path_),
                                 fmt::format("the key '{}' is missing", key.name),
                                 fmt::format("add a line: {} = ...", key.name)));
      }
      settings.push_back(
          it != found_.end() ? *it : Setting{std::string(key.name), key.fallback, "default"});
    }
    return settings;
  }

  static std::optional<Key> find(const std::string& name) {
    for (auto& key : schema()) {
      if (key.name == name) return key;
    }
    return std::nullopt;
  }

  fs::path path_;
  const ConfigSources& sources_;
  std::vector<Setting> found_;
};

std::optional<actors::LogLevel> level_of(const std::string& word) {
  using actors::LogLevel;
  for (const auto level : {LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug}) {
    if (name_of(level) == word) return level;
  }
  return std::nullopt;
}

/// PEER_ID:ROLE.
std::optional<AdminPeer> admin_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  auto peer = network::PeerId::parse(text.substr(0, colon));
  const auto role = actors::role_named(text.substr(colon + 1));
  if (!peer || !role) return std::nullopt;
  return AdminPeer{std::move(peer).value(), *role};
}

Answer<std::vector<AdminPeer>> admins_of(const Setting& setting) {
  std::vector<AdminPeer> admins;
  for (const auto& text : setting.value.get<std::vector<std::string>>()) {
    auto admin = admin_of(text);
    if (!admin) {
      return refuse(bad_config(setting.origin,
                               fmt::format("'{}' in admins is not PEER_ID:ROLE", text),
                               "the role is view, operate or break; the peer id of a key shows "
                               "with: troupe keys show NAME"));
    }
    const bool is_known = std::ranges::any_of(
        admins, [&](const AdminPeer& each) { return each.peer == admin->peer; });
    if (is_known) {
      return refuse(bad_config(setting.origin,
                               fmt::format("admins names {} twice", admin->peer.text()),
                               "leave one of its roles; each role may all that a lesser one may"));
    }
    admins.push_back(std::move(*admin));
  }
  return admins;
}

/// The typed view of settings that are complete and of the right kinds. Checks what a kind cannot
/// say: words of a closed list, the length of a socket's path.
Answer<NodeConfig> typed(const std::vector<Setting>& settings, const fs::path& folder) {
  const auto at = [&](std::string_view key) -> const Setting& {
    return *std::find_if(
        settings.begin(), settings.end(), [&](const Setting& s) { return s.key == key; });
  };
  const auto text = [&](std::string_view key) { return at(key).value.get<std::string>(); };
  const auto path = [&](std::string_view key) { return (folder / text(key)).lexically_normal(); };
  const auto count = [&](std::string_view key) { return at(key).value.get<std::size_t>(); };
  NodeConfig config;
  config.name = text("name");
  config.genesis = path("genesis");
  config.listen = text("listen");
  config.peers = at("peers").value.get<std::vector<std::string>>();
  config.data_dir = path("data_dir");
  config.node_key = path("node_key");
  config.admin_socket = path("admin_socket");
  if (!text("validator_key").empty()) config.validator_key = path("validator_key");
  if (!text("followers").empty()) config.followers = path("followers");
  config.limits = {count("limits.mempool_bytes_max"),
                   count("limits.connections_max"),
                   count("limits.cache_bytes"),
                   count("limits.scrub_heights_per_second"),
                   count("limits.state_heights_kept"),
                   count("limits.snapshot_interval_heights")};
  const std::string begin_from = text("begin_from");
  if (begin_from != kFromGenesis && begin_from != kFromSnapshot) {
    return refuse(bad_config(at("begin_from").origin,
                             fmt::format("begin_from '{}' is not known", begin_from),
                             "choose genesis or snapshot"));
  }
  config.from_snapshot = begin_from == kFromSnapshot;
  auto admins = admins_of(at("admins"));
  if (!admins.ok()) return refuse(admins.error());
  config.admins = std::move(*admins);
  const auto level = level_of(text("log_level"));
  if (!level) {
    return refuse(bad_config(at("log_level").origin,
                             fmt::format("log_level '{}' is not known", text("log_level")),
                             "choose error, warn, info or debug"));
  }
  config.log_level = *level;
  // Sockets for consoles of other machines stand beside it, under longer names.
  const std::size_t most = kSocketPathBytesMax - (config.admins.empty() ? 0 : kRoleSuffixBytes);
  if (config.admin_socket.string().size() > most) {
    return refuse(bad_config(
        at("admin_socket").origin,
        fmt::format("the path of admin_socket has {} bytes, and a socket's may have {}: {}",
                    config.admin_socket.string().size(),
                    most,
                    config.admin_socket.string()),
        "choose a shorter path, for example below /tmp or /run"));
  }
  return config;
}

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string_view name_of(actors::LogLevel level) {
  switch (level) {
    case actors::LogLevel::Error: return "error";
    case actors::LogLevel::Warn: return "warn";
    case actors::LogLevel::Info: return "info";
    case actors::LogLevel::Debug: return "debug";
  }
  return "";
}

std::optional<std::string> environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

Answer<LoadedConfig> parse_config(const std::string& content,
                                  const fs::path& path,
                                  const ConfigSources& sources) {
  const toml::parse_result parsed = toml::parse(content, path.string());
  if (!parsed) {
    return refuse(bad_config(place(path, parsed.error().source()),
                             std::string(parsed.error().description()),
                             "correct that line; the keys are listed by: troupe config show"));
  }
  const auto settings = Collector(path, sources).collect(parsed.table());
  if (!settings.ok()) return refuse(settings.error());
  const fs::path folder = fs::absolute(path).parent_path();
  const auto config = typed(*settings, folder);
  if (!config.ok()) return refuse(config.error());
  return LoadedConfig{*config, *settings};
}

Answer<LoadedConfig> load_config(const fs::path& path, const ConfigSources& sources) {
  const auto content = read_file(path, 1 << 20);
  if (!content.ok()) return refuse(content.error());
  return parse_config(*content, path, sources);
}

std::string format_config(const NodeConfig& config, const fs::path& folder) {
  const auto relative = [&](const fs::path& path) {
    return quoted(path.lexically_relative(folder).string());
  };
  std::string peers;
  for (const auto& peer : config.peers)
    peers += fmt::format("  {},\n", quoted(peer));
  std::string out = fmt::format(
      "# Configuration of node {}. What took effect shows with: troupe config show --origin\n",
      config.name);
  out += fmt::format("name = {}\ngenesis = {}\n", quoted(config.name), relative(config.genesis));
  out += fmt::format("listen = {}\npeers = [\n{}]\n", quoted(config.listen), peers);
  out += fmt::format(
      "data_dir = {}\nnode_key = {}\n", relative(config.data_dir), relative(config.node_key));
  if (config.validator_key)
    out += fmt::format("validator_key = {}\n", relative(*config.validator_key));
  if (config.followers) out += fmt::format("followers = {}\n", relative(*config.followers));
  std::string admins;
  for (const AdminPeer& admin : config.admins) {
    admins += fmt::format(
        "  {},\n", quoted(fmt::format("{}:{}", admin.peer.text(), actors::name_of(admin.role))));
  }
  if (!admins.empty()) out += fmt::format("admins = [\n{}]\n", admins);
  if (config.from_snapshot) out += fmt::format("begin_from = \"{}\"\n", kFromSnapshot);
  out += fmt::format("admin_socket = {}\nlog_level = \"{}\"\n",
                     relative(config.admin_socket),
                     name_of(config.log_level));
  return out;
}

fs::path socket_of(const NodeConfig& config, actors::Role role) {
  return config.admin_socket.string() + "." + actors::name_of(role);
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace troupe::tools

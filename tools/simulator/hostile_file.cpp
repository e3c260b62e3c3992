#include "tools/simulator/hostile_file.hpp"

#include <string>

#include "protocol/ledger/genesis.hpp"
#include "tools/troupe/config.hpp"
#include "tools/troupe/key_file.hpp"

namespace troupe::simulator {

namespace {

using What = scenario::HostileFile::What;

std::string config_text(const actors::NodeOptions& node) {
  tools::NodeConfig config;
  config.name = node.name;
  config.listen = node.listen;
  config.peers = node.peers;
  config.genesis = "/genesis";
  config.data_dir = node.data_dir;
  config.node_key = "/node.key";
  config.admin_socket = "/admin.sock";
  if (node.validator_seed) config.validator_key = "/validator.key";
  return tools::format_config(config, "/");
}

std::string key_text(const actors::NodeOptions& node, tools::KeyKind kind) {
  tools::KeyFile key;
  key.kind = kind;
  key.name = node.name;
  key.development = true;
  key.seed =
      kind == tools::KeyKind::Node ? node.node_seed : node.validator_seed.value_or(tools::Seed{});
  return tools::format_key(key);
}

std::string damaged(std::string text, scenario::HostileFile::Mode mode, Random& random) {
  constexpr std::size_t kRandomBytes = 512;
  constexpr std::size_t kHugeBytes = 1 << 20;
  switch (mode) {
    case scenario::HostileFile::Mode::Empty: return {};
    case scenario::HostileFile::Mode::Truncate: text.resize(text.size() / 2); break;
    case scenario::HostileFile::Mode::Flip:
      text[random.below(text.size())] ^= static_cast<char>(1U << random.below(7));
      break;
    case scenario::HostileFile::Mode::Random: {
      const Bytes bytes = random.bytes(kRandomBytes);
      return {bytes.begin(), bytes.end()};
    }
    case scenario::HostileFile::Mode::Huge: text.append(kHugeBytes, '#'); break;
  }
  return text;
}

std::string text_of(const actors::NodeOptions& node, What what) {
  switch (what) {
    case What::Config: return config_text(node);
    case What::Genesis: return {node.genesis.begin(), node.genesis.end()};
    case What::NodeKey: return key_text(node, tools::KeyKind::Node);
    case What::ValidatorKey: return key_text(node, tools::KeyKind::Validator);
  }
  return {};
}

template <class Read>
std::string complaint_of(const Read& read) {
  return read.ok() ? std::string() : read.error().message;
}

/// What the reader of such a file says of this text; empty if it takes it.
std::string judgement_of(const std::string& text, What what) {
  const tools::ConfigSources sources{{}, [](const std::string&) { return std::nullopt; }};
  switch (what) {
    case What::Config: return complaint_of(tools::parse_config(text, "/config.toml", sources));
    case What::Genesis:
      return ledger::decode_genesis(as_bytes(text)).ok() ? "" : "the genesis cannot be read";
    case What::NodeKey:
    case What::ValidatorKey: return complaint_of(tools::parse_key(text, "/key"));
  }
  return {};
}

}  // namespace

std::optional<std::string> refusal_of(const actors::NodeOptions& node,
                                      const scenario::HostileFile& what,
                                      Random& random) {
  // One changed bit may be of no consequence, as in a name; then it is not the damage that was meant.
  const int tries = what.mode == scenario::HostileFile::Mode::Flip ? 100 : 1;
  for (int i = 0; i < tries; ++i) {
    const std::string said =
        judgement_of(damaged(text_of(node, what.what), what.mode, random), what.what);
    if (!said.empty()) return std::string(kBadFile) + ": " + said;
  }
  return std::nullopt;
}

}  // namespace troupe::simulator

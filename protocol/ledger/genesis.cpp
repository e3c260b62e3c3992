#include "protocol/ledger/genesis.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "protocol/codec/wire.hpp"

namespace troupe::ledger {

namespace {

using Checked = Result<Done, GenesisProblem>;

// A day: longer than any timer that makes sense, short enough that sums cannot overflow.
constexpr Duration kRuleDurationMax = std::chrono::hours(24);
/// The identity multihash of a libp2p public key message that holds an Ed25519 key.
constexpr std::uint8_t kPeerIdPrefix[] = {0x00, 0x24, 0x08, 0x01, 0x12, 0x20};

Failure<GenesisProblem> problem(GenesisError error, std::string subject = {}) {
  return failure(GenesisProblem{error, std::move(subject)});
}

bool is_name(const std::string& name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kNameBytesMax &&
         std::all_of(name.begin(), name.end(), is_allowed);
}

/// The node key inside a peer id. Nothing if it is not the peer id of an Ed25519 key.
std::optional<crypto::PublicKey> node_key(ByteView peer_id) {
  crypto::PublicKey key;
  if (peer_id.size() != sizeof kPeerIdPrefix + key.bytes.size()) return std::nullopt;
  if (!equal(peer_id.first(sizeof kPeerIdPrefix), kPeerIdPrefix)) return std::nullopt;
  std::copy(peer_id.begin() + sizeof kPeerIdPrefix, peer_id.end(), key.bytes.begin());
  return key;
}

/// Collects names and keys of one list and refuses what comes twice.
struct Roll {
  std::set<std::string> names;
  std::set<crypto::PublicKey> keys;

  Checked enter(const std::string& name) {
    if (!is_name(name)) return problem(GenesisError::BadName, name);
    if (!names.insert(name).second) return problem(GenesisError::NameUsedTwice, name);
    return Done{};
  }

  Checked enter(const std::string& name, const crypto::PublicKey& key) {
    if (!crypto::is_acceptable(key)) return problem(GenesisError::NotAcceptableKey, name);
    if (!keys.insert(key).second) return problem(GenesisError::KeyUsedTwice, name);
    return Done{};
  }
};

Checked check_validator(Roll& roll, const GenesisValidator& validator) {
  if (const auto name = roll.enter(validator.name); !name) return name;
  if (const auto key = roll.enter(validator.name, validator.key); !key) return key;
  const auto node = node_key(validator.peer_id);
  if (!node || !crypto::is_acceptable(*node)) {
    return problem(GenesisError::BadPeerId, validator.name);
  }
  return roll.enter(validator.name, *node);
}

Checked check_validators(const std::vector<GenesisValidator>& validators) {
  if (validators.empty()) return problem(GenesisError::NoValidator);
  if (validators.size() > kValidatorsMax) return problem(GenesisError::TooMany, "validators");
  Roll roll;
  for (const GenesisValidator& validator : validators) {
    if (const auto checked = check_validator(roll, validator); !checked) return checked;
  }
  return Done{};
}

Checked check_accounts(const Genesis& genesis) {
  if (genesis.accounts.empty()) return Done{};
  if (!genesis.development) return problem(GenesisError::NotDevelopment);
  if (genesis.accounts.size() > kGenesisAccountsMax) {
    return problem(GenesisError::TooMany, "accounts");
  }
  Roll roll;
  for (const GenesisAccount& account : genesis.accounts) {
    if (const auto name = roll.enter(account.name); !name) return name;
    if (const auto key = roll.enter(account.name, account.key); !key) return key;
  }
  return Done{};
}

Checked check_rules(const GenesisRules& rules) {
  const auto is_duration = [](Duration it) { return it > Duration{0} && it <= kRuleDurationMax; };
  if (!is_duration(rules.delta)) return problem(GenesisError::BadRule, "delta");
  if (!is_duration(rules.idle_interval)) return problem(GenesisError::BadRule, "idle_interval");
  if (!is_duration(rules.clock_drift)) return problem(GenesisError::BadRule, "clock_drift");
  if (!is_duration(rules.view_timer_max)) return problem(GenesisError::BadRule, "view_timer_max");
  return Done{};
}

void write_duration(codec::Writer& writer, Duration duration) {
  writer.varint(static_cast<std::uint64_t>(duration.count()));
}

Duration read_duration(codec::Reader& reader) {
  return Duration{reader.varint(static_cast<std::uint64_t>(kRuleDurationMax.count()))};
}

void write_rules(codec::Writer& writer, const GenesisRules& rules) {
  write_duration(writer, rules.delta);
  write_duration(writer, rules.idle_interval);
  write_duration(writer, rules.clock_drift);
  write_duration(writer, rules.view_timer_max);
}

GenesisRules read_rules(codec::Reader& reader) {
  GenesisRules rules;
  rules.delta = read_duration(reader);
  rules.idle_interval = read_duration(reader);
  rules.clock_drift = read_duration(reader);
  rules.view_timer_max = read_duration(reader);
  return rules;
}

GenesisValidator read_validator(codec::Reader& reader) {
  GenesisValidator validator;
  validator.name = reader.text(kNameBytesMax);
  validator.key.bytes = reader.array<32>();
  validator.peer_id = to_bytes(reader.bytes(kPeerIdBytesMax));
  return validator;
}

GenesisAccount read_account(codec::Reader& reader) {
  GenesisAccount account;
  account.name = reader.text(kNameBytesMax);
  account.key.bytes = reader.array<32>();
  return account;
}

Genesis read_genesis(codec::Reader& reader) {
  Genesis genesis;
  genesis.network = reader.text(kNameBytesMax);
  genesis.created = Timestamp{reader.varint()};
  genesis.development = reader.boolean();
  genesis.rules = read_rules(reader);
  const std::size_t validators = reader.count(kValidatorsMax);
  for (std::size_t i = 0; i < validators && reader.ok(); ++i) {
    genesis.validators.push_back(read_validator(reader));
  }
  const std::size_t accounts = reader.count(kGenesisAccountsMax);
  for (std::size_t i = 0; i < accounts && reader.ok(); ++i) {
    genesis.accounts.push_back(read_account(reader));
  }
  return genesis;
}

}  // namespace

std::string_view describe(GenesisError error) {
  switch (error) {
    case GenesisError::Malformed: return "the bytes are not a genesis";
    case GenesisError::UnknownVersion: return "the genesis is of a version not known here";
    case GenesisError::BadName:
      return "a name is not 1 to 64 letters, digits, dots, dashes and underscores";
    case GenesisError::NoValidator: return "there is no validator";
    case GenesisError::TooMany: return "there are too many entries";
    case GenesisError::NotAcceptableKey: return "a public key is not an acceptable one";
    case GenesisError::BadPeerId: return "a peer id is not that of an Ed25519 key";
    case GenesisError::KeyUsedTwice: return "a key is used twice";
    case GenesisError::NameUsedTwice: return "a name is used twice";
    case GenesisError::NotDevelopment: return "accounts are listed outside a development network";
    case GenesisError::BadRule: return "a rule is zero, too small or too large";
  }
  return "unknown error";
}

Bytes encode(const Genesis& genesis) {
  INVARIANT(check_genesis(genesis).ok());
  codec::Writer writer;
  writer.varint(kGenesisVersion).text(genesis.network).varint(genesis.created.milliseconds);
  writer.boolean(genesis.development);
  write_rules(writer, genesis.rules);
  writer.varint(genesis.validators.size());
  for (const GenesisValidator& validator : genesis.validators) {
    writer.text(validator.name).fixed(validator.key.view()).bytes(validator.peer_id);
  }
  writer.varint(genesis.accounts.size());
  for (const GenesisAccount& account : genesis.accounts) {
    writer.text(account.name).fixed(account.key.view());
  }
  return writer.take();
}

Result<Genesis, GenesisProblem> decode_genesis(ByteView encoded) {
  codec::Reader reader(encoded);
  const std::uint64_t version = reader.varint();
  if (reader.ok() && version != kGenesisVersion) return problem(GenesisError::UnknownVersion);
  Genesis genesis = read_genesis(reader);
  if (!reader.finish()) return problem(GenesisError::Malformed);
  if (const auto checked = check_genesis(genesis); !checked) return failure(checked.error());
  return genesis;
}

Checked check_genesis(const Genesis& genesis) {
  if (!is_name(genesis.network)) return problem(GenesisError::BadName, genesis.network);
  if (const auto rules = check_rules(genesis.rules); !rules) return rules;
  if (const auto validators = check_validators(genesis.validators); !validators) return validators;
  return check_accounts(genesis);
}

crypto::Digest chain_id(const Genesis& genesis) {
  return crypto::sha256(encode(genesis));
}

}  // namespace troupe::ledger

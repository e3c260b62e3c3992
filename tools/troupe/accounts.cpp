#include "tools/troupe/accounts.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "protocol/network/peer_id.hpp"
#include "tools/suggest.hpp"

namespace troupe::tools {

namespace {

constexpr std::size_t kGenesisFileBytesMax = 1 << 20;
constexpr std::size_t kShortKeyDigits = 12;

std::vector<Account> accounts_in(const fs::path& folder) {
  std::vector<Account> accounts;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() != ".key") continue;
    const auto key = load_key(it->path(), KeyKind::Account);
    if (!key.ok()) continue;
    accounts.push_back(
        {it->path().stem().string(), it->path(), key->pair().public_key(), key->development});
  }
  std::sort(accounts.begin(), accounts.end(), [](const Account& left, const Account& right) {
    return left.name < right.name;
  });
  return accounts;
}

CommandError no_account(const Home& home,
                        const Net& net,
                        const std::string& wanted,
                        std::string_view what) {
  std::vector<std::string> names;
  for (const auto& account : list_accounts(home, net))
    names.push_back(account.name);
  const auto meant = nearest(wanted, names);
  const std::string create =
      fmt::format("create a key with: troupe keys new {}", is_plain_name(wanted) ? wanted : "NAME");
  return {ExitCode::NotFound,
          "no-key",
          fmt::format("there is no {} '{}' here", what, wanted),
          meant ? fmt::format("did you mean {}? Or {}", *meant, create)
                : fmt::format("{}; the accounts here are: {}", create, fmt::join(names, " "))};
}

std::optional<crypto::PublicKey> key_of_hex(const std::string& text) {
  const auto bytes = from_hex(text);
  crypto::PublicKey key;
  if (!bytes || bytes->size() != key.bytes.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), key.bytes.begin());
  return key;
}

fs::path user_keys(const Home& home) {
  return home.config / "keys";
}

/// Whom a node of another machine knows the account as (--via).
std::string peer_id_of(const crypto::PublicKey& key) {
  return network::PeerId::from_public_key(key).text();
}

Json fields_of(const Account& account) {
  return {{"name", account.name},
          {"public_key", account.key.hex()},
          {"peer_id", peer_id_of(account.key)},
          {"development", account.development},
          {"file", account.file.string()}};
}

}  // namespace

std::vector<Account> list_accounts(const Home& home, const Net& net) {
  auto accounts = accounts_in(net.keys());
  for (auto& account : accounts_in(user_keys(home))) {
    const bool hidden = std::any_of(
        accounts.begin(), accounts.end(), [&](const Account& a) { return a.name == account.name; });
    if (!hidden) accounts.push_back(std::move(account));
  }
  return accounts;
}

Answer<KeyFile> load_account(const Home& home, const Net& net, const std::string& wanted) {
  if (wanted.find('/') != std::string::npos || wanted.ends_with(".key"))
    return load_key(wanted, KeyKind::Account);
  for (const auto& folder : {net.keys(), user_keys(home)}) {
    const fs::path path = folder / (wanted + ".key");
    if (is_plain_name(wanted) && mode_of(path)) return load_key(path, KeyKind::Account);
  }
  return refuse(no_account(home, net, wanted, "account key"));
}

Answer<crypto::PublicKey> find_public_key(const Home& home,
                                          const Net& net,
                                          const std::string& wanted) {
  if (const auto key = key_of_hex(wanted)) return *key;
  if (const auto own = load_account(home, net, wanted); own.ok()) return own->pair().public_key();
  if (const auto genesis = load_genesis(net.genesis()); genesis.ok()) {
    for (const auto& account : genesis->accounts) {
      if (account.name == wanted) return account.key;
    }
  }
  return refuse(no_account(home, net, wanted, "account"));
}

Answer<ledger::Genesis> load_genesis(const fs::path& path) {
  const auto content = read_file(path, kGenesisFileBytesMax);
  if (!content.ok()) return refuse(content.error());
  auto genesis = ledger::decode_genesis(as_bytes(*content));
  if (genesis.ok()) return std::move(*genesis);
  const auto& problem = genesis.error();
  return refuse(
      {ExitCode::Usage,
       "bad-genesis",
       fmt::format("{} is no valid genesis: {}{}{}",
                   shown(path),
                   ledger::describe(problem.error),
                   problem.subject.empty() ? "" : ": ",
                   problem.subject),
       "copy the file anew from another node of the network; it must be the same byte for byte"});
}

Names::Names(const Home& home, const Net& net) {
  if (const auto genesis = load_genesis(net.genesis()); genesis.ok()) {
    for (const auto& account : genesis->accounts)
      names_.emplace(account.key, account.name);
  }
  for (const auto& account : list_accounts(home, net))
    names_.emplace(account.key, account.name);
}

std::string Names::of(const crypto::PublicKey& key) const {
  const auto it = names_.find(key);
  return it != names_.end() ? it->second : key.hex().substr(0, kShortKeyDigits);
}

std::string Names::of(const Bytes& key) const {
  const auto typed = key_of_hex(to_hex(key));
  return typed ? of(*typed) : to_hex(key);
}

Answer<Report> run_keys_new(Context& context, const NewKeyOptions& options) {
  if (!is_plain_name(options.name)) {
    return refuse(
        {ExitCode::Usage,
         "bad-name",
         fmt::format("'{}' is no name for a key", options.name),
         "use up to 64 letters, digits, '-', '_' and '.', beginning with a letter or digit"});
  }
  fs::path folder = user_keys(context.home);
  if (!options.user) {
    const auto net = chosen_net(context);
    if (!net.ok()) return refuse(net.error());
    folder = net->keys();
  }
  const Seed seed =
      options.seed.empty() ? random_seed() : derived_seed(options.seed, "account/" + options.name);
  const KeyFile key{KeyKind::Account, options.name, !options.seed.empty(), seed};
  if (const auto made = create_folder(folder); !made.ok()) return refuse(made.error());
  const Account account{
      options.name, folder / (options.name + ".key"), key.pair().public_key(), key.development};
  if (const auto saved = save_key(account.file, key); !saved.ok()) return refuse(saved.error());
  Report report;
  report.fields = fields_of(account);
  report.parts = {Line{fmt::format("{}\t{}", account.name, account.key.hex())},
                  Remark{fmt::format("private key in {}: whoever has it acts as {}; keep a copy",
                                     shown(account.file),
                                     account.name)}};
  return report;
}

Answer<Report> run_keys_list(Context& context) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  Report report;
  report.rows = "keys";
  report.fields["keys"] = Json::array();
  Table table{{"NAME", "PURPOSE", "PUBLIC KEY", "FILE"}, {}};
  for (const auto& account : list_accounts(context.home, *net)) {
    report.fields["keys"].push_back(fields_of(account));
    table.rows.push_back({account.name,
                          account.development ? "development" : "production",
                          account.key.hex(),
                          shown(account.file)});
  }
  report.parts = {std::move(table)};
  return report;
}

Answer<Report> run_keys_show(Context& context, const std::string& wanted) {
  const auto net = chosen_net(context);
  if (!net.ok()) return refuse(net.error());
  const auto key = load_account(context.home, *net, wanted);
  if (!key.ok()) return refuse(key.error());
  const crypto::PublicKey public_key = key->pair().public_key();
  const std::string peer = peer_id_of(public_key);
  Report report;
  report.fields = {{"name", key->name},
                   {"public_key", public_key.hex()},
                   {"peer_id", peer},
                   {"development", key->development}};
  report.parts = {Table{
      {"NAME", "PURPOSE", "PUBLIC KEY", "PEER ID"},
      {{key->name, key->development ? "development" : "production", public_key.hex(), peer}}}};
  return report;
}

}  // namespace troupe::tools

#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocol/ledger/genesis.hpp"
#include "tools/troupe/context.hpp"
#include "tools/troupe/key_file.hpp"

// Accounts are public keys; names are for people. A name means, in this order: a key file by its
// path, a key of the network (NET/keys), a key of the user (~/.config/troupe/keys).
namespace troupe::tools {

/// One account whose key file is at hand.
struct Account {
  std::string name;
  fs::path file;
  crypto::PublicKey key;
  bool development = false;
};

/// Every account of the network and the user whose key file can be read, by name.
[[nodiscard]] std::vector<Account> list_accounts(const Home& home, const Net& net);

/// The key file behind --as. Errors: no-key (suggests a name or `troupe keys new`), open-key,
/// bad-key.
[[nodiscard]] Answer<KeyFile> load_account(const Home& home,
                                           const Net& net,
                                           const std::string& wanted);

/// The public key behind --to: a name, a key file, an account of the genesis or 64 hexadecimal
/// digits. Error: no-account.
[[nodiscard]] Answer<crypto::PublicKey> find_public_key(const Home& home,
                                                        const Net& net,
                                                        const std::string& wanted);

/// Reads and checks a genesis file. Errors: no-file, bad-genesis.
[[nodiscard]] Answer<ledger::Genesis> load_genesis(const fs::path& path);

/// Names of public keys as this network and user know them.
class Names {
 public:
  Names(const Home& home, const Net& net);

  /// The name, or the first digits of the key.
  [[nodiscard]] std::string of(const crypto::PublicKey& key) const;
  [[nodiscard]] std::string of(const Bytes& key) const;

 private:
  std::map<crypto::PublicKey, std::string> names_;
};

struct NewKeyOptions {
  std::string name;
  std::string seed;   ///< for tests: the key follows from it alone
  bool user = false;  ///< among the user's own keys, not the network's
};

/// `troupe keys new NAME`, `troupe keys list`, `troupe keys show NAME`.
[[nodiscard]] Answer<Report> run_keys_new(Context& context, const NewKeyOptions& options);
[[nodiscard]] Answer<Report> run_keys_list(Context& context);
[[nodiscard]] Answer<Report> run_keys_show(Context& context, const std::string& wanted);

}  // namespace troupe::tools

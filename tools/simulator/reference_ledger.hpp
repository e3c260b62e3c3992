#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/transaction.hpp"
#include "protocol/proof/accusation.hpp"

namespace troupe::simulator {

/// The ledger as one would write it on a page: a map of records and a set of decided transactions,
/// executed one transaction after the other. It shares no code with protocol/ledger/execution and
/// says what each receipt and record should be.
class ReferenceLedger {
 public:
  struct Entry {
    std::uint64_t version = 0;
    crypto::PublicKey owner;
    Bytes value;
    bool is_retired = false;
  };

  /// `validators` are the keys that may rejoin.
  explicit ReferenceLedger(std::vector<crypto::PublicKey> validators = {})
      : validators_(std::move(validators)) {}

  /// Executes one ordered transaction and returns what became of it.
  ledger::Outcome execute(const ledger::Transaction& transaction, Height height);

  [[nodiscard]] const std::map<std::string, Entry>& records() const { return records_; }

  /// Of whom the ledger knows what kind of lie.
  [[nodiscard]] const std::set<proof::Lie>& lies() const { return lies_; }

  /// In which height a transaction was decided; nothing if it never was.
  [[nodiscard]] const std::map<crypto::Digest, Height>& decided() const { return decided_; }

 private:
  [[nodiscard]] std::optional<ledger::Refusal> run_module(const ledger::Body& body, Height height);
  [[nodiscard]] std::optional<ledger::Refusal> rejoin(const ledger::Body& body, Height height);

  std::vector<crypto::PublicKey> validators_;
  std::set<std::pair<crypto::PublicKey, Height>> rejoined_;
  std::set<proof::Lie> lies_;
  std::map<std::string, Entry> records_;
  std::map<crypto::Digest, Height> decided_;
};

}  // namespace troupe::simulator

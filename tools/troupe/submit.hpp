#pragma once

#include <string>
#include <vector>

#include "protocol/ledger/transaction.hpp"
#include "tools/troupe/accounts.hpp"

// Signing here, admission and finality there: the key never leaves this process.
namespace troupe::tools {

/// What every transaction of one account on one network shares.
struct Author {
  crypto::KeyPair key;
  crypto::Digest chain;
  std::string name;
};

/// Loads the account and the network's genesis. Errors: those of load_account and load_genesis.
[[nodiscard]] Answer<Author> load_author(const Context& context,
                                         const Net& net,
                                         const std::string& account);

/// How many heights a transaction of ours stays valid: less than the bound, so that a node that is
/// a little behind admits it too.
inline constexpr std::uint64_t kLifetimeHeights = 900;

/// A signed transaction that takes effect at most kLifetimeHeights above `height`. Its memo is
/// random, so that the same words said twice are two transactions.
[[nodiscard]] ledger::Transaction make_transaction(const Author& author,
                                                   std::vector<ledger::Operation> operations,
                                                   std::uint64_t height);

/// A transaction's fate and how long the client waited for it.
struct Fate {
  actors::TransactionOutcome outcome;
  std::chrono::microseconds waited{0};
};

/// Signs, submits and waits for finality. Errors: refused (with the node's reason), timed-out,
/// no-quorum, unreachable.
[[nodiscard]] Answer<Fate> submit_and_wait(Context& context,
                                           NodeClient& client,
                                           const Author& author,
                                           std::vector<ledger::Operation> operations);

/// Ok if the transaction is final and applied; else why not.
[[nodiscard]] Answer<Done> check_applied(const actors::TransactionOutcome& outcome,
                                         std::chrono::milliseconds timeout);

/// "final  height 3  view 3  by n1 n2 n4 (3 of 4)  9 ms".
[[nodiscard]] std::string finality_line(const Fate& fate);

/// The fields of --json for an outcome.
[[nodiscard]] Json fields_of(const actors::TransactionOutcome& outcome);

}  // namespace troupe::tools

#include "tools/troupe/submit.hpp"

#include <fmt/format.h>

#include "tools/troupe/herald.hpp"

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kNonceBytes = 8;

CommandError not_final(const std::string& id, std::chrono::milliseconds timeout) {
  return {
      ExitCode::TimedOut,
      "timed-out",
      fmt::format(
          "the transaction was accepted and is not final after {} ms: {}", timeout.count(), id),
      fmt::format(
          "see whether the network has a quorum: troupe status; go on waiting: troupe tx wait {}",
          id)};
}

CommandError refused(const actors::Reason& reason) {
  return {ExitCode::Refused,
          reason.code.empty() ? "refused" : reason.code,
          fmt::format("refused: {}", reason.message.empty() ? reason.code : reason.message),
          reason.hint.empty() ? "correct the transaction and send it again" : reason.hint};
}

/// A node that is connected to too few others cannot make anything final: that is no slowness.
Answer<Fate> explain_wait(NodeClient& client, const CommandError& error) {
  const auto status =
      ask<actors::StatusReport>([&](auto receive) { client.status(std::move(receive)); });
  const auto peers =
      ask<actors::PeersReport>([&](auto receive) { client.peers(std::move(receive)); });
  if (!status.ok() || !peers.ok()) return refuse(error);
  const std::size_t reached = validators_reached(*status, *peers);
  if (reached >= status->quorum) return refuse(error);
  return refuse(
      {ExitCode::NoQuorum,
       "no-quorum",
       fmt::format("no quorum: node {} reaches {} of {} validators and {} are needed; nothing is "
                   "lost, and it goes on once they are back",
                   status->node,
                   reached,
                   status->validators,
                   status->quorum),
       "start the nodes that are missing: troupe up"});
}

}  // namespace

Answer<Author> load_author(const Context& context, const Net& net, const std::string& account) {
  const auto key = load_account(context.home, net, account);
  if (!key.ok()) return refuse(key.error());
  const auto genesis = load_genesis(net.genesis());
  if (!genesis.ok()) return refuse(genesis.error());
  return Author{key->pair(), ledger::chain_id(*genesis), key->name};
}

ledger::Transaction make_transaction(const Author& author,
                                     std::vector<ledger::Operation> operations,
                                     std::uint64_t height) {
  ledger::Body body;
  body.chain = author.chain;
  body.account = author.key.public_key();
  body.valid_through = Height{height + kLifetimeHeights};
  body.operations = std::move(operations);
  const Seed nonce = random_seed();
  body.memo.assign(nonce.begin(), nonce.begin() + kNonceBytes);
  return ledger::Transaction::sign(body, author.key);
}

Answer<Fate> submit_and_wait(Context& context,
                             NodeClient& client,
                             const Author& author,
                             std::vector<ledger::Operation> operations) {
  const auto status =
      ask<actors::StatusReport>([&](auto receive) { client.status(std::move(receive)); });
  if (!status.ok()) return refuse(status.error());
  const auto transaction = make_transaction(author, std::move(operations), status->height);
  const auto timeout = context.globals.timeout;
  actors::SubmitRequest request{
      {to_bytes(transaction.encoded())}, true, static_cast<std::uint64_t>(timeout.count())};
  const auto begin = Clock::now();
  const auto reply = ask<actors::SubmitReply>(
      [&](auto receive) { client.submit(std::move(request), std::move(receive)); });
  if (!reply.ok()) return refuse(reply.error());
  if (reply->outcomes.size() != 1) {
    return refuse({ExitCode::Bug,
                   "bad-answer",
                   fmt::format("node {} answered something else than was asked", status->node),
                   "make sure that node and program are of one version: troupe --version"});
  }
  Fate fate{reply->outcomes.front(),
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin)};
  const auto applied = check_applied(fate.outcome, timeout);
  if (applied.ok()) return fate;
  if (applied.error().exit == ExitCode::TimedOut) return explain_wait(client, applied.error());
  return refuse(applied.error());
}

Answer<Done> check_applied(const actors::TransactionOutcome& outcome,
                           std::chrono::milliseconds timeout) {
  const std::string id = to_hex(outcome.id);
  if (outcome.state == "refused") return refuse(refused(outcome.reason));
  if (outcome.state == "accepted") return refuse(not_final(id, timeout));
  if (outcome.state != "final") {
    return refuse({ExitCode::NotFound,
                   "no-transaction",
                   fmt::format("no node asked knows the transaction {}", id),
                   "check the identifier; a refused or expired transaction is not kept"});
  }
  if (outcome.receipt == "applied" || outcome.receipt.empty()) return Done{};
  actors::Reason reason = outcome.reason;
  if (reason.code.empty())
    reason = {outcome.receipt,
              fmt::format("the transaction is final, and its receipt says {}", outcome.receipt),
              ""};
  return refuse(refused(reason));
}

std::string finality_line(const Fate& fate) {
  const auto& outcome = fate.outcome;
  return fmt::format("final  height {}  view {}  by {} ({} of {})  {} ms",
                     outcome.height,
                     outcome.view,
                     fmt::join(outcome.signers, " "),
                     outcome.signers.size(),
                     outcome.validators,
                     std::chrono::duration_cast<std::chrono::milliseconds>(
                         fate.waited + std::chrono::microseconds(500))
                         .count());
}

Json fields_of(const actors::TransactionOutcome& outcome) {
  Json fields = {{"id", to_hex(outcome.id)}, {"state", outcome.state}};
  if (outcome.state == "final") {
    fields["receipt"] = outcome.receipt;
    fields["height"] = outcome.height;
    fields["view"] = outcome.view;
    fields["position"] = outcome.position;
    fields["signers"] = outcome.signers;
    fields["validators"] = outcome.validators;
    fields["versions"] = outcome.versions;
  }
  if (!outcome.reason.code.empty()) {
    fields["reason"] = {{"code", outcome.reason.code},
                        {"message", outcome.reason.message},
                        {"hint", outcome.reason.hint}};
  }
  return fields;
}

}  // namespace troupe::tools

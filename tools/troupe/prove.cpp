#include "tools/troupe/prove.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "protocol/base/match.hpp"
#include "protocol/proof/ics23.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/proof_file.hpp"

namespace troupe::tools {

namespace {

constexpr std::size_t kShortDigits = 8;

std::string shortened(const crypto::Digest& digest) {
  return digest.hex().substr(0, kShortDigits) + "..";
}

Failure<CommandError> no_proof(const actors::Reason& reason) {
  const bool is_absent = reason.code == "no-transaction" || reason.code == "no-block";
  return refuse({is_absent ? ExitCode::NotFound : ExitCode::Refused,
                 reason.code,
                 reason.message,
                 reason.hint});
}

Failure<CommandError> bad_proof(const std::string& why) {
  return refuse({ExitCode::No,
                 "bad-proof",
                 "the node's answer proves nothing: " + why,
                 "do not believe it: ask another node with -N"});
}

Answer<Done> wait_for_block(Context& context, NodeClient& client, std::uint64_t height) {
  actors::BlockQuery query;
  query.first = height;
  query.deadline_ms = static_cast<std::uint64_t>(context.globals.timeout.count());
  const auto reply =
      ask<actors::BlocksReport>([&](auto receive) { client.blocks(query, std::move(receive)); });
  if (!reply.ok()) return refuse(reply.error());
  if (!reply->blocks.empty()) return Done{};
  return refuse({ExitCode::TimedOut,
                 "timed-out",
                 "no block came whose header exposes this",
                 "see whether the network lives: troupe status; or allow more: --timeout 30s"});
}

Answer<crypto::Digest> trusted_genesis(Context& context, const std::string& option) {
  if (option.empty()) {
    const auto net = chosen_net(context);
    if (!net.ok()) {
      return refuse({ExitCode::Usage,
                     "which-genesis",
                     "a proof holds for one network, and none is chosen",
                     "name the genesis that you trust: --genesis DIGEST, or a network with -n"});
    }
    const auto genesis = load_genesis(net->genesis());
    if (!genesis.ok()) return refuse(genesis.error());
    return ledger::chain_id(*genesis);
  }
  crypto::Digest digest;
  const auto bytes = from_hex(option);
  if (!bytes || bytes->size() != digest.bytes.size()) {
    return refuse({ExitCode::Usage,
                   "bad-digest",
                   fmt::format("'{}' is no digest", option),
                   "a digest is 64 hexadecimal digits; `troupe status --json` prints it as chain"});
  }
  std::copy(bytes->begin(), bytes->end(), digest.bytes.begin());
  return digest;
}

Answer<proof::Proof> load_proof(const std::string& path) {
  const auto text = read_file(path, kProofFileBytesMax);
  if (!text.ok()) return refuse(text.error());
  auto proof = read_proof_file(*text);
  if (proof.ok()) return std::move(proof).value();
  return refuse({ExitCode::No,
                 "no-proof",
                 fmt::format("NOT valid: {} is no proof file: {}", path, proof.error().message),
                 "it was changed, or cut: get it anew from whoever gave it to you"});
}

/// The claim and the way from it to the genesis, each in a few words.
std::string claim_text(const proof::Proof& proof) {
  return std::visit(Match{[&](const proof::RecordClaim& claim) {
                            return fmt::format("record {} version {} -> state root {} ({} hashes)",
                                               claim.key,
                                               claim.record.version,
                                               shortened(proof.subject().executed_root),
                                               claim.siblings.size());
                          },
                          [&](const proof::AbsenceClaim& claim) {
                            return fmt::format("no record {} -> state root {}",
                                               claim.key,
                                               shortened(proof.subject().executed_root));
                          },
                          [&](const proof::TransactionClaim& claim) {
                            return fmt::format(
                                "transaction {} ({}) -> transactions root {} ({} hashes)",
                                shortened(claim.transaction.id()),
                                ledger::name(claim.receipt.outcome),
                                shortened(proof.subject().transactions_root),
                                claim.path.size());
                          },
                          [&](const proof::HeaderClaim&) { return std::string("block"); }},
                    proof.claim);
}

std::string way_text(const proof::Proof& proof) {
  std::string text =
      fmt::format("{} -> header {}", claim_text(proof), proof.subject().height.number);
  if (proof.header) {
    text += fmt::format(
        " -> history of header {} ({} hashes)", proof.anchor.height.number, proof.history.size());
  }
  return fmt::format("{} -> {} of {} validators -> genesis {}",
                     text,
                     proof.finalization.signatures.size(),
                     proof.genesis.validators.size(),
                     shortened(ledger::chain_id(proof.genesis)));
}

Json claim_fields(const proof::Claim& claim) {
  return std::visit(Match{[](const proof::RecordClaim& record) -> Json {
                            return {{"kind", "record"},
                                    {"key", record.key},
                                    {"version", record.record.version},
                                    {"owner_key", record.record.owner.hex()},
                                    {"value_hex", to_hex(record.record.value)}};
                          },
                          [](const proof::AbsenceClaim& absence) -> Json {
                            return {{"kind", "absence"}, {"key", absence.key}};
                          },
                          [](const proof::TransactionClaim& transaction) -> Json {
                            return {{"kind", "transaction"},
                                    {"id", transaction.transaction.id().hex()},
                                    {"receipt", ledger::name(transaction.receipt.outcome)}};
                          },
                          [](const proof::HeaderClaim&) -> Json {
                            return {{"kind", "header"}};
                          }},
                    claim);
}

Json fields_of(const proof::Proof& proof) {
  return {{"claim", claim_fields(proof.claim)},
          {"height", proof.subject().height.number},
          {"state_height", proof.subject().executed_height.number},
          {"header", consensus::digest(proof.subject()).hex()},
          {"anchor_height", proof.anchor.height.number},
          {"anchor", consensus::digest(proof.anchor).hex()},
          {"signers", proof.finalization.signatures.size()},
          {"validators", proof.genesis.validators.size()},
          {"genesis", ledger::chain_id(proof.genesis).hex()}};
}

Failure<CommandError> not_valid(proof::Flaw flaw) {
  return refuse({ExitCode::No,
                 std::string(proof::name(flaw)),
                 fmt::format("NOT valid: step {} of {} fails. {}",
                             proof::step_of(flaw),
                             proof::kSteps,
                             proof::describe(flaw)),
                 flaw == proof::Flaw::OtherGenesis
                     ? "compare the digest that you trust with the one of the network it is about"
                     : "do not believe it: ask for the proof anew, from somebody else"});
}

/// The older proof holds, and its anchor is the header that the newer one shows to be in history.
Answer<Done> check_since(const proof::Proof& proof,
                         const std::string& path,
                         const crypto::Digest& genesis) {
  const auto older = load_proof(path);
  if (!older.ok()) return refuse(older.error());
  if (const auto checked = proof::verify(*older, genesis); !checked) {
    return not_valid(checked.error());
  }
  const bool is_header = std::holds_alternative<proof::HeaderClaim>(proof.claim);
  if (is_header && proof.subject() == older->anchor) return Done{};
  return refuse(
      {ExitCode::No,
       "other-history",
       fmt::format("the header of height {} in {} is not the one that this proof is about",
                   older->anchor.height.number,
                   path),
       fmt::format("ask for: troupe block show {} --proof FILE; if that still differs, the history "
                   "was rewritten",
                   older->anchor.height.number)});
}

Answer<Done> write_ics23(const proof::Proof& proof, const std::string& path) {
  const auto encoded = proof::ics23_of(proof);
  if (encoded) return replace_file(path, as_text(*encoded));
  return refuse({ExitCode::Usage,
                 "no-state-proof",
                 "this proof has no state proof in it",
                 "ask for the proof of a record: troupe record get KEY --proof FILE"});
}

}  // namespace

Answer<proof::Proof> obtain_proof(Context& context,
                                  const Net& net,
                                  NodeClient& client,
                                  const actors::ProofQuery& query) {
  const auto genesis = load_genesis(net.genesis());
  if (!genesis.ok()) return refuse(genesis.error());
  const auto deadline = std::chrono::steady_clock::now() + context.globals.timeout;
  while (true) {
    const auto reply =
        ask<actors::ProofReport>([&](auto receive) { client.prove(query, std::move(receive)); });
    if (!reply.ok()) return refuse(reply.error());
    if (reply->reason.code.empty()) {
      auto proof = proof::decode_proof(reply->proof);
      if (!proof) return bad_proof("it is malformed");
      const auto checked = proof::verify(*proof, ledger::chain_id(*genesis));
      if (!checked) return bad_proof(std::string(proof::describe(checked.error())));
      return std::move(proof).value();
    }
    const bool is_late = std::chrono::steady_clock::now() >= deadline;
    if (reply->reason.code != "not-proven-yet" || is_late) return no_proof(reply->reason);
    if (const auto came = wait_for_block(context, client, reply->height + 1); !came.ok())
      return refuse(came.error());
  }
}

Answer<Done> save_proof(const proof::Proof& proof, const std::string& path) {
  return replace_file(path, write_proof_file(proof));
}

Answer<Report> run_verify(Context& context, const VerifyOptions& options) {
  const auto proof = load_proof(options.file);
  if (!proof.ok()) return refuse(proof.error());
  const auto genesis = trusted_genesis(context, options.genesis);
  if (!genesis.ok()) return refuse(genesis.error());
  if (const auto checked = proof::verify(*proof, *genesis); !checked) {
    return not_valid(checked.error());
  }
  if (!options.since.empty()) {
    if (const auto since = check_since(*proof, options.since, *genesis); !since.ok())
      return refuse(since.error());
  }
  if (!options.ics23.empty()) {
    if (const auto written = write_ics23(*proof, options.ics23); !written.ok())
      return refuse(written.error());
  }
  Report report;
  report.fields = fields_of(*proof);
  report.parts = {Line{fmt::format("valid: {}   [checked offline]", way_text(*proof))}};
  return report;
}

}  // namespace troupe::tools

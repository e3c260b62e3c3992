#include "tests/support/sample_proofs.hpp"

#include <memory>
#include <utility>

#include "protocol/crypto/merkle_log.hpp"
#include "protocol/proof/founding.hpp"
#include "tests/protocol/ledger/ledger_state.hpp"

namespace troupe::support {

namespace {

namespace samples = ledger::samples;

constexpr const char* kValidators[] = {"n1", "n2", "n3", "n4"};

ledger::Genesis make_genesis() {
  ledger::Genesis genesis;
  genesis.network = "proofs";
  genesis.created = Timestamp{1'790'000'000'000};
  genesis.development = true;
  for (const std::string name : kValidators) {
    // The identity multihash of the PublicKey message of an Ed25519 key.
    Bytes id{0x00, 0x24, 0x08, 0x01, 0x12, 0x20};
    append(id, samples::public_key_of(name + " node").view());
    genesis.validators.push_back({name, samples::public_key_of(name), id});
  }
  genesis.accounts = {{"alice", samples::public_key_of("alice")}};
  return genesis;
}

/// Executes blocks and keeps the header of each, from the root block on.
class Chain {
 public:
  explicit Chain(const ledger::Genesis& genesis) : founding_(proof::found(genesis).value()) {
    keep(founding_.root);
  }

  /// The next block. It exposes the state after the one before it.
  ledger::Execution extend(const std::vector<ledger::Transaction>& transactions) {
    std::vector<ledger::Batch> batches;
    if (!transactions.empty()) batches.push_back(samples::batch_of(transactions));
    consensus::Header header = headers.back();
    header.root = founding_.electorate.binding.root;
    header.view = header.view.next();
    header.height = header.height.next();
    header.parent = consensus::digest(headers.back());
    header.timestamp = Timestamp{header.timestamp.milliseconds + 1000};
    header.transactions_root = ledger::transactions_root(batches);
    header.executed_height = state.height;
    header.executed_root = state.tree.state.root;
    header.history_root = log_.root();
    keep(header);
    return state.execute(batches);
  }

  [[nodiscard]] consensus::Certificate finalization(const consensus::Header& header) const {
    const consensus::Vote vote{
        consensus::VoteKind::Finalize, header.epoch, header.view, consensus::digest(header)};
    const Bytes bytes = consensus::signed_bytes(founding_.electorate.binding, vote);
    consensus::Certificate certificate{vote, {}};
    for (const std::uint32_t signer : {0, 1, 3}) {
      certificate.signatures.push_back(
          {ValidatorIndex{signer}, samples::key_of(kValidators[signer]).sign(bytes)});
    }
    return certificate;
  }

  [[nodiscard]] std::vector<crypto::Digest> history(std::uint64_t height,
                                                    std::uint64_t anchor) const {
    return crypto::merkle_path(std::span(leaves_).first(anchor), height);
  }

  [[nodiscard]] std::vector<crypto::Digest> consistency(crypto::MerkleSizes sizes) const {
    const auto nodes = [this](const crypto::MerklePlace& place) {
      const std::size_t count = std::size_t{1} << place.level;
      return std::optional(
          crypto::merkle_root(std::span(leaves_).subspan(place.index * count, count)));
    };
    return *crypto::consistency_path(nodes, sizes);
  }

  [[nodiscard]] ledger::PresenceProof presence(const Bytes& key) const {
    const auto way = ledger::find_way(state.tree, state.tree.state, crypto::sha256(key)).value();
    return {key, state.values.values.at(key), way.siblings};
  }

  [[nodiscard]] ledger::AbsenceProof absence(const Bytes& key) const {
    const auto neighbours =
        ledger::find_neighbours(state.tree, state.tree.state, crypto::sha256(key)).value();
    ledger::AbsenceProof proof;
    for (const auto& [other, value] : state.values.values) {
      const crypto::Digest digest = crypto::sha256(other);
      if (digest == neighbours.left) proof.left = presence(other);
      if (digest == neighbours.right) proof.right = presence(other);
    }
    return proof;
  }

  std::vector<consensus::Header> headers;
  samples::LedgerState state;

 private:
  void keep(const consensus::Header& header) {
    headers.push_back(header);
    leaves_.push_back(crypto::merkle_leaf(consensus::digest(header).view()));
    log_.append(leaves_.back());
  }

  proof::Founding founding_;
  std::vector<crypto::Digest> leaves_;
  crypto::MerkleFrontier log_;
};

ledger::Transaction put(const crypto::Digest& chain, const char* key, const char* value) {
  ledger::Body body = samples::body_of("alice", {ledger::Put{key, samples::bytes_of(value)}});
  body.chain = chain;
  return ledger::Transaction::sign(body, samples::key_of("alice"));
}

ledger::Transaction note(const crypto::Digest& chain) {
  ledger::Body body = samples::body_of("alice", {ledger::Note{samples::bytes_of("seen")}});
  body.chain = chain;
  return ledger::Transaction::sign(body, samples::key_of("alice"));
}

std::vector<crypto::Digest> leaves_of(const std::vector<ledger::Receipt>& receipts) {
  std::vector<crypto::Digest> leaves;
  for (const ledger::Receipt& receipt : receipts)
    leaves.push_back(crypto::merkle_leaf(ledger::encode(receipt)));
  return leaves;
}

proof::TransactionClaim transaction_claim(const Chain& chain,
                                          const std::vector<ledger::Transaction>& ordered,
                                          const ledger::Execution& execution,
                                          std::size_t place) {
  std::vector<crypto::Digest> ids;
  for (const ledger::Transaction& transaction : ordered)
    ids.push_back(crypto::merkle_leaf(transaction.id().view()));
  return {ordered[place],
          proof::path_of(ids, place),
          execution.receipts[place],
          proof::path_of(leaves_of(execution.receipts), place),
          chain.presence(ledger::receipts_state_key(Height{1})).siblings};
}

SampleProofs make() {
  SampleProofs proofs;
  proofs.genesis = make_genesis();
  proofs.chain = ledger::chain_id(proofs.genesis);
  Chain chain(proofs.genesis);
  const std::vector<ledger::Transaction> ordered{put(proofs.chain, "bike/17", "owner=alice"),
                                                 put(proofs.chain, "bike/18", "owner=\"\x01\""),
                                                 put(proofs.chain, "bike/20", "owner=bob")};
  const ledger::Execution first = chain.extend(ordered);
  static_cast<void>(chain.extend({note(proofs.chain)}));
  static_cast<void>(chain.extend({}));
  static_cast<void>(chain.extend({}));

  proof::Proof base;
  base.genesis = proofs.genesis;
  base.anchor = chain.headers[3];
  base.finalization = chain.finalization(base.anchor);
  const Bytes key = ledger::record_state_key("bike/17");
  proofs.record = base;
  proofs.record.claim =
      proof::RecordClaim{"bike/17", *chain.state.record("bike/17"), chain.presence(key).siblings};
  proofs.absence = base;
  proofs.absence.claim =
      proof::AbsenceClaim{"bike/19", chain.absence(ledger::record_state_key("bike/19"))};

  base.anchor = chain.headers[4];
  base.finalization = chain.finalization(base.anchor);
  base.header = chain.headers[1];
  base.history = chain.history(1, 4);
  proofs.transaction = base;
  proofs.transaction.claim = transaction_claim(chain, ordered, first, 2);
  proofs.header = base;
  proofs.header.claim = proof::HeaderClaim{chain.consistency({1, 4})};
  return proofs;
}

}  // namespace

const SampleProofs& sample_proofs() {
  static const SampleProofs proofs = make();
  return proofs;
}

}  // namespace troupe::support

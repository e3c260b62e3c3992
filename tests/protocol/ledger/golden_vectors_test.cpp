#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/admission.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/block_record.hpp"
#include "protocol/ledger/genesis.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/record.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"
#include "tests/support/vectors.hpp"

// Every encoding of the ledger against tests/vectors/ledger.json, which a script computes from the
// grammars without any code of ours. A difference is a break with every ledger that exists.
namespace troupe::ledger {

namespace {

using Json = nlohmann::json;

const Json& vectors() {
  static const Json json = support::load_vectors("ledger.json");
  return json;
}

std::string text(const Json& json, const char* field) {
  return json.at(field).get<std::string>();
}

Bytes bytes(const Json& json, const char* field) {
  return support::hex(text(json, field));
}

Operation operation_of(const Json& json) {
  const std::string kind = text(json, "kind");
  if (kind == "note") return Note{samples::bytes_of(text(json, "content"))};
  if (kind == "put") return Put{text(json, "key"), samples::bytes_of(text(json, "value"))};
  if (kind == "transfer") {
    return Transfer{text(json, "key"), samples::public_key_of(text(json, "to"))};
  }
  if (kind == "retire") return Retire{text(json, "key")};
  return ModuleOperation{json.at("module").get<std::uint64_t>(),
                         samples::bytes_of(text(json, "content"))};
}

Transaction transaction_of(const Json& json) {
  Body body;
  body.chain = samples::chain();
  body.account = samples::public_key_of(text(json, "account"));
  body.valid_through = Height{json.at("valid_through").get<std::uint64_t>()};
  for (const Json& operation : json.at("operations")) {
    body.operations.push_back(operation_of(operation));
  }
  body.memo = text(json, "memo");
  return Transaction::sign(body, samples::key_of(text(json, "account")));
}

std::vector<Transaction> all_transactions() {
  std::vector<Transaction> transactions;
  for (const Json& json : vectors().at("transactions")) {
    transactions.push_back(transaction_of(json));
  }
  return transactions;
}

Genesis sample_genesis() {
  Genesis genesis;
  genesis.network = "demo";
  genesis.created = Timestamp{1'790'000'000'000};
  genesis.development = true;
  genesis.rules = {std::chrono::milliseconds(200),
                   std::chrono::seconds(5),
                   std::chrono::milliseconds(500),
                   std::chrono::seconds(60)};
  for (const std::string& name :
       {std::string("n1"), std::string("n2"), std::string("n3"), std::string("n4")}) {
    Bytes peer_id{0x00, 0x24, 0x08, 0x01, 0x12, 0x20};
    append(peer_id, samples::public_key_of(name + " node").view());
    genesis.validators.push_back({name, samples::public_key_of(name), peer_id});
  }
  genesis.accounts = {{"alice", samples::public_key_of("alice")},
                      {"bob", samples::public_key_of("bob")}};
  return genesis;
}

crypto::Digest digest_of(std::string_view word) {
  return crypto::sha256(as_bytes(word));
}

Record sample_record() {
  return {300,
          RecordStatus::Retired,
          samples::public_key_of("alice"),
          Height{1000},
          digest_of("transaction"),
          samples::bytes_of("red")};
}

std::vector<Receipt> sample_receipts() {
  return {{digest_of("a"), Applied{{1, 300}}},
          {digest_of("b"), Applied{}},
          {digest_of("c"), DuplicateOf{Height{700}}},
          {digest_of("d"), ExpiredBefore{}},
          {digest_of("e"), TooFarAheadOf{}},
          {digest_of("f"), Refused{2, Refusal::NoSuchRecord}}};
}

samples::MemoryTree tree_of(std::size_t keys) {
  std::map<crypto::Digest, std::optional<crypto::Digest>> writes;
  for (std::size_t i = 0; i < keys; ++i) {
    writes[digest_of("key " + std::to_string(i))] = digest_of("value " + std::to_string(i));
  }
  samples::MemoryTree tree;
  tree.write(Height{1}, writes);
  return tree;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(golden_vectors_test)

BOOST_AUTO_TEST_CASE(transactions_have_the_bytes_ids_and_signatures_of_the_vectors) {
  BOOST_TEST(to_hex(samples::chain().view()) == text(vectors(), "chain"));
  for (const Json& json : vectors().at("transactions")) {
    const Transaction transaction = transaction_of(json);
    BOOST_TEST(to_hex(transaction.encoded()) == text(json, "encoded"));
    BOOST_TEST(to_hex(transaction.encoded_body()) == text(json, "body"));
    BOOST_TEST(transaction.id().hex() == text(json, "id"));
    BOOST_TEST(to_hex(transaction.signatures()[0].view()) == text(json, "signature"));

    const auto decoded = decode_transaction(bytes(json, "encoded"));
    BOOST_REQUIRE(decoded.ok());
    BOOST_TEST((decoded->body() == transaction.body()));
    BOOST_TEST(check_signature(*decoded).ok());
  }
}

BOOST_AUTO_TEST_CASE(a_genesis_has_the_bytes_and_the_chain_id_of_the_vectors) {
  const Json& json = vectors().at("genesis");

  BOOST_TEST(to_hex(encode(sample_genesis())) == text(json, "encoded"));
  BOOST_TEST(chain_id(sample_genesis()).hex() == text(json, "chain_id"));
  BOOST_TEST((*decode_genesis(bytes(json, "encoded")) == sample_genesis()));
}

BOOST_AUTO_TEST_CASE(a_batch_has_the_bytes_digest_and_roots_of_the_vectors) {
  const Json& json = vectors().at("batch");
  const BatchPlace place{Epoch{3},
                         digest_of("root"),
                         ValidatorIndex{2},
                         Incarnation{300},
                         Sequence{129},
                         digest_of("parent")};
  const BatchDraft draft = draft_batch(place, all_transactions());
  const Batch batch = Batch::assemble(
      draft, samples::key_of("n3").sign(signed_bytes(draft.header, samples::chain())));

  BOOST_TEST(to_hex(encode(batch.header())) == text(json, "header"));
  BOOST_TEST(batch.digest().hex() == text(json, "digest"));
  BOOST_TEST(to_hex(batch.signed_header().signature.view()) == text(json, "signature"));
  BOOST_TEST(to_hex(batch.encoded()) == text(json, "encoded"));
  BOOST_TEST(transactions_root(std::vector<Batch>{batch}).hex() == text(json, "transactions_root"));
  BOOST_TEST((Batch::decode(bytes(json, "encoded"))->transactions() == all_transactions()));
}

BOOST_AUTO_TEST_CASE(records_have_the_bytes_of_the_vectors) {
  const Json& json = vectors().at("record");
  const RecordView view{"bike/17", sample_record()};

  BOOST_TEST(to_hex(encode(sample_record())) == text(json, "encoded"));
  BOOST_TEST(to_hex(encode(view)) == text(json, "view"));
  BOOST_TEST((*decode_record_view(bytes(json, "view")) == view));
}

BOOST_AUTO_TEST_CASE(receipts_have_the_bytes_and_the_root_of_the_vectors) {
  const Json& json = vectors().at("receipts");

  BOOST_TEST(to_hex(encode(sample_receipts())) == text(json, "encoded"));
  BOOST_TEST(receipts_root(sample_receipts()).hex() == text(json, "root"));
  BOOST_TEST((*decode_receipts(bytes(json, "encoded")) == sample_receipts()));
}

BOOST_AUTO_TEST_CASE(a_block_record_has_the_bytes_of_the_vectors) {
  const BlockRecord record{Height{300},
                           samples::bytes_of("a header"),
                           samples::bytes_of("a notarization"),
                           samples::bytes_of("a finalization"),
                           {samples::bytes_of("one"), samples::bytes_of("two")},
                           {digest_of("x"), digest_of("y")},
                           5000,
                           digest_of("receipts"),
                           digest_of("state")};

  BOOST_TEST(to_hex(encode(record)) == text(vectors().at("block_record"), "encoded"));
}

BOOST_AUTO_TEST_CASE(states_have_the_roots_of_the_vectors) {
  for (const Json& json : vectors().at("trees")) {
    const samples::MemoryTree tree = tree_of(json.at("keys").get<std::size_t>());
    BOOST_TEST(tree.state.root.hex() == text(json, "root"));
  }
}

BOOST_AUTO_TEST_CASE(proofs_have_the_bytes_of_the_vectors) {
  const Json& json = vectors().at("proofs");
  const samples::MemoryTree tree = tree_of(100);
  const auto way = find_way(tree, tree.state, digest_of("key 7"));

  const PresenceProof presence{
      samples::bytes_of("key 7"), samples::bytes_of("value 7"), way->siblings};
  const auto absence = decode_absence_proof(bytes(json, "absence"));

  BOOST_TEST(tree.state.root.hex() == text(json, "root"));
  BOOST_TEST(to_hex(encode(presence)) == text(json, "presence"));
  BOOST_TEST(verify(presence, tree.state.root));
  BOOST_REQUIRE(absence.ok());
  BOOST_TEST(verify_absence(*absence, as_bytes("absent"), tree.state.root));
  BOOST_TEST(to_hex(encode(*absence)) == text(json, "absence"));
}

BOOST_AUTO_TEST_CASE(tree_nodes_have_the_bytes_and_hashes_of_the_vectors) {
  const Json& json = vectors().at("nodes");
  InternalNode::Children children;
  children[0] = TreeChild{Height{1}, true, digest_of("zero")};
  children[1] = TreeChild{Height{300}, false, digest_of("one")};
  children[15] = TreeChild{Height{2}, true, digest_of("fifteen")};
  const TreeNode internal = InternalNode(children);
  const TreeNode leaf = TreeLeaf{digest_of("key"), digest_of("value")};

  BOOST_TEST(to_hex(encode(internal)) == text(json, "internal"));
  BOOST_TEST(hash_of(internal).hex() == text(json, "internal_hash"));
  BOOST_TEST(to_hex(encode(leaf)) == text(json, "leaf"));
  BOOST_TEST(hash_of(leaf).hex() == text(json, "leaf_hash"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

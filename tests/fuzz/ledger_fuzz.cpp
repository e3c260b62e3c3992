#include <string>

#include "protocol/ledger/admission.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/block_record.hpp"
#include "protocol/ledger/genesis.hpp"
#include "protocol/ledger/lane_message.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/record.hpp"
#include "protocol/ledger/state_node.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "protocol/ledger/transaction.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := kind: u8  encoding: the rest
//
// Transactions, batches and lane messages as strangers send them; the genesis; nodes and proofs of
// the state tree; records, receipts and block records as nodes store and serve them.
namespace troupe::fuzz {

namespace {

namespace ledger = troupe::ledger;

enum class Kind : std::uint8_t {
  Body,
  Transaction,
  BatchHeader,
  Batch,
  LaneMessage,
  Genesis,
  TreeNode,
  PresenceProof,
  AbsenceProof,
  BlockRecord,
  Receipt,
  Receipts,
  Record,
  RecordView,
  RecordViews
};

constexpr std::uint8_t kKinds = 15;

crypto::Digest digest_of(std::string_view word) {
  return crypto::sha256(as_bytes(word));
}

crypto::KeyPair key_of(std::string_view word) {
  return crypto::KeyPair::from_seed(digest_of(word).view()).value();
}

ledger::Body some_body() {
  ledger::Body body;
  body.chain = digest_of("chain");
  body.account = key_of("account").public_key();
  body.valid_through = Height{500};
  body.operations = {ledger::Note{{1, 2, 3}},
                     ledger::Put{"key/of/record", {4, 5}},
                     ledger::Transfer{"key/of/record", key_of("other").public_key()},
                     ledger::Retire{"key/of/record"},
                     ledger::ModuleOperation{5, {6, 7, 8}}};
  body.memo = "memo";
  return body;
}

ledger::Batch some_batch() {
  const std::vector<ledger::Transaction> transactions{
      ledger::Transaction::sign(some_body(), key_of("account"))};
  const ledger::BatchPlace place{.epoch = Epoch{0},
                                 .root = digest_of("root"),
                                 .lane = ValidatorIndex{2},
                                 .incarnation = Incarnation{0},
                                 .sequence = Sequence{9},
                                 .parent = digest_of("parent")};
  const ledger::BatchDraft draft = ledger::draft_batch(place, transactions);
  const Bytes to_sign = ledger::signed_bytes(draft.header, digest_of("chain"));
  return ledger::Batch::assemble(draft, key_of("author").sign(to_sign));
}

Bytes peer_id_of(std::string_view word) {
  // The identity multihash of the PublicKey message of an Ed25519 key.
  Bytes id{0x00, 0x24, 0x08, 0x01, 0x12, 0x20};
  append(id, key_of(word).public_key().view());
  return id;
}

ledger::Genesis some_genesis() {
  ledger::Genesis genesis;
  genesis.network = "fuzz";
  genesis.created = Timestamp{1'790'000'000'000};
  genesis.development = true;
  genesis.validators = {{"n1", key_of("n1").public_key(), peer_id_of("n1 node")},
                        {"n2", key_of("n2").public_key(), peer_id_of("n2 node")}};
  genesis.accounts = {{"alice", key_of("alice").public_key()}};
  return genesis;
}

std::vector<ledger::LaneMessage> some_lane_messages(const ledger::Batch& batch) {
  const ledger::LaneAck ack{.lane = ValidatorIndex{1},
                            .incarnation = Incarnation{0},
                            .sequence = Sequence{200},
                            .digest = digest_of("batch"),
                            .resume = true};
  return {ledger::BatchMessage{batch.encoded()},
          ledger::AckMessage{{ack}},
          ledger::BatchRequest{{{.tip = digest_of("tip"), .count = 200}}},
          ledger::BatchAnswer{{batch.encoded()}, {digest_of("absent")}}};
}

void add_state_seeds(std::vector<Bytes>& seeds) {
  const ledger::TreeLeaf leaf{.key_digest = digest_of("key"), .value_digest = digest_of("value")};
  ledger::InternalNode::Children children;
  children[3] = ledger::TreeChild{Height{200}, true, digest_of("leaf")};
  children[9] = ledger::TreeChild{Height{3}, false, digest_of("inner")};
  const ledger::PresenceProof proof{
      .key = {1, 2}, .value = {3, 4, 5}, .siblings = {digest_of("a"), digest_of("b")}};
  seeds.push_back(seed_for(Kind::TreeNode, encode(ledger::TreeNode(leaf))));
  seeds.push_back(
      seed_for(Kind::TreeNode, encode(ledger::TreeNode(ledger::InternalNode(children)))));
  seeds.push_back(seed_for(Kind::PresenceProof, encode(proof)));
  seeds.push_back(seed_for(Kind::AbsenceProof,
                           encode(ledger::AbsenceProof{.left = proof, .right = std::nullopt})));
}

void add_result_seeds(std::vector<Bytes>& seeds) {
  const ledger::Record record{.version = 3,
                              .status = ledger::RecordStatus::Retired,
                              .owner = key_of("account").public_key(),
                              .height = Height{200},
                              .transaction = digest_of("transaction"),
                              .value = {1, 2, 3}};
  const ledger::RecordView view{.key = "key/of/record", .record = record};
  const std::vector<ledger::Receipt> receipts{
      {digest_of("a"), ledger::Applied{{1, 300}}},
      {digest_of("b"), ledger::DuplicateOf{Height{9}}},
      {digest_of("c"), ledger::ExpiredBefore{}},
      {digest_of("d"), ledger::TooFarAheadOf{}},
      {digest_of("e"), ledger::Refused{.operation = 2, .reason = ledger::Refusal::Retired}}};
  const ledger::BlockRecord block{.height = Height{200},
                                  .header = {1, 2},
                                  .notarization = {3},
                                  .finalization = {},
                                  .nullifications = {{4, 5}, {6}},
                                  .batches = {digest_of("batch")},
                                  .transactions = 5,
                                  .receipts_root = digest_of("receipts"),
                                  .state_root = digest_of("state")};
  seeds.push_back(seed_for(Kind::Record, encode(record)));
  seeds.push_back(seed_for(Kind::RecordView, encode(view)));
  seeds.push_back(seed_for(Kind::RecordViews, ledger::encode(std::vector{view, view})));
  seeds.push_back(seed_for(Kind::Receipts, ledger::encode(receipts)));
  for (const ledger::Receipt& receipt : receipts) {
    seeds.push_back(seed_for(Kind::Receipt, encode(receipt)));
  }
  seeds.push_back(seed_for(Kind::BlockRecord, encode(block)));
}

void check_receipts(ByteView encoding) {
  const auto receipts = ledger::decode_receipts(encoding);
  if (receipts) INVARIANT(equal(ledger::encode(*receipts), encoding));
}

void check_record_views(ByteView encoding) {
  const auto views = ledger::decode_record_views(encoding);
  if (views) INVARIANT(equal(ledger::encode(*views), encoding));
}

// A transaction that decodes is the same bytes, has a body that decodes, and can be judged.
void check_transaction(ByteView encoding) {
  const auto transaction = ledger::decode_transaction(encoding);
  if (!transaction) return;
  const ledger::Body body = transaction->body();
  INVARIANT(equal(transaction->encoded(), encoding));
  INVARIANT(equal(transaction->encoded_body(), encode(body)));
  INVARIANT(transaction->id() == id_of(body));
  INVARIANT(ledger::Transaction(body, transaction->signatures()) == *transaction);
  (void)ledger::check_stateless(*transaction, body.chain).ok();
}

void check_batch(ByteView encoding) {
  const auto batch = ledger::Batch::decode(encoding);
  if (!batch) return;
  INVARIANT(equal(batch->encoded(), encoding));
  INVARIANT(batch->transactions().size() == batch->header().transactions);
  const ledger::BatchDraft draft = ledger::draft_batch(batch->place(), batch->transactions());
  INVARIANT(draft.header == batch->header());
  const auto again = ledger::Batch::assemble(draft, batch->signed_header().signature);
  INVARIANT(again.digest() == batch->digest());
  INVARIANT(equal(again.encoded(), encoding));
}

}  // namespace

void fuzz_ledger(ByteView input) {
  if (input.empty()) return;
  const ByteView encoding = input.subspan(1);
  switch (static_cast<Kind>(input.front() % kKinds)) {
    case Kind::Body: return check_canonical(encoding, ledger::decode_body);
    case Kind::Transaction: return check_transaction(encoding);
    case Kind::BatchHeader: return check_canonical(encoding, ledger::decode_signed_batch_header);
    case Kind::Batch: return check_batch(encoding);
    case Kind::LaneMessage: return check_canonical(encoding, ledger::decode_lane_message);
    case Kind::Genesis: return check_canonical(encoding, ledger::decode_genesis);
    case Kind::TreeNode: return check_canonical(encoding, ledger::decode_tree_node);
    case Kind::PresenceProof: return check_canonical(encoding, ledger::decode_presence_proof);
    case Kind::AbsenceProof: return check_canonical(encoding, ledger::decode_absence_proof);
    case Kind::BlockRecord: return check_canonical(encoding, ledger::decode_block_record);
    case Kind::Receipt: return check_canonical(encoding, ledger::decode_receipt);
    case Kind::Receipts: return check_receipts(encoding);
    case Kind::Record: return check_canonical(encoding, ledger::decode_record);
    case Kind::RecordView: return check_canonical(encoding, ledger::decode_record_view);
    case Kind::RecordViews: return check_record_views(encoding);
  }
}

std::vector<Bytes> ledger_seeds() {
  const ledger::Batch batch = some_batch();
  std::vector<Bytes> seeds{seed_for(Kind::Body, encode(some_body())),
                           seed_for(Kind::Transaction, batch.transactions().front().encoded()),
                           seed_for(Kind::BatchHeader, encode(batch.signed_header())),
                           seed_for(Kind::Batch, batch.encoded()),
                           seed_for(Kind::Genesis, encode(some_genesis()))};
  for (const ledger::LaneMessage& message : some_lane_messages(batch)) {
    seeds.push_back(seed_for(Kind::LaneMessage, encode(message)));
  }
  add_state_seeds(seeds);
  add_result_seeds(seeds);
  return seeds;
}

}  // namespace troupe::fuzz

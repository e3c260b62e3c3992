#include "tools/simulator/disk_judge.hpp"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "protocol/consensus/header.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/block_record.hpp"
#include "protocol/ledger/receipt.hpp"
#include "protocol/ledger/record.hpp"
#include "protocol/ledger/state_node.hpp"
#include "protocol/proof/accusation.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"
#include "tools/simulator/reference_ledger.hpp"

namespace troupe::simulator {

namespace {

using consensus::VoteKind;

/// Empty blocks never cease, so the last ones may be on their way when everybody is stopped.
constexpr std::size_t kUnderWayMax = 2;

/// One block as a node stored it, decoded.
struct StoredBlock {
  ledger::BlockRecord record;
  consensus::Header header;
  crypto::Digest digest;
};

std::vector<crypto::PublicKey> keys_of(const Judge& judge) {
  std::vector<crypto::PublicKey> keys;
  const consensus::ValidatorSet& validators = judge.electorate().validators;
  for (std::uint32_t i = 0; i < validators.size(); ++i)
    keys.push_back(validators.key(ValidatorIndex{i}));
  return keys;
}

/// Reads and judges one node's database.
class Reader {
 public:
  Reader(const SimulatedNode& node, Judge& judge, std::size_t index)
      : disk_(node.disk().copy()),
        environment_(disk_, 1),
        judge_(judge),
        name_(judge.name_of(index)),
        model_(keys_of(judge)) {
    storage::DatabaseOptions options;
    options.path = node.options().data_dir.string() + "/database";
    options.owner = {judge.electorate().binding.chain, node.peer_id().bytes()};
    auto opened = storage::Database::open(environment_, options);
    if (!opened) {
      complain("storage", "the database does not open");
      return;
    }
    if (!opened->report.is_complete())
      complain("storage", "the database lost data: " + opened->report.detail);
    chain_ = std::make_unique<storage::ChainStore>(opened->database);
  }

  [[nodiscard]] bool is_open() const { return chain_ != nullptr; }

  void complain(const std::string& checker, const std::string& what) {
    judge_.violate(Verdict::Safety, checker, name_ + ": " + what);
  }

  [[nodiscard]] std::uint64_t last_height() {
    const auto last = chain_->last_height();
    if (!last) complain("storage", "the chain cannot be read");
    return last && *last ? (*last)->number : 0;
  }

  [[nodiscard]] std::optional<StoredBlock> block(Height height) {
    const auto bytes = chain_->block(height);
    if (!bytes || !*bytes) return missing(height);
    auto record = ledger::decode_block_record(**bytes);
    if (!record) return missing(height);
    auto header = consensus::decode_header(record->header);
    if (!header) return missing(height);
    const auto digest = consensus::digest(*header);
    return StoredBlock{std::move(record).value(), std::move(header).value(), digest};
  }

  /// Links and certificates of a block above its parent.
  void check_block(const StoredBlock& block, const consensus::Header& parent) {
    const std::string at = "block " + std::to_string(block.header.height.number);
    if (block.header.parent != consensus::digest(parent)) complain("fork", at + " has no parent");
    if (block.header.height.number != parent.height.number + 1)
      complain("fork", at + " skips a height");
    check(block.record.notarization, VoteKind::Notarize, block, at);
    check(block.record.finalization, VoteKind::Finalize, block, at);
    std::set<std::uint64_t> nullified;
    for (const Bytes& encoded : block.record.nullifications) {
      const auto certificate = consensus::decode_certificate(encoded);
      if (!certificate || !certificate->is(VoteKind::Nullify) ||
          !judge_.check_certificate(*certificate, name_)) {
        complain("fork", at + " has a bad nullification");
        continue;
      }
      nullified.insert(certificate->view().number);
    }
    // A node that learnt of finality late may lack some of them; then somebody else has sent them.
    for (std::uint64_t view = parent.view.number + 1; view < block.header.view.number; ++view) {
      if (!nullified.contains(view) && !judge_.is_nullified(view))
        complain("fork", at + " skips view " + std::to_string(view) + ", which nobody nullified");
    }
  }

  /// Executes what the block orders once more, and compares every receipt.
  void execute(const StoredBlock& block) {
    const Height height = block.header.height;
    const std::string at = "block " + std::to_string(height.number);
    std::vector<ledger::Receipt> expected;
    for (const crypto::Digest& digest : block.record.batches) {
      const auto bytes = chain_->batch(digest);
      if (!bytes || !*bytes) return complain("validity", at + " orders a batch that is not there");
      const auto batch = ledger::Batch::decode(**bytes);
      if (!batch) return complain("validity", at + " orders a batch that is none");
      for (const ledger::Transaction& transaction : batch->transactions())
        expected.push_back({transaction.id(), model_.execute(transaction, height)});
    }
    const auto receipts = chain_->receipts(height);
    if (!receipts || !*receipts) {
      if (!expected.empty()) complain("validity", at + " has no receipts");
      return;
    }
    const auto decoded = ledger::decode_receipts(**receipts);
    if (!decoded || *decoded != expected)
      complain("validity", at + " has other receipts than a serial execution gives");
  }

  /// Whom the proofs that the node keeps convict.
  [[nodiscard]] std::set<std::size_t> convicted() {
    std::set<std::size_t> culprits;
    const auto stored = chain_->evidence(SIZE_MAX);
    if (!stored) return culprits;
    for (const Bytes& encoded : *stored) {
      const auto accusation = proof::decode_accusation(encoded);
      if (!accusation || !proof::proves(*accusation, judge_.electorate())) {
        complain("accountability", "keeps a proof that proves nothing");
        continue;
      }
      const std::uint32_t culprit = proof::lie_of(*accusation).culprit.number;
      culprits.insert(culprit);
      if (judge_.is_trusted(culprit))
        complain("accountability", "keeps a proof against an honest node");
    }
    return culprits;
  }

  /// What the state says of liars is what a serial execution gives, and true.
  void check_lies(const ledger::StateReader& state) {
    const auto recorded = proof::read_accusations(state, judge_.electorate().validators.size());
    if (!recorded) return complain("accountability", "its state's accusations are damaged");
    std::set<proof::Lie> lies;
    for (const proof::RecordedAccusation& each : *recorded) {
      const proof::Lie lie = proof::lie_of(each.accusation);
      lies.insert(lie);
      if (!proof::proves(each.accusation, judge_.electorate()))
        complain("accountability", "its state accuses without proof");
      if (judge_.is_trusted(lie.culprit.number))
        complain("accountability", "its state accuses an honest node");
    }
    if (lies != model_.lies())
      complain("accountability", "its state knows of other lies than its blocks");
  }

  void check_records(Height height) {
    const storage::StateStore store(chain_->database());
    const storage::StateView state(store, height);
    check_lies(state);
    for (const auto& [key, expected] : model_.records()) {
      const auto record = ledger::read_record(state, key);
      const bool is_equal =
          record && *record && (*record)->version == expected.version &&
          (*record)->owner == expected.owner && (*record)->value == expected.value &&
          ((*record)->status == ledger::RecordStatus::Retired) == expected.is_retired;
      if (!is_equal) complain("validity", key + " is another than a serial execution gives");
    }
  }

  void check_acknowledged(const std::vector<Acknowledged>& acknowledged, std::uint64_t height) {
    for (const Acknowledged& one : acknowledged) {
      if (one.height.number > height) continue;  // not caught up that far
      const auto found = model_.decided().find(one.id);
      if (found != model_.decided().end() && found->second == one.height) continue;
      complain("durability",
               "lacks the transaction " + one.id.hex().substr(0, 8) + " acknowledged in height " +
                   std::to_string(one.height.number));
    }
  }

 private:
  std::optional<StoredBlock> missing(Height height) {
    complain("storage", "block " + std::to_string(height.number) + " is not readable");
    return std::nullopt;
  }

  void check(const Bytes& encoded, VoteKind kind, const StoredBlock& block, const std::string& at) {
    if (encoded.empty()) return;
    const auto certificate = consensus::decode_certificate(encoded);
    const bool is_of_block = certificate && certificate->is(kind) &&
                             certificate->vote.block == block.digest &&
                             certificate->view() == block.header.view;
    if (!is_of_block || !judge_.check_certificate(*certificate, name_))
      complain("fork", at + " has a certificate that is not its own");
  }

  SimulatedDisk disk_;
  SimulatedEnvironment environment_;
  Judge& judge_;
  std::string name_;
  std::unique_ptr<storage::ChainStore> chain_;
  ReferenceLedger model_;
};

}  // namespace

void DiskJudge::run(bool is_settled) {
  for (std::size_t i = 0; i < world_.size(); ++i) {
    if (judge_.is_trusted(i)) look(i, is_settled);
  }
  if (!is_settled) return;
  for (const auto& [node, height] : heights_) {
    if (height + kUnderWayMax >= blocks_.size()) continue;
    judge_.violate(Verdict::Safety,
                   "convergence",
                   judge_.name_of(node) + " ends at height " + std::to_string(height) +
                       ", others at " + std::to_string(blocks_.size()));
  }
}

void DiskJudge::look(std::size_t node, bool is_settled) {
  Reader reader(world_.node(node), judge_, node);
  if (!reader.is_open()) return;
  const consensus::Genesis start{
      judge_.electorate().binding.chain, world_.genesis().created, ledger::empty_tree_hash()};
  consensus::Header parent = consensus::genesis_header(start, judge_.electorate().validators);
  std::vector<crypto::Digest> roots{ledger::empty_tree_hash()};
  const std::uint64_t last = reader.last_height();
  for (std::uint64_t height = 1; height <= last; ++height) {
    const auto block = reader.block(Height{height});
    if (!block) return;
    reader.check_block(*block, parent);
    reader.execute(*block);
    const std::uint64_t executed = block->header.executed_height.number;
    if (executed >= height || roots[executed] != block->header.executed_root)
      reader.complain("validity", "block " + std::to_string(height) + " names another root");
    roots.push_back(block->record.state_root);
    parent = block->header;
    if (blocks_.size() < height) {
      blocks_.push_back(block->digest);
      roots_.push_back(block->record.state_root);
    }
    if (blocks_[height - 1] != block->digest)
      reader.complain("agreement", "another block is final in height " + std::to_string(height));
    if (roots_[height - 1] != block->record.state_root)
      reader.complain("convergence", "another state after height " + std::to_string(height));
  }
  reader.check_records(Height{last});
  reader.check_acknowledged(world_.acknowledged(), is_settled ? UINT64_MAX : last);
  heights_[node] = last;
  evidence_[node] = reader.convicted();
}

}  // namespace troupe::simulator

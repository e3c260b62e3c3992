#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/state_proof.hpp"
#include "storage/state_pruning.hpp"
#include "tests/protocol/ledger/naive_tree.hpp"
#include "tests/protocol/ledger/samples.hpp"
#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

// The stored state against a sorted map whose root is hashed from scratch. TROUPE_SEQUENCES=100000
// lengthens it.
namespace troupe::storage {

namespace {

using ledger::samples::below;
using ledger::samples::Random;
using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;

constexpr std::size_t kKeys = 16;
constexpr std::size_t kBlocksMax = 10;
constexpr std::size_t kWritesMax = 6;

std::size_t sequences() {
  const char* text = std::getenv("TROUPE_SEQUENCES");
  return text == nullptr ? 600 : std::strtoull(text, nullptr, 10);
}

Bytes key_of(std::size_t number) {
  return text("record/" + std::to_string(number));
}

/// The state as anybody would write it down.
using Model = std::map<crypto::Digest, std::pair<Bytes, Bytes>>;  // digest -> key, value

crypto::Digest root_of(const Model& model) {
  ledger::samples::NaiveTree tree;
  for (const auto& [digest, entry] : model)
    tree[digest] = crypto::sha256(entry.second);
  return ledger::samples::naive_root(tree);
}

/// One sequence of blocks over a database of its own.
class Sequence {
 public:
  explicit Sequence(Random& random) : random_(random) { open(); }

  void run() {
    const std::size_t blocks = 1 + below(random_, kBlocksMax);
    for (std::size_t i = 0; i < blocks; ++i) {
      write_block();
      if (below(random_, 8) == 0) open();
      if (below(random_, 4) == 0) prune();
      check_newest();
      check_old();
    }
  }

 private:
  void open() {
    tree_.reset();
    store_.reset();
    database_.reset();
    auto options = sample_options("/database");
    options.write_buffer_bytes = 64 * 1024;
    database_ = require(Database::open(environment_, options)).database;
    store_.emplace(database_);
    tree_.emplace(database_);
  }

  void write_block() {
    height_ = Height{height_.number + 1 + below(random_, 2)};
    std::map<crypto::Digest, ledger::StateWrite> writes;
    for (std::size_t i = below(random_, kWritesMax + 1); i > 0; --i) {
      const Bytes key = key_of(below(random_, kKeys));
      const crypto::Digest digest = crypto::sha256(key);
      ledger::StateWrite write{key, digest, std::nullopt};
      if (below(random_, 3) > 0) write.value = text(std::to_string(below(random_, 3)));
      writes[digest] = write;
    }
    std::vector<ledger::StateWrite> ordered;
    std::vector<ledger::TreeWrite> tree_writes;
    for (const auto& [digest, write] : writes) {
      ordered.push_back(write);
      tree_writes.push_back({digest, std::nullopt});
      if (write.value) {
        tree_writes.back().value_digest = crypto::sha256(*write.value);
        model_[digest] = {write.key, *write.value};
      } else {
        model_.erase(digest);
      }
    }
    const auto base = require(store_->state_at(Height{height_.number - 1}));
    const auto update = ledger::apply(*tree_, base, height_, tree_writes);
    BOOST_REQUIRE(update.ok());
    WriteSet set;
    put_state(set, {height_, ordered, *update, {}});
    require(database_->commit(set.completes(height_)));
    history_[height_] = model_;
  }

  void prune() {
    keep_from_ = std::max(keep_from_, Height{below(random_, height_.number + 1)});
    while (require(storage::prune(*store_, keep_from_, 3)).nodes > 0) {
    }
  }

  void check_newest() {
    const auto state = require(store_->state_at(height_));
    BOOST_REQUIRE(state.root == root_of(model_));
    for (std::size_t number = 0; number < kKeys; ++number) {
      const Bytes key = key_of(number);
      const auto found = model_.find(crypto::sha256(key));
      const auto value = require(store_->value_at(key, height_));
      BOOST_REQUIRE(value.has_value() == (found != model_.end()));
      if (value) {
        BOOST_REQUIRE(*value == found->second.second);
        BOOST_REQUIRE(ledger::verify(presence(state, found->second), state.root));
      } else {
        BOOST_REQUIRE(ledger::verify_absence(absence(state, key), key, state.root));
      }
    }
  }

  /// A state of before, by its values and proofs; if it was pruned only its root is left.
  void check_old() {
    const auto past =
        std::next(history_.begin(), static_cast<std::ptrdiff_t>(below(random_, history_.size())));
    const auto state = require(store_->state_at(past->first));
    BOOST_REQUIRE(state.root == root_of(past->second));
    if (past->first < keep_from_) return;
    for (const auto& [digest, entry] : past->second) {
      BOOST_REQUIRE(require(store_->value_at(entry.first, past->first)) == entry.second);
      BOOST_REQUIRE(ledger::verify(presence(state, entry), state.root));
    }
    const auto entries = require(store_->entries_below({}, past->first));
    BOOST_REQUIRE(entries.has_value() && entries->size() == past->second.size());
    const ledger::StateChunk whole{{}, {}, *entries};
    BOOST_REQUIRE(ledger::verify(whole, state.root));
  }

  ledger::PresenceProof presence(const ledger::TreeState& state,
                                 const std::pair<Bytes, Bytes>& entry) {
    const auto way = ledger::find_way(*tree_, state, crypto::sha256(entry.first));
    BOOST_REQUIRE(way.ok());
    return {entry.first, entry.second, way->siblings};
  }

  ledger::AbsenceProof absence(const ledger::TreeState& state, const Bytes& key) {
    const auto beside = ledger::find_neighbours(*tree_, state, crypto::sha256(key));
    BOOST_REQUIRE(beside.ok());
    ledger::AbsenceProof proof;
    if (beside->left) proof.left = presence(state, model_.at(*beside->left));
    if (beside->right) proof.right = presence(state, model_.at(*beside->right));
    return proof;
  }

  Random& random_;
  SimulatedDisk disk_;
  SimulatedEnvironment environment_{disk_, 1};
  std::shared_ptr<Database> database_;
  std::optional<StateStore> store_;
  std::optional<StoredTree> tree_;
  Height height_;
  Height keep_from_;
  Model model_;
  std::map<Height, Model> history_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(state_store_model_test)

BOOST_AUTO_TEST_CASE(random_blocks_prunings_and_reopenings_give_what_a_sorted_map_gives) {
  Random random(ledger::samples::seed());
  BOOST_TEST_MESSAGE("seed " << ledger::samples::seed() << ", " << sequences() << " sequences");

  for (std::size_t i = 0; i < sequences(); ++i)
    Sequence(random).run();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

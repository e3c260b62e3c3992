#include "storage/state_store.hpp"

#include <algorithm>
#include <map>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/state_proof.hpp"
#include "storage/keys.hpp"
#include "tests/storage/scratch.hpp"
#include "tests/support/random.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::storage {

namespace {

using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;

using Values = std::map<std::string, std::optional<std::string>>;

struct State {
  SimulatedDisk disk;
  SimulatedEnvironment environment{disk, 1};
  std::shared_ptr<Database> database =
      require(Database::open(environment, sample_options("/database"))).database;
  StateStore store{database};
  StoredTree tree{database};

  /// Writes the block of that height, as the ledger's writer does.
  ledger::TreeState write(std::uint64_t height, const Values& values) {
    std::vector<ledger::StateWrite> writes;
    std::vector<std::string> listed;
    for (const auto& [key, value] : values) {
      std::optional<Bytes> bytes;
      if (value) bytes = text(*value);
      writes.push_back({text(key), digest_of(key), std::move(bytes)});
      listed.push_back(key);
    }
    std::ranges::sort(writes, {}, &ledger::StateWrite::key_digest);
    std::vector<ledger::TreeWrite> tree_writes;
    for (const auto& write : writes) {
      std::optional<crypto::Digest> digest;
      if (write.value) digest = crypto::sha256(*write.value);
      tree_writes.push_back({write.key_digest, digest});
    }
    const auto base = require(store.state_at(Height{height - 1}));
    const auto update = ledger::apply(tree, base, Height{height}, tree_writes);
    BOOST_REQUIRE(update.ok());
    WriteSet set;
    put_state(set, {Height{height}, writes, *update, listed});
    require(database->commit(set.completes(Height{height})));
    return update->state;
  }

  std::string value(std::string_view key, std::uint64_t height) {
    const auto found = require(store.value_at(as_bytes(key), Height{height}));
    return found ? std::string(as_text(*found)) : "nothing";
  }

  bool leads_to_value(std::string_view key, std::uint64_t height) {
    const auto state = require(store.state_at(Height{height}));
    const auto way = ledger::find_way(tree, state, digest_of(key));
    return way.ok() && way->leaf && way->leaf->key_digest == digest_of(key);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(state_store_test, State)

BOOST_AUTO_TEST_CASE(a_new_database_holds_the_empty_state) {
  BOOST_CHECK(require(store.state_at(Height{0})).is_empty());
  BOOST_CHECK(require(store.state_at(Height{100})).is_empty());
  BOOST_CHECK_EQUAL(value("a", 100), "nothing");
}

BOOST_AUTO_TEST_CASE(every_height_keeps_its_own_values_and_root) {
  const auto first = write(1, {{"a", "1"}, {"b", "1"}});
  const auto second = write(4, {{"a", "2"}, {"b", std::nullopt}});

  BOOST_CHECK_EQUAL(value("a", 0), "nothing");
  BOOST_CHECK_EQUAL(value("a", 1), "1");
  BOOST_CHECK_EQUAL(value("a", 3), "1");
  BOOST_CHECK_EQUAL(value("a", 4), "2");
  BOOST_CHECK_EQUAL(value("b", 3), "1");
  BOOST_CHECK_EQUAL(value("b", 4), "nothing");
  BOOST_CHECK(require(store.state_at(Height{1})).root == first.root);
  BOOST_CHECK(require(store.state_at(Height{3})).root == first.root);
  BOOST_CHECK(require(store.state_at(Height{9})) == second);
}

BOOST_AUTO_TEST_CASE(a_block_that_changes_nothing_makes_no_version) {
  write(1, {{"a", "1"}});
  write(2, {});

  BOOST_CHECK(require(store.state_at(Height{2})).version == Height{1});
}

BOOST_AUTO_TEST_CASE(the_key_behind_a_digest_is_known) {
  write(1, {{"a", "1"}});

  BOOST_CHECK(require(store.key_of(digest_of("a"))) == text("a"));
  BOOST_CHECK(!require(store.key_of(digest_of("b"))));
}

BOOST_AUTO_TEST_CASE(names_are_listed_by_prefix_page_by_page) {
  write(1, {{"bike/1", "x"}, {"bike/2", "x"}, {"car/1", "x"}});
  write(2, {{"bike/2", "y"}});

  const auto all = require(store.names({.prefix = "bike/", .after = ""}));
  BOOST_CHECK((all == std::vector<ListedName>{{"bike/1", Height{1}}, {"bike/2", Height{2}}}));
  const auto page = require(store.names({.prefix = "bike/", .after = "", .count_max = 1}));
  BOOST_REQUIRE_EQUAL(page.size(), 1);
  const auto next = require(store.names({.prefix = "bike/", .after = page.back().name}));
  BOOST_REQUIRE_EQUAL(next.size(), 1);
  BOOST_CHECK_EQUAL(next.front().name, "bike/2");
  BOOST_CHECK_EQUAL(require(store.names({.prefix = "", .after = ""})).size(), 3);
}

BOOST_AUTO_TEST_CASE(pruning_keeps_every_state_from_its_height_on_provable) {
  support::Random random;
  for (std::uint64_t height = 1; height <= 40; ++height) {
    Values values;
    for (int count = 0; count < 5; ++count) {
      const std::string key = "key " + std::to_string(random.below(60));
      values[key] = std::to_string(random.next());
    }
    write(height, values);
  }

  std::size_t removed = 0;
  while (const std::size_t step = require(store.prune(Height{30}, 7))) {
    BOOST_CHECK_LE(step, 7);
    removed += step;
  }

  BOOST_CHECK_GT(removed, 50);
  BOOST_CHECK(require(store.pruned_below()) == Height{30});
  const StoredTree fresh(database);
  for (std::uint64_t height = 30; height <= 40; ++height) {
    const auto state = require(store.state_at(Height{height}));
    for (int number = 0; number < 60; ++number) {
      const std::string key = "key " + std::to_string(number);
      const auto way = ledger::find_way(fresh, state, digest_of(key));
      BOOST_REQUIRE(way.ok());
      const bool is_there = way->leaf && way->leaf->key_digest == digest_of(key);
      BOOST_CHECK_EQUAL(is_there, value(key, height) != "nothing");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_missing_tree_node_is_unreadable_and_says_why) {
  write(1, {{"a", "1"}});
  BOOST_CHECK(leads_to_value("a", 1));
  const auto root = keys::tree_node({Height{1}, {}});
  require(database->commit(WriteSet{}.remove(root)));

  const StoredTree fresh(database);

  BOOST_CHECK(fresh.node({Height{1}, {}}) == nullptr);
  BOOST_REQUIRE(fresh.error());
  BOOST_CHECK(fresh.error()->kind == StorageErrorKind::Corrupt);
}

BOOST_AUTO_TEST_CASE(the_readers_of_the_ledger_see_one_height_and_the_index) {
  write(1, {{"a", "1"}});
  write(2, {{"a", "2"}});
  WriteSet set;
  put_transaction(set, digest_of("t"), {Height{2}, 0});
  require(database->commit(set));
  const StateView before(store, Height{1});
  const StoredTransactions index{ChainStore(database)};

  BOOST_CHECK(before.value(as_bytes("a")).value() == text("1"));
  BOOST_CHECK(!before.value(as_bytes("b")).value());
  BOOST_CHECK(index.height_of(digest_of("t")).value() == Height{2});
  BOOST_CHECK(!index.height_of(digest_of("u")).value());
  BOOST_CHECK(!before.error());
}

BOOST_AUTO_TEST_CASE(a_damaged_value_makes_the_view_unreadable) {
  write(1, {{"a", "1"}});
  require(
      database->commit(WriteSet{}.put(keys::state_value(digest_of("a"), Height{1}), text("\x07"))));
  const StateView view(store, Height{1});

  BOOST_CHECK(!view.value(as_bytes("a")).ok());
  BOOST_REQUIRE(view.error());
  BOOST_CHECK(view.error()->kind == StorageErrorKind::Corrupt);
}

BOOST_AUTO_TEST_CASE(a_snapshot_in_parts_is_the_same_state_elsewhere) {
  Values values;
  for (int i = 0; i < 300; ++i)
    values["key " + std::to_string(i)] =
        std::string(64 * 1024 / 3, static_cast<char>('a' + i % 26));
  write(1, values);
  write(2, {{"key 1", std::nullopt}, {"key 2", "two"}});
  write(3, {{"key 2", "three"}});
  const auto state = require(store.state_at(Height{2}));
  State other;

  std::vector<ledger::NibblePath> pending{ledger::NibblePath{}};
  std::size_t nodes = 0;
  while (!pending.empty()) {
    const auto path = pending.back();
    pending.pop_back();
    const auto place = ledger::find_place(tree, state, path);
    BOOST_REQUIRE(place.ok() && place->has_value());
    ledger::StateChunk part{path, (*place)->siblings, {}};
    if (auto entries = require(store.entries_below(path, Height{2}))) {
      part.content = std::move(*entries);
    } else {
      const auto& node = std::get<ledger::InternalNode>(*(*place)->node);
      part.content = node;
      ++nodes;
      for (unsigned nibble = 0; nibble < ledger::InternalNode::kChildren; ++nibble) {
        if (node.child(nibble)) pending.push_back(path.child(nibble));
      }
    }
    BOOST_REQUIRE(ledger::verify(part, state.root));
    WriteSet set;
    put_snapshot_part(set, part, Height{2});
    require(other.database->commit(set));
  }
  WriteSet end;
  put_snapshot_root(end, {Height{2}, state.root});
  require(other.database->commit(end.completes(Height{2})));

  BOOST_CHECK(nodes > 0);
  BOOST_CHECK(require(other.store.state_at(Height{2})).root == state.root);
  BOOST_CHECK_EQUAL(other.value("key 1", 2), "nothing");
  BOOST_CHECK_EQUAL(other.value("key 2", 2), "two");
  BOOST_CHECK(other.leads_to_value("key 7", 2));
  BOOST_CHECK_EQUAL(require(other.store.pruned_below()).number, 2u);
  const auto here = write(4, {{"key 5", "five"}, {"key 6", std::nullopt}});
  const auto there =
      other.write(4, {{"key 2", "three"}, {"key 5", "five"}, {"key 6", std::nullopt}});
  BOOST_CHECK(here.root == there.root);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

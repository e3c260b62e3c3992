#include "storage/state_store.hpp"

#include <algorithm>
#include <map>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/state_proof.hpp"
#include "storage/keys.hpp"
#include "tests/storage/scratch.hpp"
#include "tests/storage/stored_state.hpp"

namespace troupe::storage {

BOOST_FIXTURE_TEST_SUITE(state_store_test, StoredState)

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
  StoredState other;

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

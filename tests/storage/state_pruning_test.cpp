#include "storage/state_pruning.hpp"

#include <boost/test/unit_test.hpp>

#include "storage/keys.hpp"
#include "tests/storage/stored_state.hpp"
#include "tests/support/random.hpp"

namespace troupe::storage {

namespace {

struct PrunedState : StoredState {
  Pruned prune_to(std::uint64_t height, std::size_t at_once = 4096) {
    Pruned all;
    while (true) {
      const Pruned pruned = require(prune(store, Height{height}, at_once));
      BOOST_CHECK_LE(pruned.nodes, at_once);
      if (pruned.nodes == 0) return all;
      all.nodes += pruned.nodes;
      all.values += pruned.values;
      all.bytes += pruned.bytes;
    }
  }

  std::size_t count(KeyPrefix prefix) {
    RangeQuery query;
    query.first = keys::first_of(prefix);
    query.end = keys::after_prefix(query.first);
    return require(database->range(query)).size();
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(state_pruning_test, PrunedState)

BOOST_AUTO_TEST_CASE(pruning_keeps_every_state_from_its_height_on_readable_and_provable) {
  support::Random random;
  std::map<std::uint64_t, std::map<std::string, std::string>> model;
  std::map<std::string, std::string> now;
  for (std::uint64_t height = 1; height <= 40; ++height) {
    Values values;
    for (int count = 0; count < 5; ++count) {
      const std::string key = "key " + std::to_string(random.below(60));
      if (random.below(4) == 0) {
        values[key] = std::nullopt;
        now.erase(key);
      } else {
        values[key] = std::to_string(random.next());
        now[key] = *values[key];
      }
    }
    write(height, values);
    model[height] = now;
  }

  const Pruned removed = prune_to(30, 7);

  BOOST_CHECK_GT(removed.nodes, 50u);
  BOOST_CHECK_GT(removed.values, 50u);
  BOOST_CHECK_GT(removed.bytes, 5000u);
  BOOST_CHECK(require(store.pruned_below()) == Height{30});
  const StoredTree fresh(database);
  for (std::uint64_t height = 30; height <= 40; ++height) {
    const auto state = require(store.state_at(Height{height}));
    for (int number = 0; number < 60; ++number) {
      const std::string key = "key " + std::to_string(number);
      const auto expected = model[height].find(key);
      const bool is_there = expected != model[height].end();
      BOOST_CHECK_EQUAL(value(key, height), is_there ? expected->second : "nothing");
      const auto way = ledger::find_way(fresh, state, digest_of(key));
      BOOST_REQUIRE(way.ok());
      BOOST_CHECK_EQUAL(way->leaf && way->leaf->key_digest == digest_of(key), is_there);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_overwritten_for_ever_takes_no_more_room) {
  for (std::uint64_t height = 1; height <= 300; ++height) {
    Values values{{"hot", std::to_string(height)}};
    if (height % 7 == 0) values["warm"] = std::to_string(height);
    write(height, values);
    if (height > 10) prune_to(height - 10);
  }

  // What the last 10 heights and the one before them hold.
  BOOST_CHECK_LE(count(KeyPrefix::StateValue), 11u + 3u);
  BOOST_CHECK_LE(count(KeyPrefix::TreeNode), 3u * 11u);
  BOOST_CHECK_LE(count(KeyPrefix::StaleNode), 3u * 11u);
  BOOST_CHECK_EQUAL(value("hot", 300), "300");
  BOOST_CHECK_EQUAL(value("hot", 290), "290");
}

BOOST_AUTO_TEST_CASE(a_key_that_was_removed_leaves_no_value) {
  write(1, {{"a", "1"}, {"b", "1"}});
  write(2, {{"a", "2"}});
  write(3, {{"a", std::nullopt}});
  write(4, {{"b", "2"}});

  prune_to(4);

  BOOST_CHECK_EQUAL(count(KeyPrefix::StateValue), 1u);
  BOOST_CHECK_EQUAL(value("a", 4), "nothing");
  BOOST_CHECK_EQUAL(value("b", 4), "2");
}

BOOST_AUTO_TEST_CASE(values_written_again_unchanged_go_with_the_one_that_was_overwritten) {
  for (std::uint64_t height = 1; height <= 200; ++height)
    write(height, {{"a", "same"}});
  write(201, {{"a", "new"}});

  prune_to(201);

  BOOST_CHECK_EQUAL(count(KeyPrefix::StateValue), 1u);
  BOOST_CHECK_EQUAL(value("a", 201), "new");
}

BOOST_AUTO_TEST_CASE(a_leaf_that_only_moved_keeps_its_value) {
  // Keys are added one by one, so that leaves sink, and removed, so that they rise again.
  for (std::uint64_t height = 1; height <= 40; ++height)
    write(height, {{"key " + std::to_string(height), "value"}});
  for (std::uint64_t height = 41; height <= 70; ++height)
    write(height, {{"key " + std::to_string(height - 30), std::nullopt}});

  const Pruned removed = prune_to(70);

  BOOST_CHECK_GT(removed.nodes, 70u);
  for (int number = 1; number <= 10; ++number)
    BOOST_CHECK_EQUAL(value("key " + std::to_string(number), 70), "value");
  BOOST_CHECK_EQUAL(count(KeyPrefix::StateValue), 10u);
}

BOOST_AUTO_TEST_CASE(a_damaged_node_is_removed_like_any_other) {
  write(1, {{"a", "1"}});
  write(2, {{"a", "2"}});
  const Bytes damaged = keys::tree_node({Height{1}, {}});
  require(database->commit(WriteSet{}.put(damaged, text("\x07"))));

  prune_to(2);

  BOOST_CHECK(!require(database->contains(damaged)));
  BOOST_CHECK_EQUAL(value("a", 2), "2");
}

BOOST_AUTO_TEST_CASE(the_mark_of_what_is_gone_only_rises) {
  require(store.mark_pruned_below(Height{5}));
  require(store.mark_pruned_below(Height{3}));

  BOOST_CHECK(require(store.pruned_below()) == Height{5});
}

BOOST_AUTO_TEST_CASE(the_ranges_with_holes_are_in_pieces_without_gaps) {
  for (std::uint64_t height = 1; height <= 200; ++height)
    write(height, {{"key " + std::to_string(height), std::string(20'000, 'x')}});
  database->compact(Bytes{0}, Bytes{0xff});

  const auto ranges = pruned_ranges(*database, Height{200}, 512 * 1024);

  BOOST_CHECK_GT(ranges.size(), 5u);
  std::map<std::uint8_t, Bytes> last;
  for (const KeyRange& range : ranges) {
    BOOST_CHECK(range.first < range.end);
    const auto [before, is_first] = last.try_emplace(range.first.front(), range.end);
    if (!is_first) BOOST_CHECK(before->second == range.first);
    before->second = range.end;
  }
  BOOST_CHECK(last.at('n') == keys::tree_node({Height{200}, {}}));
  BOOST_CHECK(last.at('s') == keys::stale_node(Height{201}, {}));
  BOOST_CHECK(last.at('v') == keys::after_prefix(Bytes{'v'}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

#include "protocol/ledger/state_changes.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

std::optional<std::string> read(const StateChanges& changes, std::string_view key) {
  const auto value = changes.value(as_bytes(key));
  BOOST_REQUIRE(value.ok());
  if (!value->has_value()) return std::nullopt;
  return std::string(as_text(**value));
}

void put(StateChanges& changes, std::string_view key, std::string_view value) {
  changes.put(as_bytes(key), samples::bytes_of(value));
}

samples::MemoryValues state_before() {
  samples::MemoryValues state;
  state.values[samples::bytes_of("old")] = samples::bytes_of("0");
  return state;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_changes_test)

BOOST_AUTO_TEST_CASE(a_transaction_sees_the_state_before_the_block_and_its_own_changes) {
  const samples::MemoryValues before = state_before();
  StateChanges changes(before);

  put(changes, "new", "1");

  BOOST_TEST((read(changes, "old") == "0"));
  BOOST_TEST((read(changes, "new") == "1"));
  BOOST_TEST(!read(changes, "none").has_value());
}

BOOST_AUTO_TEST_CASE(a_removed_key_is_gone_even_if_it_was_there_before_the_block) {
  const samples::MemoryValues before = state_before();
  StateChanges changes(before);

  changes.remove(as_bytes("old"));
  BOOST_TEST(!read(changes, "old").has_value());
  changes.accept();
  BOOST_TEST(!read(changes, "old").has_value());

  BOOST_REQUIRE(changes.writes().size() == 1U);
  BOOST_TEST(!changes.writes()[0].value.has_value());
}

BOOST_AUTO_TEST_CASE(a_write_knows_what_it_replaces_if_that_was_read) {
  const samples::MemoryValues before = state_before();
  StateChanges changes(before);

  BOOST_TEST((read(changes, "old") == "0"));
  put(changes, "old", "1");
  BOOST_TEST((read(changes, "old") == "1"));
  put(changes, "old", "2");
  BOOST_TEST(!read(changes, "new").has_value());
  put(changes, "new", "1");
  changes.accept();

  for (const StateWrite& write : changes.writes()) {
    const bool is_old = as_text(write.key) == "old";
    BOOST_TEST(write.before.has_value() == is_old);
    if (is_old) BOOST_TEST((*write.before == crypto::sha256(samples::bytes_of("0"))));
  }
}

BOOST_AUTO_TEST_CASE(discarded_changes_leave_no_trace) {
  const samples::MemoryValues before = state_before();
  StateChanges changes(before);
  put(changes, "old", "1");
  changes.accept();

  put(changes, "old", "2");
  put(changes, "new", "2");
  changes.list("new");
  changes.discard();

  BOOST_TEST((read(changes, "old") == "1"));
  BOOST_TEST(!read(changes, "new").has_value());
  changes.accept();
  BOOST_TEST(changes.writes().size() == 1U);
  BOOST_TEST(changes.listed().empty());
}

BOOST_AUTO_TEST_CASE(the_last_write_of_a_block_wins) {
  const samples::MemoryValues before = state_before();
  StateChanges changes(before);

  for (const std::string_view value : {"1", "2", "3"}) {
    put(changes, "old", value);
    changes.accept();
  }

  BOOST_REQUIRE(changes.writes().size() == 1U);
  BOOST_TEST((changes.writes()[0].value == samples::bytes_of("3")));
}

BOOST_AUTO_TEST_CASE(writes_come_in_the_order_of_their_hashed_keys_and_without_pending_ones) {
  const samples::MemoryValues before;
  StateChanges changes(before);
  for (int i = 0; i < 50; ++i)
    put(changes, "key " + std::to_string(i), "value");
  changes.accept();
  put(changes, "pending", "value");

  const std::vector<StateWrite> writes = changes.writes();

  BOOST_REQUIRE(writes.size() == 50U);
  for (std::size_t i = 0; i < writes.size(); ++i) {
    BOOST_TEST((writes[i].key_digest == crypto::sha256(writes[i].key)));
    if (i > 0) BOOST_TEST((writes[i - 1].key_digest < writes[i].key_digest));
  }
}

BOOST_AUTO_TEST_CASE(listed_records_come_once_and_ascending) {
  const samples::MemoryValues before;
  StateChanges changes(before);

  for (const std::string_view key : {"b", "a", "b"}) {
    changes.list(key);
    changes.accept();
  }

  BOOST_TEST((changes.listed() == std::vector<std::string>{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(an_unreadable_state_is_reported) {
  samples::MemoryValues before;
  before.broken = true;
  const StateChanges changes(before);

  BOOST_TEST(!changes.value(as_bytes("key")).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

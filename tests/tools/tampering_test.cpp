#include "tools/tampering.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/record.hpp"
#include "storage/keys.hpp"
#include "tests/storage/scratch.hpp"

namespace troupe::tools {

namespace {

/// A database that holds two records, one of them in two versions.
struct Bench {
  storage::Scratch scratch;
  std::unique_ptr<storage::Environment> environment = storage::make_posix_environment();
  std::shared_ptr<storage::Database> database =
      storage::require(
          storage::Database::open(*environment, storage::sample_options(scratch / "database")))
          .database;

  Bench() {
    put("bike", 1, Height{3}, "old");
    put("bike", 2, Height{7}, "new");
    put("car", 1, Height{4}, "red");
  }

  static Bytes place(const std::string& key, Height height) {
    return storage::keys::state_value(crypto::sha256(ledger::record_state_key(key)), height);
  }

  void put(const std::string& key, std::uint64_t version, Height height, const std::string& value) {
    ledger::Record record;
    record.version = version;
    record.height = height;
    record.value = storage::text(value);
    Bytes stored{1};
    append(stored, ledger::encode(record));
    storage::WriteSet set;
    set.put(place(key, height), std::move(stored));
    set.put(storage::keys::record_index(as_bytes(key)), Bytes(8));
    storage::require(database->commit(set));
  }

  [[nodiscard]] std::string value(const std::string& key, Height height) {
    const auto stored = storage::require(database->get(place(key, height)));
    return std::string(as_text(ledger::decode_record(ByteView(*stored).subspan(1))->value));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tampering_test)

BOOST_AUTO_TEST_CASE(the_newest_version_gets_another_value_that_reads_as_if_it_belonged_there) {
  Bench bench;

  const auto done =
      storage::require(tamper_with(*bench.database, "bike", as_bytes(std::string("stolen"))));

  BOOST_REQUIRE(done.has_value());
  BOOST_TEST(done->version == 2u);
  BOOST_TEST(done->height.number == 7u);
  BOOST_TEST(as_text(done->was) == "new");
  BOOST_TEST(bench.value("bike", Height{7}) == "stolen");
  BOOST_TEST(bench.value("bike", Height{3}) == "old");
  BOOST_TEST(bench.value("car", Height{4}) == "red");
}

BOOST_AUTO_TEST_CASE(a_record_that_is_not_there_is_not_tampered_with) {
  Bench bench;

  BOOST_TEST(!storage::require(tamper_with(*bench.database, "boat", as_bytes(std::string("x"))))
                  .has_value());
}

BOOST_AUTO_TEST_CASE(the_records_there_are_are_listed_by_key) {
  Bench bench;

  const auto keys = storage::require(stored_records(*bench.database));

  BOOST_TEST(keys == (std::vector<std::string>{"bike", "car"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

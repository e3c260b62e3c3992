#include "actors/checked_reads.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::actors {

namespace {

namespace samples = ledger::samples;

/// Values, and the tree that names them.
struct Bench {
  samples::MemoryValues values;
  samples::MemoryTree tree;

  Bench() {
    std::map<crypto::Digest, std::optional<crypto::Digest>> writes;
    for (const std::string key : {"bike", "boat", "car"}) {
      values.values[samples::bytes_of(key)] = samples::bytes_of(key + " value");
      writes[crypto::sha256(as_bytes(key))] = crypto::sha256(as_bytes(key + " value"));
    }
    tree.write(Height{1}, writes);
  }

  [[nodiscard]] std::optional<Bytes> altered(const std::vector<std::string>& keys) {
    const CheckedReads reads(values);
    for (const std::string& key : keys)
      BOOST_TEST((*reads.value(as_bytes(key)) == *values.value(as_bytes(key))));
    return reads.first_altered(tree, tree.state).value();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(checked_reads_test)

BOOST_AUTO_TEST_CASE(what_the_tree_names_was_not_altered_and_what_is_not_there_neither) {
  Bench bench;

  BOOST_TEST(!bench.altered({}).has_value());
  BOOST_TEST(!bench.altered({"bike", "car", "bike", "train"}).has_value());
}

BOOST_AUTO_TEST_CASE(a_value_that_is_altered_removed_or_added_is_named_once_it_was_read) {
  Bench bench;
  bench.values.values[samples::bytes_of("bike")] = samples::bytes_of("stolen");
  bench.values.values.erase(samples::bytes_of("boat"));
  bench.values.values[samples::bytes_of("train")] = samples::bytes_of("new");

  BOOST_TEST(!bench.altered({"car"}).has_value());
  BOOST_TEST((bench.altered({"car", "bike"}) == samples::bytes_of("bike")));
  BOOST_TEST((bench.altered({"boat"}) == samples::bytes_of("boat")));
  BOOST_TEST((bench.altered({"train", "car"}) == samples::bytes_of("train")));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_compared_is_an_error) {
  Bench bench;
  const CheckedReads reads(bench.values);
  BOOST_TEST(reads.value(as_bytes(std::string("bike"))).ok());
  bench.tree.nodes.clear();

  BOOST_TEST(!reads.first_altered(bench.tree, bench.tree.state).ok());
  bench.values.broken = true;
  BOOST_TEST(!reads.value(as_bytes(std::string("car"))).ok());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::actors

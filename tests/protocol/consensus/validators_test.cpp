#include "protocol/consensus/validators.hpp"

#include <map>
#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/support/decoding.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::consensus {

using simulator::KeyedSignatures;

BOOST_AUTO_TEST_SUITE(validators_test)

BOOST_AUTO_TEST_CASE(a_quorum_is_all_but_a_third_rounded_down) {
  const std::map<std::uint32_t, std::pair<std::uint32_t, std::uint32_t>> expected = {
      {1, {0, 1}},
      {2, {0, 2}},
      {3, {0, 3}},
      {4, {1, 3}},
      {5, {1, 4}},
      {6, {1, 5}},
      {7, {2, 5}},
      {10, {3, 7}},
      {100, {33, 67}}};
  for (const auto& [n, values] : expected) {
    const auto validators = KeyedSignatures(n).validators();
    BOOST_CHECK_EQUAL(validators.faults_max(), values.first);
    BOOST_CHECK_EQUAL(validators.quorum(), values.second);
  }
}

BOOST_AUTO_TEST_CASE(two_quorums_share_an_honest_validator) {
  for (std::uint32_t n = 1; n <= 40; ++n) {
    const auto validators = KeyedSignatures(n).validators();
    BOOST_CHECK_GT(2 * validators.quorum(), n + validators.faults_max());
  }
}

BOOST_AUTO_TEST_CASE(a_set_is_refused_that_is_empty_or_doubles_a_key_or_holds_a_bad_one) {
  const crypto::PublicKey good = KeyedSignatures(1).validators().key(ValidatorIndex{0});

  BOOST_CHECK(ValidatorSet::from({}).error() == ValidatorSetError::Empty);
  BOOST_CHECK(ValidatorSet::from({good, good}).error() == ValidatorSetError::DuplicateKey);
  BOOST_CHECK(ValidatorSet::from({crypto::PublicKey{}}).error() ==
              ValidatorSetError::UnacceptableKey);
  BOOST_CHECK(ValidatorSet::from(std::vector(kValidatorsMax + 1, good)).error() ==
              ValidatorSetError::TooMany);
}

BOOST_AUTO_TEST_CASE(the_encoding_gives_the_same_set_and_nothing_else_does) {
  const auto validators = KeyedSignatures(4).validators();
  const Bytes encoded = encode(validators);

  const auto decoded = decode_validator_set(encoded);
  BOOST_REQUIRE(decoded.ok());
  BOOST_CHECK(decoded->digest() == validators.digest());
  BOOST_CHECK(validators.digest() == crypto::sha256(encoded));
  support::check_only_whole_inputs_decode(encoded, decode_validator_set);
}

BOOST_AUTO_TEST_CASE(a_key_is_found_by_its_index_and_back) {
  const auto validators = KeyedSignatures(4).validators();

  BOOST_CHECK(validators.find(validators.key(ValidatorIndex{2})) == ValidatorIndex{2});
  BOOST_CHECK(!validators.find(crypto::PublicKey{}));
  BOOST_CHECK(!validators.contains(ValidatorIndex{4}));
}

BOOST_AUTO_TEST_CASE(leaders_rotate_over_the_whole_set) {
  const auto validators = KeyedSignatures(7).validators();
  const LeaderOrder order(validators, crypto::sha256(as_bytes("a root")));

  for (std::uint64_t first : {0, 5, 1000}) {
    std::set<ValidatorIndex> leaders;
    for (std::uint64_t i = 0; i < 7; ++i)
      leaders.insert(order.leader(View{first + i}));
    BOOST_CHECK_EQUAL(leaders.size(), 7);
    BOOST_CHECK(order.leader(View{first}) == order.leader(View{first + 7}));
  }
}

BOOST_AUTO_TEST_CASE(the_order_of_leaders_depends_on_the_root) {
  const auto validators = KeyedSignatures(7).validators();
  std::set<std::vector<std::uint32_t>> orders;
  for (const std::string_view root : {"one", "two", "three", "four"}) {
    const LeaderOrder order(validators, crypto::sha256(as_bytes(root)));
    std::vector<std::uint32_t> leaders;
    for (std::uint64_t i = 0; i < 7; ++i)
      leaders.push_back(order.leader(View{i}).number);
    orders.insert(leaders);
  }
  BOOST_CHECK_GE(orders.size(), 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

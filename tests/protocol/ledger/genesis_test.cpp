#include "protocol/ledger/genesis.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

#include "protocol/codec/wire.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

Bytes peer_id_of(std::string_view word) {
  Bytes peer_id{0x00, 0x24, 0x08, 0x01, 0x12, 0x20};
  append(peer_id, samples::public_key_of(word).view());
  return peer_id;
}

Genesis sample_genesis() {
  Genesis genesis;
  genesis.network = "demo";
  genesis.created = Timestamp{1'790'000'000'000};
  genesis.development = true;
  for (const std::string& name :
       {std::string("n1"), std::string("n2"), std::string("n3"), std::string("n4")}) {
    genesis.validators.push_back({name, samples::public_key_of(name), peer_id_of(name + " node")});
  }
  genesis.accounts = {{"alice", samples::public_key_of("alice")},
                      {"bob", samples::public_key_of("bob")}};
  return genesis;
}

/// The problem of the sample genesis after one change.
GenesisProblem problem_after(const std::function<void(Genesis&)>& change) {
  Genesis genesis = sample_genesis();
  change(genesis);
  const auto checked = check_genesis(genesis);
  BOOST_REQUIRE(!checked.ok());
  return checked.error();
}

bool is_problem(const GenesisProblem& problem, GenesisError error, std::string_view subject) {
  return problem == GenesisProblem{error, std::string(subject)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(genesis_test)

BOOST_AUTO_TEST_CASE(a_genesis_decodes_to_what_was_encoded) {
  const auto decoded = decode_genesis(encode(sample_genesis()));

  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST((*decoded == sample_genesis()));
}

BOOST_AUTO_TEST_CASE(the_chain_id_is_the_digest_of_the_encoding_and_binds_every_field) {
  const crypto::Digest id = chain_id(sample_genesis());
  BOOST_TEST((id == crypto::sha256(encode(sample_genesis()))));

  const std::vector<std::function<void(Genesis&)>> changes = {
      [](Genesis& it) { it.network = "demo2"; },
      [](Genesis& it) { it.created.milliseconds += 1; },
      [](Genesis& it) { it.rules.delta += Duration{1}; },
      [](Genesis& it) { it.rules.idle_interval += Duration{1}; },
      [](Genesis& it) { it.rules.clock_drift += Duration{1}; },
      [](Genesis& it) { it.rules.view_timer_max += Duration{1}; },
      [](Genesis& it) { std::swap(it.validators[0], it.validators[1]); },
      [](Genesis& it) { it.validators.pop_back(); },
      [](Genesis& it) { it.validators[0].peer_id = peer_id_of("another"); },
      [](Genesis& it) { it.accounts.clear(); },
  };
  for (const auto& change : changes) {
    Genesis genesis = sample_genesis();
    change(genesis);
    BOOST_TEST((chain_id(genesis) != id));
  }
}

BOOST_AUTO_TEST_CASE(a_genesis_cut_at_any_length_is_refused) {
  const Bytes encoded = encode(sample_genesis());

  for (std::size_t size = 0; size < encoded.size(); ++size) {
    const auto decoded = decode_genesis(ByteView(encoded).first(size));
    BOOST_REQUIRE(!decoded.ok());
    BOOST_TEST((decoded.error().error == GenesisError::Malformed));
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_a_genesis_are_refused) {
  Bytes encoded = encode(sample_genesis());
  encoded.push_back(0);

  BOOST_TEST((decode_genesis(encoded).error().error == GenesisError::Malformed));
}

BOOST_AUTO_TEST_CASE(a_number_with_a_needless_byte_is_refused) {
  Bytes encoded = encode(sample_genesis());
  encoded[0] = 0x81;
  encoded.insert(encoded.begin() + 1, 0x00);

  BOOST_TEST((decode_genesis(encoded).error().error == GenesisError::Malformed));
}

BOOST_AUTO_TEST_CASE(a_list_longer_than_its_bound_is_refused_before_it_is_read) {
  Genesis genesis = sample_genesis();
  genesis.accounts.clear();
  Bytes encoded = encode(genesis);
  encoded.back() = 0x81;  // 1,025 accounts
  encoded.push_back(0x08);
  encoded.resize(encoded.size() + 2048);

  BOOST_TEST((decode_genesis(encoded).error().error == GenesisError::Malformed));
}

BOOST_AUTO_TEST_CASE(a_genesis_of_a_later_version_is_refused_by_name) {
  Bytes encoded = encode(sample_genesis());
  encoded[0] = 2;

  BOOST_TEST((decode_genesis(encoded).error().error == GenesisError::UnknownVersion));
}

BOOST_AUTO_TEST_CASE(whatever_is_accepted_after_an_alteration_encodes_to_the_same_bytes) {
  samples::Random random(samples::seed());
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  const Bytes encoded = encode(sample_genesis());

  for (int round = 0; round < 500; ++round) {
    Bytes altered = encoded;
    altered[samples::below(random, altered.size())] = static_cast<std::uint8_t>(random());
    const auto decoded = decode_genesis(altered);
    if (decoded.ok()) BOOST_TEST(encode(*decoded) == altered);
  }
}

BOOST_AUTO_TEST_CASE(a_network_needs_1_to_128_validators) {
  BOOST_TEST(is_problem(
      problem_after([](Genesis& it) { it.validators.clear(); }), GenesisError::NoValidator, ""));
  BOOST_TEST(is_problem(problem_after([](Genesis& it) {
                          it.validators.resize(kValidatorsMax + 1, it.validators[0]);
                        }),
                        GenesisError::TooMany,
                        "validators"));
  Genesis alone = sample_genesis();
  alone.validators.resize(1);
  BOOST_TEST(check_genesis(alone).ok());
}

BOOST_AUTO_TEST_CASE(a_key_of_small_order_is_refused) {
  BOOST_TEST(is_problem(problem_after([](Genesis& it) { it.validators[2].key = {}; }),
                        GenesisError::NotAcceptableKey,
                        "n3"));
  BOOST_TEST(is_problem(problem_after([](Genesis& it) { it.accounts[1].key = {}; }),
                        GenesisError::NotAcceptableKey,
                        "bob"));
}

BOOST_AUTO_TEST_CASE(two_validators_share_neither_name_nor_key_nor_peer_id) {
  BOOST_TEST(is_problem(problem_after([](Genesis& it) { it.validators[1].name = "n1"; }),
                        GenesisError::NameUsedTwice,
                        "n1"));
  BOOST_TEST(
      is_problem(problem_after([](Genesis& it) { it.validators[1].key = it.validators[0].key; }),
                 GenesisError::KeyUsedTwice,
                 "n2"));
  BOOST_TEST(is_problem(
      problem_after([](Genesis& it) { it.validators[1].peer_id = it.validators[0].peer_id; }),
      GenesisError::KeyUsedTwice,
      "n2"));
}

BOOST_AUTO_TEST_CASE(a_node_key_is_no_validator_key) {
  BOOST_TEST(is_problem(
      problem_after([](Genesis& it) { it.validators[3].key = samples::public_key_of("n1 node"); }),
      GenesisError::KeyUsedTwice,
      "n4"));
}

BOOST_AUTO_TEST_CASE(a_peer_id_is_that_of_an_ed25519_key) {
  const auto with_peer_id = [](Bytes peer_id) {
    return problem_after([&peer_id](Genesis& it) { it.validators[0].peer_id = peer_id; });
  };
  Bytes of_other_type = peer_id_of("n1 node");
  of_other_type[3] = 0x02;
  Bytes of_small_order(38, 0);
  std::copy_n(of_other_type.begin(), 6, of_small_order.begin());
  of_small_order[3] = 0x01;

  for (const Bytes& bad : {Bytes{}, Bytes(38), of_other_type, of_small_order, Bytes(64)}) {
    BOOST_TEST(is_problem(with_peer_id(bad), GenesisError::BadPeerId, "n1"));
  }
}

BOOST_AUTO_TEST_CASE(names_are_plain_words) {
  for (const std::string& bad : {std::string(),
                                 std::string("a b"),
                                 std::string("a/b"),
                                 std::string("\xc3\xa9"),
                                 std::string(kNameBytesMax + 1, 'n')}) {
    BOOST_TEST(is_problem(
        problem_after([&bad](Genesis& it) { it.network = bad; }), GenesisError::BadName, bad));
    BOOST_TEST(is_problem(problem_after([&bad](Genesis& it) { it.validators[0].name = bad; }),
                          GenesisError::BadName,
                          bad));
    BOOST_TEST(is_problem(problem_after([&bad](Genesis& it) { it.accounts[0].name = bad; }),
                          GenesisError::BadName,
                          bad));
  }
}

BOOST_AUTO_TEST_CASE(only_a_development_network_lists_accounts) {
  BOOST_TEST(is_problem(problem_after([](Genesis& it) { it.development = false; }),
                        GenesisError::NotDevelopment,
                        ""));
  BOOST_TEST(is_problem(problem_after([](Genesis& it) { it.accounts.push_back(it.accounts[0]); }),
                        GenesisError::NameUsedTwice,
                        "alice"));
  BOOST_TEST(
      is_problem(problem_after([](Genesis& it) { it.accounts.resize(kGenesisAccountsMax + 1); }),
                 GenesisError::TooMany,
                 "accounts"));
}

BOOST_AUTO_TEST_CASE(a_rule_is_above_zero_and_at_most_a_day) {
  for (const Duration bad : {Duration{0}, Duration{-1}, Duration{std::chrono::hours(25)}}) {
    BOOST_TEST(is_problem(problem_after([bad](Genesis& it) { it.rules.delta = bad; }),
                          GenesisError::BadRule,
                          "delta"));
    BOOST_TEST(is_problem(problem_after([bad](Genesis& it) { it.rules.idle_interval = bad; }),
                          GenesisError::BadRule,
                          "idle_interval"));
    BOOST_TEST(is_problem(problem_after([bad](Genesis& it) { it.rules.clock_drift = bad; }),
                          GenesisError::BadRule,
                          "clock_drift"));
    BOOST_TEST(is_problem(problem_after([bad](Genesis& it) { it.rules.view_timer_max = bad; }),
                          GenesisError::BadRule,
                          "view_timer_max"));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

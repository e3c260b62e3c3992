#include "protocol/consensus/header.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/decoding.hpp"
#include "tests/support/vectors.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::consensus {

namespace {

crypto::Digest name(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

Header sample() {
  Header header;
  header.chain = name("chain");
  header.epoch = Epoch{3};
  header.root = name("root");
  header.view = View{300};
  header.height = Height{200};
  header.parent = name("parent");
  header.timestamp = Timestamp{1'790'000'000'123};
  header.tips = {{ValidatorIndex{0}, Incarnation{}, Sequence{7}, name("tip 0")},
                 {ValidatorIndex{5}, Incarnation{128}, Sequence{9000}, name("tip 5")}};
  header.transactions_root = name("transactions");
  header.executed_height = Height{198};
  header.executed_root = name("state");
  header.history_root = name("history");
  header.validators = name("validators");
  return header;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(header_test)

BOOST_AUTO_TEST_CASE(an_encoding_gives_the_same_header_and_nothing_else_does) {
  const Bytes encoded = encode(sample());

  BOOST_CHECK(decode_header(encoded).value() == sample());
  support::check_only_whole_inputs_decode(encoded, decode_header);
}

BOOST_AUTO_TEST_CASE(the_encoding_is_the_one_of_the_vectors) {
  const auto vectors = support::load_vectors("consensus.json");

  BOOST_CHECK_EQUAL(to_hex(encode(sample())), vectors["header"]["encoding"].get<std::string>());
  BOOST_CHECK_EQUAL(digest(sample()).hex(), vectors["header"]["digest"].get<std::string>());
}

BOOST_AUTO_TEST_CASE(every_field_changes_the_digest) {
  std::vector<Header> changed(14, sample());
  changed[0].chain = {};
  changed[1].epoch.number += 1;
  changed[2].root = {};
  changed[3].view.number += 1;
  changed[4].height.number += 1;
  changed[5].parent = {};
  changed[6].timestamp.milliseconds += 1;
  changed[7].tips.pop_back();
  changed[8].transactions_root = {};
  changed[9].executed_height.number += 1;
  changed[10].executed_root = {};
  changed[11].history_root = {};
  changed[12].validators = {};
  changed[13].tips[0].incarnation.number += 1;
  for (const Header& header : changed)
    BOOST_CHECK(digest(header) != digest(sample()));
}

BOOST_AUTO_TEST_CASE(tips_out_of_order_doubled_or_of_an_impossible_lane_are_refused) {
  Header doubled = sample();
  doubled.tips[1].lane = ValidatorIndex{0};
  Header foreign = sample();
  foreign.tips[1].lane = ValidatorIndex{kValidatorsMax};

  BOOST_CHECK(decode_header(encode(doubled)).error() == codec::WireError::OutOfRange);
  BOOST_CHECK(decode_header(encode(foreign)).error() == codec::WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(another_version_is_refused) {
  Bytes encoded = encode(sample());
  for (const std::uint8_t version : {std::uint8_t{0}, std::uint8_t{2}}) {
    encoded[0] = version;
    BOOST_CHECK(decode_header(encoded).error() == codec::WireError::OutOfRange);
  }
}

BOOST_AUTO_TEST_CASE(a_number_that_is_longer_than_needed_is_refused) {
  Bytes encoded = encode(sample());
  encoded[33] = 0x83;  // epoch 3 in two bytes
  encoded.insert(encoded.begin() + 34, 0x00);

  BOOST_CHECK(decode_header(encoded).error() == codec::WireError::NotMinimal);
}

BOOST_AUTO_TEST_CASE(the_largest_header_stays_within_its_bound) {
  Header header = sample();
  header.tips.clear();
  for (std::uint32_t lane = 0; lane < kValidatorsMax; ++lane) {
    header.tips.push_back(
        {ValidatorIndex{lane}, Incarnation{UINT64_MAX}, Sequence{UINT64_MAX}, {}});
  }
  for (std::uint64_t* number : {&header.epoch.number,
                                &header.view.number,
                                &header.height.number,
                                &header.timestamp.milliseconds,
                                &header.executed_height.number}) {
    *number = UINT64_MAX;
  }

  BOOST_CHECK_LE(encode(header).size(), kHeaderBytesMax);
  BOOST_CHECK(decode_header(encode(header)).ok());
}

BOOST_AUTO_TEST_CASE(the_root_block_of_a_chain_says_what_its_genesis_says) {
  const auto validators = simulator::KeyedSignatures(4).validators();

  const Header root = genesis_header({name("chain"), Timestamp{5}, name("state")}, validators);

  BOOST_CHECK(root.view == View{0});
  BOOST_CHECK(root.height == Height{0});
  BOOST_CHECK(root.executed_root == name("state"));
  BOOST_CHECK(root.validators == validators.digest());
  BOOST_CHECK(root.root.is_zero());
  BOOST_CHECK(root.transactions_root == crypto::sha256(ByteView{}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

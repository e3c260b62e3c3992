#include "protocol/ledger/lane_message.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using codec::WireError;

crypto::Digest digest_of_word(std::string_view word) {
  return crypto::sha256(as_bytes(word));
}

LaneAck ack_of(std::uint32_t lane, std::uint64_t sequence) {
  return {.lane = ValidatorIndex{lane},
          .incarnation = Incarnation{5},
          .sequence = Sequence{sequence},
          .digest = digest_of_word("held"),
          .resume = true};
}

Bytes encoded_acks() {
  return encode(AckMessage{{ack_of(0, 1), ack_of(3, 300)}});
}

Bytes encoded_request() {
  return encode(BatchRequest{{{.tip = digest_of_word("a"), .count = 1},
                              {.tip = digest_of_word("b"), .count = kLaneBatchesMax}}});
}

/// Views into static bytes, so that the message may outlive the call.
Bytes encoded_answer() {
  static const Bytes batch = samples::bytes_of("not looked into");
  return encode(BatchAnswer{.batches = {batch, batch}, .absent = {digest_of_word("c")}});
}

WireError error_of(ByteView encoded) {
  const auto message = decode_lane_message(encoded);
  BOOST_REQUIRE(!message.ok());
  return message.error();
}

void check_error(const Bytes& encoded, WireError error) {
  BOOST_TEST((error_of(encoded) == error));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lane_message_test)

BOOST_AUTO_TEST_CASE(a_batch_message_is_kind_length_and_bytes) {
  const Bytes batch = samples::bytes_of("abc");

  const Bytes encoded = encode(BatchMessage{batch});

  BOOST_TEST(to_hex(encoded) == "0103616263");
  const auto decoded = decode_lane_message(encoded);
  BOOST_REQUIRE(decoded.ok());
  BOOST_TEST(equal(std::get<BatchMessage>(*decoded).encoded, batch));
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_has_the_bytes_of_the_grammar) {
  LaneAck ack = ack_of(3, 300);
  ack.digest = {};

  const Bytes encoded = encode(AckMessage{{ack}});

  BOOST_TEST(to_hex(encoded) == "02010305ac02" + std::string(64, '0') + "01");
}

BOOST_AUTO_TEST_CASE(acknowledgements_decode_to_what_was_encoded) {
  const auto decoded = decode_lane_message(encoded_acks());

  BOOST_REQUIRE(decoded.ok());
  const std::vector<LaneAck> expected{ack_of(0, 1), ack_of(3, 300)};
  BOOST_TEST((std::get<AckMessage>(*decoded).acks == expected));
}

BOOST_AUTO_TEST_CASE(a_request_decodes_to_what_was_encoded) {
  const auto decoded = decode_lane_message(encoded_request());

  BOOST_REQUIRE(decoded.ok());
  const auto& ranges = std::get<BatchRequest>(*decoded).ranges;
  BOOST_REQUIRE(ranges.size() == 2u);
  BOOST_TEST((ranges[1] == BatchRange{.tip = digest_of_word("b"), .count = kLaneBatchesMax}));
}

BOOST_AUTO_TEST_CASE(an_answer_decodes_to_what_was_encoded) {
  const Bytes encoded = encoded_answer();

  const auto decoded = decode_lane_message(encoded);

  BOOST_REQUIRE(decoded.ok());
  const auto& answer = std::get<BatchAnswer>(*decoded);
  BOOST_REQUIRE(answer.batches.size() == 2u);
  BOOST_TEST(as_text(answer.batches[1]) == "not looked into");
  BOOST_REQUIRE(answer.absent.size() == 1u);
  BOOST_TEST((answer.absent[0] == digest_of_word("c")));
}

BOOST_AUTO_TEST_CASE(every_message_is_refused_when_cut_short_or_followed_by_more) {
  const Bytes batch = samples::bytes_of("abc");
  for (const Bytes& whole :
       {encode(BatchMessage{batch}), encoded_acks(), encoded_request(), encoded_answer()}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      BOOST_TEST((error_of(ByteView(whole).first(size)) == WireError::Truncated));
    }
    Bytes longer = whole;
    longer.push_back(0);
    check_error(longer, WireError::TrailingBytes);
  }
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_is_refused) {
  check_error({0}, WireError::OutOfRange);
  check_error({5, 0}, WireError::OutOfRange);
  check_error({0xff}, WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(numbers_in_a_needless_length_are_refused) {
  check_error({1, 0x83, 0x00, 'a', 'b', 'c'}, WireError::NotMinimal);
  check_error({2, 0x80, 0x00}, WireError::NotMinimal);
  check_error({3, 0x80, 0x00}, WireError::NotMinimal);
}

BOOST_AUTO_TEST_CASE(an_empty_or_oversized_batch_is_refused) {
  codec::Writer oversized;
  oversized.u8(1).bytes(Bytes(kBatchBytesMax + 1));
  codec::Writer empty_in_answer;
  empty_in_answer.u8(4).varint(1).bytes({}).varint(0);

  check_error(encode(BatchMessage{}), WireError::OutOfRange);
  check_error(oversized.view(), WireError::OutOfRange);
  check_error(empty_in_answer.view(), WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(lanes_must_ascend_and_exist) {
  check_error(encode(AckMessage{{ack_of(3, 1), ack_of(3, 2)}}), WireError::OutOfRange);
  check_error(encode(AckMessage{{ack_of(3, 1), ack_of(2, 1)}}), WireError::OutOfRange);
  check_error(encode(AckMessage{{ack_of(kValidatorsMax, 1)}}), WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(a_range_has_1_to_1024_batches) {
  check_error(encode(BatchRequest{{{.tip = {}, .count = 0}}}), WireError::OutOfRange);
  check_error(encode(BatchRequest{{{.tip = {}, .count = kLaneBatchesMax + 1}}}),
              WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(counts_above_their_bounds_are_refused) {
  const Bytes batch = samples::bytes_of("abc");
  BatchRequest request;
  request.ranges.resize(kBatchRangesMax + 1);
  BatchAnswer many;
  many.batches.assign(kBatchAnswerBatchesMax + 1, batch);
  BatchAnswer absent;
  absent.absent.resize(kBatchRangesMax + 1);

  check_error(encode(request), WireError::OutOfRange);
  check_error(encode(many), WireError::OutOfRange);
  check_error(encode(absent), WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(an_answer_above_its_bytes_is_refused) {
  const Bytes large(kBatchBytesMax);
  BatchAnswer answer;
  answer.batches.assign(kBatchAnswerBytesMax / kBatchBytesMax + 1, large);

  check_error(encode(answer), WireError::OutOfRange);
}

BOOST_AUTO_TEST_CASE(random_bytes_never_decode_to_something_else_than_they_encode) {
  BOOST_TEST_MESSAGE("TROUPE_SEED=" << samples::seed());
  samples::Random random(samples::seed());
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = encoded_acks();
    if (i % 2 == 0) bytes = encoded_answer();
    const std::size_t position = samples::below(random, bytes.size());
    bytes[position] = static_cast<std::uint8_t>(samples::below(random, 256));

    const auto decoded = decode_lane_message(bytes);

    if (decoded.ok()) BOOST_TEST(to_hex(encode(*decoded)) == to_hex(bytes));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

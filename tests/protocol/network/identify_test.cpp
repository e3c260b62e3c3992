#include "protocol/network/identify.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "protocol/codec/wire.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

// The body of a length-prefixed message.
Bytes body_of(const nlohmann::json& value) {
  const Bytes framed = hex(value.get<std::string>());
  codec::Reader reader(framed);
  return to_bytes(reader.bytes(kIdentifyMessageBytesMax));
}

std::vector<std::string> texts(const std::vector<Multiaddr>& addresses) {
  std::vector<std::string> all;
  for (const Multiaddr& address : addresses)
    all.push_back(address.text());
  return all;
}

bool is(ByteView message, IdentifyError error) {
  const auto decoded = decode_identification(message);
  return !decoded && decoded.error() == error;
}

Identification sample() {
  return {.public_key = crypto::KeyPair::from_seed(Bytes(32, 1))->public_key(),
          .listen_addresses = {Multiaddr::parse("/ip4/127.0.0.1/tcp/4001").value()},
          .protocols = {"/ipfs/id/1.0.0", "/ipfs/ping/1.0.0"},
          .observed_address = Multiaddr::parse("/ip4/127.0.0.1/tcp/50000").value(),
          .protocol_version = "ipfs/0.1.0",
          .agent_version = "troupe/0.1.0"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(identify_test)

BOOST_AUTO_TEST_CASE(the_message_of_the_vectors_is_read) {
  const auto vectors = support::load_vectors("identify-message.json");
  const auto message = decode_identification(body_of(vectors.at("hex")));

  BOOST_TEST_REQUIRE(message.ok());
  BOOST_TEST(message->protocol_version == "ipfs/0.1.0");
  BOOST_TEST(message->agent_version == "js-peer/1.0.0");
  BOOST_TEST((message->public_key == sample().public_key));
  BOOST_TEST(
      (texts(message->listen_addresses) == std::vector<std::string>{"/ip4/127.0.0.1/tcp/4001"}));
  BOOST_TEST(message->observed_address->text() == "/ip4/127.0.0.1/tcp/50000");
  BOOST_TEST(
      (message->protocols == std::vector<std::string>{"/ipfs/id/1.0.0", "/ipfs/ping/1.0.0"}));
}

BOOST_AUTO_TEST_CASE(the_smallest_message_is_written_as_the_vectors_say) {
  const auto vectors = support::load_vectors("identify-message.json");
  Identification minimal;
  minimal.public_key = sample().public_key;

  BOOST_TEST((encode(minimal) == body_of(vectors.at("minimal"))));
}

BOOST_AUTO_TEST_CASE(the_messages_of_a_live_connection_are_read) {
  const auto all = support::load_vectors("identify-live.json");
  for (const auto& stream : all.at("streams")) {
    const auto message = decode_identification(hex(stream.at("message").get<std::string>()));
    const auto& decoded = stream.at("decoded");

    BOOST_TEST_REQUIRE(message.ok());
    BOOST_TEST(message->agent_version == decoded.at("agentVersion").get<std::string>());
    BOOST_TEST((encode_public_key(*message->public_key) ==
                hex(decoded.at("publicKey").get<std::string>())));
    BOOST_TEST((texts(message->listen_addresses) ==
                decoded.at("listenAddrs").get<std::vector<std::string>>()));
    BOOST_TEST(message->observed_address->text() == decoded.at("observedAddr").get<std::string>());
    BOOST_TEST((message->protocols == decoded.at("protocols").get<std::vector<std::string>>()));
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  BOOST_TEST((*decode_identification(encode(sample())) == sample()));
  BOOST_TEST((*decode_identification(encode({})) == Identification{}));
}

BOOST_AUTO_TEST_CASE(listen_addresses_lose_their_trailing_peer) {
  Identification with_peer = sample();
  const PeerId peer = PeerId::from_public_key(*with_peer.public_key);
  with_peer.listen_addresses[0] = with_peer.listen_addresses[0].with_peer(peer);

  BOOST_TEST(
      (decode_identification(encode(with_peer))->listen_addresses == sample().listen_addresses));
}

BOOST_AUTO_TEST_CASE(an_address_of_unknown_form_is_dropped_and_not_the_message) {
  Bytes message = encode(sample());
  append(message, hex("1205 ffffffff7f 1200 12 01 04 22 01 04"));

  const auto decoded = decode_identification(message);

  BOOST_TEST_REQUIRE(decoded.ok());
  BOOST_TEST((decoded->listen_addresses == sample().listen_addresses));
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_utf8_do_not_spoil_the_message) {
  Bytes message = encode(sample());
  append(message, hex("3202fffe"));

  BOOST_TEST(decode_identification(message)->agent_version == "\xff\xfe");
}

BOOST_AUTO_TEST_CASE(malformed_and_oversized_messages_are_refused_by_name) {
  BOOST_TEST(is(hex("0a"), IdentifyError::Malformed));
  BOOST_TEST(is(hex("ffff"), IdentifyError::Malformed));
  BOOST_TEST(is(Bytes(kIdentifyMessageBytesMax + 1, 0), IdentifyError::Malformed));
  BOOST_TEST(is(hex("0a021111"), IdentifyError::KeyInvalid));
  Bytes addresses;
  Bytes protocols;
  for (std::size_t i = 0; i <= kIdentifyProtocolsMax; ++i) {
    if (i <= kIdentifyAddressesMax) append(addresses, hex("1200"));
    append(protocols, hex("1a00"));
  }
  BOOST_TEST(is(addresses, IdentifyError::TooManyAddresses));
  BOOST_TEST(is(protocols, IdentifyError::TooManyProtocols));
}

BOOST_AUTO_TEST_CASE(a_message_cut_off_anywhere_is_refused_or_a_shorter_one) {
  const Bytes whole = encode(sample());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto decoded = decode_identification(ByteView(whole).first(size));
    if (decoded) BOOST_TEST((encode(*decoded).size() == size), size);
  }
}

BOOST_AUTO_TEST_CASE(a_message_too_long_for_other_implementations_is_shortened) {
  Identification large = sample();
  for (int i = 0; i < 100; ++i)
    large.protocols.push_back("/" + std::string(100, 'a'));

  const Bytes message = encode(large);

  BOOST_TEST(message.size() <= kIdentifySentBytesMax);
  BOOST_TEST((decode_identification(message)->public_key == large.public_key));
}

BOOST_AUTO_TEST_CASE(a_later_message_changes_only_what_it_says) {
  Identification known = sample();
  Identification push;
  push.listen_addresses = {Multiaddr::parse("/ip4/10.0.0.1/tcp/1").value()};

  merge(known, push);

  BOOST_TEST((known.listen_addresses == push.listen_addresses));
  BOOST_TEST((known.protocols == sample().protocols));
  BOOST_TEST(known.agent_version == sample().agent_version);
}

BOOST_AUTO_TEST_CASE(random_bytes_are_refused_or_read_without_harm) {
  support::Random random;
  const Bytes whole = encode(sample());
  for (int i = 0; i < 5000; ++i) {
    Bytes message = whole;
    for (int change = 0; change < 3; ++change)
      message[random.below(message.size())] = static_cast<std::uint8_t>(random.next());
    (void)decode_identification(message);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

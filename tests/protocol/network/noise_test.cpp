#include "protocol/network/noise.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "protocol/network/noise_payload.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

nlohmann::json vectors() {
  return support::load_vectors("noise-xx.json");
}

Bytes bytes_of(const nlohmann::json& value) {
  return hex(value.get<std::string>());
}

crypto::AgreementKey key_of(const nlohmann::json& value) {
  crypto::AgreementKey key{};
  std::ranges::copy(bytes_of(value), key.begin());
  return key;
}

NoiseSetup setup_of(const char* name, Role role) {
  const auto keys = vectors().at("keys").at(name);
  return {.role = role,
          .node_key = *crypto::KeyPair::from_seed(bytes_of(keys.at("identitySeed"))),
          .keys = {.static_private = key_of(keys.at("noiseStaticPrivate")),
                   .ephemeral_private = key_of(keys.at("noiseEphemeralPrivate"))},
          .expected_peer = std::nullopt,
          .muxers = {"/yamux/1.0.0"}};
}

NoiseSetup dialer_setup() {
  return setup_of("A", Role::Dialer);
}

NoiseSetup listener_setup() {
  return setup_of("B", Role::Listener);
}

Bytes message(std::size_t number) {
  return bytes_of(vectors().at("messages").at(number - 1).at("hex"));
}

PeerId peer_of(const char* name) {
  return PeerId::parse(vectors().at("keys").at(name).at("peerId").get<std::string>()).value();
}

/// Both ends of a handshake between the two, which must succeed.
std::pair<NoiseOutcome, NoiseOutcome> connect(NoiseSetup dialer, NoiseSetup listener) {
  NoiseHandshake a(std::move(dialer));
  NoiseHandshake b(std::move(listener));
  const auto second = b.received(a.start());
  const auto third = a.received(second->reply);
  const auto end = b.received(third->reply);
  return {third->outcome.value(), end->outcome.value()};
}

/// What a dialer says to a listener's message 2 after `change` had its way with it.
template <class Change>
NoiseError dialer_error(Change change, NoiseSetup dialer = dialer_setup()) {
  NoiseHandshake a(std::move(dialer));
  (void)a.start();
  Bytes second = message(2);
  change(second);
  const auto step = a.received(second);
  BOOST_TEST_REQUIRE(!step);
  return step.error();
}

/// A dialer that follows Noise but sends this payload in message 3; the listener's verdict.
Result<NoiseHandshake::Step, NoiseError> listener_verdict(const Bytes& payload) {
  const auto data = vectors();
  NoiseHandshake b(listener_setup());
  (void)b.received(message(1));
  NoiseSymmetricState state;
  state.mix_hash(message(1));
  state.mix_hash({});
  state.mix_hash(bytes_of(data.at("keys").at("B").at("noiseEphemeralPublic")));
  state.mix_key(key_of(data.at("dh").at(0).at("out")));
  (void)state.decrypt_and_hash(bytes_of(data.at("aead").at(0).at("ciphertext")));
  state.mix_key(key_of(data.at("dh").at(1).at("out")));
  (void)state.decrypt_and_hash(bytes_of(data.at("aead").at(1).at("ciphertext")));
  Bytes third;
  state.encrypt_and_hash(bytes_of(data.at("aead").at(2).at("plaintext")), third);
  state.mix_key(key_of(data.at("dh").at(2).at("out")));
  state.encrypt_and_hash(payload, third);
  return b.received(third);
}

NoisePayload payload_of_dialer() {
  return decode_noise_payload(bytes_of(vectors().at("payloads").at("message3_plaintext"))).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(noise_test)

BOOST_AUTO_TEST_CASE(the_dialer_speaks_byte_for_byte_as_js_libp2p) {
  const auto data = vectors();
  NoiseHandshake dialer(dialer_setup());

  BOOST_TEST((dialer.start() == message(1)));
  const auto step = dialer.received(message(2));

  BOOST_TEST_REQUIRE(step.ok());
  BOOST_TEST((step->reply == message(3)));
  BOOST_TEST_REQUIRE(step->outcome.has_value());
  const NoiseOutcome& outcome = *step->outcome;
  BOOST_TEST((outcome.peer == peer_of("B")));
  BOOST_TEST((outcome.send_key == key_of(data.at("transportKeys").at("initiatorToResponder"))));
  BOOST_TEST((outcome.receive_key == key_of(data.at("transportKeys").at("responderToInitiator"))));
  BOOST_TEST(outcome.handshake_hash.hex() == data.at("hashes").back().at("out").get<std::string>());
  BOOST_TEST((outcome.muxer == "/yamux/1.0.0"));
}

BOOST_AUTO_TEST_CASE(the_listener_speaks_byte_for_byte_as_js_libp2p) {
  const auto data = vectors();
  NoiseHandshake listener(listener_setup());

  const auto second = listener.received(message(1));
  BOOST_TEST_REQUIRE(second.ok());
  BOOST_TEST((second->reply == message(2)));
  BOOST_TEST(!second->outcome);
  const auto end = listener.received(message(3));

  BOOST_TEST_REQUIRE(end.ok());
  BOOST_TEST(end->reply.empty());
  BOOST_TEST_REQUIRE(end->outcome.has_value());
  BOOST_TEST((end->outcome->peer == peer_of("A")));
  BOOST_TEST(
      (end->outcome->send_key == key_of(data.at("transportKeys").at("responderToInitiator"))));
  BOOST_TEST(end->outcome->handshake_hash.hex() ==
             data.at("hashes").back().at("out").get<std::string>());
}

BOOST_AUTO_TEST_CASE(the_first_transport_messages_are_those_of_the_vectors) {
  const auto data = vectors();
  const auto& first = data.at("firstTransportMessages").at("A>B");
  const auto keys = data.at("transportKeys");
  NoiseTransport a(key_of(keys.at("initiatorToResponder")),
                   key_of(keys.at("responderToInitiator")));
  NoiseTransport b(key_of(keys.at("responderToInitiator")),
                   key_of(keys.at("initiatorToResponder")));

  Bytes wire;
  a.seal(bytes_of(first.at("plaintext")), wire);
  Bytes plain;

  BOOST_TEST((wire == hex("001c" + first.at("ciphertext").get<std::string>())));
  BOOST_TEST(b.open(ByteView(wire).subspan(2), plain));
  BOOST_TEST((plain == bytes_of(first.at("plaintext"))));
}

BOOST_AUTO_TEST_CASE(extra_bytes_in_message_1_are_a_payload_and_ignored) {
  NoiseHandshake a(dialer_setup());
  NoiseHandshake b(listener_setup());
  Bytes first = a.start();
  append(first, Bytes(10, 7));

  const auto second = b.received(first);

  BOOST_TEST_REQUIRE(second.ok());
  BOOST_TEST(!second->reply.empty());
}

BOOST_AUTO_TEST_CASE(muxers_are_agreed_early_only_if_both_sides_name_one_in_common) {
  const auto muxers = [](std::vector<std::string> dialers, std::vector<std::string> listeners) {
    NoiseSetup dialer = dialer_setup();
    NoiseSetup listener = listener_setup();
    dialer.muxers = std::move(dialers);
    listener.muxers = std::move(listeners);
    const auto [a, b] = connect(std::move(dialer), std::move(listener));
    BOOST_TEST((a.muxer == b.muxer));
    return a.muxer;
  };

  BOOST_TEST((muxers({"/a"}, {"/a"}) == "/a"));
  BOOST_TEST((muxers({"/b", "/a"}, {"/a", "/b"}) == "/b"));  // the dialer's order counts
  BOOST_TEST((muxers({"/a"}, {}) == std::nullopt));
  BOOST_TEST((muxers({}, {"/a"}) == std::nullopt));
  BOOST_TEST((muxers({}, {}) == std::nullopt));
  BOOST_TEST((muxers({"/a"}, {"/b"}) == std::nullopt));
}

// js-libp2p starts whatever muxer the other side names, even if it names none itself.
BOOST_AUTO_TEST_CASE(a_dialer_is_silent_about_muxers_if_the_listener_is) {
  NoiseSetup silent_listener = listener_setup();
  silent_listener.muxers.clear();
  NoiseSetup silent_dialer = dialer_setup();
  silent_dialer.muxers.clear();
  const auto message3 = [&silent_listener](NoiseSetup dialer) {
    NoiseHandshake a(std::move(dialer));
    NoiseHandshake b(silent_listener);
    const auto second = b.received(a.start());
    return a.received(second->reply)->reply;
  };

  BOOST_TEST((message3(dialer_setup()) == message3(silent_dialer)));
  BOOST_TEST(message3(dialer_setup()).size() < message(3).size());
}

BOOST_AUTO_TEST_CASE(a_dialed_peer_must_be_the_one_that_answers) {
  NoiseSetup right = dialer_setup();
  right.expected_peer = peer_of("B");
  NoiseSetup wrong = dialer_setup();
  wrong.expected_peer = peer_of("A");

  BOOST_TEST((connect(std::move(right), listener_setup()).first.peer == peer_of("B")));
  BOOST_TEST((dialer_error([](Bytes&) {}, std::move(wrong)) == NoiseError::PeerUnexpected));
}

BOOST_AUTO_TEST_CASE(a_connection_to_ourselves_is_refused) {
  NoiseSetup same = dialer_setup();
  same.node_key = listener_setup().node_key;

  BOOST_TEST((dialer_error([](Bytes&) {}, std::move(same)) == NoiseError::PeerIsOurselves));
}

BOOST_AUTO_TEST_CASE(a_message_cut_off_at_any_length_is_refused) {
  const Bytes second = message(2);
  for (std::size_t size = 0; size < second.size(); ++size) {
    const NoiseError error = dialer_error([size](Bytes& bytes) { bytes.resize(size); });
    BOOST_TEST((error == (size < 96 ? NoiseError::MessageTooShort : NoiseError::TagWrong)), size);
  }
  for (std::size_t size = 0; size < 32; ++size) {
    NoiseHandshake b(listener_setup());
    BOOST_TEST((b.received(Bytes(size, 9)).error() == NoiseError::MessageTooShort), size);
  }
  for (std::size_t size = 0; size < message(3).size(); ++size) {
    NoiseHandshake b(listener_setup());
    (void)b.received(message(1));
    BOOST_TEST(!b.received(ByteView(message(3)).first(size)), size);
  }
}

BOOST_AUTO_TEST_CASE(a_message_with_a_byte_changed_is_refused) {
  for (std::size_t i = 0; i < message(2).size(); i += 7) {
    const NoiseError error = dialer_error([i](Bytes& bytes) { bytes[i] ^= 1; });
    BOOST_TEST((error == NoiseError::TagWrong), i);
  }
  const NoiseError longer = dialer_error([](Bytes& bytes) { bytes.push_back(0); });
  BOOST_TEST((longer == NoiseError::TagWrong));
}

BOOST_AUTO_TEST_CASE(an_oversized_message_is_refused) {
  NoiseHandshake b(listener_setup());
  BOOST_TEST(
      (b.received(Bytes(kHandshakeMessageBytesMax + 1, 1)).error() == NoiseError::MessageTooLong));
}

BOOST_AUTO_TEST_CASE(a_public_key_of_small_order_is_refused) {
  NoiseHandshake b(listener_setup());
  BOOST_TEST((b.received(Bytes(32, 0)).error() == NoiseError::KeyAgreementFailed));
  const NoiseError error =
      dialer_error([](Bytes& bytes) { std::fill_n(bytes.begin(), 32, std::uint8_t{0}); });
  BOOST_TEST((error == NoiseError::KeyAgreementFailed));
}

BOOST_AUTO_TEST_CASE(a_payload_must_prove_the_identity_it_claims) {
  NoisePayload payload = payload_of_dialer();
  BOOST_TEST(listener_verdict(encode(payload)).ok());

  NoisePayload other_key = payload;
  other_key.identity_key[20] ^= 1;
  BOOST_TEST((listener_verdict(encode(other_key)).error() == NoiseError::SignatureWrong));

  NoisePayload other_signature = payload;
  other_signature.identity_signature[0] ^= 1;
  BOOST_TEST((listener_verdict(encode(other_signature)).error() == NoiseError::SignatureWrong));

  NoisePayload short_signature = payload;
  short_signature.identity_signature.pop_back();
  BOOST_TEST((listener_verdict(encode(short_signature)).error() == NoiseError::SignatureWrong));

  NoisePayload foreign_key = payload;
  foreign_key.identity_key =
      hex("08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e6"
          "30bfca99");
  BOOST_TEST((listener_verdict(encode(foreign_key)).error() == NoiseError::IdentityKeyInvalid));
}

BOOST_AUTO_TEST_CASE(a_payload_that_is_no_message_is_refused) {
  BOOST_TEST((listener_verdict({}).error() == NoiseError::PayloadMalformed));
  BOOST_TEST((listener_verdict(hex("ffff")).error() == NoiseError::PayloadMalformed));
  BOOST_TEST((listener_verdict(hex("0a00 1200")).error() == NoiseError::IdentityKeyInvalid));
}

BOOST_AUTO_TEST_CASE(the_signature_of_another_session_proves_nothing) {
  NoisePayload payload = payload_of_dialer();
  const auto key = dialer_setup().node_key;
  crypto::AgreementKey other_static{};
  other_static[0] = 9;
  payload.identity_signature = to_bytes(key.sign(noise_static_key_claim(other_static)).view());

  BOOST_TEST((listener_verdict(encode(payload)).error() == NoiseError::SignatureWrong));
}

BOOST_AUTO_TEST_CASE(nothing_may_follow_the_last_message_or_an_error) {
  NoiseHandshake b(listener_setup());
  (void)b.received(message(1));
  (void)b.received(message(3));
  BOOST_TEST((b.received(message(3)).error() == NoiseError::MessageUnexpected));

  NoiseHandshake failed(listener_setup());
  (void)failed.received(Bytes(3, 1));
  BOOST_TEST((failed.received(message(1)).error() == NoiseError::MessageUnexpected));
}

BOOST_AUTO_TEST_CASE(the_transport_carries_any_size_in_messages_of_at_most_64_kib) {
  support::Random random;
  const crypto::AgreementKey key_a{1};
  const crypto::AgreementKey key_b{2};
  NoiseTransport a(key_a, key_b);
  NoiseTransport b(key_b, key_a);
  Bytes sent;
  Bytes wire;
  for (const std::size_t size : {0, 1, 200, 65519, 65520, 200000}) {
    const Bytes piece = random.bytes(size);
    append(sent, piece);
    a.seal(piece, wire);
  }

  NoiseFrameReader reader;
  Bytes plain;
  for (ByteView rest = wire; !rest.empty();) {
    ByteView piece = rest.first(std::min<std::size_t>(rest.size(), 1 + random.below(90000)));
    rest = rest.subspan(piece.size());
    while (const auto one = reader.next(piece)) {
      BOOST_TEST(one->size() <= kNoiseMessageBytesMax);
      BOOST_TEST_REQUIRE(b.open(*one, plain));
    }
  }

  BOOST_TEST((plain == sent));
  BOOST_TEST(reader.at_boundary());
}

BOOST_AUTO_TEST_CASE(an_empty_plaintext_is_legal_and_anything_shorter_is_not) {
  const crypto::AgreementKey key{1};
  NoiseTransport transport(key, key);
  crypto::Aead aead(key);
  Bytes empty;
  aead.seal(0, {}, {}, empty);
  Bytes plain;

  BOOST_TEST(transport.open(empty, plain));
  BOOST_TEST(plain.empty());
  BOOST_TEST(!transport.open(Bytes(15, 0), plain));
  BOOST_TEST(!transport.open({}, plain));
}

BOOST_AUTO_TEST_CASE(a_message_that_is_changed_repeated_or_skipped_does_not_open) {
  const crypto::AgreementKey key{1};
  NoiseTransport sender(key, key);
  Bytes first;
  Bytes second;
  sender.seal(hex("01"), first);
  sender.seal(hex("02"), second);
  const auto opens = [&key](const std::vector<Bytes>& messages) {
    NoiseTransport receiver(key, key);
    bool all = true;
    Bytes plain;
    for (const Bytes& one : messages)
      all = receiver.open(ByteView(one).subspan(2), plain) && all;
    return all;
  };
  Bytes changed = first;
  changed.back() ^= 1;

  BOOST_TEST(opens({first, second}));
  BOOST_TEST(!opens({first, first}));
  BOOST_TEST(!opens({second}));
  BOOST_TEST(!opens({changed}));
}

BOOST_AUTO_TEST_CASE(frames_come_out_whole_however_the_wire_is_split) {
  const Bytes wire = hex("0000 0001aa 0003bbccdd 0002eeff");
  for (std::size_t piece_size = 1; piece_size <= wire.size(); ++piece_size) {
    NoiseFrameReader reader;
    std::vector<Bytes> frames;
    for (ByteView rest = wire; !rest.empty();) {
      ByteView piece = rest.first(std::min(rest.size(), piece_size));
      rest = rest.subspan(piece.size());
      while (const auto frame = reader.next(piece))
        frames.push_back(to_bytes(*frame));
      BOOST_TEST(piece.empty());
    }
    BOOST_TEST((frames == std::vector<Bytes>{{}, hex("aa"), hex("bbccdd"), hex("eeff")}));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

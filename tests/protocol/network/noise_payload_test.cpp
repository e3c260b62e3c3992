#include "protocol/network/noise_payload.hpp"

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/network/peer_id.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

nlohmann::json vectors() {
  return support::load_vectors("noise-payload.json");
}

Bytes bytes_of(const nlohmann::json& object, const char* field) {
  return hex(object.at(field).get<std::string>());
}

Bytes payload_named(std::string_view name) {
  const auto all = vectors();
  for (const auto& payload : all.at("payloads"))
    if (payload.at("name") == name) return bytes_of(payload, "hex");
  BOOST_FAIL("no such payload");
  return {};
}

NoisePayload payload_of_vectors(std::vector<std::string> muxers) {
  return {.identity_key = bytes_of(vectors(), "identityPublicKeyProtobuf"),
          .identity_signature = bytes_of(vectors(), "signature"),
          .muxers = std::move(muxers)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(noise_payload_test)

BOOST_AUTO_TEST_CASE(the_claim_and_its_signature_are_those_of_the_vectors) {
  const auto data = vectors();
  crypto::AgreementKey static_public{};
  std::ranges::copy(bytes_of(data, "noiseStaticPublic"), static_public.begin());
  const Bytes claim = noise_static_key_claim(static_public);
  const auto key = crypto::KeyPair::from_seed(bytes_of(data, "identityPrivateSeed"));

  BOOST_TEST((claim == bytes_of(data, "signedBytes")));
  BOOST_TEST((to_bytes(key->sign(claim).view()) == bytes_of(data, "signature")));
  BOOST_TEST((encode_public_key(key->public_key()) == bytes_of(data, "identityPublicKeyProtobuf")));
}

BOOST_AUTO_TEST_CASE(payloads_are_written_as_js_libp2p_writes_them) {
  BOOST_TEST((encode(payload_of_vectors({})) == payload_named("no extensions")));
  BOOST_TEST((encode(payload_of_vectors({"/yamux/1.0.0"})) ==
              payload_named("stream_muxers [/yamux/1.0.0]")));
  BOOST_TEST((encode(payload_of_vectors({"/yamux/1.0.0", "/mplex/6.7.0"})) ==
              payload_named("stream_muxers [/yamux/1.0.0, /mplex/6.7.0]")));
}

BOOST_AUTO_TEST_CASE(payloads_are_read_back_and_empty_extensions_name_no_muxer) {
  BOOST_TEST((decode_noise_payload(payload_named("no extensions")) == payload_of_vectors({})));
  BOOST_TEST(
      (decode_noise_payload(payload_named("empty extensions message")) == payload_of_vectors({})));
  BOOST_TEST((decode_noise_payload(payload_named("stream_muxers [/yamux/1.0.0, /mplex/6.7.0]")) ==
              payload_of_vectors({"/yamux/1.0.0", "/mplex/6.7.0"})));
}

BOOST_AUTO_TEST_CASE(unknown_fields_and_old_early_data_are_ignored) {
  const auto payload = decode_noise_payload(bytes_of(vectors().at("decodeUnknownField"), "hex"));
  BOOST_TEST_REQUIRE(payload.has_value());
  BOOST_TEST((payload->identity_key == hex("01")));

  BOOST_TEST(decode_noise_payload(hex("0a0101 120102 1a03aabbcc")).has_value());
}

BOOST_AUTO_TEST_CASE(a_payload_cut_off_inside_a_field_or_without_one_is_refused) {
  const Bytes whole = payload_named("stream_muxers [/yamux/1.0.0]");
  const std::size_t end_of_signature = payload_named("no extensions").size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const bool whole_fields = size == end_of_signature;
    BOOST_TEST(decode_noise_payload(ByteView(whole).first(size)).has_value() == whole_fields, size);
  }
  BOOST_TEST(!decode_noise_payload(hex("120102")));
}

BOOST_AUTO_TEST_CASE(garbage_and_oversized_payloads_are_refused) {
  BOOST_TEST(!decode_noise_payload(hex("ffffffffffffffffffffff")));
  BOOST_TEST(!decode_noise_payload(hex("0a01011201020a")));
  Bytes large = payload_named("no extensions");
  append(large, hex("9a06 8020"));  // an unknown field of 4096 bytes
  large.resize(large.size() + 4096);
  BOOST_TEST(!decode_noise_payload(large));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

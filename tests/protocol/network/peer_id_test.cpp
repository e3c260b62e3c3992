#include "protocol/network/peer_id.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "protocol/network/multibase.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

std::vector<nlohmann::json> vectors() {
  return support::load_vectors("peer-ids.json").at("vectors");
}

std::string text_of(const nlohmann::json& object, const char* field) {
  return object.at(field).get<std::string>();
}

bool is(const Result<PeerId, PeerIdError>& result, PeerIdError error) {
  return !result && result.error() == error;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(peer_id_test)

BOOST_AUTO_TEST_CASE(every_text_form_of_a_peer_id_names_the_same_bytes) {
  for (const auto& vector : vectors()) {
    const Bytes multihash = hex(text_of(vector, "peerIdMultihash"));

    for (const char* form : {"peerIdBase58", "peerIdCidBase32", "peerIdCidBase36"}) {
      const auto peer = PeerId::parse(text_of(vector, form));
      BOOST_TEST_REQUIRE(peer.ok(), text_of(vector, form));
      BOOST_TEST((peer->bytes() == multihash));
    }
    BOOST_TEST(PeerId::decode(multihash)->text() == text_of(vector, "peerIdBase58"));
    BOOST_TEST(PeerId::decode(multihash)->cid_text() == text_of(vector, "peerIdCidBase36"));
  }
}

BOOST_AUTO_TEST_CASE(a_cid_in_base58_is_read_too) {
  for (const auto& vector : vectors()) {
    const std::string cid = "z" + to_base58(hex(text_of(vector, "peerIdCidBytes")));

    BOOST_TEST(PeerId::parse(cid)->text() == text_of(vector, "peerIdBase58"));
  }
}

BOOST_AUTO_TEST_CASE(a_key_message_of_any_type_has_its_peer_id) {
  for (const auto& vector : vectors()) {
    const PeerId peer = PeerId::from_public_key_message(hex(text_of(vector, "publicKeyProtobuf")));

    BOOST_TEST((peer.bytes() == hex(text_of(vector, "peerIdMultihash"))));
    BOOST_TEST((peer.bytes().front() == 0) == vector.at("inlined").get<bool>());
  }
}

BOOST_AUTO_TEST_CASE(an_ed25519_key_stands_inside_its_peer_id) {
  const auto vector = vectors().front();
  const Bytes message = hex(text_of(vector, "publicKeyProtobuf"));
  const auto key = decode_public_key(message);
  BOOST_TEST_REQUIRE(key.ok());

  const PeerId peer = PeerId::from_public_key(*key);

  BOOST_TEST(peer.text() == text_of(vector, "peerIdBase58"));
  BOOST_TEST(peer.bytes().size() == 38u);
  BOOST_TEST((peer.public_key() == *key));
  BOOST_TEST((encode_public_key(*key) == message));
}

BOOST_AUTO_TEST_CASE(a_peer_id_of_another_key_type_yields_no_ed25519_key) {
  for (const auto& vector : vectors()) {
    if (text_of(vector, "type") == "ed25519") continue;

    BOOST_TEST(!PeerId::parse(text_of(vector, "peerIdBase58"))->public_key());
  }
}

BOOST_AUTO_TEST_CASE(the_key_of_the_vectors_verifies_their_signature) {
  const auto vector = vectors().front();
  const auto key = decode_public_key(hex(text_of(vector, "publicKeyProtobuf")));
  const auto& signature = vector.at("signature");

  BOOST_TEST(crypto::verify(
      key->view(), hex(text_of(signature, "message")), hex(text_of(signature, "signature"))));
}

BOOST_AUTO_TEST_CASE(keys_of_other_types_are_refused_by_name) {
  for (const auto& vector : vectors()) {
    if (text_of(vector, "type") == "ed25519") continue;
    const auto key = decode_public_key(hex(text_of(vector, "publicKeyProtobuf")));

    BOOST_TEST_REQUIRE(!key);
    BOOST_TEST((key.error() == KeyMessageError::UnsupportedKeyType));
  }
}

BOOST_AUTO_TEST_CASE(a_key_message_that_lacks_a_field_or_has_a_wrong_size_is_refused) {
  const auto error = [](std::string_view text) { return decode_public_key(hex(text)).error(); };

  BOOST_TEST((error("") == KeyMessageError::Malformed));
  BOOST_TEST((error("0801") == KeyMessageError::Malformed));
  BOOST_TEST((error("12021111") == KeyMessageError::Malformed));
  BOOST_TEST((error("0801120211") == KeyMessageError::Malformed));
  BOOST_TEST((error("080112021111") == KeyMessageError::WrongKeySize));
  BOOST_TEST((error("0801 1200") == KeyMessageError::WrongKeySize));
}

BOOST_AUTO_TEST_CASE(an_unknown_field_in_a_key_message_is_harmless) {
  const Bytes message = hex(text_of(vectors().front(), "publicKeyProtobuf"));
  Bytes longer = message;
  append(longer, hex("9a0603616263"));

  BOOST_TEST((*decode_public_key(longer) == *decode_public_key(message)));
}

BOOST_AUTO_TEST_CASE(peer_ids_are_ordered_by_their_bytes) {
  const auto low = PeerId::decode(hex("0001aa"));
  const auto high = PeerId::decode(hex("0002aaaa"));

  BOOST_TEST((*low < *high));
  BOOST_TEST((*low == *PeerId::decode(hex("0001aa"))));
}

BOOST_AUTO_TEST_CASE(bytes_cut_off_at_any_length_are_no_peer_id) {
  const Bytes whole = hex(text_of(vectors().front(), "peerIdMultihash"));
  for (std::size_t size = 0; size < whole.size(); ++size)
    BOOST_TEST(is(PeerId::decode(ByteView(whole).first(size)), PeerIdError::NotMultihash), size);
}

BOOST_AUTO_TEST_CASE(malformed_multihashes_are_refused_by_name) {
  BOOST_TEST(is(PeerId::decode(hex("0001aabb")), PeerIdError::NotMultihash));  // trailing byte
  BOOST_TEST(is(PeerId::decode(hex("0000")), PeerIdError::NotMultihash));      // no key
  BOOST_TEST(is(PeerId::decode(hex("1301aa")), PeerIdError::NotMultihash));    // sha2-512
  BOOST_TEST(is(PeerId::decode(hex("1201aa")), PeerIdError::NotMultihash));    // short sha2-256
  BOOST_TEST(is(PeerId::decode(hex("800001aa")), PeerIdError::NotMinimal));
  BOOST_TEST(is(PeerId::decode(Bytes(45, 0)), PeerIdError::TooLong));
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_peer_ids_are_refused_by_name) {
  const std::string cid = text_of(vectors().front(), "peerIdCidBase32");

  BOOST_TEST(is(PeerId::parse(""), PeerIdError::NotText));
  BOOST_TEST(is(PeerId::parse("notapeer"), PeerIdError::NotText));
  BOOST_TEST(is(PeerId::parse("12D3KooW0"), PeerIdError::NotText));
  BOOST_TEST(is(PeerId::parse("Qm"), PeerIdError::NotMultihash));
  BOOST_TEST(is(PeerId::parse("k"), PeerIdError::NotPeerCid));
  BOOST_TEST(is(PeerId::parse("bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"),
                PeerIdError::NotPeerCid));  // codec raw
  BOOST_TEST(is(PeerId::parse(cid.substr(0, cid.size() - 8)), PeerIdError::NotMultihash));
  BOOST_TEST(is(PeerId::parse(std::string(1000, '1')), PeerIdError::TooLong));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

#include "protocol/network/noise_state.hpp"

#include <algorithm>
#include <string>

#include <boost/test/unit_test.hpp>

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

// The state that both sides have when the encrypted fields begin: after e and e, ee.
NoiseSymmetricState after_ee(const nlohmann::json& data) {
  NoiseSymmetricState state;
  state.mix_hash(bytes_of(data.at("keys").at("A").at("noiseEphemeralPublic")));
  state.mix_hash({});
  state.mix_hash(bytes_of(data.at("keys").at("B").at("noiseEphemeralPublic")));
  state.mix_key(key_of(data.at("dh").at(0).at("out")));
  return state;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(noise_state_test)

BOOST_AUTO_TEST_CASE(the_first_hash_is_the_protocol_name_mixed_with_an_empty_prologue) {
  const auto data = vectors();
  const NoiseSymmetricState state;

  BOOST_TEST((to_bytes(state.hash().view()) == bytes_of(data.at("hashes").at(0).at("out"))));
  BOOST_TEST((to_bytes(state.chaining_key()) == bytes_of(data.at("hkdf").at(0).at("ck"))));
}

BOOST_AUTO_TEST_CASE(every_hash_and_chaining_key_is_that_of_the_vectors) {
  const auto data = vectors();
  NoiseSymmetricState state = after_ee(data);
  const auto& hashes = data.at("hashes");
  BOOST_TEST((to_bytes(state.hash().view()) == bytes_of(hashes.at(3).at("out"))));

  std::size_t next_hash = 4;
  const auto encrypt = [&](std::size_t field) {
    const auto& aead = data.at("aead").at(field);
    Bytes sealed;
    BOOST_TEST((to_bytes(state.hash().view()) == bytes_of(aead.at("ad"))));
    state.encrypt_and_hash(bytes_of(aead.at("plaintext")), sealed);
    BOOST_TEST((sealed == bytes_of(aead.at("ciphertext"))));
    BOOST_TEST((to_bytes(state.hash().view()) == bytes_of(hashes.at(next_hash++).at("out"))));
  };
  const auto mix = [&](std::size_t agreement) {
    state.mix_key(key_of(data.at("dh").at(agreement).at("out")));
    const auto& keys = data.at("hkdf").at(agreement).at("out");
    BOOST_TEST((to_bytes(state.chaining_key()) == bytes_of(keys.at(0))));
  };
  encrypt(0);  // message 2: s
  mix(1);      // es
  encrypt(1);  // payload
  encrypt(2);  // message 3: s
  mix(2);      // se
  encrypt(3);  // payload

  const auto keys = state.split();
  BOOST_TEST((keys.first == key_of(data.at("transportKeys").at("initiatorToResponder"))));
  BOOST_TEST((keys.second == key_of(data.at("transportKeys").at("responderToInitiator"))));
}

BOOST_AUTO_TEST_CASE(decryption_undoes_encryption_and_hashes_the_same) {
  const auto data = vectors();
  const auto& aead = data.at("aead").at(0);
  NoiseSymmetricState state = after_ee(data);

  BOOST_TEST(
      (state.decrypt_and_hash(bytes_of(aead.at("ciphertext"))) == bytes_of(aead.at("plaintext"))));
  BOOST_TEST((to_bytes(state.hash().view()) == bytes_of(data.at("hashes").at(4).at("out"))));
}

BOOST_AUTO_TEST_CASE(a_ciphertext_with_any_bit_flipped_or_cut_off_does_not_decrypt) {
  const auto data = vectors();
  const Bytes sealed = bytes_of(data.at("aead").at(0).at("ciphertext"));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes flipped = sealed;
    flipped[i] ^= 1;
    BOOST_TEST(!after_ee(data).decrypt_and_hash(flipped), i);
    BOOST_TEST(!after_ee(data).decrypt_and_hash(ByteView(sealed).first(i)), i);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

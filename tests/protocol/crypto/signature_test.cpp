#include "protocol/crypto/signature.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/reference_ed25519.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::crypto {

namespace {

using support::hex;
using support::Random;

struct SignatureVector {
  std::string_view seed;
  std::string_view key;
  std::string_view message;
  std::string_view signature;
};

// RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
const std::vector<SignatureVector> kRfcVectors{
    {.seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     .key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
     .message = "",
     .signature = "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                  "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
    {.seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     .key = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
     .message = "72",
     .signature = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
                  "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
    {.seed = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     .key = "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
     .message = "af82",
     .signature = "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
                  "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    {.seed = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
     .key = "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
     .message = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
     .signature = "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ec"
                  "fdfbc7c66431e0303dca179c138ac17ad9bef1177331a704"}};

KeyPair random_pair(Random& random) {
  return KeyPair::from_seed(random.bytes(KeyPair::kSeedBytes)).value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signature_test)

BOOST_AUTO_TEST_CASE(keys_and_signatures_are_those_of_rfc_8032) {
  for (const SignatureVector& vector : kRfcVectors) {
    const auto pair = KeyPair::from_seed(hex(vector.seed));
    BOOST_REQUIRE(pair.has_value());
    BOOST_TEST(pair->public_key().hex() == vector.key);
    BOOST_TEST(to_hex(pair->sign(hex(vector.message)).view()) == vector.signature);
    BOOST_TEST(verify(hex(vector.key), hex(vector.message), hex(vector.signature)));
  }
}

BOOST_AUTO_TEST_CASE(a_seed_of_another_length_makes_no_key) {
  for (const std::size_t size : {0u, 31u, 33u, 64u}) {
    BOOST_TEST(!KeyPair::from_seed(Bytes(size, 1)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(honest_signatures_are_accepted) {
  Random random;
  for (int run = 0; run < 300; ++run) {
    const KeyPair pair = random_pair(random);
    const Bytes message = random.bytes(random.below(300));
    BOOST_REQUIRE(is_acceptable(pair.public_key()));
    BOOST_REQUIRE(verify(pair.public_key(), message, pair.sign(message)));
  }
}

BOOST_AUTO_TEST_CASE(signing_is_deterministic) {
  Random random;
  const KeyPair pair = random_pair(random);
  const KeyPair again = KeyPair::from_seed(pair.seed()).value();

  BOOST_CHECK(pair.sign(as_bytes("text")) == again.sign(as_bytes("text")));
  BOOST_CHECK(pair.sign(as_bytes("text")) != pair.sign(as_bytes("Text")));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_signature_is_refused) {
  Random random;
  const KeyPair pair = random_pair(random);
  const Signature signature = pair.sign(as_bytes("message"));
  for (std::size_t bit = 0; bit < signature.bytes.size() * 8; ++bit) {
    Signature altered = signature;
    altered.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    BOOST_TEST(!verify(pair.public_key(), as_bytes("message"), altered));
  }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_a_key_or_message_is_refused) {
  Random random;
  const KeyPair pair = random_pair(random);
  const Bytes message = random.bytes(32);
  const Signature signature = pair.sign(message);
  for (std::size_t bit = 0; bit < 256; ++bit) {
    const auto mask = static_cast<std::uint8_t>(1U << (bit % 8));
    PublicKey other_key = pair.public_key();
    other_key.bytes[bit / 8] ^= mask;
    Bytes other_message = message;
    other_message[bit / 8] ^= mask;
    BOOST_TEST(!verify(other_key, message, signature));
    BOOST_TEST(!verify(pair.public_key(), other_message, signature));
  }
}

BOOST_AUTO_TEST_CASE(a_signature_with_the_group_order_added_to_s_is_refused) {
  // The library alone accepts these: they are a second form of the same signature.
  using support::ed25519::Integer;
  Random random;
  for (int run = 0; run < 100; ++run) {
    const KeyPair pair = random_pair(random);
    const Signature signature = pair.sign(as_bytes("message"));
    const Integer s = support::ed25519::decode_integer(signature.view().last(32));
    Integer other = s + support::ed25519::group_order();
    for (; other >> 256 == 0; other += support::ed25519::group_order()) {
      Signature altered = signature;
      const auto encoding = support::ed25519::encode_integer(other);
      std::copy(encoding.begin(), encoding.end(), altered.bytes.begin() + 32);
      BOOST_TEST(!verify(pair.public_key(), as_bytes("message"), altered));
    }
  }
}

BOOST_AUTO_TEST_CASE(wrong_lengths_are_simply_invalid) {
  const Bytes key = hex(kRfcVectors[0].key);
  const Bytes signature = hex(kRfcVectors[0].signature);
  Bytes long_key = key;
  Bytes long_signature = signature;
  long_key.push_back(0);
  long_signature.push_back(0);

  for (std::size_t size = 0; size < key.size(); ++size) {
    BOOST_TEST(!verify(ByteView(key).first(size), {}, signature));
  }
  for (std::size_t size = 0; size < signature.size(); ++size) {
    BOOST_TEST(!verify(key, {}, ByteView(signature).first(size)));
  }
  BOOST_TEST(!verify(long_key, {}, signature));
  BOOST_TEST(!verify(key, {}, long_signature));
  BOOST_TEST(verify(key, {}, signature));
}

BOOST_AUTO_TEST_CASE(the_node_and_the_definition_make_one_key) {
  // The reference itself is held to RFC 8032 here: it must accept its signatures.
  for (const SignatureVector& vector : kRfcVectors) {
    support::ed25519::Encoding key{};
    support::ed25519::SignatureParts parts;
    const Bytes signature = hex(vector.signature);
    std::ranges::copy(hex(vector.key), key.begin());
    std::copy_n(signature.begin(), 32, parts.r.begin());
    std::copy_n(signature.begin() + 32, 32, parts.s.begin());

    BOOST_TEST(support::ed25519::verify_strictly(key, hex(vector.message), parts));
    BOOST_TEST(!support::ed25519::verify_strictly(key, hex("ff"), parts));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::crypto

#include "protocol/crypto/key_agreement.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "protocol/crypto/hash.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::crypto {

namespace {

using support::hex;
using support::Random;

AgreementKey key(std::string_view text) {
  const Bytes bytes = hex(text);
  AgreementKey out{};
  BOOST_REQUIRE(bytes.size() == out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

AgreementKey random_key(Random& random) {
  AgreementKey out{};
  for (std::uint8_t& byte : out)
    byte = static_cast<std::uint8_t>(random.next());
  return out;
}

// The two key pairs of RFC 7748, section 6.1.
constexpr std::string_view kAlicePrivate =
    "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
constexpr std::string_view kBobPrivate =
    "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";

}  // namespace

BOOST_AUTO_TEST_SUITE(key_agreement_test)

BOOST_AUTO_TEST_CASE(scalar_multiplication_gives_the_points_of_rfc_7748) {
  const auto first = agree(key("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                           key("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
  // Bit 255 of this point is set, and must be ignored.
  const auto second =
      agree(key("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
            key("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493"));

  BOOST_TEST(to_hex(first.value()) ==
             "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
  BOOST_TEST(to_hex(second.value()) ==
             "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
}

BOOST_AUTO_TEST_CASE(a_thousand_iterations_end_where_rfc_7748_says) {
  AgreementKey scalar{9};
  AgreementKey point{9};

  for (int i = 0; i < 1000; ++i) {
    const AgreementKey product = agree(scalar, point).value();
    point = scalar;
    scalar = product;
    if (i == 0) {
      BOOST_TEST(to_hex(scalar) ==
                 "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
  }

  BOOST_TEST(to_hex(scalar) == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

BOOST_AUTO_TEST_CASE(both_sides_agree_as_in_rfc_7748) {
  const AgreementKey alice = agreement_public_key(key(kAlicePrivate));
  const AgreementKey bob = agreement_public_key(key(kBobPrivate));

  BOOST_TEST(to_hex(alice) == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  BOOST_TEST(to_hex(bob) == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
  BOOST_TEST(to_hex(agree(key(kAlicePrivate), bob).value()) ==
             "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
  BOOST_CHECK(agree(key(kAlicePrivate), bob) == agree(key(kBobPrivate), alice));
}

BOOST_AUTO_TEST_CASE(random_pairs_agree) {
  Random random;
  for (int run = 0; run < 50; ++run) {
    const AgreementKey left = random_key(random);
    const AgreementKey right = random_key(random);
    BOOST_CHECK(agree(left, agreement_public_key(right)) ==
                agree(right, agreement_public_key(left)));
  }
}

BOOST_AUTO_TEST_CASE(small_order_points_are_refused) {
  // u of order 1, 2, 4 and 8 on the curve and its twist, and their forms that are not reduced.
  for (const char* text : {"0000000000000000000000000000000000000000000000000000000000000000",
                           "0100000000000000000000000000000000000000000000000000000000000000",
                           "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                           "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                           "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                           "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                           "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"}) {
    AgreementKey point = key(text);
    BOOST_TEST(!agree(key(kAlicePrivate), point).has_value());
    point.back() |= 0x80;
    BOOST_TEST(!agree(key(kAlicePrivate), point).has_value());
  }
}

BOOST_AUTO_TEST_CASE(key_derivation_gives_the_keys_of_rfc_5869) {
  Bytes input(80);
  Bytes salt(80);
  Bytes info(80);
  for (std::size_t i = 0; i < input.size(); ++i) {
    input[i] = static_cast<std::uint8_t>(i);
    salt[i] = static_cast<std::uint8_t>(0x60 + i);
    info[i] = static_cast<std::uint8_t>(0xb0 + i);
  }
  const Bytes short_input(22, 0x0b);

  BOOST_TEST(
      to_hex(hkdf_sha256(
          hex("000102030405060708090a0b0c"), short_input, hex("f0f1f2f3f4f5f6f7f8f9"), 42)) ==
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  BOOST_TEST(
      to_hex(hkdf_sha256(salt, input, info, 82)) ==
      "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
      "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
  BOOST_TEST(
      to_hex(hkdf_sha256({}, short_input, {}, 42)) ==
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

BOOST_AUTO_TEST_CASE(key_derivation_gives_any_length_up_to_its_bound) {
  const Bytes longest = hkdf_sha256({}, as_bytes("input"), {}, 255 * 32);

  BOOST_TEST(hkdf_sha256({}, as_bytes("input"), {}, 0).empty());
  for (const std::size_t size : {1u, 31u, 32u, 33u, 1000u}) {
    BOOST_TEST(hkdf_sha256({}, as_bytes("input"), {}, size) ==
               Bytes(longest.begin(), longest.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

BOOST_AUTO_TEST_CASE(two_keys_are_chained_as_the_noise_specification_says) {
  const Bytes chaining_key(32, 0x11);
  const Bytes input(32, 0x22);
  const Bytes one{1};
  const Bytes two{2};

  const DerivedKeys keys = derive_two_keys(chaining_key, input);

  const Digest temporary = hmac_sha256(chaining_key, input);
  const Digest first = hmac_sha256(temporary.view(), one);
  Bytes first_and_two = to_bytes(first.view());
  append(first_and_two, two);
  BOOST_CHECK(keys.first == first.bytes);
  BOOST_CHECK(keys.second == hmac_sha256(temporary.view(), first_and_two).bytes);
}

BOOST_AUTO_TEST_CASE(no_input_derives_keys_too) {
  // Noise mixes an empty input at the end of the handshake (Split).
  const DerivedKeys keys = derive_two_keys(Bytes(32, 0x33), {});

  BOOST_CHECK(keys.first != keys.second);
  BOOST_CHECK(keys.first == hmac_sha256(hmac_sha256(Bytes(32, 0x33), {}).view(), Bytes{1}).bytes);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::crypto

#include "protocol/crypto/hash.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::crypto {

namespace {

using support::hex;
using support::Random;

struct MacVector {
  Bytes key;
  Bytes content;
  std::string_view tag;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hash_test)

BOOST_AUTO_TEST_CASE(sha256_gives_the_digests_of_fips_180) {
  const std::string long_text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

  BOOST_TEST(sha256(ByteView{}).hex() ==
             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(sha256(as_bytes("abc")).hex() ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(sha256(as_bytes(long_text)).hex() ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  BOOST_TEST(sha256(Bytes(1'000'000, 'a')).hex() ==
             "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(sha256_does_not_depend_on_how_the_content_is_cut) {
  Random random;
  const Bytes content = random.bytes(300);
  const ByteView view(content);
  const Digest whole = sha256(content);
  Sha256 hasher;

  for (std::size_t cut = 0; cut <= content.size(); ++cut) {
    const ByteView head = view.first(cut);
    const ByteView tail = view.subspan(cut);
    BOOST_TEST(sha256({head, tail}).hex() == whole.hex());
    BOOST_TEST(hasher.update(head).update(tail).finish().hex() == whole.hex());
  }
}

BOOST_AUTO_TEST_CASE(a_finished_hasher_starts_anew) {
  Sha256 hasher;
  BOOST_CHECK(hasher.update(as_bytes("first")).finish() == sha256(as_bytes("first")));

  BOOST_CHECK(hasher.finish() == sha256(ByteView{}));
}

BOOST_AUTO_TEST_CASE(only_the_digest_of_zeros_is_zero) {
  Digest digest;
  BOOST_TEST(digest.is_zero());

  digest.bytes.back() = 1;

  BOOST_TEST(!digest.is_zero());
}

BOOST_AUTO_TEST_CASE(hmac_gives_the_tags_of_rfc_4231) {
  const std::string block_text = "Test Using Larger Than Block-Size Key - Hash Key First";
  const std::vector<MacVector> vectors{
      {.key = Bytes(20, 0x0b),
       .content = to_bytes(as_bytes("Hi There")),
       .tag = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {.key = to_bytes(as_bytes("Jefe")),
       .content = to_bytes(as_bytes("what do ya want for nothing?")),
       .tag = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {.key = Bytes(20, 0xaa),
       .content = Bytes(50, 0xdd),
       .tag = "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {.key = Bytes(131, 0xaa),
       .content = to_bytes(as_bytes(block_text)),
       .tag = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}};

  for (const MacVector& vector : vectors) {
    BOOST_TEST(hmac_sha256(vector.key, vector.content).hex() == vector.tag);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_mac_key_is_a_key_of_zeros) {
  BOOST_CHECK(hmac_sha256({}, as_bytes("x")) == hmac_sha256(Bytes(64, 0), as_bytes("x")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::crypto

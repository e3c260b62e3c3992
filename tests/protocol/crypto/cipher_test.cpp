#include "protocol/crypto/cipher.hpp"

#include <algorithm>
#include <numeric>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::crypto {

namespace {

using support::hex;
using support::Random;

using CipherKey = std::array<std::uint8_t, 32>;

CipherKey cipher_key(std::string_view text) {
  const Bytes bytes = hex(text);
  CipherKey out{};
  BOOST_REQUIRE(bytes.size() == out.size());
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// RFC 8439, A.5. Its nonce begins with four zero bytes, as ours does, so the rest is the counter.
constexpr std::uint64_t kRfcCounter = 0x0807060504030201;
constexpr std::string_view kRfcKey =
    "1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0";
constexpr std::string_view kRfcAssociated = "f33388860000000000004e91";
constexpr std::string_view kRfcSealed =
    "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb2"
    "4c6cfc18755d43eea09ee94e382d26b0bdb7b73c321b0100d4f03b7f355894cf"
    "332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37c855"
    "9797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4"
    "b9166c767b804d46a59b5216cde7a4e99040c5a40433225ee282a1b0a06c523e"
    "af4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273f548271a"
    "0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a10"
    "49e617d91d361094fa68f0ff77987130305beaba2eda04df997b714d6c6f2c29"
    "a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38";
constexpr std::string_view kRfcPlain =
    "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, "
    "replaced, or obsoleted by other documents at any time. It is inappropriate to use "
    "Internet-Drafts as reference material or to cite them other than as /"
    "\xe2\x80\x9cwork in progress./\xe2\x80\x9d";

Bytes sealed(Aead& aead, std::uint64_t counter, ByteView plain) {
  Bytes out;
  aead.seal(counter, {}, plain, out);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cipher_test)

BOOST_AUTO_TEST_CASE(the_message_of_rfc_8439_is_opened) {
  Aead aead(cipher_key(kRfcKey));
  Bytes plain;

  BOOST_TEST(aead.open(kRfcCounter, hex(kRfcAssociated), hex(kRfcSealed), plain));

  BOOST_TEST(as_text(plain) == kRfcPlain);
}

BOOST_AUTO_TEST_CASE(the_message_of_rfc_8439_is_sealed) {
  Aead aead(cipher_key(kRfcKey));
  Bytes out;

  aead.seal(kRfcCounter, hex(kRfcAssociated), as_bytes(kRfcPlain), out);

  BOOST_TEST(to_hex(out) == kRfcSealed);
}

BOOST_AUTO_TEST_CASE(messages_of_every_size_around_the_blocks_survive) {
  Random random;
  Aead sender(cipher_key(kRfcKey));
  Aead receiver(cipher_key(kRfcKey));
  std::vector<std::size_t> sizes(200);
  std::iota(sizes.begin(), sizes.end(), std::size_t{0});
  for (const std::size_t size : {511u, 512u, 513u, 1023u, 1024u, 4096u, 65519u}) {
    sizes.push_back(size);
  }

  std::uint64_t counter = 0;
  for (const std::size_t size : sizes) {
    const Bytes plain = random.bytes(size);
    const Bytes associated = random.bytes(size % 40);
    Bytes out;
    sender.seal(counter, associated, plain, out);
    Bytes back;
    BOOST_REQUIRE(out.size() == size + Aead::kTagBytes);
    BOOST_REQUIRE(receiver.open(counter, associated, out, back));
    BOOST_REQUIRE(back == plain);
    ++counter;
  }
}

BOOST_AUTO_TEST_CASE(one_object_seals_like_a_fresh_one_for_each_message) {
  Aead used(cipher_key(kRfcKey));
  for (const std::uint64_t counter : {5u, 0u, 5u, 1u}) {
    Aead fresh(cipher_key(kRfcKey));
    const Bytes plain(70, 0x42);
    BOOST_TEST(sealed(used, counter, plain) == sealed(fresh, counter, plain));
  }
}

BOOST_AUTO_TEST_CASE(the_counter_and_the_key_change_the_message) {
  Aead aead(cipher_key(kRfcKey));
  Aead other({});
  const Bytes plain(10, 0x42);

  const Bytes first = sealed(aead, 0, plain);

  BOOST_TEST(first != sealed(aead, 1, plain));
  BOOST_TEST(first != sealed(aead, std::uint64_t{1} << 63, plain));
  BOOST_TEST(first != sealed(other, 0, plain));
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_is_noticed_and_nothing_is_appended) {
  Aead aead(cipher_key(kRfcKey));
  const Bytes associated{1, 2, 3};
  Bytes message;
  aead.seal(9, associated, as_bytes("an answer"), message);

  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    Bytes altered = message;
    altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    Bytes plain{7};
    BOOST_TEST(!aead.open(9, associated, altered, plain));
    BOOST_TEST(plain == Bytes{7});
  }
}

BOOST_AUTO_TEST_CASE(a_message_cut_at_any_length_is_refused) {
  Aead aead(cipher_key(kRfcKey));
  const Bytes message = sealed(aead, 9, as_bytes("an answer"));

  for (std::size_t size = 0; size < message.size(); ++size) {
    Bytes plain;
    BOOST_TEST(!aead.open(9, {}, ByteView(message).first(size), plain));
    BOOST_TEST(plain.empty());
  }
}

BOOST_AUTO_TEST_CASE(another_counter_key_or_associated_text_is_refused) {
  Aead aead(cipher_key(kRfcKey));
  Aead other({});
  const Bytes associated{1};
  Bytes message;
  aead.seal(9, associated, as_bytes("text"), message);
  Bytes plain;

  BOOST_TEST(!aead.open(8, associated, message, plain));
  BOOST_TEST(!aead.open(9, {}, message, plain));
  BOOST_TEST(!aead.open(9, Bytes{1, 0}, message, plain));
  BOOST_TEST(!other.open(9, associated, message, plain));
  BOOST_TEST(aead.open(9, associated, message, plain));
}

BOOST_AUTO_TEST_CASE(results_are_appended_to_what_is_there) {
  Aead aead(cipher_key(kRfcKey));
  Bytes message{0xee};
  aead.seal(0, {}, as_bytes("ab"), message);
  Bytes plain{0xdd};

  BOOST_TEST(aead.open(0, {}, ByteView(message).subspan(1), plain));

  BOOST_TEST(message.front() == 0xee);
  BOOST_TEST(plain == (Bytes{0xdd, 'a', 'b'}));
}

BOOST_AUTO_TEST_CASE(a_moved_cipher_goes_on) {
  Aead aead(cipher_key(kRfcKey));
  const Bytes message = sealed(aead, 3, as_bytes("text"));

  Aead moved(std::move(aead));

  BOOST_TEST(sealed(moved, 3, as_bytes("text")) == message);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::crypto

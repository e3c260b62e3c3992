#include "protocol/network/channel_hello.hpp"

#include <boost/test/unit_test.hpp>

using troupe::Bytes;
using troupe::ByteView;
namespace crypto = troupe::crypto;
namespace network = troupe::network;
using network::check_hello;
using network::encode_hello;
using network::HelloError;

namespace {

crypto::Digest chain(std::uint8_t last) {
  crypto::Digest digest;
  digest.bytes[31] = last;
  return digest;
}

HelloError refusal(ByteView message) {
  const auto checked = check_hello(message, chain(1));
  BOOST_REQUIRE(!checked.ok());
  return checked.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(channel_hello_test)

BOOST_AUTO_TEST_CASE(a_hello_of_the_same_chain_is_accepted) {
  BOOST_TEST(check_hello(encode_hello(chain(1)), chain(1)).ok());
}

BOOST_AUTO_TEST_CASE(the_encoding_is_a_version_and_the_chain) {
  BOOST_TEST(troupe::to_hex(encode_hello(chain(7))) == "01" + std::string(62, '0') + "07");
}

BOOST_AUTO_TEST_CASE(another_chain_is_named) {
  BOOST_TEST((refusal(encode_hello(chain(2))) == HelloError::WrongChain));
}

BOOST_AUTO_TEST_CASE(another_version_is_named_whatever_it_carries) {
  auto hello = encode_hello(chain(1));
  hello[0] = 2;
  hello.push_back(9);

  BOOST_TEST((refusal(hello) == HelloError::WrongVersion));
}

BOOST_AUTO_TEST_CASE(truncated_and_overlong_hellos_are_malformed) {
  const auto hello = encode_hello(chain(1));

  for (std::size_t size = 0; size < hello.size(); ++size) {
    BOOST_TEST((refusal(ByteView{hello}.first(size)) == HelloError::Malformed));
  }
  auto longer = hello;
  longer.push_back(0);
  BOOST_TEST((refusal(longer) == HelloError::Malformed));
  Bytes not_minimal{0x81, 0x00};
  troupe::append(not_minimal, chain(1).view());
  BOOST_TEST((refusal(not_minimal) == HelloError::Malformed));
}

BOOST_AUTO_TEST_SUITE_END()

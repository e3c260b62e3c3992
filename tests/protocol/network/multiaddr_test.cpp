#include "protocol/network/multiaddr.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/support/random.hpp"
#include "tests/support/vectors.hpp"

namespace troupe::network {

namespace {

using support::hex;

nlohmann::json vectors() {
  return support::load_vectors("multiaddrs.json");
}

std::string text_of(const nlohmann::json& object, const char* field) {
  return object.at(field).get<std::string>();
}

bool is(const Result<Multiaddr, MultiaddrError>& result, MultiaddrError error) {
  return !result && result.error() == error;
}

Multiaddr address(std::string_view text) {
  return Multiaddr::parse(text).value();
}

constexpr std::string_view kPeer = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA";

}  // namespace

BOOST_AUTO_TEST_SUITE(multiaddr_test)

BOOST_AUTO_TEST_CASE(text_and_bytes_of_an_address_say_the_same) {
  const auto all = vectors();
  for (const auto& vector : all.at("vectors")) {
    const auto parsed = Multiaddr::parse(text_of(vector, "string"));
    const auto decoded = Multiaddr::decode(hex(text_of(vector, "hex")));

    BOOST_TEST_REQUIRE(parsed.ok(), text_of(vector, "string"));
    BOOST_TEST_REQUIRE(decoded.ok(), text_of(vector, "string"));
    BOOST_TEST((parsed->bytes() == hex(text_of(vector, "hex"))));
    BOOST_TEST((*decoded == *parsed));
    BOOST_TEST(decoded->text() == text_of(vector, "canonical"));
  }
}

BOOST_AUTO_TEST_CASE(ipfs_is_an_alias_of_p2p) {
  const auto alias = vectors().at("alias");

  BOOST_TEST(address(text_of(alias, "in")).text() == text_of(alias, "out"));
}

BOOST_AUTO_TEST_CASE(texts_that_are_no_addresses_are_refused) {
  // js-libp2p takes the empty text for an empty address; nothing can be dialed there, so we do not.
  const auto all = vectors();
  for (const auto& vector : all.at("invalidText"))
    BOOST_TEST(!Multiaddr::parse(text_of(vector, "string")), text_of(vector, "string"));

  BOOST_TEST(is(Multiaddr::parse(""), MultiaddrError::Empty));
  BOOST_TEST(is(Multiaddr::parse("ip4/1.2.3.4"), MultiaddrError::NoLeadingSlash));
  BOOST_TEST(is(Multiaddr::parse("/ip4/256.0.0.1/tcp/1"), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::parse("/ip4/127.0.0.1/tcp"), MultiaddrError::MissingValue));
  BOOST_TEST(is(Multiaddr::parse("/ip4/127.0.0.1/tcp/"), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::parse("/ip4/127.0.0.1/"), MultiaddrError::UnknownProtocol));
  BOOST_TEST(is(Multiaddr::parse("/"), MultiaddrError::UnknownProtocol));
  BOOST_TEST(is(Multiaddr::parse("/nosuch/1"), MultiaddrError::UnknownProtocol));
  BOOST_TEST(is(Multiaddr::parse("/unix/%2"), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::parse("/unix/%zz"), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::parse("/unix/%00"), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::parse("/dns4/a b/tcp/1"), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::parse("/ip4/1.2.3.4/ipcidr/129"), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::parse("/dns/" + std::string(600, 'a')), MultiaddrError::TooLong));
  BOOST_TEST(is(Multiaddr::parse("/dns/" + std::string(2000, 'a')), MultiaddrError::TooLong));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_addresses_are_refused) {
  // js-libp2p takes the last one, a peer id of no bytes; a multihash of no bytes names nobody.
  const auto all = vectors();
  for (const auto& vector : all.at("invalidBinary"))
    BOOST_TEST(!Multiaddr::decode(hex(text_of(vector, "hex"))), text_of(vector, "hex"));

  BOOST_TEST(is(Multiaddr::decode(hex("")), MultiaddrError::Empty));
  BOOST_TEST(is(Multiaddr::decode(hex("04")), MultiaddrError::Truncated));
  BOOST_TEST(is(Multiaddr::decode(hex("ffffffff7f")), MultiaddrError::UnknownProtocol));
  BOOST_TEST(is(Multiaddr::decode(hex("8400 7f000001")), MultiaddrError::NotMinimal));
  BOOST_TEST(is(Multiaddr::decode(hex("a503 0200aa")), MultiaddrError::BadValue));
  BOOST_TEST(is(Multiaddr::decode(hex("36 03 612f62")), MultiaddrError::BadValue));  // dns4 a/b
  BOOST_TEST(is(Multiaddr::decode(hex("36 00")), MultiaddrError::BadValue));         // dns4 ""
  BOOST_TEST(is(Multiaddr::decode(hex("36 8380 00 616263")), MultiaddrError::NotMinimal));
  BOOST_TEST(is(Multiaddr::decode(Bytes(kMultiaddrBytesMax + 1, 0)), MultiaddrError::TooLong));
}

BOOST_AUTO_TEST_CASE(an_address_cut_off_anywhere_is_refused_or_another_whole_address) {
  const Multiaddr whole = address("/ip4/127.0.0.1/tcp/4001/p2p/" + std::string(kPeer));
  for (std::size_t size = 0; size < whole.bytes().size(); ++size) {
    const auto cut = Multiaddr::decode(ByteView(whole.bytes()).first(size));
    const bool between_components = size == 5 || size == 8;
    BOOST_TEST(cut.ok() == between_components, size);
  }
}

BOOST_AUTO_TEST_CASE(random_bytes_never_do_more_than_fail_or_round_trip) {
  support::Random random;
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = random.bytes(random.below(24));
    if (!bytes.empty() && random.below(2) == 0)
      bytes[0] = static_cast<std::uint8_t>(random.below(60));
    const auto decoded = Multiaddr::decode(bytes);
    if (!decoded) continue;
    const auto again = Multiaddr::parse(decoded->text());
    BOOST_TEST_REQUIRE(again.ok(), decoded->text());
    BOOST_TEST((again->bytes() == bytes), decoded->text());
  }
}

BOOST_AUTO_TEST_CASE(the_peer_at_the_end_can_be_read_set_and_removed) {
  const Multiaddr bare = address("/ip4/127.0.0.1/tcp/4001");
  const PeerId peer = PeerId::parse(kPeer).value();

  const Multiaddr full = bare.with_peer(peer);

  BOOST_TEST(full.text() == "/ip4/127.0.0.1/tcp/4001/p2p/" + std::string(kPeer));
  BOOST_TEST((full.peer_id() == peer));
  BOOST_TEST((full.with_peer(peer) == full));
  BOOST_TEST((full.without_peer() == bare));
  BOOST_TEST((bare.without_peer() == bare));
  BOOST_TEST(!bare.peer_id());
}

BOOST_AUTO_TEST_CASE(the_peer_of_a_relayed_address_is_the_last_one) {
  const auto relayed = vectors().at("vectors").at(13).at("string").get<std::string>();

  BOOST_TEST((address(relayed).peer_id() == PeerId::parse(kPeer).value()));
  BOOST_TEST(!address(relayed).tcp_endpoint());
}

BOOST_AUTO_TEST_CASE(a_tcp_endpoint_is_a_host_and_a_port_and_nothing_more) {
  const auto endpoint = [](const std::string& text) { return address(text).tcp_endpoint(); };

  BOOST_TEST((endpoint("/ip4/10.0.0.1/tcp/4001") == TcpEndpoint{"10.0.0.1", 4001}));
  BOOST_TEST((endpoint("/ip6/::1/tcp/0") == TcpEndpoint{"::1", 0}));
  BOOST_TEST((endpoint("/dns4/node-1.example/tcp/65535") == TcpEndpoint{"node-1.example", 65535}));
  BOOST_TEST(
      (endpoint("/ip4/10.0.0.1/tcp/1/p2p/" + std::string(kPeer)) == TcpEndpoint{"10.0.0.1", 1}));
  BOOST_TEST(!endpoint("/ip4/10.0.0.1"));
  BOOST_TEST(!endpoint("/ip4/10.0.0.1/udp/1"));
  BOOST_TEST(!endpoint("/ip4/10.0.0.1/tcp/1/ws"));
  BOOST_TEST(!endpoint("/ip6zone/eth0/ip6/fe80::1/tcp/1"));
  BOOST_TEST(!endpoint("/p2p/" + std::string(kPeer)));
}

BOOST_AUTO_TEST_CASE(an_endpoint_makes_an_address) {
  BOOST_TEST(Multiaddr::from_tcp({"10.0.0.1", 4001})->text() == "/ip4/10.0.0.1/tcp/4001");
  BOOST_TEST(Multiaddr::from_tcp({"2001:DB8::1", 1})->text() == "/ip6/2001:db8::1/tcp/1");
  BOOST_TEST(is(Multiaddr::from_tcp({"example.org", 1}), MultiaddrError::BadValue));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

#include <string_view>

#include "protocol/network/multiaddr.hpp"
#include "protocol/network/multibase.hpp"
#include "protocol/network/peer_id.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := kind: u8  bytes or text: the rest
//
// Peer ids, multiaddrs and the texts they are written in: from users, configuration and peers.
namespace troupe::fuzz {

namespace {

using network::Multiaddr;
using network::PeerId;

enum class Kind : std::uint8_t {
  PeerIdBytes,
  PeerIdText,
  MultiaddrBytes,
  MultiaddrText,
  Base58,
  Base32,
  Base36,
  KeyMessage
};

constexpr std::uint8_t kKinds = 8;

PeerId some_peer() {
  const auto pair = crypto::KeyPair::from_seed(Bytes(crypto::KeyPair::kSeedBytes, 3));
  return PeerId::from_public_key(pair.value().public_key());
}

// However an id was written, it reads back from both of its texts.
void check_peer_id(const PeerId& id) {
  INVARIANT(PeerId::decode(id.bytes()).value() == id);
  INVARIANT(PeerId::parse(id.text()).value() == id);
  INVARIANT(PeerId::parse(id.cid_text()).value() == id);
  if (const auto key = id.public_key()) INVARIANT(PeerId::from_public_key(*key) == id);
}

void check_multiaddr(const Multiaddr& address) {
  INVARIANT(Multiaddr::decode(address.bytes()).value() == address);
  const auto parsed = Multiaddr::parse(address.text());
  INVARIANT(parsed.ok());
  INVARIANT(*parsed == address);
  if (const auto peer = address.peer_id()) {
    INVARIANT(address.without_peer().with_peer(*peer) == address);
  }
  if (const auto endpoint = address.tcp_endpoint()) INVARIANT(!endpoint->host.empty());
}

void check_key_message(ByteView message) {
  const auto key = network::decode_public_key(message);
  if (key) INVARIANT(network::decode_public_key(network::encode_public_key(*key)).value() == *key);
}

void check_base58(std::string_view text) {
  const auto bytes = network::from_base58(text);
  if (bytes) INVARIANT(network::to_base58(*bytes) == text);
}

// These two are read in either case and written in lower case.
void check_base32(std::string_view text) {
  const auto bytes = network::from_base32(text);
  if (bytes) INVARIANT(network::from_base32(network::to_base32(*bytes)) == bytes);
}

void check_base36(std::string_view text) {
  const auto bytes = network::from_base36(text);
  if (bytes) INVARIANT(network::from_base36(network::to_base36(*bytes)) == bytes);
}

}  // namespace

void fuzz_address(ByteView input) {
  if (input.empty()) return;
  const ByteView bytes = input.subspan(1);
  const std::string_view text = as_text(bytes);
  switch (static_cast<Kind>(input.front() % kKinds)) {
    case Kind::PeerIdBytes:
      if (const auto id = PeerId::decode(bytes)) {
        INVARIANT(equal(id->bytes(), bytes));
        check_peer_id(*id);
      }
      return;
    case Kind::PeerIdText:
      if (const auto id = PeerId::parse(text)) check_peer_id(*id);
      return;
    case Kind::MultiaddrBytes:
      if (const auto address = Multiaddr::decode(bytes)) {
        INVARIANT(equal(address->bytes(), bytes));
        check_multiaddr(*address);
      }
      return;
    case Kind::MultiaddrText:
      if (const auto address = Multiaddr::parse(text)) check_multiaddr(*address);
      return;
    case Kind::Base58: return check_base58(text);
    case Kind::Base32: return check_base32(text);
    case Kind::Base36: return check_base36(text);
    case Kind::KeyMessage: return check_key_message(bytes);
  }
}

std::vector<Bytes> address_seeds() {
  const PeerId peer = some_peer();
  std::vector<Bytes> seeds{
      seed_for(Kind::PeerIdBytes, peer.bytes()),
      seed_for(Kind::PeerIdText, as_bytes(peer.text())),
      seed_for(Kind::PeerIdText, as_bytes(peer.cid_text())),
      seed_for(Kind::Base58, as_bytes(peer.text())),
      seed_for(Kind::Base32, as_bytes(network::to_base32(peer.bytes()))),
      seed_for(Kind::Base36, as_bytes(network::to_base36(peer.bytes()))),
      seed_for(Kind::KeyMessage, network::encode_public_key(peer.public_key().value()))};
  for (const std::string_view start : {"/ip4/127.0.0.1/tcp/4001",
                                       "/ip6/2001:db8::1/udp/4001/quic-v1",
                                       "/dns4/example.org/tcp/443/tls/ws",
                                       "/unix/tmp%2Fsocket"}) {
    const auto address = Multiaddr::parse(start);
    seeds.push_back(seed_for(Kind::MultiaddrText, as_bytes(start)));
    if (!address) continue;
    seeds.push_back(seed_for(Kind::MultiaddrBytes, address->with_peer(peer).bytes()));
  }
  return seeds;
}

}  // namespace troupe::fuzz

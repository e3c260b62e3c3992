#include "protocol/network/channel_hello.hpp"
#include "protocol/network/identify.hpp"
#include "protocol/network/noise_payload.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := kind: u8  message: the rest
//
// What peers say about themselves: identify, the payload of the Noise handshake (both protobuf), and
// the hello of our own channels.
namespace troupe::fuzz {

namespace {

using network::Identification;
using network::Multiaddr;
using network::NoisePayload;

enum class Kind : std::uint8_t { Identification, NoisePayload, Hello };

constexpr std::uint8_t kKinds = 3;

// What is written leaves out what would make the message too long, so a list may get shorter once;
// after that nothing changes any more.
void check_identification(ByteView message) {
  const auto first = network::decode_identification(message);
  if (!first) return;
  const auto second = network::decode_identification(encode(*first));
  INVARIANT(second.ok());
  INVARIANT(second->listen_addresses.size() <= first->listen_addresses.size());
  INVARIANT(second->protocols.size() <= first->protocols.size());
  INVARIANT(equal(encode(*second), encode(*first)));
}

// There is exactly one hello for a chain.
void check_hello(ByteView message) {
  const crypto::Digest chain = crypto::sha256(as_bytes("chain"));
  const bool accepted = network::check_hello(message, chain).ok();
  INVARIANT(accepted == equal(message, network::encode_hello(chain)));
}

Identification some_identification() {
  const auto pair = crypto::KeyPair::from_seed(Bytes(crypto::KeyPair::kSeedBytes, 3));
  return {.public_key = pair.value().public_key(),
          .listen_addresses = {Multiaddr::parse("/ip4/127.0.0.1/tcp/4001").value(),
                               Multiaddr::parse("/ip6/::1/tcp/4001").value()},
          .protocols = {"/ipfs/ping/1.0.0", "/troupe/consensus/1.0.0"},
          .observed_address = Multiaddr::parse("/ip4/10.0.0.1/tcp/5000").value(),
          .protocol_version = "ipfs/0.1.0",
          .agent_version = "troupe/0.1.0"};
}

}  // namespace

void fuzz_identify(ByteView input) {
  if (input.empty()) return;
  const ByteView message = input.subspan(1);
  switch (static_cast<Kind>(input.front() % kKinds)) {
    case Kind::Identification: return check_identification(message);
    case Kind::Hello: return check_hello(message);
    case Kind::NoisePayload: return check_stable(message, network::decode_noise_payload);
  }
}

std::vector<Bytes> identify_seeds() {
  const NoisePayload payload{.identity_key = Bytes(36, 8),
                             .identity_signature = Bytes(64, 9),
                             .muxers = {"/yamux/1.0.0", "/mplex/6.7.0"}};
  return {seed_for(Kind::Identification, encode(some_identification())),
          seed_for(Kind::NoisePayload, encode(payload)),
          seed_for(Kind::Hello, network::encode_hello(crypto::sha256(as_bytes("chain"))))};
}

}  // namespace troupe::fuzz

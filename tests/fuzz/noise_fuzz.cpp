#include <algorithm>
#include <array>
#include <optional>

#include "protocol/network/noise.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := message: u8  mode: u8  bytes: the rest
//
// An honest handshake whose message 0, 1 or 2 meets the bytes on its way: with an even mode they are
// XORed onto it, with an odd one they replace it. The listener, which hears the last word, may
// finish only if every message arrived as it was sent.
namespace troupe::fuzz {

namespace {

using network::NoiseHandshake;
using network::NoiseSetup;
using network::Role;

constexpr std::size_t kMessages = 3;
constexpr std::size_t kHeadBytes = 2;

crypto::AgreementKey agreement_key(std::uint8_t fill) {
  crypto::AgreementKey key{};
  key.fill(fill);
  return key;
}

NoiseSetup setup_of(Role role, std::uint8_t fill) {
  const auto ephemeral = static_cast<std::uint8_t>(fill + 1);
  return {.role = role,
          .node_key = crypto::KeyPair::from_seed(Bytes(crypto::KeyPair::kSeedBytes, fill)).value(),
          .keys = {.static_private = agreement_key(fill),
                   .ephemeral_private = agreement_key(ephemeral)},
          .expected_peer = std::nullopt,
          .muxers = {"/yamux/1.0.0"}};
}

struct Tampering {
  std::size_t message = 0;
  bool replaces = false;
  ByteView bytes;

  [[nodiscard]] Bytes apply(const Bytes& sent) const {
    if (replaces) return to_bytes(bytes);
    Bytes altered = sent;
    const std::size_t count = std::min(altered.size(), bytes.size());
    for (std::size_t i = 0; i < count; ++i)
      altered[i] ^= bytes[i];
    return altered;
  }
};

// Carries messages to and fro until one side has nothing to say. True if the listener finished.
bool listener_finishes(const Tampering& tampering, bool& tampered) {
  NoiseHandshake dialer(setup_of(Role::Dialer, 0x10));
  NoiseHandshake listener(setup_of(Role::Listener, 0x20));
  std::array<NoiseHandshake*, 2> hearers{&listener, &dialer};
  Bytes sent = dialer.start();
  for (std::size_t number = 0; number < kMessages; ++number) {
    const Bytes heard = number == tampering.message ? tampering.apply(sent) : sent;
    tampered = tampered || heard != sent;
    const auto step = hearers[number % hearers.size()]->received(heard);
    if (!step) return false;
    if (step->outcome && number + 1 == kMessages) return true;
    sent = step->reply;
  }
  return false;
}

}  // namespace

void fuzz_noise(ByteView input) {
  if (input.size() < kHeadBytes) return;
  const Tampering tampering{.message = input[0] % kMessages,
                            .replaces = input[1] % 2 == 1,
                            .bytes = input.subspan(kHeadBytes)};
  bool tampered = false;
  const bool finished = listener_finishes(tampering, tampered);
  INVARIANT(finished == !tampered);
}

std::vector<Bytes> noise_seeds() {
  std::vector<Bytes> seeds;
  for (std::uint8_t message = 0; message < kMessages; ++message) {
    Bytes mask{message, 0};
    append(mask, Bytes(12, 0));
    seeds.push_back(mask);
    mask.back() = 0x80;
    seeds.push_back(mask);
    Bytes replacement{message, 1};
    append(replacement, Bytes(32, 0x09));
    seeds.push_back(replacement);
  }
  return seeds;
}

}  // namespace troupe::fuzz

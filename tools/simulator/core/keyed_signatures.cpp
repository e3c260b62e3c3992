#include "tools/simulator/core/keyed_signatures.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::simulator {

namespace {

consensus::ValidatorSet make_validators(std::uint32_t count) {
  std::vector<crypto::PublicKey> keys;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Bytes seed(crypto::KeyPair::kSeedBytes, static_cast<std::uint8_t>(i + 1));
    keys.push_back(crypto::KeyPair::from_seed(seed)->public_key());
  }
  auto set = consensus::ValidatorSet::from(std::move(keys));
  INVARIANT(set.ok());
  return std::move(set).value();
}

std::uint64_t mix(std::uint64_t state, std::uint64_t word) {
  state = (state ^ word) * 0x9e3779b97f4a7c15;
  return state ^ state >> 29;
}

}  // namespace

crypto::Signature keyed_hash(const crypto::PublicKey& key, ByteView message) {
  std::uint64_t state = 0;
  for (std::size_t i = 0; i < 32; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.bytes.data() + i, 8);
    state = mix(state, word);
  }
  for (std::size_t i = 0; i < message.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, message.data() + i, std::min<std::size_t>(8, message.size() - i));
    state = mix(state, word + 1);
  }
  crypto::Signature signature;
  for (std::size_t i = 0; i < 16; i += 8) {
    state = mix(state, i + message.size());
    std::memcpy(signature.bytes.data() + i, &state, 8);
  }
  return signature;
}

KeyedSignatures::KeyedSignatures(std::uint32_t validator_count)
    : validators_(make_validators(validator_count)) {}

crypto::Signature KeyedSignatures::sign(ValidatorIndex signer, ByteView message) const {
  return keyed_hash(validators_.key(signer), message);
}

consensus::SignedVote KeyedSignatures::sign(const consensus::Binding& binding,
                                            ValidatorIndex signer,
                                            const consensus::Vote& vote) const {
  return {vote, signer, sign(signer, consensus::signed_bytes(binding, vote))};
}

consensus::Verify KeyedSignatures::verify() {
  return [](const crypto::PublicKey& key, ByteView message, const crypto::Signature& signature) {
    return keyed_hash(key, message) == signature;
  };
}

consensus::Certificate KeyedSignatures::certify(const consensus::Binding& binding,
                                                const consensus::Vote& vote,
                                                const std::vector<std::uint32_t>& signers) const {
  consensus::Certificate certificate{vote, {}};
  for (const std::uint32_t signer : signers) {
    const auto signed_vote = sign(binding, ValidatorIndex{signer}, vote);
    certificate.signatures.push_back({ValidatorIndex{signer}, signed_vote.signature});
  }
  return certificate;
}

}  // namespace troupe::simulator

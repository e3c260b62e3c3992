#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/ledger/transaction.hpp"

// Small things that the ledger's tests are made of. The same words give the same keys in every run.
namespace troupe::ledger::samples {

inline crypto::KeyPair key_of(std::string_view word) {
  return *crypto::KeyPair::from_seed(crypto::sha256(as_bytes(word)).view());
}

inline crypto::PublicKey public_key_of(std::string_view word) {
  return key_of(word).public_key();
}

inline crypto::Digest chain() {
  return crypto::sha256(as_bytes("a chain for tests"));
}

inline Bytes bytes_of(std::string_view text) {
  return to_bytes(as_bytes(text));
}

inline Body body_of(std::string_view account, std::vector<Operation> operations) {
  Body body;
  body.chain = chain();
  body.account = public_key_of(account);
  body.valid_through = Height{100};
  body.operations = std::move(operations);
  return body;
}

inline Transaction transaction_of(std::string_view account, std::vector<Operation> operations) {
  return Transaction::sign(body_of(account, std::move(operations)), key_of(account));
}

/// The seed of a random test: TROUPE_SEED, or always the same one.
inline std::uint64_t seed() {
  const char* text = std::getenv("TROUPE_SEED");
  return text == nullptr ? 20261123 : std::strtoull(text, nullptr, 10);
}

using Random = std::mt19937_64;

inline std::uint64_t below(Random& random, std::uint64_t end) {
  return random() % end;
}

inline Bytes random_bytes(Random& random, std::size_t size) {
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes)
    byte = static_cast<std::uint8_t>(random());
  return bytes;
}

}  // namespace troupe::ledger::samples

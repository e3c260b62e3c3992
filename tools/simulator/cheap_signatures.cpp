#include "tools/simulator/cheap_signatures.hpp"

#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::simulator {

namespace {

bool is_cheap_now = false;

}  // namespace

// The names are those that the Itanium C++ ABI gives to the two functions. A member function is
// called like a free one whose first argument is the object.
bool real_verify(const crypto::PublicKey& key, ByteView message, const crypto::Signature& signature) asm(
    "__real__ZN6troupe6crypto6verifyERKNS0_"
    "9PublicKeyESt4spanIKhLm18446744073709551"
    "615EERKNS0_9SignatureE");
bool chosen_verify(const crypto::PublicKey& key, ByteView message, const crypto::Signature& signature) asm(
    "__wrap__ZN6troupe6crypto6verifyERKNS0_"
    "9PublicKeyESt4spanIKhLm184467440737095"
    "51615EERKNS0_9SignatureE");
crypto::Signature real_sign(const crypto::KeyPair* keys, ByteView message) asm(
    "__real__ZNK6troupe6crypto7KeyPair4signESt4spanIKhLm184467440737095"
    "51615EE");
crypto::Signature chosen_sign(const crypto::KeyPair* keys, ByteView message) asm(
    "__wrap__ZNK6troupe6crypto7KeyPair4signESt4spanIKhLm184467440737095"
    "51615EE");

bool chosen_verify(const crypto::PublicKey& key,
                   ByteView message,
                   const crypto::Signature& signature) {
  if (is_cheap_now) return keyed_hash(key, message) == signature;
  return real_verify(key, message, signature);
}

crypto::Signature chosen_sign(const crypto::KeyPair* keys, ByteView message) {
  if (is_cheap_now) return keyed_hash(keys->public_key(), message);
  return real_sign(keys, message);
}

void use_cheap_signatures(bool is_cheap) {
  is_cheap_now = is_cheap;
}

bool are_signatures_replaced() {
  const bool was_cheap = is_cheap_now;
  is_cheap_now = true;
  const Bytes seed(crypto::KeyPair::kSeedBytes, 1);
  const auto keys = crypto::KeyPair::from_seed(seed);
  const Bytes message = to_bytes(as_bytes("whose is it?"));
  const auto signature = keys->sign(message);
  const bool is_replaced = signature == keyed_hash(keys->public_key(), message) &&
                           crypto::verify(keys->public_key(), message, signature);
  is_cheap_now = was_cheap;
  return is_replaced;
}

}  // namespace troupe::simulator

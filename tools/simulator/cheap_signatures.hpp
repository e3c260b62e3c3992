#pragma once

#include "protocol/crypto/signature.hpp"

// Half of a simulation's time would go into Ed25519. This program is linked so that every call of
// crypto::verify and crypto::KeyPair::sign from another file passes through here (the linker's
// --wrap): most runs sign with a keyed hash instead, which costs nanoseconds. Whoever has no
// KeyPair of a node still cannot sign for it, because nothing but sign() asks for the hash.
namespace troupe::simulator {

/// What signs and verifies in this process from now on. Real until told otherwise.
void use_cheap_signatures(bool is_cheap);

/// True if the calls do pass through here: what the program asks itself when it starts.
[[nodiscard]] bool are_signatures_replaced();

}  // namespace troupe::simulator

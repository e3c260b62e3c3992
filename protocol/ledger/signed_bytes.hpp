#pragma once

#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/crypto/hash.hpp"

namespace troupe::ledger {

/// What a signature of this project covers: `troupe/<kind>/1`, a zero byte, the 32 bytes of the
/// chain id, then the canonical encoding of the signed body. No signature can thus be taken for one
/// of another kind or another chain.
[[nodiscard]] Bytes signed_bytes(std::string_view kind, const crypto::Digest& chain, ByteView body);

}  // namespace troupe::ledger

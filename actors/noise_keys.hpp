#pragma once

#include "actors/randomness.hpp"
#include "protocol/network/noise.hpp"

namespace troupe::actors {

/// A fresh X25519 private key.
[[nodiscard]] crypto::AgreementKey draw_agreement_key(const Randomness& randomness);

/// Keys for one handshake of somebody who keeps neither.
[[nodiscard]] network::NoiseKeys draw_noise_keys(const Randomness& randomness);

}  // namespace troupe::actors

#include "actors/noise_keys.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"

namespace troupe::actors {

crypto::AgreementKey draw_agreement_key(const Randomness& randomness) {
  crypto::AgreementKey key{};
  const Bytes bytes = randomness(key.size());
  INVARIANT(bytes.size() == key.size());
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

network::NoiseKeys draw_noise_keys(const Randomness& randomness) {
  network::NoiseKeys keys;
  keys.static_private = draw_agreement_key(randomness);
  keys.ephemeral_private = draw_agreement_key(randomness);
  return keys;
}

}  // namespace troupe::actors

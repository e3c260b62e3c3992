#include "protocol/proof/proof.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/sample_proofs.hpp"

// Proofs as strangers hand them over: what decodes is canonical, and what is checked is either one
// of the seeds or refused.
namespace troupe::fuzz {

namespace {

bool is_seed(const proof::Proof& proof) {
  for (const auto& sample : support::sample_proofs().all()) {
    if (sample.proof == proof) return true;
  }
  return false;
}

}  // namespace

void fuzz_proof(ByteView input) {
  const auto decoded = proof::decode_proof(input);
  if (!decoded) return;
  INVARIANT(equal(encode(*decoded), input));
  INVARIANT(!verify(*decoded, support::sample_proofs().chain) || is_seed(*decoded));
}

std::vector<Bytes> proof_seeds() {
  std::vector<Bytes> seeds;
  for (const auto& sample : support::sample_proofs().all())
    seeds.push_back(encode(sample.proof));
  return seeds;
}

}  // namespace troupe::fuzz

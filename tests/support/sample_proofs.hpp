#pragma once

#include <string>
#include <vector>

#include "protocol/proof/proof.hpp"

namespace troupe::support {

/// A small ledger of four validators with genuine signatures, and proofs of what it holds.
///
/// Height 1 orders two puts, of bike/17 and of bike/18, in one batch; 2 orders one note; 3 and 4
/// order nothing, 3 exposes the state after 2. Heights 3 and 4 are directly final, the others only
/// through them.
struct SampleProofs {
  ledger::Genesis genesis;
  crypto::Digest chain;
  proof::Proof record;       ///< bike/17, in the state that height 3 exposes
  proof::Proof absence;      ///< bike/19, in the same state
  proof::Proof transaction;  ///< of height 1
  proof::Proof header;       ///< height 1 in the history of height 4

  struct Named {
    std::string name;
    proof::Proof proof;
  };

  [[nodiscard]] std::vector<Named> all() const {
    return {
        {"record", record}, {"absence", absence}, {"transaction", transaction}, {"header", header}};
  }
};

/// Made once; the same in every run.
[[nodiscard]] const SampleProofs& sample_proofs();

}  // namespace troupe::support

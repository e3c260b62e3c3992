#pragma once

#include "protocol/base/result.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/vote.hpp"
#include "protocol/ledger/genesis.hpp"

// What follows from a genesis: everything that somebody who trusts its digest knows to begin with.
namespace troupe::proof {

struct Founding {
  consensus::Header root;            ///< the root block of epoch 0
  consensus::Electorate electorate;  ///< its validators, and what their signatures bind
};

/// Error: the validators make no set.
[[nodiscard]] Result<Founding, consensus::ValidatorSetError> found(const ledger::Genesis& genesis);

}  // namespace troupe::proof

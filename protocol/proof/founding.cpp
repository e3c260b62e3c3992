#include "protocol/proof/founding.hpp"

#include <utility>
#include <vector>

#include "protocol/ledger/state_node.hpp"

namespace troupe::proof {

Result<Founding, consensus::ValidatorSetError> found(const ledger::Genesis& genesis) {
  std::vector<crypto::PublicKey> keys;
  for (const ledger::GenesisValidator& validator : genesis.validators)
    keys.push_back(validator.key);
  auto validators = consensus::ValidatorSet::from(std::move(keys));
  if (!validators) return failure(validators.error());
  const crypto::Digest chain = ledger::chain_id(genesis);
  const consensus::Genesis start{chain, genesis.created, ledger::empty_tree_hash()};
  consensus::Header root = consensus::genesis_header(start, *validators);
  const consensus::Binding binding{chain, root.epoch, consensus::digest(root)};
  return Founding{std::move(root), {binding, std::move(validators).value()}};
}

}  // namespace troupe::proof

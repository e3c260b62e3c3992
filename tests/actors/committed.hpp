#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "actors/messages.hpp"

namespace troupe::test {

/// What the ledger writer says of a block once it is durable.
inline actors::BlockCommittedPointer committed(const consensus::CertifiedBlock& block,
                                               std::vector<ledger::Receipt> receipts = {},
                                               const crypto::Digest& state_root = {}) {
  actors::BlockCommitted message;
  message.block = block;
  message.digest = consensus::digest(block.header);
  message.state_root = state_root;
  message.ordered_something = !receipts.empty();
  std::vector<crypto::Digest> ids;
  for (const ledger::Receipt& receipt : receipts)
    ids.push_back(receipt.transaction);
  message.ids = std::make_shared<const std::vector<crypto::Digest>>(std::move(ids));
  message.receipts = std::make_shared<const std::vector<ledger::Receipt>>(std::move(receipts));
  message.signers = {ValidatorIndex{0}, ValidatorIndex{1}, ValidatorIndex{2}};
  return std::make_shared<const actors::BlockCommitted>(std::move(message));
}

}  // namespace troupe::test

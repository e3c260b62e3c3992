#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/consensus/header.hpp"
#include "protocol/consensus/vote.hpp"

// What makes a header wrong for ever beside its parent (consensus.md, section 2). Everything here
// is a function of the two headers: time, certificates, data and execution are judged elsewhere.
namespace troupe::consensus {

/// What all validators of an epoch agree on before the first block.
struct BlockRules {
  Binding binding;
  crypto::Digest validators;
  std::uint32_t validator_count = 0;
  std::uint64_t lane_batches_max = 0;
};

/// A parent as its children see it.
struct ParentView {
  const Header& header;
  const crypto::Digest& digest;
  const crypto::Digest& history_root;  ///< over the digests of headers 0 to the parent's height
};

/// Why the header can never be a valid child of this parent, as a literal; nothing if it can.
[[nodiscard]] std::optional<std::string_view> find_fault(const Header& header,
                                                         const ParentView& parent,
                                                         const BlockRules& rules);

/// Why the header does not belong to this epoch at all, whatever its parent; nothing if it does.
[[nodiscard]] std::optional<std::string_view> find_foreign_field(const Header& header,
                                                                 const BlockRules& rules);

}  // namespace troupe::consensus

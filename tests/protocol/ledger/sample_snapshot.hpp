#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocol/ledger/state_chunk.hpp"
#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger::samples {

/// A state that is handed out in parts of at most `entries_max` entries.
class SampleSnapshot {
 public:
  SampleSnapshot(std::size_t count, std::size_t entries_max) : entries_max_(entries_max) {
    std::map<crypto::Digest, std::optional<crypto::Digest>> writes;
    for (std::size_t i = 0; i < count; ++i) {
      const StateEntry entry{bytes_of("key " + std::to_string(i)),
                             bytes_of("value " + std::to_string(i))};
      entries[crypto::sha256(entry.key)] = entry;
      writes[crypto::sha256(entry.key)] = crypto::sha256(entry.value);
    }
    if (count > 0) tree.write(Height{7}, writes);
  }

  [[nodiscard]] const crypto::Digest& root() const { return tree.state.root; }

  /// The part at a path; nothing if there is no node.
  [[nodiscard]] std::optional<StateChunk> part(const NibblePath& path) const {
    const auto place = find_place(tree, tree.state, path);
    INVARIANT(place.ok());
    if (!*place) return std::nullopt;
    std::vector<StateEntry> below_path;
    for (const auto& [digest, entry] : entries) {
      if (NibblePath::first_of(digest, path.size()) == path) below_path.push_back(entry);
    }
    StateChunk chunk{path, (*place)->siblings, below_path};
    if (below_path.size() > entries_max_) {
      chunk.content = std::get<InternalNode>(*(*place)->node);
    }
    return chunk;
  }

  std::map<crypto::Digest, StateEntry> entries;
  MemoryTree tree;

 private:
  std::size_t entries_max_;
};

}  // namespace troupe::ledger::samples

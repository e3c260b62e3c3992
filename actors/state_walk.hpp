#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/ledger/state_chunk.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// What became of one part of a state.
struct StateStep {
  std::uint64_t values = 0;                   ///< entries that were compared
  std::vector<std::string> damages;           ///< one sentence each
  storage::WriteSet mending;                  ///< of the list of records
  std::optional<ledger::NibblePath> damaged;  ///< only a peer can give this part
};

/// Compares a whole state with its root, values of any age: those which no block can be executed
/// again for, since the state before it was pruned or the node joined with a snapshot. It goes part by
/// part, as a snapshot is handed out: nothing in a part can be altered, left out or added. What is
/// damaged a peer gives as such a part, which proves itself.
class StateWalk {
 public:
  explicit StateWalk(std::shared_ptr<storage::ChainStore> chain);

  /// Which state: the newest that a stored block names, or the oldest that is kept. The values of all
  /// between them are in one of the two, or a block wrote them that can be executed again.
  enum class Which : std::uint8_t { Newest, Oldest };

  /// Errors: Corrupt, Io.
  storage::Stored<Done> begin(Which which);

  [[nodiscard]] bool is_done() const { return pending_.empty(); }

  /// The height whose state it is.
  [[nodiscard]] Height height() const { return height_; }

  /// Compares the next part. Error: Io; damage is no error. Requires that it is not done.
  storage::Stored<StateStep> step();

  /// True if this is what a peer answers that has the part at this path.
  [[nodiscard]] static bool is_part(const Bytes& answer,
                                    const ledger::NibblePath& path,
                                    const crypto::Digest& root);

  [[nodiscard]] const crypto::Digest& root() const { return state_.root; }

  /// The entries that differ from a part that a peer gave. If it is one that has to be split, the
  /// walk goes on with what it is split into. Error: Io.
  storage::Stored<storage::WriteSet> mend(const ledger::StateChunk& part);

 private:
  storage::Stored<Done> compare_names(const std::vector<ledger::StateEntry>& entries,
                                      StateStep& step) const;
  storage::Stored<Done> mend_entry(const ledger::StateEntry& entry, storage::WriteSet& set) const;
  storage::Stored<Done> remove_unreadable(const std::vector<storage::Entry>& versions,
                                          Height kept_from,
                                          storage::WriteSet& set) const;
  storage::Stored<Done> remove_others(const ledger::StateChunk& part, storage::WriteSet& set) const;
  void split(const ledger::NibblePath& path, const ledger::InternalNode& node);

  std::shared_ptr<storage::ChainStore> chain_;
  storage::StateStore states_;
  Height height_;
  ledger::TreeState state_;
  std::vector<ledger::NibblePath> pending_;  // the last one is next
};

}  // namespace troupe::actors

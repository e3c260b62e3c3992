#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/console_messages.hpp"

// What a console or a command asks of a node's custody of the ledger (admin_messages.hpp has the
// rest): proofs of what is stored, whether it is what was agreed on, and snapshots of it. Every type
// crosses a process border, so each has inspect() and holds nothing that only this process
// understands.
namespace troupe::actors {

/// Asks for a proof (protocol/proof/proof.hpp). `kind` is record (of `key`, at `height` or, if that
/// is 0, the newest), transaction (of `id`) or header (of `height`).
struct ProofQuery {
  std::string kind;
  std::string key;
  ByteVector id;
  std::uint64_t height = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ProofQuery& x) {
  return f(caf::meta::type_name("ProofQuery"), x.kind, x.key, x.id, x.height);
}

/// The encoded proof, or why there is none; not-proven-yet passes. `height` is the newest final one.
struct ProofReport {
  ByteVector proof;
  std::uint64_t height = 0;
  Reason reason;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ProofReport& x) {
  return f(caf::meta::type_name("ProofReport"), x.proof, x.height, x.reason);
}

/// Asks how the scrubber does; `now` has it walk the whole ledger at once, as fast as it can.
struct ScrubQuery {
  bool now = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ScrubQuery& x) {
  return f(caf::meta::type_name("ScrubQuery"), x.now);
}

/// Where the scrubber is and what it found since the node started.
struct ScrubReport {
  bool walking = false;      ///< a pass is under way
  std::uint64_t passes = 0;  ///< finished ones
  std::uint64_t height = 0;  ///< checked up to here in this pass
  std::uint64_t newest = 0;  ///< where this pass ends
  std::uint64_t values = 0;  ///< entries compared, in all passes
  std::uint64_t damaged = 0;
  std::uint64_t repaired = 0;
  std::uint64_t quarantined = 0;      ///< damaged and not mended yet
  std::vector<std::string> findings;  ///< the latest, as sentences
  std::uint64_t rested_ms = 0;        ///< since the end of the last finished pass
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ScrubReport& x) {
  return f(caf::meta::type_name("ScrubReport"),
           x.walking,
           x.passes,
           x.height,
           x.newest,
           x.values,
           x.damaged,
           x.repaired,
           x.quarantined,
           x.findings,
           x.rested_ms);
}

/// Asks for the snapshots that a node keeps; with `take` it takes one of the newest state first.
struct SnapshotQuery {
  bool take = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, SnapshotQuery& x) {
  return f(caf::meta::type_name("SnapshotQuery"), x.take);
}

/// One kind of stored entries and roughly how many bytes of the disk it takes.
struct StoredKind {
  std::string name;
  std::uint64_t bytes = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, StoredKind& x) {
  return f(caf::meta::type_name("StoredKind"), x.name, x.bytes);
}

/// What a node keeps of old states.
struct SnapshotReport {
  std::uint64_t height = 0;         ///< of the newest snapshot; 0 if there is none yet
  std::string root;                 ///< of its state, hexadecimal
  std::vector<std::uint64_t> kept;  ///< the heights of all snapshots, ascending
  std::uint64_t newest = 0;         ///< the newest final height
  std::uint64_t base = 0;           ///< the node itself joined from a snapshot of this height
  std::uint64_t pruned_below = 0;   ///< states below this can no longer be proved
  std::uint64_t nodes_pruned = 0;   ///< tree nodes removed since the node started
  std::uint64_t values_pruned = 0;  ///< values of old states removed since the node started
  std::vector<StoredKind> stored;
  Reason reason;  ///< why no snapshot could be taken
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, SnapshotReport& x) {
  return f(caf::meta::type_name("SnapshotReport"),
           x.height,
           x.root,
           x.kept,
           x.newest,
           x.base,
           x.pruned_below,
           x.nodes_pruned,
           x.values_pruned,
           x.stored,
           x.reason);
}

}  // namespace troupe::actors

CAF_BEGIN_TYPE_ID_BLOCK(troupe_custody, caf::first_custom_type_id + 500)
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::ByteVector))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::Reason))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::ProofQuery))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::ProofReport))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::ScrubQuery))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::ScrubReport))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::SnapshotQuery))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::StoredKind))
CAF_ADD_TYPE_ID(troupe_custody, (std::vector<troupe::actors::StoredKind>))
CAF_ADD_TYPE_ID(troupe_custody, (troupe::actors::SnapshotReport))

CAF_ADD_ATOM(troupe_custody, troupe::actors, prove_atom, "prove")
CAF_ADD_ATOM(troupe_custody, troupe::actors, scrub_atom, "scrub")
CAF_ADD_ATOM(troupe_custody, troupe::actors, snapshot_atom, "snapshot")
CAF_END_TYPE_ID_BLOCK(troupe_custody)

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/evidence.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/journal.hpp"
#include "protocol/consensus/vote.hpp"
#include "protocol/crypto/merkle.hpp"

// What the machine is told before its first step.
namespace troupe::consensus {

/// The delays of section 3. All of them are local: nodes need not agree on any.
struct Timing {
  Duration delta =
      std::chrono::milliseconds(100);  ///< the assumed one-way delay, transfer included
  Duration retry_interval = std::chrono::milliseconds(250);
  Duration idle_interval = std::chrono::seconds(5);
  Duration drift = std::chrono::milliseconds(500);  ///< how far a proposal may be ahead of my clock
  std::uint32_t factor_steps_max = 400;  ///< c: a view without finalization adds half, up to here
  std::uint32_t skip_views = 5;          ///< a leader silent for this many views is not waited for

  /// c for this delta such that the proposal timer grows beyond the worst delay to be survived.
  [[nodiscard]] static std::uint32_t factor_steps_for(Duration delta,
                                                      Duration survived = std::chrono::seconds(60));
};

struct Config {
  Electorate electorate;  ///< validators, binding, and how a signature is checked
  Header root;            ///< the epoch's root block; its digest is electorate.binding.root
  std::optional<ValidatorIndex> own;    ///< nothing for a node that follows without voting
  std::uint64_t instance = 0;           ///< random per start, so that answers fit the inquiry
  std::uint64_t lane_batches_max = 64;  ///< k of section 4: a block orders at most that many a lane
  Timing timing;
};

/// What the signer found when it opened its journal.
enum class JournalHealth : std::uint8_t {
  Intact,   ///< readable, or never used by a node that has no history either
  Damaged,  ///< a copy is torn beyond repair, or older than the durable high-water mark
  Missing,  ///< empty although the ledger is not
};

struct ExecutedRoot {
  Height height;
  crypto::Digest root;

  friend auto operator<=>(const ExecutedRoot&, const ExecutedRoot&) = default;
};

/// What survived the last stop: from the ledger, and from the signer's journal.
struct Recovered {
  Header final_header;             ///< the last committed block; at first the root block
  crypto::MerkleFrontier history;  ///< over the digests of headers 0 to final_header.height
  std::optional<Certificate> finalization;  ///< of final_header; nothing for the root block
  /// Ascending heights without gaps, up to the newest executed one. Starts at or below
  /// final_header.executed_height and holds at least one entry (the root block's state).
  std::vector<ExecutedRoot> executed;
  /// The highest final block that orders something, 0 if none: its root must still be exposed.
  Height last_ordering;
  JournalHealth journal = JournalHealth::Intact;
  std::vector<JournalRecord> records;  ///< of the journal: SignerRules::live_records()
  std::vector<Evidence> evidence;      ///< all that was ever reported
};

}  // namespace troupe::consensus

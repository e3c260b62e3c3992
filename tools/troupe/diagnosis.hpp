#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "actors/admin_messages.hpp"

// Why does nothing become final? A pure function from what all nodes of a network say at one moment
// to one sentence that names the cause, and one that says what to type.
//
// Causes are looked for from the outside in, so that what follows from another cause is not taken for
// one: who can vote at all (runs, has room on its disk, is of this network, has its vote journal),
// who reaches whom, whether the ledger keeps up, whether the clocks agree, and only then what the
// view that everybody is in waits for: its proposal, the batches that it names, or votes.
//
// Where only one node can be asked (a console of another machine), the same is looked for in what it
// knows alone, and the sentence says so.
namespace troupe::tools {

enum class NodeState : std::uint8_t {
  Stopped,
  Paused,
  Silent,
  Answering,
  Linked,    ///< not asked itself; who was asked is connected to it
  Unlinked,  ///< not asked itself; who was asked is not connected to it
};

/// One node as it is seen at the moment of the question.
struct NodeFacts {
  std::string name;
  NodeState state = NodeState::Stopped;
  std::string last_words;                        ///< why it stopped, if its log says so
  std::optional<std::uint64_t> disk_free_bytes;  ///< where its data lie, if that is known
  actors::StatusReport status;                   ///< of one that answers
  actors::FactsReport facts;                     ///< of one that answers
  /// Of one that answers and is in a later view than others are: what it knows of the earliest of
  /// these, which is where they wait for something.
  std::optional<actors::VotesReport> earlier;
};

struct NetFacts {
  std::vector<std::string> validators;  ///< their names, in the order of the genesis
  std::uint32_t quorum = 0;
  std::string chain;  ///< the chain id of the network's genesis, hexadecimal
  std::vector<NodeFacts> nodes;
  std::vector<std::string> faults;  ///< injected and active: "pause n2 (f1, 14 s left)"
  std::string view_of;              ///< who alone was asked; empty: all nodes of this machine
};

/// `code` is one stable word: live, idle, not-running, no-quorum, disk-full, genesis-mismatch,
/// version-mismatch, observer, execution-behind, clock-ahead, clock-behind, proposal-refused,
/// leader-silent, batch-missing, votes-missing or votes-pending. The first two are no halts and need no fix.
struct Diagnosis {
  std::string code;
  std::string sentence;
  std::string fix;

  [[nodiscard]] bool is_halt() const { return code != "live" && code != "idle"; }
};

/// A block is expected within this time while there is something to decide.
inline constexpr std::uint64_t kHaltAfterMs = 2'000;
/// With less room than this a node's database stops.
inline constexpr std::uint64_t kDiskBytesLeast = 16u << 20;

[[nodiscard]] Diagnosis diagnose(const NetFacts& net);

/// Null if there is none.
[[nodiscard]] const NodeFacts* find(const NetFacts& net, const std::string& name);

}  // namespace troupe::tools

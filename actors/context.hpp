#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/log_gate.hpp"
#include "actors/message_tap.hpp"
#include "actors/ports.hpp"
#include "protocol/base/result.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/validators.hpp"
#include "protocol/consensus/vote.hpp"
#include "protocol/ledger/batch.hpp"
#include "protocol/ledger/genesis.hpp"
#include "protocol/ledger/lane_message.hpp"
#include "protocol/ledger/module.hpp"
#include "protocol/network/peer_id.hpp"
#include "protocol/proof/founding.hpp"

namespace troupe::actors {

/// Why a node cannot even be composed from what it was given.
struct ContextError {
  std::string message;
  std::string hint;
};

/// What every member of one node's cast may read: its options, its ports and what follows from the
/// genesis. Never changes while the node lives; who observes it does (tap and gate).
class NodeContext {
 public:
  static Result<std::shared_ptr<const NodeContext>, ContextError> make(NodeOptions options,
                                                                       NodePorts ports);

  [[nodiscard]] const NodeOptions& options() const { return options_; }

  [[nodiscard]] const NodePorts& ports() const { return ports_; }

  [[nodiscard]] const ledger::Genesis& genesis() const { return genesis_; }

  [[nodiscard]] const crypto::Digest& chain() const { return electorate_.binding.chain; }

  /// The root block of the epoch.
  [[nodiscard]] const consensus::Header& root() const { return root_; }

  [[nodiscard]] const consensus::Electorate& electorate() const { return electorate_; }

  [[nodiscard]] const consensus::ValidatorSet& validators() const { return electorate_.validators; }

  /// What the chain can do: the rules of all its operations.
  [[nodiscard]] const ledger::Modules& modules() const { return modules_; }

  /// This node's place in the validator set; nothing if it only follows.
  [[nodiscard]] std::optional<ValidatorIndex> own() const { return own_; }

  [[nodiscard]] const network::PeerId& peer_id() const { return peer_id_; }

  /// Requires a validator of this epoch.
  [[nodiscard]] const network::PeerId& peer_of(ValidatorIndex validator) const;

  [[nodiscard]] std::optional<ValidatorIndex> validator_of(const network::PeerId& peer) const;

  /// The name that the genesis gives a validator.
  [[nodiscard]] const std::string& name_of(ValidatorIndex validator) const;

  /// The same for a peer; its peer id if it is no validator.
  [[nodiscard]] std::string name_of(const network::PeerId& peer) const;

  /// Where this node's messages are observed.
  [[nodiscard]] const TapPointer& tap() const { return tap_; }

  /// What this node says, and who listens.
  [[nodiscard]] LogGate& gate() const { return *gate_; }

  void log(LogLevel level, std::string_view actor, const std::string& line) const;

 private:
  NodeContext(NodeOptions options,
              NodePorts ports,
              ledger::Genesis genesis,
              proof::Founding founding);

  NodeOptions options_;
  NodePorts ports_;
  ledger::Genesis genesis_;
  consensus::Electorate electorate_;
  ledger::Modules modules_;
  consensus::Header root_;
  std::optional<ValidatorIndex> own_;
  network::PeerId peer_id_;
  std::vector<network::PeerId> validator_peers_;
  std::map<network::PeerId, ValidatorIndex> by_peer_;
  TapPointer tap_ = std::make_shared<MessageTap>();
  std::unique_ptr<LogGate> gate_;
};

using SharedContext = std::shared_ptr<const NodeContext>;

/// What a chain of these validators can do: its core, and what they do about themselves.
[[nodiscard]] ledger::Modules modules_of(const consensus::Electorate& electorate);

/// Both clocks of a node: its actor clock, which a simulation drives, and its wall clock.
[[nodiscard]] Now read_clocks(caf::actor_clock& clock, const NodeContext& context);

/// Tips as consensus and the ledger each know them; the two modules do not know each other.
[[nodiscard]] std::vector<ledger::LaneTip> to_lane_tips(const std::vector<consensus::Tip>& tips);
[[nodiscard]] std::vector<consensus::Tip> to_tips(const std::vector<ledger::LaneTip>& tips);

}  // namespace troupe::actors

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/chain_state.hpp"
#include "actors/context.hpp"
#include "actors/ledger_audit.hpp"
#include "actors/messages.hpp"
#include "actors/signer.hpp"
#include "storage/database.hpp"
#include "storage/node_files.hpp"

namespace troupe::actors {

/// One node: opens what is stored, brings the cast to life, introduces its members to each other,
/// and ends with the reason of the first member that ends. A member that fails has lost its disk,
/// its key or its mind, and none of these can be mended by starting it again in the same process:
/// the next start of the node reads everything anew.
class Node {
 public:
  static constexpr const char* name = "node";

  Node(NodeActor::pointer self, SharedContext context);

  /// Ends every member that still plays.
  ~Node();

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  NodeActor::behavior_type make_behavior();

 private:
  caf::result<NodeStarted> start();
  void join(caf::typed_response_promise<NodeStarted> promise);
  void play(caf::typed_response_promise<NodeStarted> promise);
  [[nodiscard]] caf::error give_up_joining();
  caf::error open_storage();
  [[nodiscard]] storage::DataOwner owner() const;
  caf::error recover_signer();
  caf::error spawn_cast();
  caf::error check_tip(const ChainState& state);
  storage::Stored<std::optional<std::string>> mend_height(const LedgerAudit& audit, Height height);
  void spawn_ledger(const ChainState& state);
  void spawn_consensus(const ChainState& state,
                       std::vector<consensus::ExecutedRoot> roots,
                       const std::vector<proof::Accusation>& accusations);
  caf::error spawn_mempool(const ChainState& state,
                           const std::vector<proof::Accusation>& accusations,
                           const std::vector<proof::RecordedAccusation>& recorded);
  void spawn_swarm();
  void introduce(caf::typed_response_promise<NodeStarted> promise);
  void begin(caf::typed_response_promise<NodeStarted> promise);
  void on_down(const caf::down_msg& down);
  void stop();
  void dismiss();

  void adopt(const caf::strong_actor_ptr& member);

  /// Brings one member to life and watches over it.
  template <class Handle, class State, class... Args>
  Handle spawn_member(Placement placement, Args&&... args) {
    const Handle member =
        spawn_hosted<Handle, State>(self_->home_system(), placement, std::forward<Args>(args)...);
    adopt(caf::actor_cast<caf::strong_actor_ptr>(member));
    return member;
  }

  NodeActor::pointer self_;
  SharedContext context_;
  std::optional<storage::DataDirectory> directory_;
  std::shared_ptr<storage::Database> database_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::OpenReport report_;
  ScrubReport found_at_start_;  // what check_tip found and mended
  std::optional<RecoveredJournal> journal_;
  storage::JournalMark journal_mark_;
  std::shared_ptr<Cast> cast_;
  caf::strong_actor_ptr joiner_;  // before the cast plays, if there is no ledger yet
  std::vector<caf::strong_actor_ptr> members_;
  std::size_t introduced_ = 0;
  bool is_stopping_ = false;
};

}  // namespace troupe::actors

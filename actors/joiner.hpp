#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "actors/context.hpp"
#include "actors/joining.hpp"
#include "actors/messages.hpp"
#include "protocol/consensus/sync_message.hpp"
#include "protocol/ledger/snapshot_fetch.hpp"
#include "protocol/ledger/snapshot_message.hpp"
#include "storage/chain_store.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

/// Brings a node without a ledger to the state of a snapshot.
///
///   offers    Every peer is asked for one; the highest is taken up first.
///   proof     Whoever made it gives the blocks from its height on. They prove it: a quorum signed
///             them, they name the state's root and the root of the history.
///   parts     All peers are asked for the state, part by part (protocol/ledger/snapshot_fetch.hpp).
///             Each is verified, then stored together with what is still to be fetched, many in one
///             write, so that a node that is started again goes on about where it was.
///   receipts  Those of the last heights say which transactions must not take effect again.
///
/// The last write makes a ledger of all of it. Before that the database has none.
class Joiner {
 public:
  static constexpr const char* name = "joiner";

  Joiner(JoinerActor::pointer self,
         SharedContext context,
         SwarmActor swarm,
         std::shared_ptr<storage::ChainStore> chain);

  JoinerActor::behavior_type make_behavior();

 private:
  /// An offer whose blocks are asked for.
  struct Candidate {
    network::PeerId peer;
    ledger::SnapshotOffer offer;
    std::uint64_t request = 0;
    Instant deadline;
  };

  /// The peer that is asked for receipts.
  struct ReceiptsAsked {
    network::PeerId peer;
    std::uint64_t request = 0;
    Instant deadline;
  };

  /// A part that is asked for: of whom, and the machine's number of the request.
  struct PartAsked {
    network::PeerId peer;
    std::uint64_t request = 0;
  };

  /// What is known to be agreed on.
  struct Target {
    ledger::SnapshotOffer offer;
    consensus::CertifiedBlock block;
  };

  caf::result<bool> join();
  void on_delivery(const Delivery& delivery);
  void on_peer_up(const network::PeerId& peer);
  void on_peer_down(const network::PeerId& peer);
  void on_tick();

  void ask_for_offers();
  void on_offer(const network::PeerId& peer, const Bytes& answer);
  void choose_offer();
  void on_run(const network::PeerId& peer, const consensus::RunAnswer& answer);
  void resume();
  void begin_parts();
  void begin_anew();
  void on_part(const network::PeerId& peer, const consensus::SnapshotAnswer& answer);
  void on_input(const ledger::SnapshotInput& input);
  void perform(const ledger::SnapshotEffect& effect);
  void drop(const ledger::DropPartPeer& dropped);
  void forget_parts_of(const network::PeerId& peer);
  void store(const ledger::StorePart& part);
  [[nodiscard]] bool store_gathered();
  void begin_receipts();
  void ask_for_receipts();
  void on_receipts(const network::PeerId& peer, const Bytes& answer);
  [[nodiscard]] bool take_receipts(const ledger::ReceiptLists& lists);
  void finish();

  void blame(const network::PeerId& peer, std::string_view why);
  void ask(const network::PeerId& peer,
           std::uint64_t request,
           const ledger::SnapshotQuestion& question);
  void send(const network::PeerId& peer, const consensus::SyncMessage& message);
  [[nodiscard]] bool commit(const storage::WriteSet& set);
  [[nodiscard]] Instant now() const;
  void fail(const storage::StorageError& error);

  JoinerActor::pointer self_;
  SharedContext context_;
  SwarmActor swarm_;
  std::shared_ptr<storage::ChainStore> chain_;
  storage::StateStore states_;
  caf::typed_response_promise<bool> promise_;
  std::map<network::PeerId, ledger::SnapshotPeer> peers_;
  std::map<ledger::SnapshotPeer, network::PeerId> ids_;
  std::set<network::PeerId> liars_;    // whoever failed in any way is asked last
  std::set<network::PeerId> forgers_;  // of these, who sent what is no part: never asked again
  std::uint64_t next_peer_ = 1;
  std::uint64_t next_request_ = 1;
  std::map<std::uint64_t, network::PeerId> offers_asked_;
  std::map<network::PeerId, ledger::SnapshotOffer> offers_;
  std::optional<Instant> choose_at_;
  Instant ask_again_at_;
  std::optional<Candidate> candidate_;
  std::optional<Target> target_;
  std::optional<ledger::SnapshotFetch> fetch_;      // while parts are fetched
  std::optional<GatheredParts> gathered_;           // as long
  std::map<std::uint64_t, PartAsked> parts_asked_;  // by the number of our request
  Height next_receipts_;
  Height last_ordering_;
  std::optional<ReceiptsAsked> receipts_asked_;
};

}  // namespace troupe::actors

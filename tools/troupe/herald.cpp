#include "tools/troupe/herald.hpp"

#include <algorithm>
#include <chrono>
#include <set>

#include "actors/hosted.hpp"

namespace troupe::tools {

namespace {

/// How soon the admin is asked again. Nobody tells of each new connection, and `up` waits for this.
constexpr std::chrono::milliseconds kInterval{5};

/// Asks the admin how the node is until it is connected to a quorum, says so and ends.
class Herald {
 public:
  static constexpr const char* name = "herald";

  Herald(caf::event_based_actor* self, actors::AdminActor admin, std::function<void()> then)
      : self_(self), admin_(std::move(admin)), then_(std::move(then)) {}

  caf::behavior make_behavior() {
    self_->monitor(admin_);
    self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); });
    self_->send(self_, caf::tick_atom_v);
    return {[this](caf::tick_atom) { ask(); }};
  }

 private:
  void ask() {
    self_->request(admin_, caf::infinite, actors::status_atom_v)
        .then([this](const actors::StatusReport& status) { ask_peers(status); },
              [this](const caf::error&) { self_->quit(); });
  }

  void ask_peers(const actors::StatusReport& status) {
    self_->request(admin_, caf::infinite, actors::peerlist_atom_v)
        .then([this, status](const actors::PeersReport& peers) { decide(status, peers); },
              [this](const caf::error&) { self_->quit(); });
  }

  void decide(const actors::StatusReport& status, const actors::PeersReport& peers) {
    if (validators_reached(status, peers) < status.quorum) {
      self_->delayed_send(self_, kInterval, caf::tick_atom_v);
      return;
    }
    then_();
    self_->quit();
  }

  caf::event_based_actor* self_;
  actors::AdminActor admin_;
  std::function<void()> then_;
};

}  // namespace

std::size_t validators_reached(const actors::StatusReport& status,
                               const actors::PeersReport& peers) {
  const auto& names = status.validator_names;
  std::set<std::string> reached;
  for (const auto& peer : peers.peers) {
    if (peer.direction != "none") reached.insert(peer.name);
  }
  reached.insert(status.node);
  return static_cast<std::size_t>(std::count_if(
      names.begin(), names.end(), [&](const std::string& name) { return reached.contains(name); }));
}

void announce_quorum(caf::actor_system& system,
                     actors::AdminActor admin,
                     std::function<void()> then) {
  actors::spawn_hosted<caf::actor, Herald>(
      system, actors::Placement::Pooled, std::move(admin), std::move(then));
}

}  // namespace troupe::tools

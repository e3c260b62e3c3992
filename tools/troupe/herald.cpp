#include "tools/troupe/herald.hpp"

#include <algorithm>
#include <chrono>

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
        .then([this](const actors::StatusReport& status) { on_status(status); },
              [this](const caf::error&) { self_->quit(); });
  }

  void on_status(const actors::StatusReport& status) {
    if (!has_quorum(status)) {
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

bool has_quorum(const actors::StatusReport& status) {
  const auto& names = status.validator_names;
  const bool votes = std::find(names.begin(), names.end(), status.node) != names.end();
  return status.peers + (votes ? 1u : 0u) >= status.quorum;
}

void announce_quorum(caf::actor_system& system,
                     actors::AdminActor admin,
                     std::function<void()> then) {
  actors::spawn_hosted<caf::actor, Herald>(
      system, actors::Placement::Pooled, std::move(admin), std::move(then));
}

}  // namespace troupe::tools

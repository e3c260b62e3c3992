#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "actors/context.hpp"
#include "actors/messages.hpp"

namespace troupe::actors {

/// What a client may do, each role all that those before it may.
enum class Role : std::uint8_t {
  View,     ///< ask and watch
  Operate,  ///< submit transactions, admit followers, change what is logged, pause or stop the node
  Break,    ///< inject faults, which development networks allow
};

[[nodiscard]] std::string name_of(Role role);
[[nodiscard]] std::optional<Role> role_named(const std::string& name);

/// What clients hold of a node: asks the admin on their behalf what their role allows and answers
/// the rest with a refusal. Which gate a client gets is its way in's choice, so that a role is a
/// handle and nothing that a message claims.
class AdminGate {
 public:
  static constexpr const char* name = "gate";

  AdminGate(AdminActor::pointer self, SharedContext context, AdminActor admin, Role role);

  AdminActor::behavior_type make_behavior();

 private:
  template <class Reply, class... Args>
  caf::result<Reply> pass(Role needed, const Args&... args) {
    if (role_ < needed) return refusal(needed);
    return self_->delegate(admin_, args...);
  }

  caf::result<caf::strong_actor_ptr> enter(const std::string& role);
  [[nodiscard]] caf::error refusal(Role needed) const;

  AdminActor::pointer self_;
  SharedContext context_;
  AdminActor admin_;
  Role role_;
  std::map<Role, AdminActor> lesser_;  // gates of those who entered with less, one per role
};

}  // namespace troupe::actors

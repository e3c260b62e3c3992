#pragma once

#include <caf/all.hpp>

#include "actors/admin_messages.hpp"
#include "actors/local_link.hpp"

namespace troupe::tools {

/// The actor system of a process that attaches to nodes.
struct ClientConfig : caf::actor_system_config {
  ClientConfig() {
    actors::configure_link_client(*this);
    add_message_types<caf::id_block::troupe_custody>();
    add_message_types<caf::id_block::troupe_admin>();
    add_message_types<caf::id_block::troupe_console_sink>();
    add_message_types<caf::id_block::troupe_console>();
  }
};

}  // namespace troupe::tools

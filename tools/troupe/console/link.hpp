#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/admin_messages.hpp"
#include "actors/local_link.hpp"
#include "tools/troupe/files.hpp"

namespace troupe::tools {

/// Which node, and where it is reached.
struct LinkTarget {
  std::string node;
  actors::LinkConnector connect;
};

enum class LinkState : std::uint8_t { Attaching, Attached, Frozen, Lost };

/// What a console is told, from the link's own thread.
struct LinkEars {
  std::function<void(const std::string& line)> say;
  std::function<void(const actors::EventBatch& batch)> hear;
};

/// The console's actor: attaches to a node, watches over it, says within two seconds when it dies or
/// freezes, and attaches again when it is back. Nothing of it ever blocks the console.
class ConsoleLink {
 public:
  ConsoleLink(LinkTarget target, actors::EventsQuery wanted, LinkEars ears);
  ~ConsoleLink();

  ConsoleLink(const ConsoleLink&) = delete;
  ConsoleLink& operator=(const ConsoleLink&) = delete;

  /// Leaves this node for another one.
  void use(const LinkTarget& target);

  /// Hears other events from now on.
  void want(const actors::EventsQuery& wanted);

  [[nodiscard]] LinkState state() const;

  /// Keys of records that begin so, as far as the node names them within the time.
  [[nodiscard]] std::vector<std::string> keys(const std::string& prefix,
                                              std::chrono::milliseconds limit);

 private:
  struct Shared;
  struct System;
  std::shared_ptr<Shared> shared_;
  std::unique_ptr<System> system_;
};

}  // namespace troupe::tools

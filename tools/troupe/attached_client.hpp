#pragma once

#include <memory>

#include "tools/troupe/client.hpp"

namespace troupe::tools {

/// Attaches to running nodes over their links (actors/local_link.hpp).
///
/// The actor system starts with the first attachment, so that a verb that asks no node never pays
/// for it. A program that used one leaves with _exit: only answered requests have happened anyway.
class AttachedClientFactory final : public ClientFactory {
 public:
  AttachedClientFactory();
  ~AttachedClientFactory() override;

  Answer<std::unique_ptr<NodeClient>> attach(const std::string& node,
                                             const NodeAddress& address,
                                             std::chrono::milliseconds timeout,
                                             Access access) override;

 private:
  struct System;

  std::mutex mutex_;
  std::unique_ptr<System> system_;
};

}  // namespace troupe::tools

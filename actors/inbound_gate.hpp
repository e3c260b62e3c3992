#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "protocol/base/time.hpp"

namespace troupe::actors {

/// Counts the inbound connections that have not proved who they are, before any work is done for
/// them (libp2p-wire section 14: the cheapest check first).
///
/// Each address may open connections at a limited rate. Where too many are pending, the oldest
/// pending one makes room, of the same address first: an honest peer proves itself within
/// milliseconds, so the oldest is the one that never will.
///
/// Invariants: (1) at most kPendingInboundMax are pending; (2) at most kPendingInboundPerAddressMax
/// of them are of one address.
class InboundGate {
 public:
  using Ticket = std::uint64_t;

  struct Entry {
    bool admitted = false;
    /// A pending connection that must be closed to make room.
    std::optional<Ticket> evicted;
  };

  /// A connection from this IP address has been accepted; `ticket` names it from now on.
  [[nodiscard]] Entry enter(const std::string& address, Ticket ticket, Instant now);

  /// The connection is no longer pending: it proved itself, or ended. Ignored if it was evicted.
  void leave(Ticket ticket);

  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

 private:
  struct Pending {
    Ticket ticket;
    std::string address;
  };

  /// What an address may still open at once, in thousandths of a connection.
  struct Bucket {
    std::uint64_t thousandths = 0;
    Instant refilled;
  };

  [[nodiscard]] bool is_within_rate(const std::string& address, Instant now);
  void forget_full_buckets(Instant now);
  [[nodiscard]] std::optional<Ticket> make_room(const std::string& address);
  void check_invariants() const;

  std::deque<Pending> pending_;  // the oldest first
  std::map<std::string, Bucket> buckets_;
};

}  // namespace troupe::actors

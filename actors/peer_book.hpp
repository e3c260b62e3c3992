#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "actors/backoff.hpp"
#include "protocol/base/time.hpp"
#include "protocol/network/multiaddr.hpp"
#include "protocol/network/peer_id.hpp"

namespace troupe::actors {

/// Whom to stay connected to: all members, and whoever is configured beside them; where they may be
/// found, and when to try again. Pure: time is an argument, and the swarm does the dialling.
///
/// Both ends of a lost connection dial. The one with the greater peer id waits a little longer, so
/// that mostly one connection comes of it.
///
/// Invariant: (1) no peer is at the same time connected and being dialled by this book, nor are more
/// than kDialsMax dialled at once.
class PeerBook {
 public:
  PeerBook(network::PeerId own, std::set<network::PeerId> members);

  /// An address from the configuration; ignored unless it ends in another peer's /p2p.
  void configure(const network::Multiaddr& address, Instant now);

  /// Addresses that a connected peer names as its own; kept only of those in the book.
  void learn(const network::PeerId& peer, const std::vector<network::Multiaddr>& addresses);

  struct Attempt {
    network::PeerId peer;
    network::Multiaddr address;
  };

  /// Whom to dial now. Each counts as being dialled until failed() or connected().
  [[nodiscard]] std::vector<Attempt> take_due(Instant now);

  /// When take_due() has more; nothing while all are connected or being dialled.
  [[nodiscard]] std::optional<Instant> next_due() const;

  void failed(const network::PeerId& peer, Instant now);
  void connected(const network::PeerId& peer);
  /// The connection is of use: the next loss is met with the shortest wait again.
  void settled(const network::PeerId& peer);
  /// No connection to this peer is left.
  void lost(const network::PeerId& peer, Instant now);
  /// From now on a member. Where it can be found, it or its configuration says.
  void admit(const network::PeerId& peer);
  /// A member no longer, and not to be dialled again.
  void expel(const network::PeerId& peer);
  /// Whatever it waits for, it is tried again now.
  void retry(const network::PeerId& peer, Instant now);
  /// The peer is of another chain, which does not pass quickly.
  void distrust(const network::PeerId& peer);

 private:
  enum class State { Waiting, Dialling, Connected };

  struct Contact {
    explicit Contact(Backoff::Bounds bounds) : backoff(bounds) {}

    std::vector<network::Multiaddr> addresses;
    std::size_t next_address = 0;
    Backoff backoff;
    State state = State::Waiting;
    Instant due;
    bool fresh = true;  ///< nothing was tried since the book began or the connection was lost
  };

  void add_address(Contact& contact, const network::Multiaddr& address);
  void wait(const network::PeerId& peer, Contact& contact, Instant now);
  [[nodiscard]] Contact* find(const network::PeerId& peer);
  void check_invariants() const;

  network::PeerId own_;
  std::set<network::PeerId> members_;
  std::map<network::PeerId, Contact> contacts_;
};

}  // namespace troupe::actors

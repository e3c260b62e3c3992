#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/session_messages.hpp"
#include "protocol/base/time.hpp"

namespace troupe::actors {

/// Two connections to one peer that were secured within this time of one another come from both
/// sides dialling at once; further apart, the peer has lost the older one without our noticing.
inline constexpr Duration kSimultaneousWithin = std::chrono::seconds(5);

/// One connection as the swarm knows it.
struct SessionRecord {
  SessionId id = 0;
  SessionActor actor;
  network::Direction direction = network::Direction::Inbound;
  network::Multiaddr address;
  std::shared_ptr<SessionMeter> meter;
  std::optional<network::PeerId> peer;  ///< once it has proved who it is
  bool is_member = false;
  bool is_console = false;  ///< may attach, and is no member
  bool is_closing = false;
  Instant secured;
  std::array<bool, kChannels.size()> up{};  ///< channels on which the peer said hello
  std::string agent;
};

/// The connections of one swarm, and which of them are used. Pure: it names what to close.
///
/// A peer may have two connections for a while, since both sides may dial at once; none is closed
/// before messages that are on their way have had time to arrive.
class SessionTable {
 public:
  explicit SessionTable(network::PeerId own) : own_(std::move(own)) {}

  SessionRecord& add(SessionRecord record);
  [[nodiscard]] SessionRecord* find(SessionId id);
  /// Takes a record out. Requires that it is there.
  SessionRecord remove(SessionId id);

  [[nodiscard]] const std::map<SessionId, SessionRecord>& all() const { return records_; }

  /// The connection on which to send to a peer: both sides choose the same one of two that were
  /// opened at once, the one whose opener has the smaller peer id; else the newest.
  [[nodiscard]] SessionRecord* route_to(const network::PeerId& peer);

  /// Connections to a peer that are not being closed.
  [[nodiscard]] std::vector<SessionRecord*> open_to(const network::PeerId& peer);

  struct Surplus {
    std::vector<SessionId> close_now;
    std::optional<Instant> look_again;
  };

  /// Which connections to a peer are to be closed beside the one of route_to(): superseded ones at
  /// once, one of two simultaneous ones kSimultaneousWithin after the later was secured.
  [[nodiscard]] Surplus surplus_to(const network::PeerId& peer, Instant now);

  [[nodiscard]] bool is_up(const network::PeerId& peer, Channel channel);
  [[nodiscard]] std::size_t strangers() const;

 private:
  [[nodiscard]] bool is_better(const SessionRecord& one, const SessionRecord& other) const;
  [[nodiscard]] const network::PeerId& opener_of(const SessionRecord& record) const;

  network::PeerId own_;
  std::map<SessionId, SessionRecord> records_;
};

}  // namespace troupe::actors

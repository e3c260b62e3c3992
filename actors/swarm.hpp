#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "actors/alarm.hpp"
#include "actors/inbound_gate.hpp"
#include "actors/peer_book.hpp"
#include "actors/session_messages.hpp"
#include "actors/session_table.hpp"
#include "actors/swarm_setup.hpp"

namespace troupe::actors {

/// The swarm on a transport's wires: listens, gates, dials, and keeps one session per connection.
///
/// Who comes in is checked in this order, the cheapest first: the rate of its address and the number
/// of pending connections (InboundGate), then the peer id (members use the channels, a few strangers
/// may identify and ping), then duplicates (SessionTable). A session that fails takes nothing else
/// with it.
class Swarm {
 public:
  static constexpr const char* name = "swarm";

  Swarm(SwarmCore::pointer self, SwarmSetup setup);
  /// Says goodbye on every connection; ends listener and dialers.
  ~Swarm();

  Swarm(const Swarm&) = delete;
  Swarm& operator=(const Swarm&) = delete;

  SwarmCore::behavior_type make_behavior();

 private:
  struct Dial {
    network::Multiaddr address;
    std::optional<network::PeerId> expected_peer;
    bool is_of_book = false;
    /// Whoever asked by dial_atom.
    std::optional<caf::typed_response_promise<network::PeerId>> asker;
  };

  // From the cast.
  void on_send(const network::PeerId& to, Channel channel, const SharedBytes& message);
  void on_send_all(Channel channel, const SharedBytes& message);
  void on_route(Channel channel, const ChannelSink& sink);
  caf::typed_response_promise<network::PeerId> on_dial(const network::Multiaddr& address);
  std::vector<PeerInfo> on_peers() const;
  SwarmStats on_counters() const;
  caf::result<network::Multiaddr> on_listen() const;
  void on_hangup(const network::PeerId& peer);
  bool on_admit(const network::PeerId& peer, bool is_member);
  bool on_sever(const network::PeerId& peer, bool is_severed);
  bool on_mute(Channel channel, bool is_muted);

  // From below.
  void on_accepted(const Accepted& accepted);
  void on_deaf();
  void on_dialled(const Dialled& dialled);
  void on_tick();
  void on_session_down(const caf::down_msg& notice);

  // Reports of a session.
  void on_report(SessionId id, const SessionReport& report);
  void perform(SessionRecord& record, const session_report::Secured& report);
  void perform(SessionRecord& record, const session_report::ChannelUp& report);
  void perform(SessionRecord& record, const session_report::Identified& report);
  void perform(SessionRecord& record, const session_report::StreamRefused& report);
  void perform(SessionRecord& record, const session_report::WrongChain& report);
  void perform(SessionRecord& record, const session_report::Ended& report);

  void listen(const network::Multiaddr& address);
  /// Whether one more connection of a peer that is no member may stay.
  [[nodiscard]] bool has_room(const SessionRecord& record);
  void tell_down(const network::PeerId& peer);
  void dial_due();
  void start_dial(Dial dial);
  SessionRecord& start_session(SharedWire wire,
                               network::Direction direction,
                               network::Multiaddr address,
                               std::optional<network::PeerId> expected_peer);
  network::NoiseKeys draw_keys();
  void hand_over(SessionRecord& record, Channel channel, const SharedBytes& message);
  void close(SessionRecord& record);
  void forget(SessionId id, const session_report::Ended& how);
  void answer_dial(SessionId id, const session_report::Ended& how);
  /// Closes what a peer has too many of.
  void settle(const network::PeerId& peer);
  /// Tells sinks what has changed about a member; `renew` says down and up where nothing else did.
  void announce(const network::PeerId& peer, bool renew);
  void set_alarm();

  SwarmCore::pointer self_;
  SwarmSetup setup_;
  network::PeerId own_;
  crypto::AgreementKey static_key_{};
  std::shared_ptr<const SessionRules> rules_;

  caf::actor listener_;
  std::optional<Result<network::Multiaddr, SwarmError>> listening_;
  std::optional<Instant> listen_again_;

  InboundGate gate_;
  PeerBook book_;
  SessionTable sessions_;
  std::set<network::PeerId> severed_;
  std::set<Channel> muted_;
  std::map<std::uint64_t, Dial> dials_;  // by ticket, until the socket is connected
  std::map<SessionId, Dial> upgrades_;   // by session, until the peer is secured
  std::array<std::optional<ChannelSink>, kChannels.size()> sinks_;
  std::map<network::PeerId, std::array<bool, kChannels.size()>> announced_;  // members that are up
  std::set<network::PeerId> crowded_;  // peers with more than one connection
  std::optional<Instant> look_again_;  // when to settle them
  std::uint64_t last_number_ = 0;      // of sessions and tickets
  SwarmStats stats_;
  Alarm alarm_;
};

/// Spawns the swarm of one node. It listens from the start; ask with listen_atom how that went.
/// Ends with an exit message; its connections take up to half a second more to say goodbye.
[[nodiscard]] SwarmActor spawn_swarm(caf::actor_system& system, SwarmSetup setup);

}  // namespace troupe::actors

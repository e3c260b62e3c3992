#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>

#include "actors/alarm.hpp"
#include "actors/receive_credit.hpp"
#include "actors/send_queue.hpp"
#include "actors/session_messages.hpp"
#include "protocol/network/connection.hpp"
#include "protocol/network/framing.hpp"

namespace troupe::actors {

/// One channel with one peer: our stream to it and its stream to us.
struct SessionChannel {
  /// `wake` asks for a wake message when the cast has caught up.
  SessionChannel(Channel which, std::function<void()> wake);

  Channel channel;
  // What we send.
  std::optional<network::StreamNumber> outbound;
  SendQueue queue;
  // What we receive.
  std::optional<network::StreamNumber> inbound;
  network::MessageReader reader;
  bool is_greeted = false;          ///< the peer's hello was ours
  std::optional<ChannelSink> sink;  ///< granted by the swarm
  Bytes early;                      ///< what came between the hello and the grant
  std::size_t unreturned = 0;       ///< bytes dealt with, for which the peer's window has not grown
  ReceiveCredit credit;
};

/// A console's stream and the actor that carries it on to the node's link for consoles.
struct SessionTunnel {
  TunnelActor actor;
  std::size_t reads_owed = 0;  ///< reads of the link in the muxer that the tunnel was not told of
};

/// The actor behind one connection: drives the sans-IO machine `network::Connection` with what its
/// broker reads and what its swarm sends, and performs what the machine asks for, in order.
///
/// With a member it opens a stream per channel and says hello on each. Consensus enters the muxer
/// before lanes and sync do, and little is inside muxer and socket at any time, so that a vote
/// overtakes the batches that were queued before it. Whatever goes wrong on a channel ends the
/// connection: the swarm dials again, and both sides start from nothing.
///
/// A peer that may attach as a console opens a stream of kAdminProtocol for each; member or not.
///
/// Invariants: (1) the broker holds at most kPipelineBytesMax and one drain; (2) nothing is
/// delivered before its channel was greeted and granted.
class PeerSession {
 public:
  static constexpr const char* name = "peer-session";

  PeerSession(SessionActor::pointer self, SessionSetup setup, SharedWire wire, ReportSink swarm);

  SessionActor::behavior_type make_behavior();

 private:
  void on_read(const ReadBytes& read);
  void on_wrote(std::uint64_t bytes);
  void on_send(Channel channel, const SharedBytes& message);
  void on_flush();
  void on_grant(Channel channel, const ChannelSink& sink);
  void on_close();
  void on_tick();
  void on_wake(Channel channel);
  void on_tunnel(network::StreamNumber stream, const Bytes& bytes);
  void on_took(network::StreamNumber stream, std::uint64_t bytes);
  void on_down(const caf::down_msg& notice);

  // The machine's events.
  void perform(network::connection_event::Secured& event);
  void perform(network::connection_event::Ready& event);
  void perform(network::connection_event::StreamOpened& event);
  void perform(network::connection_event::ProtocolRefused& event);
  void perform(network::connection_event::Data& event);
  void perform(network::connection_event::StreamFinished& event);
  void perform(network::connection_event::StreamReset& event);
  void perform(network::connection_event::Identified& event);
  void perform(network::connection_event::Ponged& event);
  void perform(network::connection_event::Closed& event);

  /// Performs what the machine wants, feeds it from the queues and writes what it has for the peer.
  void advance();
  void perform_events();
  void write();
  /// Lets the machine have more to send. False if there is nothing that it should have now.
  bool feed_consensus();
  bool feed_bulk();
  bool feed(SessionChannel& channel);
  bool drain();
  void end(const network::connection_event::Closed& event);

  /// The peer's stream carried bytes of a channel.
  void receive(SessionChannel& channel, ByteView bytes);
  /// The channel's first message. False if the connection ends for it.
  bool greet(SessionChannel& channel, ByteView hello);
  void deliver(SessionChannel& channel, Bytes message);
  /// Lets the peer send more, unless the cast has too much of it in hand.
  void return_window(SessionChannel& channel);
  void open_tunnel(network::StreamNumber stream);
  /// Lets tunnels read on whose bytes have left the muxer.
  void return_reads();
  /// The peer asked for what it may not have.
  void refuse(network::StreamNumber stream);
  /// Ends the connection if the stream is one of a channel, or the tunnel that it carries.
  void lose(network::StreamNumber stream);

  [[nodiscard]] SessionChannel& channel_of(Channel channel);
  [[nodiscard]] SessionChannel* inbound_channel(network::StreamNumber stream);
  void report(SessionReport report);

  SessionActor::pointer self_;
  SessionSetup setup_;
  SharedWire wire_;
  ReportSink swarm_;
  caf::actor broker_;
  network::Connection connection_;
  std::array<SessionChannel, kChannels.size()> channels_;
  std::map<network::StreamNumber, SessionTunnel> tunnels_;
  bool is_member_ = false;
  bool has_ended_ = false;
  bool flush_pending_ = false;
  std::size_t unwritten_ = 0;   // handed to the broker, not yet to the kernel
  std::size_t reads_owed_ = 0;  // reads dealt with that the broker has not been told of
  std::size_t streams_refused_ = 0;
  Alarm alarm_;
};

}  // namespace troupe::actors

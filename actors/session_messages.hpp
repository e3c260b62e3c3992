#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <caf/all.hpp>

#include "actors/descriptor.hpp"
#include "actors/message_tap.hpp"
#include "actors/swarm_messages.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/network/channel_hello.hpp"
#include "protocol/network/connection.hpp"

// What the swarm, its sessions and their sockets say to each other. Nobody else includes this.
//
//                        SwarmCore
//          accepted  /   | ^       ^ \  dialled
//   listener broker      | report     dialer
//                   send v |
//                    SessionActor  --deliver-->  ChannelSink (the cast)
//                  write |  ^ bytes
//                        v  |
//                 connection broker
namespace troupe::actors {

/// Names one connection for as long as its swarm lives.
using SessionId = std::uint64_t;

/// A descriptor inside a message: closed with the message if nobody takes it.
using SharedDescriptor = std::shared_ptr<Descriptor>;

/// A connection inside a message (transport.hpp): closed with the message if nobody takes it.
class Wire;
using SharedWire = std::shared_ptr<Wire>;

/// What a session counts for others to read at any time, and the swarm's promise to it: a message's
/// bytes are queued from the moment the swarm hands them over, so that the bound includes mailboxes.
struct SessionMeter {
  std::atomic<std::uint64_t> bytes_in{0};
  std::atomic<std::uint64_t> bytes_out{0};
  std::atomic<std::uint64_t> messages_in{0};
  std::atomic<std::uint64_t> messages_out{0};
  std::atomic<std::uint64_t> messages_shed{0};
  std::atomic<std::int64_t> rtt_microseconds{-1};
  std::array<std::atomic<std::uint64_t>, kChannels.size()> queued_bytes{};
};

/// What a console of another machine is led to: a socket whose far end is the node's link for the
/// console's role, and the number of the actor that is published there.
struct ConsoleEntry {
  SharedDescriptor link;
  caf::actor_id gate = caf::invalid_actor_id;
};

/// The way in for consoles on other machines, over streams of kAdminProtocol.
struct AdminDoor {
  /// Nothing for a peer that may not attach, or not yet. Must not block.
  std::function<std::optional<ConsoleEntry>(const network::PeerId&)> open;
  /// Who may attach at all.
  std::set<network::PeerId> admits;
};

/// What a console on another machine asks for; what travels is what the local socket carries.
inline constexpr std::string_view kAdminProtocol = "/troupe/admin/1.0.0";
/// Connections of one peer that may attach and is no member.
inline constexpr std::size_t kConsolesPerPeerMax = 16;
/// Consoles over one connection; each holds a socket of the node.
inline constexpr std::size_t kTunnelsPerSessionMax = 4;

/// What all sessions of one swarm are told alike.
struct SessionRules {
  crypto::KeyPair node_key;
  crypto::Digest chain;
  std::set<network::PeerId> members;
  network::OwnIdentity identity;
  network::ConnectionLimits limits;
  AdminDoor door;
};

struct SessionSetup {
  SessionId id = 0;
  network::Role role = network::Role::Dialer;
  network::NoiseKeys noise_keys{};
  std::optional<network::PeerId> expected_peer;
  network::Multiaddr remote_address;
  std::shared_ptr<const SessionRules> rules;
  std::shared_ptr<SessionMeter> meter;
  TapPointer tap = nullptr;  ///< may be null
};

namespace session_report {

/// The peer has proved who it is.
struct Secured {
  network::PeerId peer;
};

/// A member has named our chain on this channel: grant it, and messages are delivered.
struct ChannelUp {
  Channel channel;
};

struct Identified {
  std::string agent;
  std::vector<network::Multiaddr> listen_addresses;
};

/// A stranger asked for a channel; the stream was reset.
struct StreamRefused {};

/// A member's hello was of another chain or version, or no hello at all; the session ends.
struct WrongChain {
  network::HelloError why = network::HelloError::WrongChain;
};

/// The last report. The session is gone.
struct Ended {
  network::CloseReason reason = network::CloseReason::ClosedByUs;
  std::string detail;
};

}  // namespace session_report

using SessionReport = std::variant<session_report::Secured,
                                   session_report::ChannelUp,
                                   session_report::Identified,
                                   session_report::StreamRefused,
                                   session_report::WrongChain,
                                   session_report::Ended>;

/// What one read of a socket brought.
struct ReadBytes {
  std::vector<char> bytes;
};

/// A connection that a listener accepted, before any byte of it was read.
struct Accepted {
  SharedWire wire;
};

/// How a dial ended.
struct Dialled {
  std::uint64_t ticket = 0;
  Result<SharedWire, SwarmError> outcome;
};

}  // namespace troupe::actors

namespace troupe::actors::internal {
using bytes_atom = caf::atom_constant<caf::atom("bytes")>;
using wrote_atom = caf::atom_constant<caf::atom("wrote")>;
using write_atom = caf::atom_constant<caf::atom("write")>;
using rearm_atom = caf::atom_constant<caf::atom("rearm")>;
using grant_atom = caf::atom_constant<caf::atom("grant")>;
using wake_atom = caf::atom_constant<caf::atom("wake")>;
using report_atom = caf::atom_constant<caf::atom("report")>;
using accepted_atom = caf::atom_constant<caf::atom("accepted")>;
using deaf_atom = caf::atom_constant<caf::atom("deaf")>;
using dialled_atom = caf::atom_constant<caf::atom("dialled")>;
using finish_atom = caf::atom_constant<caf::atom("finish")>;
using tunnel_atom = caf::atom_constant<caf::atom("tunnel")>;
using took_atom = caf::atom_constant<caf::atom("took")>;
}  // namespace troupe::actors::internal

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::Bytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::network::StreamNumber)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SessionSetup)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SessionReport)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ReadBytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::Accepted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::Dialled)

namespace troupe::actors {

/// Whoever owns a socket, as its broker sees it: what was read (at most kReadsInFlightMax
/// unanswered), and how many bytes have gone to the kernel.
using SocketOwner = caf::typed_actor<caf::reacts_to<internal::bytes_atom, ReadBytes>,
                                     caf::reacts_to<internal::wrote_atom, std::uint64_t>>;

/// One console's stream, between the session that carries it and the node's link for consoles.
using TunnelActor = SocketOwner::extend<
    /// From the session: what the console sent, within the window of its stream.
    caf::reacts_to<internal::tunnel_atom, Bytes>,
    /// From the session: so many reads went on towards the console.
    caf::reacts_to<internal::rearm_atom, std::uint64_t>,
    /// From the session: the stream is gone.
    caf::reacts_to<internal::finish_atom>>;

/// One connection.
using SessionActor = SocketOwner::extend<
    /// From the swarm, within queue_bytes_max(channel) by the meter.
    caf::reacts_to<send_atom, Channel, SharedBytes>,
    /// From the swarm: who hears this channel from now on.
    caf::reacts_to<internal::grant_atom, Channel, ChannelSink>,
    /// From the swarm: say goodbye and end.
    caf::reacts_to<caf::close_atom>,
    /// From itself: a deadline of the connection, the end of a run of sends, and a channel's window
    /// that may open again.
    caf::reacts_to<caf::tick_atom>,
    caf::reacts_to<caf::flush_atom>,
    caf::reacts_to<internal::wake_atom, Channel>,
    /// From a tunnel: bytes for the console behind the stream, one read each, and how many of the
    /// console's have been dealt with.
    caf::reacts_to<internal::tunnel_atom, network::StreamNumber, Bytes>,
    caf::reacts_to<internal::took_atom, network::StreamNumber, std::uint64_t>>;

/// Whom a session reports to.
using ReportSink =
    caf::typed_actor<caf::reacts_to<internal::report_atom, SessionId, SessionReport>>;

/// The swarm as its own parts see it.
using SwarmCore = SwarmActor::extend<
    caf::reacts_to<internal::report_atom, SessionId, SessionReport>,
    /// From the listener, at most kPendingInboundMax unanswered.
    caf::reacts_to<internal::accepted_atom, Accepted>,
    /// From the listener: its socket is gone, for example for want of descriptors.
    caf::reacts_to<internal::deaf_atom>,
    caf::reacts_to<internal::dialled_atom, Dialled>,
    caf::reacts_to<caf::tick_atom>>;

}  // namespace troupe::actors

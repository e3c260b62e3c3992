#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/all.hpp>

#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"
#include "protocol/network/multiaddr.hpp"
#include "protocol/network/peer_id.hpp"
#include "protocol/network/role.hpp"

// What the cast says to the swarm and hears from it. Nothing here knows of sockets: a simulation
// puts another actor with the same interface in the swarm's place.
namespace troupe::actors {

/// A kind of message between members, each on libp2p streams of its own.
enum class Channel : std::uint8_t {
  Consensus,  ///< votes, certificates, headers: written before everything else, never shed
  Lanes,      ///< batches and their acknowledgements
  Sync,       ///< requests for what is missing, and their answers
};

inline constexpr std::array<Channel, 3> kChannels{
    Channel::Consensus, Channel::Lanes, Channel::Sync};

[[nodiscard]] constexpr std::size_t index_of(Channel channel) {
  return static_cast<std::size_t>(channel);
}

/// The libp2p protocol id of a channel, for example `/troupe/consensus/1.0.0`.
[[nodiscard]] std::string_view protocol_id(Channel channel);

/// The largest message of a channel. The swarm refuses to send more and a peer that does is cut
/// off.
[[nodiscard]] std::size_t message_bytes_max(Channel channel);

/// The most bytes that wait for one peer on one channel; what lies above is shed (see SwarmActor).
[[nodiscard]] std::size_t queue_bytes_max(Channel channel);

/// Bytes that any number of actors hold without copying them.
using SharedBytes = std::shared_ptr<const Bytes>;

[[nodiscard]] inline SharedBytes share(Bytes bytes) {
  return std::make_shared<const Bytes>(std::move(bytes));
}

/// One message from a member, in the order in which it was sent on its channel.
struct Delivery {
  network::PeerId from;
  Channel channel = Channel::Consensus;
  SharedBytes message;
  /// Room in the sender's window: given back when the last copy is destroyed, so hold it exactly
  /// until the message has been dealt with. Null where nothing bounds the sender (simulation).
  std::shared_ptr<const void> credit;
};

/// One connection as its node sees it.
struct PeerInfo {
  network::PeerId id;
  network::Multiaddr address;  ///< the far end of the connection, without /p2p
  network::Direction direction = network::Direction::Inbound;
  bool is_member = false;
  std::optional<Duration> rtt;  ///< of the last answered ping
  std::string agent;            ///< as the peer calls itself: escape it before showing it
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::array<std::uint64_t, kChannels.size()> queued_bytes{};  ///< by index_of(channel)
  std::uint64_t messages_shed = 0;
  Duration connected_for{0};
};

/// Counters of one swarm since its start.
struct SwarmStats {
  std::uint64_t connections_opened = 0;
  std::uint64_t connections_closed = 0;
  std::uint64_t dials_failed = 0;
  std::uint64_t refused_pending = 0;    ///< hung up on: too many handshakes in progress
  std::uint64_t refused_rate = 0;       ///< hung up on: too many connections from one address
  std::uint64_t refused_strangers = 0;  ///< hung up on: no room for another non-member
  std::uint64_t refused_streams =
      0;  ///< a peer asked for a channel or a console that is not its to have
  std::uint64_t wrong_chain = 0;      ///< a member's hello named another chain
  std::uint64_t protocol_errors = 0;  ///< connections closed for what the peer sent
  std::uint64_t duplicates_closed = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t messages_out = 0;
  std::uint64_t messages_shed = 0;
};

/// Why the swarm could not do what it was asked. Errors of its requests have the category "swarm".
enum class SwarmError : std::uint8_t {
  BusyPort = 1,    ///< another program listens at the address
  AddressRefused,  ///< the operating system cannot listen there: not an address of this machine
  NotTcp,          ///< not a multiaddr of the form /ip4|ip6/<address>/tcp/<port>
  Unreachable,     ///< nothing accepts at the dialled address
  Timeout,         ///< no answer from the dialled address within the deadline
  WrongPeer,       ///< somebody else, or nobody who can prove who he is, answered
  TooManyDials,
  NotListening,  ///< the swarm has not been told where to listen
};

/// One sentence for people.
[[nodiscard]] std::string_view describe(SwarmError error);

[[nodiscard]] caf::error make_error(SwarmError error);

/// The SwarmError in an error, nothing if it is of another category.
[[nodiscard]] std::optional<SwarmError> swarm_error(const caf::error& error);

}  // namespace troupe::actors

CAF_BEGIN_TYPE_ID_BLOCK(troupe_swarm, first_custom_type_id)
CAF_ADD_ATOM(troupe_swarm, troupe::actors, send_atom, "send")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, sendall_atom, "sendall")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, route_atom, "route")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, dial_atom, "dial")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, peers_atom, "peers")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, counters_atom, "counters")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, listen_atom, "listen")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, hangup_atom, "hangup")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, admit_atom, "admit")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, sever_atom, "sever")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, mute_atom, "mute")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, deliver_atom, "deliver")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, peerup_atom, "peerup")
CAF_ADD_ATOM(troupe_swarm, troupe::actors, peerdown_atom, "peerdown")
CAF_END_TYPE_ID_BLOCK(troupe_swarm)

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::Channel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SharedBytes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::Delivery)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::PeerInfo)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<troupe::actors::PeerInfo>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SwarmStats)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::network::PeerId)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::network::Multiaddr)

namespace troupe::actors {

/// Whoever is told what arrives on a channel. From the swarm, as fast as peers may send: per peer
/// and channel at most a stream's receive window of messages is on its way at once, since every
/// Delivery holds its credit. Nothing is shed.
///
/// peerup: this member has opened the channel and named our chain; what is sent to it from now on
/// will be sent, or its connection ends. peerdown: it cannot be reached any more. For one member
/// and channel the two alternate, beginning with peerup, and all deliveries lie in between.
using ChannelSink = caf::typed_actor<caf::reacts_to<deliver_atom, Delivery>,
                                     caf::reacts_to<peerup_atom, Channel, network::PeerId>,
                                     caf::reacts_to<peerdown_atom, Channel, network::PeerId>>;

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::ChannelSink)

namespace troupe::actors {

/// The node's connections. From the cast; bounded per peer and channel by queue_bytes_max.
///
/// What is shed: a message to a member who is not connected is dropped. So is one on lanes or sync
/// that finds its queue full (their machines ask again). Consensus is never shed: a peer so slow
/// that its consensus queue is full is cut off, and dialled again.
using SwarmActor = caf::typed_actor<
    /// Sends to one member.
    caf::reacts_to<send_atom, network::PeerId, Channel, SharedBytes>,
    /// Sends to every connected member.
    caf::reacts_to<sendall_atom, Channel, SharedBytes>,
    /// Says who hears what arrives on a channel, in place of who did; peerup follows for every
    /// member who is there already.
    caf::reacts_to<route_atom, Channel, ChannelSink>,
    /// Connects once to a multiaddr, which may end in /p2p/<id>; answers who is there.
    /// Errors: NotTcp, Unreachable, Timeout, WrongPeer, TooManyDials.
    caf::replies_to<dial_atom, network::Multiaddr>::with<network::PeerId>,
    /// The open connections, by peer id.
    caf::replies_to<peers_atom>::with<std::vector<PeerInfo>>,
    caf::replies_to<counters_atom>::with<SwarmStats>,
    /// Where others can dial this node, with the real port. Answered when the listener accepts.
    /// Errors: BusyPort, AddressRefused, NotTcp; the swarm itself lives on without a listener.
    caf::replies_to<listen_atom>::with<network::Multiaddr>,
    /// Closes every connection to a peer; a member is dialled again.
    caf::reacts_to<hangup_atom, network::PeerId>,
    /// Counts a peer among the members from now on, or no longer. Its connections are closed, so
    /// that the next one is met as what it is now; of one that is a member no longer, sinks hear
    /// peerdown at once, and what was on its way to them may follow. Answers whether that was news.
    caf::replies_to<admit_atom, network::PeerId, bool>::with<bool>,
    /// Pulls the cable to a peer, or plugs it in again: connections to it end, none is made, and
    /// none is kept. For fault injection. Answers whether that was news.
    caf::replies_to<sever_atom, network::PeerId, bool>::with<bool>,
    /// Sends nothing on a channel from now on, and hears as before; or sends again, for which sinks
    /// hear peerdown and peerup of whoever is there, so that they begin anew. Answers whether that
    /// was news.
    caf::replies_to<mute_atom, Channel, bool>::with<bool>>;

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::SwarmActor)

#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <caf/io/all.hpp>

#include "actors/hosted.hpp"
#include "actors/swarm.hpp"

// Swarms for tests: nodes with numbers instead of keys, on ports that the system chooses, and an
// inbox that a test can wait at.
namespace troupe::test {

inline constexpr std::chrono::seconds kPatience{30};

/// What a node's sinks were told, in order. Any thread may wait at it.
class Inbox {
 public:
  struct Heard {
    enum class What { Up, Down, Message } what = What::Message;
    actors::Channel channel = actors::Channel::Consensus;
    network::PeerId peer;
    actors::SharedBytes message;
  };

  void put(Heard heard, std::shared_ptr<const void> credit);

  /// Waits until `is_met` is true of all that was heard; false if that does not happen in time.
  [[nodiscard]] bool wait(const std::function<bool(const std::vector<Heard>&)>& is_met);

  /// Waits until this peer is up (or down) on all channels.
  [[nodiscard]] bool wait_up(const network::PeerId& peer);
  [[nodiscard]] bool wait_down(const network::PeerId& peer);

  /// Waits until that many messages have come on a channel; returns all that have.
  [[nodiscard]] std::vector<actors::SharedBytes> wait_messages(actors::Channel channel,
                                                               std::size_t count);

  /// The same without looking at them.
  [[nodiscard]] bool wait_count(actors::Channel channel, std::size_t count);

  [[nodiscard]] std::vector<Heard> heard() const;

  /// While held, deliveries keep their credit, as those of a slow cast do.
  void hold_credit();
  void release_credit();

 private:
  [[nodiscard]] static bool is_up(const std::vector<Heard>& all, const network::PeerId& peer);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Heard> heard_;
  std::array<std::size_t, actors::kChannels.size()> counts_{};
  bool is_holding_ = false;
  std::vector<std::shared_ptr<const void>> held_;
};

crypto::KeyPair node_key(std::uint8_t number);
network::PeerId peer_id(std::uint8_t number);
network::Multiaddr address(const std::string& text);

/// What a test may want different from three members 1 to 4 of chain 7 on loopback.
struct NodeSetup {
  std::uint8_t number = 1;
  std::set<std::uint8_t> members{1, 2, 3, 4};
  std::uint8_t chain = 7;
  std::optional<std::string> listen = "/ip4/127.0.0.1/tcp/0";
  std::vector<network::Multiaddr> peers{};
  Duration upgrade_timeout = std::chrono::seconds(10);
  actors::AdminDoor door{};
};

/// One actor system with a swarm whose three channels go to one inbox.
class SwarmNode {
 public:
  explicit SwarmNode(const NodeSetup& setup);
  ~SwarmNode();

  SwarmNode(const SwarmNode&) = delete;
  SwarmNode& operator=(const SwarmNode&) = delete;

  [[nodiscard]] const network::PeerId& id() const { return id_; }

  /// Where it listens, with its id at the end.
  [[nodiscard]] network::Multiaddr address();

  void send(const network::PeerId& to, actors::Channel channel, Bytes message);
  [[nodiscard]] std::vector<actors::PeerInfo> peers();
  [[nodiscard]] actors::SwarmStats counters();
  /// The error of a dial, or nothing if it succeeded.
  [[nodiscard]] std::optional<actors::SwarmError> dial(const network::Multiaddr& address);
  [[nodiscard]] std::optional<actors::SwarmError> listen_error();
  void hang_up(const network::PeerId& peer);
  /// Whether that was news to the swarm.
  [[nodiscard]] bool admit(const network::PeerId& peer, bool is_member);
  [[nodiscard]] bool sever(const network::PeerId& peer, bool is_severed);

  [[nodiscard]] bool mute(actors::Channel channel, bool is_muted);

  /// Asks for the counters until they are as wanted; false if that does not happen in time.
  [[nodiscard]] bool wait_counters(const std::function<bool(const actors::SwarmStats&)>& is_met);
  [[nodiscard]] bool wait_peers(
      const std::function<bool(const std::vector<actors::PeerInfo>&)>& is_met);

  Inbox inbox;

 private:
  struct Config : caf::actor_system_config {
    Config();
  };

  network::PeerId id_;
  Config config_;
  caf::actor_system system_;
  actors::ChannelSink sink_;
  actors::SwarmActor swarm_;
};

}  // namespace troupe::test

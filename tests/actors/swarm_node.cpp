#include "tests/actors/swarm_node.hpp"

#include <algorithm>
#include <utility>

#include "actors/tcp_transport.hpp"

namespace troupe::test {

namespace {

using actors::Channel;
using actors::ChannelSink;
using actors::Delivery;

/// Puts what it is told into an inbox, which outlives it.
class InboxState {
 public:
  static constexpr const char* name = "inbox";

  InboxState(ChannelSink::pointer, Inbox* inbox) : inbox_(inbox) {}

  ChannelSink::behavior_type make_behavior() {
    using What = Inbox::Heard::What;
    return {
        [this](actors::deliver_atom, const Delivery& delivery) {
          inbox_->put({What::Message, delivery.channel, delivery.from, delivery.message},
                      delivery.credit);
        },
        [this](actors::peerup_atom, Channel channel, const network::PeerId& peer) {
          inbox_->put({What::Up, channel, peer, nullptr}, nullptr);
        },
        [this](actors::peerdown_atom, Channel channel, const network::PeerId& peer) {
          inbox_->put({What::Down, channel, peer, nullptr}, nullptr);
        },
    };
  }

 private:
  Inbox* inbox_;
};

actors::SwarmSetup setup_of(const NodeSetup& setup) {
  actors::SwarmSetup result{.node_key = node_key(setup.number),
                            .chain = {},
                            .members = {},
                            .peers = setup.peers,
                            .listen = std::nullopt,
                            .agent = "test/" + std::to_string(setup.number),
                            .limits = {},
                            .door = setup.door,
                            .randomness = actors::system_randomness(),
                            .transport = actors::make_tcp_transport()};
  result.chain.bytes[0] = setup.chain;
  for (const auto member : setup.members)
    result.members.insert(peer_id(member));
  if (setup.listen) result.listen = address(*setup.listen);
  result.limits.upgrade_timeout = setup.upgrade_timeout;
  return result;
}

template <class Answer, class... Question>
std::optional<actors::SwarmError> ask(caf::actor_system& system,
                                      const actors::SwarmActor& swarm,
                                      const std::function<void(const Answer&)>& on_answer,
                                      Question... question) {
  std::optional<actors::SwarmError> error;
  caf::scoped_actor self{system};
  self->request(swarm, caf::infinite, question...)
      .receive([&](const Answer& answer) { on_answer(answer); },
               [&](const caf::error& reason) { error = actors::swarm_error(reason); });
  return error;
}

}  // namespace

void Inbox::put(Heard heard, std::shared_ptr<const void> credit) {
  const std::lock_guard lock{mutex_};
  if (heard.message) ++counts_[actors::index_of(heard.channel)];
  heard_.push_back(std::move(heard));
  if (is_holding_) held_.push_back(std::move(credit));
  changed_.notify_all();
}

bool Inbox::wait(const std::function<bool(const std::vector<Heard>&)>& is_met) {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, kPatience, [&] { return is_met(heard_); });
}

bool Inbox::is_up(const std::vector<Heard>& all, const network::PeerId& peer) {
  std::array<bool, actors::kChannels.size()> up{};
  for (const auto& heard : all) {
    if (heard.peer != peer || heard.what == Heard::What::Message) continue;
    up[actors::index_of(heard.channel)] = heard.what == Heard::What::Up;
  }
  return std::all_of(up.begin(), up.end(), [](bool one) { return one; });
}

bool Inbox::wait_up(const network::PeerId& peer) {
  return wait([&](const auto& all) { return is_up(all, peer); });
}

bool Inbox::wait_down(const network::PeerId& peer) {
  return wait([&](const auto& all) { return !is_up(all, peer); });
}

std::vector<actors::SharedBytes> Inbox::wait_messages(Channel channel, std::size_t count) {
  std::vector<actors::SharedBytes> messages;
  std::size_t looked_at = 0;
  (void)wait([&](const auto& all) {
    for (; looked_at < all.size(); ++looked_at) {
      const auto& heard = all[looked_at];
      if (heard.message && heard.channel == channel) messages.push_back(heard.message);
    }
    return messages.size() >= count;
  });
  return messages;
}

bool Inbox::wait_count(Channel channel, std::size_t count) {
  return wait([&](const auto&) { return counts_[actors::index_of(channel)] >= count; });
}

std::vector<Inbox::Heard> Inbox::heard() const {
  const std::lock_guard lock{mutex_};
  return heard_;
}

void Inbox::hold_credit() {
  const std::lock_guard lock{mutex_};
  is_holding_ = true;
}

void Inbox::release_credit() {
  std::vector<std::shared_ptr<const void>> released;
  const std::lock_guard lock{mutex_};
  is_holding_ = false;
  released.swap(held_);
}

crypto::KeyPair node_key(std::uint8_t number) {
  const Bytes seed(crypto::KeyPair::kSeedBytes, number);
  return crypto::KeyPair::from_seed(seed).value();
}

network::PeerId peer_id(std::uint8_t number) {
  return network::PeerId::from_public_key(node_key(number).public_key());
}

network::Multiaddr address(const std::string& text) {
  return network::Multiaddr::parse(text).value();
}

SwarmNode::Config::Config() {
  load<caf::io::middleman>();
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", 2);
}

SwarmNode::SwarmNode(const NodeSetup& setup)
    : id_(peer_id(setup.number)),
      system_(config_),
      sink_(actors::spawn_hosted<ChannelSink, InboxState>(
          system_, actors::Placement::Pooled, &inbox)),
      swarm_(actors::spawn_swarm(system_, setup_of(setup))) {
  for (const auto channel : actors::kChannels) {
    caf::anon_send(swarm_, actors::route_atom{}, channel, sink_);
  }
}

SwarmNode::~SwarmNode() {
  caf::anon_send_exit(swarm_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(sink_, caf::exit_reason::user_shutdown);
}

network::Multiaddr SwarmNode::address() {
  std::optional<network::Multiaddr> found;
  (void)ask<network::Multiaddr>(
      system_, swarm_, [&](const auto& answer) { found = answer; }, actors::listen_atom{});
  return found.value().with_peer(id_);
}

void SwarmNode::send(const network::PeerId& to, Channel channel, Bytes message) {
  caf::anon_send(swarm_, actors::send_atom{}, to, channel, actors::share(std::move(message)));
}

std::vector<actors::PeerInfo> SwarmNode::peers() {
  std::vector<actors::PeerInfo> found;
  (void)ask<std::vector<actors::PeerInfo>>(
      system_, swarm_, [&](const auto& answer) { found = answer; }, actors::peers_atom{});
  return found;
}

actors::SwarmStats SwarmNode::counters() {
  actors::SwarmStats found;
  (void)ask<actors::SwarmStats>(
      system_, swarm_, [&](const auto& answer) { found = answer; }, actors::counters_atom{});
  return found;
}

std::optional<actors::SwarmError> SwarmNode::dial(const network::Multiaddr& to) {
  return ask<network::PeerId>(
      system_, swarm_, [](const auto&) {}, actors::dial_atom{}, to);
}

std::optional<actors::SwarmError> SwarmNode::listen_error() {
  return ask<network::Multiaddr>(
      system_, swarm_, [](const auto&) {}, actors::listen_atom{});
}

void SwarmNode::hang_up(const network::PeerId& peer) {
  caf::anon_send(swarm_, actors::hangup_atom{}, peer);
}

bool SwarmNode::admit(const network::PeerId& peer, bool is_member) {
  bool is_news = false;
  (void)ask<bool>(
      system_,
      swarm_,
      [&](bool answer) { is_news = answer; },
      actors::admit_atom{},
      peer,
      is_member);
  return is_news;
}

bool SwarmNode::sever(const network::PeerId& peer, bool is_severed) {
  bool is_news = false;
  (void)ask<bool>(
      system_,
      swarm_,
      [&](bool answer) { is_news = answer; },
      actors::sever_atom{},
      peer,
      is_severed);
  return is_news;
}

bool SwarmNode::mute(actors::Channel channel, bool is_muted) {
  bool is_news = false;
  (void)ask<bool>(
      system_,
      swarm_,
      [&](bool answer) { is_news = answer; },
      actors::mute_atom{},
      channel,
      is_muted);
  return is_news;
}

bool SwarmNode::wait_counters(const std::function<bool(const actors::SwarmStats&)>& is_met) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (is_met(counters())) return true;
  }
  return false;
}

bool SwarmNode::wait_peers(
    const std::function<bool(const std::vector<actors::PeerInfo>&)>& is_met) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (is_met(peers())) return true;
  }
  return false;
}

}  // namespace troupe::test

// A libp2p peer made of nothing but Connection and POSIX sockets, for tests against other
// implementations. JSON lines in on stdin, JSON lines out on stdout; listens on a loopback port.
//
//   connection_peer [--no-early-muxer]
//
//   {"cmd":"dial","addr":"/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW..."}
//   {"cmd":"open","conn":1,"protocol":"/echo/1.0.0","size":1000,"times":1}   expects an echo
//   {"cmd":"ping","conn":1}  {"cmd":"push","conn":1,"agent":"..."}  {"cmd":"reset","conn":1}
//   {"cmd":"close","conn":1}  {"cmd":"stop"}
//
// It echoes on /echo/1.0.0. `reset` resets every stream that it holds on the connection.
#include <array>
#include <chrono>
#include <iostream>
#include <list>
#include <map>
#include <random>
#include <string>

#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

#include "protocol/network/connection.hpp"
#include "tests/interop/socket.hpp"

namespace troupe::interop {

namespace {

using nlohmann::json;
namespace event = network::connection_event;
using network::StreamNumber;

constexpr const char* kEchoProtocol = "/echo/1.0.0";

void say(const json& line) {
  std::cout << line.dump(-1, ' ', false, json::error_handler_t::replace) << std::endl;
}

Instant now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

template <class Array>
Array random_array() {
  static std::random_device device;
  Array array{};
  for (auto& byte : array)
    byte = static_cast<std::uint8_t>(device());
  return array;
}

/// What went out on a stream of ours, and what came back.
struct Echo {
  Bytes sent;
  Bytes received;
};

struct Peer {
  int number;
  Socket socket;
  network::Connection connection;
  Bytes out;
  std::map<StreamNumber, Echo> asked;
  std::map<StreamNumber, bool> echoing;
  bool closed = false;
};

class ConnectionPeer {
 public:
  explicit ConnectionPeer(bool early_muxer)
      : early_muxer_(early_muxer),
        key_(*crypto::KeyPair::from_seed(random_array<std::array<std::uint8_t, 32>>())),
        static_key_(random_array<crypto::AgreementKey>()),
        listener_(listen_on_loopback()) {}

  int run() {
    const auto id = network::PeerId::from_public_key(key_.public_key());
    say({{"event", "ready"}, {"peerId", id.text()}, {"addr", own_address().with_peer(id).text()}});
    while (!stopping_)
      step();
    return 0;
  }

 private:
  [[nodiscard]] network::Multiaddr own_address() const {
    return network::Multiaddr::from_tcp(local_endpoint(listener_)).value();
  }

  void step() {
    std::vector<pollfd> polled{{STDIN_FILENO, POLLIN, 0}, {listener_.descriptor(), POLLIN, 0}};
    for (const Peer& peer : peers_) {
      const auto events = static_cast<short>(peer.out.empty() ? POLLIN : POLLIN | POLLOUT);
      polled.push_back({peer.socket.descriptor(), events, 0});
    }
    ::poll(polled.data(), polled.size(), 100);
    if (polled[0].revents != 0) read_commands();
    while (auto socket = accept_next(listener_))
      add(std::move(*socket), network::Role::Listener, {});
    for (Peer& peer : peers_)
      serve(peer);
    peers_.remove_if([](const Peer& peer) { return peer.closed && peer.out.empty(); });
  }

  int add(Socket socket, network::Role role, std::optional<network::PeerId> expected) {
    const network::NoiseKeys keys{.static_private = static_key_,
                                  .ephemeral_private = random_array<crypto::AgreementKey>()};
    auto remote = network::Multiaddr::from_tcp(remote_endpoint(socket)).value();
    network::ConnectionSetup setup{.role = role,
                                   .node_key = key_,
                                   .noise_keys = keys,
                                   .expected_peer = std::move(expected),
                                   .protocols = {kEchoProtocol},
                                   .early_muxer = early_muxer_,
                                   .identity = {.protocol_version = "ipfs/0.1.0",
                                                .agent_version = "connection-peer/1.0.0",
                                                .listen_addresses = {own_address()}},
                                   .remote_address = std::move(remote),
                                   .limits = {}};
    peers_.push_back({++last_number_, std::move(socket), {std::move(setup), now()}, {}, {}, {}});
    return last_number_;
  }

  void serve(Peer& peer) {
    Bytes arrived;
    const ReadState state = read_available(peer.socket, arrived);
    if (!arrived.empty()) peer.connection.received(arrived, now());
    if (state == ReadState::Ended) peer.connection.disconnected();
    peer.connection.tick(now());
    handle_events(peer);
    if (peer.out.empty()) peer.connection.drain(peer.out);
    if (!peer.out.empty() && !write_available(peer.socket, peer.out)) peer.out.clear();
    if (state == ReadState::Ended) peer.out.clear();
    handle_events(peer);
  }

  void handle_events(Peer& peer) {
    for (auto& one : peer.connection.take_events())
      std::visit([&](auto& content) { on(peer, content); }, one);
  }

  void on(Peer& peer, const event::Secured& secured) {
    say({{"event", "secured"}, {"conn", peer.number}, {"peer", secured.peer.text()}});
  }

  void on(Peer& peer, const event::Ready&) { say({{"event", "open"}, {"conn", peer.number}}); }

  void on(Peer& peer, const event::StreamOpened& opened) {
    const bool inbound = opened.direction == network::Direction::Inbound;
    if (inbound) peer.echoing[opened.stream] = true;
    say({{"event", "stream-opened"},
         {"conn", peer.number},
         {"stream", opened.stream.number},
         {"protocol", opened.protocol},
         {"inbound", inbound}});
  }

  void on(Peer& peer, event::Data& data) {
    if (peer.echoing.contains(data.stream)) peer.connection.send(data.stream, data.bytes);
    if (peer.asked.contains(data.stream)) append(peer.asked[data.stream].received, data.bytes);
    peer.connection.consumed(data.stream, data.bytes.size());
  }

  void on(Peer& peer, const event::StreamFinished& finished) {
    if (peer.echoing.erase(finished.stream) > 0) peer.connection.finish(finished.stream);
    const auto asked = peer.asked.find(finished.stream);
    if (asked == peer.asked.end()) return;
    say({{"event", "echoed"},
         {"conn", peer.number},
         {"bytes", asked->second.received.size()},
         {"equal", asked->second.received == asked->second.sent}});
    peer.asked.erase(asked);
  }

  void on(Peer& peer, const event::StreamReset& reset) {
    peer.echoing.erase(reset.stream);
    peer.asked.erase(reset.stream);
    say({{"event", "stream-reset"}, {"conn", peer.number}, {"stream", reset.stream.number}});
  }

  void on(Peer& peer, const event::ProtocolRefused& refused) {
    peer.asked.erase(refused.stream);
    say({{"event", "refused"}, {"conn", peer.number}, {"protocol", refused.protocol}});
  }

  void on(Peer& peer, const event::Identified& identified) {
    const auto& said = identified.identification;
    std::vector<std::string> addresses;
    for (const auto& address : said.listen_addresses)
      addresses.push_back(address.text());
    say({{"event", "identified"},
         {"conn", peer.number},
         {"agent", said.agent_version},
         {"addresses", addresses},
         {"protocols", said.protocols},
         {"observed", said.observed_address ? said.observed_address->text() : ""}});
  }

  void on(Peer& peer, const event::Ponged& ponged) {
    say({{"event", "ponged"}, {"conn", peer.number}, {"microseconds", ponged.round_trip.count()}});
  }

  void on(Peer& peer, const event::Closed& closed) {
    peer.closed = true;
    say({{"event", "closed"},
         {"conn", peer.number},
         {"reason", describe(closed.reason)},
         {"detail", closed.detail}});
  }

  void read_commands() {
    std::array<char, 4096> buffer{};
    const ssize_t size = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (size <= 0) stopping_ = true;
    if (size > 0) input_.append(buffer.data(), static_cast<std::size_t>(size));
    for (auto end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
      const json command = json::parse(input_.substr(0, end));
      input_.erase(0, end + 1);
      obey(command);
    }
  }

  void obey(const json& command) {
    const auto name = command.at("cmd").get<std::string>();
    if (name == "stop") {
      stopping_ = true;
    } else if (name == "dial") {
      const auto address = network::Multiaddr::parse(command.at("addr").get<std::string>()).value();
      const int number =
          add(dial(*address.tcp_endpoint()), network::Role::Dialer, address.peer_id());
      say({{"event", "dialed"}, {"conn", number}});
    } else {
      for (Peer& peer : peers_)
        if (peer.number == command.at("conn").get<int>()) obey(peer, name, command);
    }
  }

  void obey(Peer& peer, const std::string& name, const json& command) {
    if (name == "ping") {
      (void)peer.connection.ping(random_array<network::PingPayload>(), now());
    } else if (name == "close") {
      peer.connection.close();
    } else if (name == "push") {
      network::OwnIdentity identity{.protocol_version = "ipfs/0.1.0",
                                    .agent_version = command.at("agent").get<std::string>(),
                                    .listen_addresses = {own_address()}};
      (void)peer.connection.push_identity(std::move(identity), now());
    } else if (name == "reset") {
      for (const auto& [stream, is_echoing] : peer.echoing)
        peer.connection.reset(stream);
    } else if (name == "open") {
      for (int i = 0; i < command.value("times", 1); ++i)
        open(peer, command);
    }
  }

  void open(Peer& peer, const json& command) {
    const auto stream = peer.connection.open(command.at("protocol").get<std::string>(), now());
    if (!stream) return say({{"event", "not-opened"}, {"reason", describe(stream.error())}});
    Bytes sent(command.value("size", std::size_t{10}));
    for (std::size_t i = 0; i < sent.size(); ++i)
      sent[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
    peer.connection.send(*stream, sent);
    peer.connection.finish(*stream);
    peer.asked[*stream].sent = std::move(sent);
  }

  bool early_muxer_;
  crypto::KeyPair key_;
  crypto::AgreementKey static_key_;
  Socket listener_;
  std::list<Peer> peers_;
  std::string input_;
  int last_number_ = 0;
  bool stopping_ = false;
};

}  // namespace

}  // namespace troupe::interop

int main(int argc, char** argv) {
  const bool silent = argc > 1 && std::string_view(argv[1]) == "--no-early-muxer";
  return troupe::interop::ConnectionPeer(!silent).run();
}

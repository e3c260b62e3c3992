#include "tools/troupe/tunnel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/noise_keys.hpp"
#include "actors/randomness.hpp"
#include "actors/session_messages.hpp"
#include "actors/socket.hpp"
#include "actors/version.hpp"

namespace troupe::tools {

namespace {

namespace event = network::connection_event;
using actors::Descriptor;
using actors::LinkError;

/// What waits for either end before the other is no longer read.
constexpr std::size_t kWaitingBytesMax = 256 * 1024;
constexpr std::size_t kReadBytes = 64 * 1024;

Instant now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

network::ConnectionSetup setup_of(const TunnelTarget& target) {
  network::ConnectionSetup setup{.role = network::Role::Dialer,
                                 .node_key = target.identity,
                                 .noise_keys = actors::draw_noise_keys(actors::system_randomness()),
                                 .expected_peer = target.address.peer_id(),
                                 .protocols = {},
                                 .identity = {},
                                 .remote_address = std::nullopt,
                                 .limits = {}};
  setup.identity.agent_version = fmt::format("troupe/{}", actors::kVersion);
  return setup;
}

/// Writes what the descriptor takes without waiting. False if the other end is gone.
bool write_some(const Descriptor& to, Bytes& waiting) {
  while (!waiting.empty()) {
    const auto count =
        ::send(to.get(), waiting.data(), waiting.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    waiting.erase(waiting.begin(), waiting.begin() + count);
  }
  return true;
}

/// Reads what is there without waiting. False if the other end is gone.
bool read_some(const Descriptor& from, Bytes& read) {
  read.resize(kReadBytes);
  const auto count = ::recv(from.get(), read.data(), read.size(), MSG_DONTWAIT);
  read.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/// One connection to a node with one stream on it, and the local end of the link.
///
/// Not admitted is whoever sees the connection or the stream end before the first byte of the node's
/// greeting has come: the node lets the stream open before it looks who asks.
class Tunnel {
 public:
  Tunnel(const TunnelTarget& target, Descriptor node, Descriptor link)
      : node_(std::move(node)), link_(std::move(link)), connection_(setup_of(target), now()) {}

  /// Until the node greets. Errors: WrongPeer, NotAdmitted, Timeout.
  Result<Done, LinkError> open(Instant deadline) {
    while (!is_greeted_) {
      if (is_over_) return failure(error_);
      if (now() >= deadline) return failure(LinkError::Timeout);
      move_bytes(deadline);
    }
    return Done{};
  }

  /// Until either end is gone.
  void run() {
    while (link_.valid() && (!is_over_ || !for_link_.empty()))
      move_bytes(now() + std::chrono::hours(1));
    flush();
  }

 private:
  /// Waits for either end, or a deadline, and moves what there is.
  void move_bytes(Instant deadline) {
    flush();
    const bool link_may_talk = is_greeted_ && !is_over_ && queued() < kWaitingBytesMax;
    const bool node_may_talk = !is_over_ && for_link_.size() < kWaitingBytesMax;
    const auto wants = [](bool read, bool write) {
      return static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0));
    };
    std::array<pollfd, 2> ready{
        // poll passes over a negative descriptor: an end that is gone is ready all the time.
        pollfd{node_may_talk || !for_node_.empty() ? node_.get() : -1,
               wants(node_may_talk, !for_node_.empty()),
               0},
        pollfd{link_.get(), wants(link_may_talk, !for_link_.empty()), 0}};
    if (connection_.next_deadline()) deadline = std::min(deadline, *connection_.next_deadline());
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadline - now());
    ::poll(ready.data(), ready.size(), static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
    if (ready[1].revents != 0 && is_greeted_)
      on_link_ready(link_may_talk, (ready[1].revents & (POLLHUP | POLLERR)) != 0);
    if (ready[0].revents != 0 && node_may_talk) on_node_ready();
    connection_.tick(now());
    take_events();
  }

  void on_link_ready(bool may_talk, bool has_hung_up) {
    Bytes bytes;
    const bool lives = write_some(link_, for_link_) && (!may_talk || read_some(link_, bytes));
    if (!bytes.empty()) connection_.send(*stream_, bytes);
    if (!lives || has_hung_up) close_link();
  }

  void on_node_ready() {
    Bytes bytes;
    if (read_some(node_, bytes)) {
      connection_.received(bytes, now());
    } else {
      connection_.disconnected();
    }
  }

  void take_events() {
    for (auto& happened : connection_.take_events())
      std::visit([this](auto& what) { perform(what); }, happened);
  }

  void perform(event::Ready&) {
    const auto opened = connection_.open(std::string{actors::kAdminProtocol}, now());
    if (!opened) return end(LinkError::NotAdmitted);
    stream_ = *opened;
  }

  void perform(event::Data& data) {
    connection_.consumed(data.stream, data.bytes.size());
    is_greeted_ = true;
    append(for_link_, data.bytes);
  }

  void perform(event::ProtocolRefused&) { end(LinkError::NotAdmitted); }

  void perform(event::StreamFinished&) { end(LinkError::NotAdmitted); }

  void perform(event::StreamReset&) { end(LinkError::NotAdmitted); }

  void perform(event::Closed& closed) {
    const bool is_secured = connection_.peer().has_value();
    end(closed.reason == network::CloseReason::PeerUnexpected ? LinkError::WrongPeer
        : is_secured                                          ? LinkError::NotAdmitted
                                                              : LinkError::Unreachable);
  }

  template <class Other>
  void perform(Other&) {}

  void end(LinkError error) {
    if (std::exchange(is_over_, true)) return;
    error_ = error;
  }

  /// The console has left.
  void close_link() {
    link_ = Descriptor{};
    connection_.close();
    is_over_ = true;
    for_link_.clear();
  }

  void flush() {
    while (for_node_.size() < kWaitingBytesMax && connection_.drain(for_node_)) {
    }
    if (!write_some(node_, for_node_)) connection_.disconnected();
    if (link_.valid() && !write_some(link_, for_link_)) close_link();
  }

  [[nodiscard]] std::size_t queued() const {
    return for_node_.size() + (stream_ ? connection_.queued_bytes(*stream_) : 0);
  }

  Descriptor node_;
  Descriptor link_;
  network::Connection connection_;
  std::optional<network::StreamNumber> stream_;
  Bytes for_node_;
  Bytes for_link_;
  bool is_greeted_ = false;
  bool is_over_ = false;
  LinkError error_ = LinkError::Unreachable;
};

Result<Descriptor, LinkError> dial(const TunnelTarget& target, std::chrono::milliseconds limit) {
  const Instant deadline = now() + limit;
  auto node =
      actors::connect_tcp(target.address.without_peer(), limit, actors::make_cancel_event());
  if (!node) {
    return failure(node.error() == actors::SwarmError::Timeout ? LinkError::Timeout
                                                               : LinkError::Unreachable);
  }
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return failure(LinkError::SystemRefused);
  Descriptor near{ends[0]};
  auto tunnel = std::make_shared<Tunnel>(target, std::move(*node), Descriptor{ends[1]});
  if (const auto opened = tunnel->open(deadline); !opened) return failure(opened.error());
  // Ends with either end; the program leaves with _exit and does not wait for it.
  std::thread([tunnel] { tunnel->run(); }).detach();
  return near;
}

}  // namespace

Answer<network::Multiaddr> parse_via(const std::string& text) {
  const auto address = network::Multiaddr::parse(text);
  if (address && address->tcp_endpoint() && address->peer_id()) return *address;
  return refuse(
      {ExitCode::Usage,
       "bad-via",
       !address ? fmt::format("--via {}: {}", text, network::describe(address.error()))
       : !address->tcp_endpoint() ? fmt::format("--via {} is no TCP address", text)
                                  : fmt::format("--via {} does not say whose address it is", text),
       "write --via /ip4/HOST/tcp/PORT/p2p/PEER_ID; its own machine shows it: troupe config show"});
}

actors::LinkConnector tunnel_to(const TunnelTarget& target) {
  return [target](std::chrono::milliseconds deadline) { return dial(target, deadline); };
}

}  // namespace troupe::tools

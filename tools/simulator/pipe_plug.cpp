#include "tools/simulator/pipe_plug.hpp"

#include <deque>
#include <utility>

#include "actors/hosted.hpp"
#include "protocol/base/limits.hpp"
#include "tools/simulator/addresses.hpp"

namespace troupe::simulator {

namespace {

using actors::ReadBytes;
using actors::SocketOwner;
using actors::internal::accepted_atom;
using actors::internal::bytes_atom;
using actors::internal::dialled_atom;
using actors::internal::finish_atom;
using actors::internal::rearm_atom;
using actors::internal::write_atom;
using actors::internal::wrote_atom;

/// Does for a pipe what actors/connection_broker does for a socket.
class PipeBroker {
 public:
  static constexpr const char* name = "connection-broker";

  PipeBroker(caf::event_based_actor* self,
             std::shared_ptr<PipePlug> plug,
             PipeEnd end,
             SocketOwner owner)
      : self_(self), plug_(std::move(plug)), end_(end), owner_(std::move(owner)) {}

  caf::behavior make_behavior() {
    self_->monitor(owner_);
    self_->set_down_handler([this](const caf::down_msg&) { end(); });
    return {
        [this](write_atom, const Bytes& bytes) { plug_->write(end_, bytes); },
        [this](rearm_atom, std::uint64_t reads) {
          reads_ += reads;
          read_on();
        },
        [this](finish_atom) { end(); },
        [this](bytes_atom, const Bytes& bytes) {
          unread_.push_back(bytes);
          read_on();
        },
        [this](wrote_atom, std::uint64_t bytes) { self_->send(owner_, wrote_atom{}, bytes); },
        [this](caf::close_atom) {
          is_closed_ = true;
          read_on();
        },
    };
  }

 private:
  /// The end of the stream comes after all its bytes.
  void read_on() {
    for (; reads_ > 0 && !unread_.empty(); --reads_) {
      const Bytes bytes = std::move(unread_.front());
      unread_.pop_front();
      plug_->take(end_, bytes.size());
      self_->send(owner_, bytes_atom{}, ReadBytes{{bytes.begin(), bytes.end()}});
    }
    if (is_closed_ && unread_.empty()) end();
  }

  void end() {
    plug_->finish(end_);
    self_->quit();
  }

  caf::event_based_actor* self_;
  std::shared_ptr<PipePlug> plug_;
  PipeEnd end_;
  SocketOwner owner_;
  std::deque<Bytes> unread_;
  std::uint64_t reads_ = kReadsInFlightMax;
  bool is_closed_ = false;
};

/// What stands for a listening socket; a pipe is accepted without being asked.
class PipeListener {
 public:
  static constexpr const char* name = "listener-broker";

  explicit PipeListener(caf::event_based_actor*) {}

  caf::behavior make_behavior() {
    return {[](rearm_atom, std::uint64_t) {}};
  }
};

class PipeWire final : public actors::Wire {
 public:
  PipeWire(std::shared_ptr<PipePlug> plug, PipeEnd end, network::Multiaddr far)
      : plug_(std::move(plug)), end_(end), far_(std::move(far)) {}

  ~PipeWire() override {
    if (!is_carried_) plug_->finish(end_);
  }

  [[nodiscard]] std::optional<network::Multiaddr> remote_address() const override { return far_; }

  [[nodiscard]] caf::actor carry(caf::actor_system& system, const SocketOwner& owner) override {
    is_carried_ = true;
    return plug_->carry(system, end_, owner);
  }

 private:
  std::shared_ptr<PipePlug> plug_;
  PipeEnd end_;
  network::Multiaddr far_;
  bool is_carried_ = false;
};

class PipeTransport final : public actors::Transport {
 public:
  PipeTransport(std::shared_ptr<PipePlug> plug, std::size_t place)
      : plug_(std::move(plug)), place_(place) {}

  [[nodiscard]] Result<actors::Listener, actors::SwarmError> listen(
      const actors::SwarmCore& swarm,
      caf::actor_system& system,
      const network::Multiaddr&) override {
    plug_->listen(swarm);
    return actors::Listener{
        actors::spawn_hosted<caf::actor, PipeListener>(system, actors::Placement::Pooled),
        address_of_node(place_)};
  }

  void dial(const actors::SwarmCore& swarm,
            caf::actor_system&,
            std::uint64_t ticket,
            const network::Multiaddr& address) override {
    plug_->dial(swarm, ticket, address);
  }

 private:
  std::shared_ptr<PipePlug> plug_;
  std::size_t place_;
};

}  // namespace

PipePlug::PipePlug(Pipes& pipes,
                   std::size_t place,
                   std::size_t nodes,
                   std::function<bool()> is_alive)
    : pipes_(pipes), place_(place), nodes_(nodes), is_alive_(std::move(is_alive)) {}

std::shared_ptr<actors::Transport> PipePlug::make_transport() {
  return std::make_shared<PipeTransport>(shared_from_this(), place_);
}

// --- from the pipes

void PipePlug::on_accepted(PipeEnd end, std::size_t from) {
  ends_[end] = {};
  const auto far = from == kStranger ? address_of_stranger() : address_of_node(from);
  caf::anon_send(swarm_,
                 accepted_atom{},
                 actors::Accepted{std::make_shared<PipeWire>(shared_from_this(), end, far)});
}

void PipePlug::on_dialled(std::uint64_t ticket, std::variant<PipeEnd, DialFailure> outcome) {
  const auto dialling = dialling_.extract(ticket);
  if (dialling.empty()) return;
  const auto wire = [&]() -> Result<actors::SharedWire, actors::SwarmError> {
    if (const auto* failed = std::get_if<DialFailure>(&outcome)) {
      return failure(*failed == DialFailure::Timeout ? actors::SwarmError::Timeout
                                                     : actors::SwarmError::Unreachable);
    }
    const PipeEnd end = std::get<PipeEnd>(outcome);
    ends_[end] = {};
    return actors::SharedWire(std::make_shared<PipeWire>(
        shared_from_this(), end, address_of_node(dialling.mapped().node)));
  };
  caf::anon_send(dialling.mapped().swarm, dialled_atom{}, actors::Dialled{ticket, wire()});
}

void PipePlug::on_bytes(PipeEnd end, const Bytes& bytes) {
  const auto found = ends_.find(end);
  if (found == ends_.end()) return;
  if (!found->second.broker) return found->second.early.push_back(bytes);
  caf::anon_send(found->second.broker, bytes_atom{}, bytes);
}

void PipePlug::on_wrote(PipeEnd end, std::size_t bytes) {
  const auto found = ends_.find(end);
  if (found != ends_.end() && found->second.broker)
    caf::anon_send(found->second.broker, wrote_atom{}, std::uint64_t{bytes});
}

void PipePlug::on_closed(PipeEnd end) {
  const auto found = ends_.find(end);
  if (found == ends_.end()) return;
  if (!found->second.broker) {
    found->second.is_closed_early = true;
  } else {
    caf::anon_send(found->second.broker, caf::close_atom::value);
  }
}

// --- from the swarm and the brokers

void PipePlug::listen(const actors::SwarmCore& swarm) {
  swarm_ = swarm;
}

void PipePlug::dial(const actors::SwarmCore& swarm,
                    std::uint64_t ticket,
                    const network::Multiaddr& address) {
  const auto node = node_at(address, nodes_);
  if (!node) {
    caf::anon_send(
        swarm, dialled_atom{}, actors::Dialled{ticket, failure(actors::SwarmError::Unreachable)});
    return;
  }
  dialling_.emplace(ticket, Dialling{swarm, *node});
  if (is_alive_()) pipes_.dial(place_, ticket, *node);
}

caf::actor PipePlug::carry(caf::actor_system& system, PipeEnd end, const SocketOwner& owner) {
  End& carried = ends_[end];
  carried.broker = actors::spawn_hosted<caf::actor, PipeBroker>(
      system, actors::Placement::Pooled, shared_from_this(), end, owner);
  for (const Bytes& bytes : std::exchange(carried.early, {}))
    caf::anon_send(carried.broker, bytes_atom{}, bytes);
  if (carried.is_closed_early) caf::anon_send(carried.broker, caf::close_atom::value);
  return carried.broker;
}

void PipePlug::write(PipeEnd end, const Bytes& bytes) {
  if (is_alive_()) pipes_.write(end, bytes);
}

void PipePlug::take(PipeEnd end, std::size_t bytes) {
  if (is_alive_()) pipes_.take(end, bytes);
}

void PipePlug::finish(PipeEnd end) {
  ends_.erase(end);
  if (is_alive_()) pipes_.finish(end);
}

void PipePlug::let_go() {
  swarm_ = nullptr;
  dialling_.clear();
  ends_.clear();
}

}  // namespace troupe::simulator

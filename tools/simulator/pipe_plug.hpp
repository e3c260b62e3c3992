#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "actors/transport.hpp"
#include "tools/simulator/pipes.hpp"

namespace troupe::simulator {

/// One process's end of all its pipes: a transport for its swarm, and a broker for each connection,
/// which says to its session what a broker of sockets says.
///
/// Invariant: nothing is delivered to a session before it owns its connection; what came before
/// waits here, as it would in a kernel.
class PipePlug final : public PipeUser, public std::enable_shared_from_this<PipePlug> {
 public:
  /// `pipes` is used only while `is_alive` holds.
  PipePlug(Pipes& pipes, std::size_t place, std::size_t nodes, std::function<bool()> is_alive);

  /// For one swarm. It keeps the plug alive.
  [[nodiscard]] std::shared_ptr<actors::Transport> make_transport();

  // From the pipes.
  [[nodiscard]] bool is_listening() const override { return swarm_ != nullptr; }

  void on_accepted(PipeEnd end, std::size_t from) override;
  void on_dialled(std::uint64_t ticket, std::variant<PipeEnd, DialFailure> outcome) override;
  void on_bytes(PipeEnd end, const Bytes& bytes) override;
  void on_wrote(PipeEnd end, std::size_t bytes) override;
  void on_closed(PipeEnd end) override;

  // From the swarm and the brokers.
  void listen(const actors::SwarmCore& swarm);
  void dial(const actors::SwarmCore& swarm,
            std::uint64_t ticket,
            const network::Multiaddr& address);
  [[nodiscard]] caf::actor carry(caf::actor_system& system,
                                 PipeEnd end,
                                 const actors::SocketOwner& owner);
  void write(PipeEnd end, const Bytes& bytes);
  void take(PipeEnd end, std::size_t bytes);
  void finish(PipeEnd end);

  /// Lets go of every actor, so that none keeps another alive when the process is taken apart.
  void let_go();

 private:
  struct End {
    caf::actor broker;         // nobody yet, at first
    std::vector<Bytes> early;  // what came before there was one
    bool is_closed_early = false;
  };

  struct Dialling {
    actors::SwarmCore swarm;
    std::size_t node = 0;
  };

  Pipes& pipes_;
  std::size_t place_;
  std::size_t nodes_;
  std::function<bool()> is_alive_;
  actors::SwarmCore swarm_;
  std::map<std::uint64_t, Dialling> dialling_;  // by ticket
  std::map<PipeEnd, End> ends_;
};

}  // namespace troupe::simulator

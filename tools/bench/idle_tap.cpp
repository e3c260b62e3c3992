#include "tools/bench/idle_tap.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include <caf/all.hpp>

#include "actors/hosted.hpp"

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;
using pass_atom = caf::atom_constant<caf::atom("pass")>;

/// One turn's game.
struct Game {
  actors::TapPointer tap;  // or nothing: then the players have no probe
  std::shared_ptr<std::promise<void>> over;
};

/// Passes what it gets back to whoever sent it, until nothing is left to pass.
class Player {
 public:
  static constexpr const char* name = "player";

  Player(caf::event_based_actor* self, Game game) : self_(self), game_(std::move(game)) {}

  caf::behavior make_behavior() {
    return {[this](pass_atom, std::uint64_t left, const caf::actor& partner) {
      if (left == 0) return game_.over->set_value();
      self_->send(partner, pass_atom::value, left - 1, caf::actor_cast<caf::actor>(self_));
    }};
  }

 private:
  caf::event_based_actor* self_;
  Game game_;
};

std::uint64_t messages_per_second(caf::actor_system& system,
                                  const actors::TapPointer& tap,
                                  std::uint64_t messages) {
  const Game game{tap, std::make_shared<std::promise<void>>()};
  auto over = game.over->get_future();
  const auto spawn = [&] {
    return actors::spawn_hosted<caf::actor, Player>(system, actors::Placement::Pooled, game);
  };
  const caf::actor one = spawn();
  const caf::actor other = spawn();
  const auto begin = Clock::now();
  caf::anon_send(one, pass_atom::value, messages, other);
  over.wait();
  const std::chrono::duration<double> passed = Clock::now() - begin;
  for (const caf::actor& player : {one, other})
    caf::anon_send_exit(player, caf::exit_reason::user_shutdown);
  return static_cast<std::uint64_t>(static_cast<double>(messages) / passed.count());
}

}  // namespace

std::vector<std::uint64_t> play_beside_idle_tap(std::size_t pairs,
                                                std::uint64_t messages_per_turn) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", 1);
  caf::actor_system system{config};
  const auto tap = std::make_shared<actors::MessageTap>();
  std::vector<std::uint64_t> turns;
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    turns.push_back(messages_per_second(system, nullptr, messages_per_turn));
    turns.push_back(messages_per_second(system, tap, messages_per_turn));
  }
  return turns;
}

}  // namespace troupe::tools

#pragma once

#include <optional>
#include <utility>

#include <caf/all.hpp>

#include "actors/message_tap.hpp"

// The one adapter that gives an actor a class as its state. CAF 0.17's stateful_actor neither
// forwards constructor arguments nor asks a state for its behavior, so ours does both:
//
//   class Heartbeat {
//    public:
//     static constexpr const char* name = "heartbeat";
//     Heartbeat(HeartbeatActor::pointer self, std::uint64_t nonce);
//     HeartbeatActor::behavior_type make_behavior();
//   };
//   auto heartbeat = spawn_hosted<HeartbeatActor, Heartbeat>(system, Placement::Pooled, nonce);
//
// A state's constructor must neither spawn nor send: that belongs into make_behavior, which runs
// when the actor is first scheduled. The state is destroyed when its actor ends, so that handles
// it holds never keep a dead circle of actors alive.
//
// It is also where messages are observed: an actor one of whose arguments brings a tap (a context or
// a setup) can be watched, see message_tap.hpp.
namespace troupe::actors {

namespace detail {

template <class Handle>
struct HostTraits {
  using Base = typename Handle::base;
  using Behavior = typename Handle::behavior_type;
};

template <>
struct HostTraits<caf::actor> {
  using Base = caf::event_based_actor;
  using Behavior = caf::behavior;
};

}  // namespace detail

/// What a hosted state is given to reach its own actor.
template <class Handle>
using HostPointer = typename detail::HostTraits<Handle>::Base*;

template <class Handle, class State>
class Hosted : public detail::HostTraits<Handle>::Base {
  using Base = typename detail::HostTraits<Handle>::Base;

 public:
  template <class... Args>
  explicit Hosted(caf::actor_config& config, Args&&... args) : Base(config) {
    if (auto tap = detail::tap_among(args...)) {
      probe_ = std::make_shared<TapProbe>(std::move(tap), *this, State::name);
    }
    state_.emplace(this, std::forward<Args>(args)...);
  }

  ~Hosted() override {
    if (probe_) probe_->leave();
  }

  using Base::enqueue;

  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* unit) override {
    if (probe_ && probe_->is_open()) message = probe_->wrap(std::move(message));
    Base::enqueue(std::move(message), unit);
  }

  typename detail::HostTraits<Handle>::Behavior make_behavior() override {
    return state_->make_behavior();
  }

  void on_exit() override {
    state_.reset();
    if (probe_) probe_->leave();
  }

  const char* name() const override { return State::name; }

 private:
  ProbePointer probe_;
  std::optional<State> state_;
};

/// Where an actor runs. Whatever blocks is detached in production and pooled in a simulation, where
/// no second thread may exist.
enum class Placement {
  Pooled,    ///< shares the scheduler's threads; must never block
  Detached,  ///< has a thread of its own
};

/// Spawns an actor hosting `State{self, args...}`. `spawner` is an actor_system or an actor.
template <class Handle, class State, class Spawner, class... Args>
Handle spawn_hosted(Spawner& spawner, Placement placement, Args&&... args) {
  using Host = Hosted<Handle, State>;
  switch (placement) {
    case Placement::Pooled: return spawner.template spawn<Host>(std::forward<Args>(args)...);
    case Placement::Detached:
      return spawner.template spawn<Host, caf::detached>(std::forward<Args>(args)...);
  }
  return Handle{};
}

/// The same for a child whose end its parent must hear of, as a down_msg.
template <class Handle, class State, class Parent, class... Args>
Handle spawn_monitored(Parent* parent, Placement placement, Args&&... args) {
  using Host = Hosted<Handle, State>;
  switch (placement) {
    case Placement::Pooled:
      return parent->template spawn<Host, caf::monitored>(std::forward<Args>(args)...);
    case Placement::Detached:
      return parent->template spawn<Host, caf::detached + caf::monitored>(
          std::forward<Args>(args)...);
  }
  return Handle{};
}

}  // namespace troupe::actors

#include "actors/loop_scheduler.hpp"

#include <cstddef>
#include <utility>

#include <caf/io/middleman.hpp>
#include <caf/io/network/multiplexer.hpp>

namespace troupe::actors {

namespace {

/// How many messages an actor handles before it is another one's turn.
constexpr std::size_t kMessagesPerTurn = 64;

}  // namespace

LoopScheduler::LoopScheduler(caf::actor_system& system) : Base(system) {}

caf::actor_system::module* LoopScheduler::make(caf::actor_system& system,
                                               caf::detail::type_list<>) {
  return new LoopScheduler(system);
}

void LoopScheduler::enqueue(caf::resumable* job) {
  {
    const std::lock_guard guard{mutex_};
    queue_.push_back(job);
    if (std::exchange(is_pumping_, true)) return;
  }
  system().middleman().backend().exec_later(&pump_);
}

void LoopScheduler::stop() {
  Base::stop();
  std::vector<caf::resumable*> left;
  take(left);
  for (auto* job : left)
    cleanup_and_release(job);
}

void LoopScheduler::take(std::vector<caf::resumable*>& round) {
  const std::lock_guard guard{mutex_};
  round.clear();
  round.swap(queue_);
}

bool LoopScheduler::has_more() {
  const std::lock_guard guard{mutex_};
  is_pumping_ = !queue_.empty();
  return is_pumping_;
}

caf::resumable::resume_result LoopScheduler::Pump::resume(caf::execution_unit* loop, std::size_t) {
  scheduler_.take(round_);
  for (auto* job : round_) {
    if (job->resume(loop, kMessagesPerTurn) == resume_later) {
      scheduler_.enqueue(job);
    } else {
      caf::intrusive_ptr_release(job);
    }
  }
  return scheduler_.has_more() ? resume_later : done;
}

}  // namespace troupe::actors

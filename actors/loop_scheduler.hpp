#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include <caf/actor_system_config.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/coordinator.hpp>

/// A scheduler that runs the actors of a node on the thread that reads its sockets.
///
/// A vote that arrives crosses five actors before the answer leaves, and each step is far shorter
/// than waking a thread: on a pool of workers a node spent a third of its time on handing over.
/// Here an actor that gets a message is queued for the event loop, which runs all that are queued
/// between two looks at its sockets; only actors that block (disk, signatures in bulk) have threads
/// of their own (actors/hosted.hpp), and what they answer wakes the loop once however many answers
/// there are.
///
/// Invariants: a resumable in the queue holds the reference that `enqueue` took over; the pump is
/// posted to the loop exactly while the queue is not empty; an actor with more messages than one
/// turn takes goes to the end of the queue, behind the sockets. What is queued after the loop has
/// ended is released when the scheduler stops.
namespace troupe::actors {

class LoopScheduler final : public caf::scheduler::coordinator<caf::policy::work_sharing> {
 public:
  using Base = caf::scheduler::coordinator<caf::policy::work_sharing>;

  explicit LoopScheduler(caf::actor_system& system);

  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

 protected:
  void enqueue(caf::resumable* job) override;
  void stop() override;

 private:
  /// What the event loop runs; it lives as long as the scheduler and is not counted.
  class Pump final : public caf::resumable {
   public:
    explicit Pump(LoopScheduler& scheduler) : scheduler_(scheduler) {}

    subtype_t subtype() const override { return function_object; }

    resume_result resume(caf::execution_unit* loop, std::size_t) override;

    void intrusive_ptr_add_ref_impl() override {}

    void intrusive_ptr_release_impl() override {}

   private:
    LoopScheduler& scheduler_;
    std::vector<caf::resumable*> round_;
  };

  /// Moves what is queued into `round`.
  void take(std::vector<caf::resumable*>& round);
  /// Whether the pump must be run again; if not, the next `enqueue` posts it.
  bool has_more();

  std::mutex mutex_;
  std::vector<caf::resumable*> queue_;
  bool is_pumping_ = false;
  Pump pump_{*this};
};

}  // namespace troupe::actors

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include <caf/all.hpp>

namespace troupe::actors {

/// Where the members of a cast lay down what an observer wants to see, from any thread. Closed it
/// costs one relaxed read of a flag; open, a bounded number of items is on its way to the observer
/// and whatever does not fit is counted, so that nobody ever waits for who watches.
template <class Sink>
class Outlet {
 public:
  explicit Outlet(std::size_t in_flight_max) : in_flight_max_(in_flight_max) {}

  [[nodiscard]] bool is_open() const { return is_open_.load(std::memory_order_relaxed); }

  /// From now on there is this observer. It is not kept alive.
  void open(const Sink& sink) {
    const std::lock_guard lock(mutex_);
    sink_ = caf::actor_cast<caf::actor_addr>(sink);
    is_open_.store(true, std::memory_order_relaxed);
  }

  void close() { is_open_.store(false, std::memory_order_relaxed); }

  /// The observer, with room for this many items taken; nothing if they do not fit or nobody is
  /// there any more.
  [[nodiscard]] std::optional<Sink> reserve(std::size_t items) {
    if (!is_open()) return std::nullopt;
    if (in_flight_.fetch_add(items, std::memory_order_relaxed) + items > in_flight_max_) {
      release(items);
      dropped_.fetch_add(items, std::memory_order_relaxed);
      return std::nullopt;
    }
    caf::strong_actor_ptr sink;
    {
      const std::lock_guard lock(mutex_);
      sink = caf::actor_cast<caf::strong_actor_ptr>(sink_);
    }
    if (sink) return caf::actor_cast<Sink>(sink);
    release(items);
    return std::nullopt;
  }

  /// The observer has dealt with this many.
  void release(std::size_t items) { in_flight_.fetch_sub(items, std::memory_order_relaxed); }

  /// How many did not fit since this was asked last.
  [[nodiscard]] std::uint64_t take_dropped() {
    return dropped_.exchange(0, std::memory_order_relaxed);
  }

 private:
  const std::size_t in_flight_max_;
  std::atomic<bool> is_open_{false};
  std::atomic<std::size_t> in_flight_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::mutex mutex_;  // of what follows
  caf::actor_addr sink_;
};

}  // namespace troupe::actors

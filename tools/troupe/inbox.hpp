#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

namespace troupe::tools {

/// Where answers wait that a client's thread brings and a verb's thread works off. Bounded by the
/// questions that the verb has on their way.
template <class T>
class Inbox {
 public:
  void put(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    arrived_.notify_one();
  }

  /// The oldest item; waits for it if there is none.
  [[nodiscard]] T take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !items_.empty(); });
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<T> items_;
};

}  // namespace troupe::tools

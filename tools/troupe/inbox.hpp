#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace troupe::tools {

/// Where answers wait that a client's thread brings and a verb's thread works off. Bounded by the
/// questions that the verb has on their way, or, for what comes unasked, by its capacity.
template <class T>
class Inbox {
 public:
  explicit Inbox(std::size_t capacity = static_cast<std::size_t>(-1)) : capacity_(capacity) {}

  /// Waits for room, unless nobody will take anything any more.
  void put(T item) {
    std::unique_lock lock(mutex_);
    taken_.wait(lock, [&] { return items_.size() < capacity_ || is_closed_; });
    if (is_closed_) return;
    items_.push_back(std::move(item));
    arrived_.notify_one();
  }

  /// Nobody will take anything any more.
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    taken_.notify_all();
  }

  /// The oldest item; waits for it if there is none.
  [[nodiscard]] T take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [&] { return !items_.empty(); });
    T item = std::move(items_.front());
    items_.pop_front();
    taken_.notify_one();
    return item;
  }

  /// The oldest item, if there is one.
  [[nodiscard]] std::optional<T> take_ready() {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return std::nullopt;
    std::optional<T> item = std::move(items_.front());
    items_.pop_front();
    taken_.notify_one();
    return item;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::condition_variable taken_;
  std::deque<T> items_;
  const std::size_t capacity_;
  bool is_closed_ = false;
};

}  // namespace troupe::tools

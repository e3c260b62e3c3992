#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace troupe::actors {

/// Bounds what one channel of one session has delivered and the cast still holds.
///
/// The session draws a credit for every message it delivers; the credit's end, on whatever thread,
/// gives its bytes back. While more than the bound is out, the session leaves the peer's window
/// closed, and is woken once when half of it has come back. In the common case, a cast that keeps
/// up, nothing but a counter moves.
class ReceiveCredit {
 public:
  /// `wake` is called at most once per wait(), on the thread that gives back.
  ReceiveCredit(std::size_t bytes_max, std::function<void()> wake)
      : book_(std::make_shared<Book>(bytes_max, std::move(wake))) {}

  /// What travels with a message of this many bytes.
  [[nodiscard]] std::shared_ptr<const void> draw(std::size_t bytes);

  /// True if the bound is reached; then `wake` will be called.
  [[nodiscard]] bool must_wait();

  /// Bytes that are out.
  [[nodiscard]] std::size_t outstanding() const { return book_->outstanding.load(); }

 private:
  struct Book {
    Book(std::size_t max, std::function<void()> call) : bytes_max(max), wake(std::move(call)) {}

    void give_back(std::size_t bytes);

    const std::size_t bytes_max;
    const std::function<void()> wake;
    std::atomic<std::size_t> outstanding{0};
    std::atomic<bool> waiting{false};
  };

  class Credit;

  std::shared_ptr<Book> book_;
};

}  // namespace troupe::actors

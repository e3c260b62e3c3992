#pragma once

#include <cstddef>
#include <deque>

#include "actors/swarm_messages.hpp"

namespace troupe::actors {

/// The messages that wait for one peer on one channel, shared and not copied, given out as the
/// bytes of a stream: length, message, length, message.
class SendQueue {
 public:
  void push(SharedBytes message);

  [[nodiscard]] bool empty() const { return messages_.empty(); }

  /// The next bytes of the stream, at least one and at most `bytes_max` of them. Requires that the
  /// queue is not empty. Valid until the next push or pop.
  [[nodiscard]] ByteView front(std::size_t bytes_max);

  struct Popped {
    std::size_t message_bytes = 0;  ///< of the messages that are complete now
    std::size_t messages = 0;
  };

  /// Takes that many bytes of front() away.
  Popped pop(std::size_t bytes);

 private:
  std::deque<SharedBytes> messages_;
  Bytes length_;           // the front message's length, encoded; empty until it is begun
  std::size_t taken_ = 0;  // bytes of the front message, its length included, that were popped
};

}  // namespace troupe::actors

#include "protocol/network/yamux_stream.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"

namespace troupe::network {
namespace {

/// What an empty queue keeps for its next messages, so that a chatty stream does not allocate.
constexpr std::size_t kKeptBytes = 4096;

}  // namespace

void SendQueue::push(ByteView bytes) {
  // Moves the rest to the front once more than half of the buffer is gone: amortized, each byte
  // moves at most once.
  if (taken_ > bytes_.size() / 2) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  append(bytes_, bytes);
}

ByteView SendQueue::front(std::size_t size_max) const {
  return ByteView(bytes_).subspan(taken_, std::min(size(), size_max));
}

void SendQueue::pop(std::size_t size) {
  INVARIANT(size <= this->size());
  taken_ += size;
  if (taken_ < bytes_.size()) return;
  taken_ = 0;
  bytes_.clear();
  if (bytes_.capacity() > kKeptBytes) bytes_.shrink_to_fit();
}

}  // namespace troupe::network

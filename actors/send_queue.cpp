#include "actors/send_queue.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/codec/wire.hpp"

namespace troupe::actors {

void SendQueue::push(SharedBytes message) {
  messages_.push_back(std::move(message));
}

ByteView SendQueue::front(std::size_t bytes_max) {
  INVARIANT(!messages_.empty());
  if (length_.empty()) codec::append_varint(length_, messages_.front()->size());
  const ByteView whole = taken_ < length_.size()
                             ? ByteView{length_}.subspan(taken_)
                             : ByteView{*messages_.front()}.subspan(taken_ - length_.size());
  return whole.first(std::min(whole.size(), bytes_max));
}

SendQueue::Popped SendQueue::pop(std::size_t bytes) {
  INVARIANT(!messages_.empty() && !length_.empty());
  taken_ += bytes;
  const auto message_bytes = messages_.front()->size();
  INVARIANT(taken_ <= length_.size() + message_bytes);
  if (taken_ < length_.size() + message_bytes) return {};
  messages_.pop_front();
  length_.clear();
  taken_ = 0;
  return {.message_bytes = message_bytes, .messages = 1};
}

}  // namespace troupe::actors

#include "protocol/network/ping.hpp"

#include "protocol/base/invariant.hpp"

namespace troupe::network {

void PingResponder::received(ByteView input, Bytes& to) {
  append(partial_, input);
  const std::size_t whole = partial_.size() - partial_.size() % kPingBytes;
  append(to, ByteView(partial_).first(whole));
  partial_.erase(partial_.begin(), partial_.begin() + static_cast<std::ptrdiff_t>(whole));
}

void PingInitiator::start(const PingPayload& payload, Bytes& to) {
  INVARIANT(!waiting());
  expected_ = payload;
  matched_ = 0;
  append(to, payload);
}

PingInitiator::Answer PingInitiator::received(ByteView input) {
  if (input.empty()) return Answer::Incomplete;
  if (!expected_ || input.size() > kPingBytes - matched_) return Answer::Wrong;
  const ByteView wanted = ByteView(*expected_).subspan(matched_, input.size());
  if (!equal(wanted, input)) return Answer::Wrong;
  matched_ += input.size();
  if (matched_ < kPingBytes) return Answer::Incomplete;
  expected_.reset();
  return Answer::Right;
}

}  // namespace troupe::network

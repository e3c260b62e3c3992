#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

#include "protocol/base/bytes.hpp"

namespace troupe::network {

/// A stream's number on its connection: odd if the dialer opened it, even if the listener did.
struct StreamNumber {
  std::uint32_t number = 0;

  friend auto operator<=>(const StreamNumber&, const StreamNumber&) = default;
};

/// Bytes waiting to be sent, first in first out, without a copy per removal.
class SendQueue {
 public:
  void push(ByteView bytes);

  [[nodiscard]] std::size_t size() const { return bytes_.size() - taken_; }

  /// The first bytes, at most `size_max`; valid until the next push or pop.
  [[nodiscard]] ByteView front(std::size_t size_max) const;

  void pop(std::size_t size);

 private:
  Bytes bytes_;
  std::size_t taken_ = 0;
};

/// The books of one live Yamux stream. All rules stand in Yamux, which owns it.
struct YamuxStream {
  SendQueue queue;
  std::uint32_t send_window = 0;     ///< bytes that we may send
  std::uint32_t receive_window = 0;  ///< bytes that the peer may send
  std::uint32_t unconsumed = 0;      ///< bytes received and not consumed by the application
  std::uint32_t grant = 0;           ///< consumed bytes that no window update has told the peer yet
  bool grant_due = false;            ///< the next drain sends the window update
  bool acknowledge = false;          ///< our next frame carries ACK
  bool acknowledged = false;         ///< the peer has answered our SYN
  bool finishing = false;            ///< we send FIN after the queue
  bool finished = false;             ///< we sent FIN
  bool remote_finished = false;
  bool ready = false;  ///< stands in Yamux::ready_
};

}  // namespace troupe::network

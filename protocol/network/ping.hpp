#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/base/bytes.hpp"

// Ping, `/ipfs/ping/1.0.0` (libp2p ping specification): 32 bytes out, the same 32 bytes back,
// without a length prefix, as often as the opener likes on one stream.
namespace troupe::network {

inline constexpr std::string_view kPingProtocol = "/ipfs/ping/1.0.0";
inline constexpr std::size_t kPingBytes = 32;

using PingPayload = std::array<std::uint8_t, kPingBytes>;

/// The listening side: echoes whole payloads, however they are split. Holds less than one payload.
class PingResponder {
 public:
  /// Appends the echo of every payload that is complete now.
  void received(ByteView input, Bytes& to);

 private:
  Bytes partial_;
};

/// The asking side: one payload at a time.
class PingInitiator {
 public:
  /// Begins a round. Requires that none is under way; the payload is to be random.
  void start(const PingPayload& payload, Bytes& to);

  enum class Answer { Incomplete, Right, Wrong };

  /// Wrong if a byte differs from what was sent, or comes unasked.
  [[nodiscard]] Answer received(ByteView input);

  [[nodiscard]] bool waiting() const { return expected_.has_value(); }

 private:
  std::optional<PingPayload> expected_;
  std::size_t matched_ = 0;
};

}  // namespace troupe::network

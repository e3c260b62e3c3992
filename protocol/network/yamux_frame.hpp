#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

// Yamux frames (hashicorp/yamux spec.md, "Framing").
//
//   frame  := header  body[length]          only data frames have a body
//   header := version: u8 = 0  type: u8  flags: u16be  stream: u32be  length: u32be
namespace troupe::network {

enum class YamuxType : std::uint8_t {
  Data = 0,
  WindowUpdate = 1,  ///< length: the bytes that the receiver may send in addition
  Ping = 2,          ///< length: an opaque number that comes back
  GoAway = 3,        ///< length: why, see YamuxGoAway
};

enum class YamuxGoAway : std::uint32_t { Normal = 0, ProtocolError = 1, InternalError = 2 };

namespace yamux_flag {
inline constexpr std::uint16_t kSyn = 1;  ///< opens a stream, or asks for a pong
inline constexpr std::uint16_t kAck = 2;  ///< accepts a stream, or is the pong
inline constexpr std::uint16_t kFin = 4;  ///< the sender sends no more on this stream
inline constexpr std::uint16_t kRst = 8;  ///< the stream is gone in both directions
inline constexpr std::uint16_t kAll = kSyn | kAck | kFin | kRst;
}  // namespace yamux_flag

inline constexpr std::size_t kYamuxHeaderBytes = 12;

struct YamuxHeader {
  YamuxType type = YamuxType::Data;
  std::uint16_t flags = 0;
  std::uint32_t stream = 0;  ///< 0 for ping and go away
  std::uint32_t length = 0;

  [[nodiscard]] bool has(std::uint16_t flag) const { return (flags & flag) != 0; }

  friend bool operator==(const YamuxHeader&, const YamuxHeader&) = default;
};

enum class YamuxFrameError {
  VersionUnknown,
  TypeUnknown,
  FlagsUnknown,
  StreamZero,     ///< a data or window frame for stream 0
  StreamNotZero,  ///< a ping or go away frame for a stream
};

[[nodiscard]] std::string_view describe(YamuxFrameError error);

void append_header(Bytes& to, const YamuxHeader& header);

/// Requires exactly kYamuxHeaderBytes bytes.
[[nodiscard]] Result<YamuxHeader, YamuxFrameError> decode_header(ByteView bytes);

}  // namespace troupe::network

#include "protocol/network/yamux_frame.hpp"

#include <array>

#include "protocol/base/invariant.hpp"

namespace troupe::network {
namespace {

constexpr std::uint8_t kVersion = 0;

std::uint32_t read_u32(ByteView bytes) {
  return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
         static_cast<std::uint32_t>(bytes[2]) << 8 | static_cast<std::uint32_t>(bytes[3]);
}

constexpr std::uint8_t byte_of(std::uint32_t number, unsigned index) {
  return static_cast<std::uint8_t>(number >> (8 * index));
}

}  // namespace

std::string_view describe(YamuxFrameError error) {
  switch (error) {
    case YamuxFrameError::VersionUnknown: return "a frame of an unknown version";
    case YamuxFrameError::TypeUnknown: return "a frame of an unknown type";
    case YamuxFrameError::FlagsUnknown: return "a frame with unknown flags";
    case YamuxFrameError::StreamZero: return "a stream frame without a stream";
    case YamuxFrameError::StreamNotZero: return "a session frame with a stream";
  }
  return "unknown error";
}

void append_header(Bytes& to, const YamuxHeader& header) {
  const std::array<std::uint8_t, kYamuxHeaderBytes> bytes{
      kVersion,
      static_cast<std::uint8_t>(header.type),
      byte_of(header.flags, 1),
      byte_of(header.flags, 0),
      byte_of(header.stream, 3),
      byte_of(header.stream, 2),
      byte_of(header.stream, 1),
      byte_of(header.stream, 0),
      byte_of(header.length, 3),
      byte_of(header.length, 2),
      byte_of(header.length, 1),
      byte_of(header.length, 0),
  };
  append(to, bytes);
}

Result<YamuxHeader, YamuxFrameError> decode_header(ByteView bytes) {
  INVARIANT(bytes.size() == kYamuxHeaderBytes);
  if (bytes[0] != kVersion) return failure(YamuxFrameError::VersionUnknown);
  if (bytes[1] > static_cast<std::uint8_t>(YamuxType::GoAway))
    return failure(YamuxFrameError::TypeUnknown);
  const YamuxHeader header{.type = static_cast<YamuxType>(bytes[1]),
                           .flags = static_cast<std::uint16_t>(bytes[2] << 8 | bytes[3]),
                           .stream = read_u32(bytes.subspan(4)),
                           .length = read_u32(bytes.subspan(8))};
  if ((header.flags & ~yamux_flag::kAll) != 0) return failure(YamuxFrameError::FlagsUnknown);
  const bool is_session = header.type == YamuxType::Ping || header.type == YamuxType::GoAway;
  if (is_session && header.stream != 0) return failure(YamuxFrameError::StreamNotZero);
  if (!is_session && header.stream == 0) return failure(YamuxFrameError::StreamZero);
  return header;
}

}  // namespace troupe::network

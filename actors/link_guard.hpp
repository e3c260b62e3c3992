#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"

namespace troupe::actors {

enum class GuardError : std::uint8_t {
  Forbidden,   ///< a frame of a kind that no console sends
  TooCurious,  ///< more wishes to hear of an actor's end than kMonitoredMax
  Oversized,   ///< a payload above kLinkMessageBytesMax
};

[[nodiscard]] std::string_view describe(GuardError error);

/// What stands between a console on another machine and the node's actor system: of the bytes that
/// the console sends, those may pass that concern the one actor which the node publishes to it. A
/// console's role is which actor that is (admin_gate.hpp), so a role cannot be left by naming
/// another actor of the node, by guessing its number or by a well-known name.
///
/// The bytes are a sequence of frames as CAF 0.17's remote actors write them (caf/io/basp):
///
///   frame  := operation u8, two bytes of padding, flags u8, payload size u32, operation data u64,
///             source actor u64, destination actor u64, payload; integers with the high byte first
///
/// Of these:
///   - the console's handshake, heartbeats and the news that an actor of its own has ended pass,
///   - messages to the published actor pass,
///   - so does the wish to hear of the end of any actor, kMonitoredMax times: CAF asks for it on
///     behalf of whoever an answer comes from, and it tells a console no more than that,
///   - messages to any other actor, by number or by name, are swallowed: CAF's own actors introduce
///     themselves to one another whenever two nodes meet, and get along without an answer,
///   - everything else is an error, after which the caller hangs up.
///
/// Invariant: it holds less than one frame header, and no payload.
class LinkGuard {
 public:
  static constexpr std::size_t kMonitoredMax = 1'000;

  /// `published` is the number of the actor that the console may reach.
  explicit LinkGuard(std::uint64_t published) : published_(published) {}

  /// Those of the console's bytes that may pass, in order. After an error nothing may.
  [[nodiscard]] Result<Bytes, GuardError> from_console(ByteView bytes);

 private:
  static constexpr std::size_t kHeaderBytes = 32;

  struct Header {
    std::uint8_t operation = 0;
    std::uint8_t flags = 0;
    std::uint32_t payload_bytes = 0;
    std::uint64_t destination = 0;
  };

  /// What becomes of a frame.
  enum class Fate : std::uint8_t { Passes, IsSwallowed };

  [[nodiscard]] Result<Fate, GuardError> judge(const Header& header);

  std::uint64_t published_;
  Bytes header_;  // of the frame that comes, as far as it has
  std::size_t payload_left_ = 0;
  std::size_t monitored_ = 0;
  Fate fate_ = Fate::Passes;  // of the frame whose payload is left
};

}  // namespace troupe::actors

#include <algorithm>
#include <optional>

#include "actors/link_guard.hpp"
#include "protocol/base/invariant.hpp"
#include "tests/fuzz/targets.hpp"

// input := piece: u8  stream: the rest
//
// What a console sends over the network: however it is split on arrival, the same of it reaches the
// node, and every frame of that is for the published actor or for none.
namespace troupe::fuzz {

namespace {

constexpr std::size_t kHeaderBytes = 32;
constexpr std::uint8_t kPublished = 17;
constexpr std::uint8_t kDirectMessage = 2;

Bytes frame(std::uint8_t operation,
            std::uint8_t flags,
            std::uint8_t destination,
            std::uint8_t payload) {
  Bytes bytes(kHeaderBytes);
  bytes[0] = operation;
  bytes[3] = flags;
  bytes[7] = payload;
  bytes[23] = kPublished;
  bytes[31] = destination;
  bytes.resize(bytes.size() + payload, 9);
  return bytes;
}

/// All that passes before the first refusal.
Bytes passed(ByteView stream, std::size_t piece) {
  actors::LinkGuard guard{kPublished};
  Bytes all;
  while (!stream.empty()) {
    const auto next = stream.first(std::min(piece, stream.size()));
    const auto some = guard.from_console(next);
    if (!some) break;
    append(all, *some);
    stream = stream.subspan(next.size());
  }
  return all;
}

std::uint64_t number_at(ByteView bytes, std::size_t at, std::size_t count) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes.subspan(at, count))
    number = number << 8U | byte;
  return number;
}

void check_frames(ByteView bytes) {
  while (bytes.size() >= kHeaderBytes) {
    INVARIANT(bytes[0] != kDirectMessage || number_at(bytes, 24, 8) == kPublished);
    INVARIANT(bytes[0] != 0 && bytes[0] != 3 && bytes[0] <= 6);
    const std::size_t frame_bytes = kHeaderBytes + number_at(bytes, 4, 4);
    bytes = bytes.subspan(std::min(frame_bytes, bytes.size()));
  }
  INVARIANT(bytes.empty());
}

}  // namespace

void fuzz_link(ByteView input) {
  if (input.empty()) return;
  const ByteView stream = input.subspan(1);
  const Bytes slowly = passed(stream, 1);
  check_frames(slowly);
  // A refusal takes the rest of its piece with it, so larger pieces pass no more than single bytes.
  const Bytes quickly = passed(stream, std::size_t{input[0]} + 1);
  INVARIANT(quickly.size() <= slowly.size());
  INVARIANT(equal(quickly, ByteView{slowly}.first(quickly.size())));
}

std::vector<Bytes> link_seeds() {
  Bytes session{40};
  for (const Bytes& each : {frame(1, 0, 0, 20),
                            frame(2, 1, 255, 30),
                            frame(4, 0, kPublished, 0),
                            frame(2, 0, kPublished, 200),
                            frame(6, 0, 0, 0),
                            frame(5, 0, 0, 40)}) {
    append(session, each);
  }
  Bytes forbidden{0};
  append(forbidden, frame(2, 0, kPublished + 1, 5));
  return {session, forbidden};
}

}  // namespace troupe::fuzz

#include <map>
#include <string>
#include <variant>

#include "protocol/base/match.hpp"
#include "protocol/network/yamux.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := script: u8  frames: the rest
//
// bit 0 of the script: our role; bit 1: the application consumes and answers what arrives. Yamux
// checks its own invariants after each frame; here it is asked that the split of the bytes does not
// matter, and that what it sends is made of well-formed frames.
namespace troupe::fuzz {

namespace {

using network::StreamNumber;
using network::Yamux;
using network::YamuxHeader;

constexpr std::uint8_t kListenerBit = 1;
constexpr std::uint8_t kAnsweringBit = 2;
constexpr std::size_t kDrainBytes = 1 << 20;

// What the application saw: the data of each stream, and all else in its order.
struct Seen {
  std::map<std::uint32_t, Bytes> data;
  std::string events;
  std::string end;

  friend bool operator==(const Seen&, const Seen&) = default;
};

class Application {
 public:
  explicit Application(std::uint8_t script)
      : answers_((script & kAnsweringBit) != 0),
        muxer_((script & kListenerBit) != 0 ? network::Role::Listener : network::Role::Dialer) {}

  bool feed(ByteView piece) {
    const auto result = muxer_.received(piece, Instant{});
    for (const network::YamuxEvent& event : muxer_.take_events())
      on_event(event);
    drain();
    if (!result) seen_.end = describe(result.error());
    return result.ok();
  }

  [[nodiscard]] const Seen& seen() const { return seen_; }

 private:
  void on_event(const network::YamuxEvent& event) {
    namespace events = network::yamux_event;
    std::visit(Match{[this](const events::Opened& opened) { on_opened(opened.stream); },
                     [this](const events::Data& data) { on_data(data); },
                     [this](const events::Finished& one) { note('f', one.stream.number); },
                     [this](const events::Reset& one) { note('r', one.stream.number); },
                     [this](const events::Ended& one) { note('e', one.stream.number); },
                     [this](const events::Pong& pong) { note('p', pong.opaque); },
                     [this](const events::WentAway& away) {
                       note('w', static_cast<std::uint32_t>(away.code));
                     }},
               event);
  }

  void note(char kind, std::uint32_t number) {
    seen_.events += kind + std::to_string(number) + ' ';
  }

  void on_opened(StreamNumber stream) {
    note('o', stream.number);
    if (answers_) muxer_.send(stream, Bytes(10, 0x11));
  }

  void on_data(const network::yamux_event::Data& data) {
    append(seen_.data[data.stream.number], data.bytes);
    if (answers_) muxer_.consumed(data.stream, data.bytes.size());
  }

  void drain() {
    Bytes out;
    while (muxer_.drain(out, kDrainBytes))
      INVARIANT(out.size() < 64 * kDrainBytes);
    check_frames(out);
  }

  static void check_frames(ByteView wire) {
    while (!wire.empty()) {
      INVARIANT(wire.size() >= network::kYamuxHeaderBytes);
      const auto header = network::decode_header(wire.first(network::kYamuxHeaderBytes));
      INVARIANT(header.ok());
      const bool has_body = header->type == network::YamuxType::Data;
      const std::size_t body = has_body ? header->length : 0;
      INVARIANT(wire.size() - network::kYamuxHeaderBytes >= body);
      wire = wire.subspan(network::kYamuxHeaderBytes + body);
    }
  }

  bool answers_;
  Yamux muxer_;
  Seen seen_;
};

Seen seen_in_pieces(std::uint8_t script, ByteView frames, std::size_t piece_bytes) {
  Application application(script);
  while (!frames.empty()) {
    const ByteView piece = frames.first(std::min(piece_bytes, frames.size()));
    frames = frames.subspan(piece.size());
    if (!application.feed(piece)) break;
  }
  return application.seen();
}

void append_frame(Bytes& to, const YamuxHeader& header) {
  network::append_header(to, header);
  if (header.type == network::YamuxType::Data) append(to, Bytes(header.length, 0x77));
}

// One stream that the other side opens, uses and ends, and what happens around it.
Bytes frames_of_stream(std::uint32_t stream) {
  using network::YamuxType;
  namespace flag = network::yamux_flag;
  Bytes frames;
  append_frame(frames, {YamuxType::WindowUpdate, flag::kSyn, stream, 0});
  append_frame(frames, {YamuxType::Data, 0, stream, 40});
  append_frame(frames, {YamuxType::Ping, flag::kSyn, 0, 77});
  append_frame(frames, {YamuxType::Data, flag::kSyn, stream + 2, 3});
  append_frame(frames, {YamuxType::WindowUpdate, 0, stream, 1000});
  append_frame(frames, {YamuxType::Data, flag::kRst, stream + 2, 0});
  append_frame(frames, {YamuxType::Data, flag::kFin, stream, 5});
  append_frame(frames, {YamuxType::Ping, flag::kAck, 0, 5});
  append_frame(frames, {YamuxType::GoAway, 0, 0, 0});
  return frames;
}

}  // namespace

void fuzz_yamux(ByteView input) {
  if (input.empty()) return;
  const std::uint8_t script = input.front();
  const ByteView frames = input.subspan(1);
  const Seen whole = seen_in_pieces(script, frames, frames.size() + 1);
  // Answers leave when a piece is over, which may change what later frames meet: only a silent
  // application sees the same in any split.
  for (const std::size_t piece_bytes : {1U, 5U}) {
    const Seen split = seen_in_pieces(script, frames, piece_bytes);
    if ((script & kAnsweringBit) == 0) INVARIANT(split == whole);
  }
}

std::vector<Bytes> yamux_seeds() {
  std::vector<Bytes> seeds;
  for (std::uint8_t script = 0; script < 4; ++script) {
    Bytes seed{script};
    append(seed, frames_of_stream((script & kListenerBit) != 0 ? 1 : 2));
    seeds.push_back(seed);
  }
  return seeds;
}

}  // namespace troupe::fuzz

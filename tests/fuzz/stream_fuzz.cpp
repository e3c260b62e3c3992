#include <optional>
#include <string>

#include "protocol/network/framing.hpp"
#include "protocol/network/negotiation.hpp"
#include "protocol/network/noise.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := kind: u8  stream: the rest
//
// What reads a byte stream must find the same in it however the bytes are split on arrival.
namespace troupe::fuzz {

namespace {

enum class Kind : std::uint8_t { Framing, NoiseFrames, Responder, Initiator };

constexpr std::uint8_t kKinds = 4;
constexpr std::size_t kMessageBytesMax = 600;

// Everything that a reader yields, in one text to compare: its answers, then how it ended.
using Trace = std::string;

void add(Trace& trace, ByteView bytes) {
  trace += to_hex(bytes);
  trace += ';';
}

class Framing {
 public:
  // False once the stream has no next boundary.
  bool feed(ByteView piece, Trace& trace) {
    while (true) {
      const auto message = reader_.next(piece);
      INVARIANT(reader_.buffered_bytes() <= kMessageBytesMax);
      if (!message) {
        trace += describe(message.error());
        return false;
      }
      if (!message->has_value()) return true;
      INVARIANT((*message)->size() <= kMessageBytesMax);
      add(trace, **message);
    }
  }

 private:
  network::MessageReader reader_{kMessageBytesMax};
};

class NoiseFrames {
 public:
  bool feed(ByteView piece, Trace& trace) {
    while (const auto message = reader_.next(piece))
      add(trace, *message);
    INVARIANT(piece.empty());
    return true;
  }

 private:
  network::NoiseFrameReader reader_;
};

// Either side of a negotiation: both have received() and protocol().
template <class Side>
class Negotiation {
 public:
  explicit Negotiation(Side side) : side_(std::move(side)) {}

  bool feed(ByteView piece, Trace& trace) {
    Bytes answers;
    ByteView rest = piece;
    const auto state = side_.received(rest, answers);
    add_answers(trace, answers);
    if (!state) {
      trace += describe(state.error());
      return false;
    }
    if (*state == network::NegotiationState::Pending) {
      INVARIANT(rest.empty());
      return true;
    }
    trace += *state == network::NegotiationState::Agreed ? side_.protocol() : "refused";
    return false;
  }

 private:
  // Without separators: answers may come together or one by one.
  static void add_answers(Trace& trace, ByteView answers) { trace += to_hex(answers); }

  Side side_;
};

template <class Make>
Trace trace_of(ByteView stream, std::size_t piece_bytes, Make make) {
  Trace trace;
  auto reader = make();
  while (!stream.empty()) {
    const ByteView piece = stream.first(std::min(piece_bytes, stream.size()));
    stream = stream.subspan(piece.size());
    if (!reader.feed(piece, trace)) break;
  }
  return trace;
}

template <class Make>
void check_splits(ByteView stream, Make make) {
  const Trace whole = trace_of(stream, stream.size() + 1, make);
  for (const std::size_t piece_bytes : {1U, 2U, 7U}) {
    INVARIANT(trace_of(stream, piece_bytes, make) == whole);
  }
}

const std::vector<std::string>& supported() {
  static const std::vector<std::string> protocols{"/noise", "/yamux/1.0.0", "/ipfs/ping/1.0.0"};
  return protocols;
}

Negotiation<network::NegotiationResponder> make_responder() {
  return Negotiation(network::NegotiationResponder(supported()));
}

Negotiation<network::NegotiationInitiator> make_initiator() {
  network::NegotiationInitiator initiator({"/tls/1.0.0", "/noise"});
  Bytes opening;
  initiator.start(opening);
  return Negotiation(std::move(initiator));
}

Bytes negotiation_of(std::initializer_list<std::string_view> texts) {
  Bytes stream;
  for (const std::string_view text : texts)
    network::append_negotiation_message(stream, text);
  return stream;
}

}  // namespace

void fuzz_stream(ByteView input) {
  if (input.empty()) return;
  const ByteView stream = input.subspan(1);
  switch (static_cast<Kind>(input.front() % kKinds)) {
    case Kind::Framing: return check_splits(stream, [] { return Framing(); });
    case Kind::NoiseFrames: return check_splits(stream, [] { return NoiseFrames(); });
    case Kind::Responder: return check_splits(stream, make_responder);
    case Kind::Initiator: return check_splits(stream, make_initiator);
  }
}

std::vector<Bytes> stream_seeds() {
  Bytes framed;
  for (const std::size_t size : {0U, 1U, 200U, 600U}) {
    network::append_message(framed, Bytes(size, 0x42));
  }
  Bytes noise_frames;
  for (const std::size_t size : {0U, 32U, 300U}) {
    network::append_noise_message(noise_frames, Bytes(size, 0x43));
  }
  const std::string_view header = network::kMultistreamHeader;
  return {seed_for(Kind::Framing, framed),
          seed_for(Kind::NoiseFrames, noise_frames),
          seed_for(Kind::Responder, negotiation_of({header, "/tls/1.0.0", "ls", "/noise", "more"})),
          seed_for(Kind::Initiator, negotiation_of({header, "na", "/noise", "more"})),
          seed_for(Kind::Initiator, negotiation_of({header, "na", "na"}))};
}

}  // namespace troupe::fuzz

#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/network/close_reason.hpp"
#include "protocol/network/negotiation.hpp"
#include "protocol/network/noise.hpp"

// From a raw byte stream to a secured one with a muxer agreed on:
//
//   Securing -> Handshaking -> [SelectingMuxer ->] Complete
//
//   Securing        multistream-select agrees on /noise
//   Handshaking     the three Noise messages
//   SelectingMuxer  multistream-select inside the channel, unless the handshake agreed on the muxer
//   Complete        the next plaintext byte is the muxer's
//
// js-libp2p as a dialer starts the muxer that a listener names even if it named none itself. A Yamux
// frame begins with the byte 0 and no negotiation does, so a listener that named its muxer tells the
// two apart by the first byte.
namespace troupe::network {

inline constexpr std::string_view kNoiseProtocol = "/noise";
inline constexpr std::string_view kYamuxProtocol = "/yamux/1.0.0";

/// The Noise transport as a byte stream over a byte stream.
class SecureChannel {
 public:
  SecureChannel(const NoiseOutcome& outcome, NoiseFrameReader reader)
      : transport_(outcome.send_key, outcome.receive_key), reader_(std::move(reader)) {}

  /// Decrypts the next whole message of the wire, advancing past it, and appends its plaintext.
  /// False if the wire is used up first; CipherBroken if the message does not authenticate.
  [[nodiscard]] Result<bool, CloseCause> open_next(ByteView& wire, Bytes& plain);

  void seal(ByteView plain, Bytes& to) { transport_.seal(plain, to); }

  [[nodiscard]] bool at_boundary() const { return reader_.at_boundary(); }

  [[nodiscard]] std::size_t buffered_bytes() const { return reader_.buffered_bytes(); }

 private:
  NoiseTransport transport_;
  NoiseFrameReader reader_;
};

/// The upgrade of one connection, either side. Holds less than 8 KiB of the peer's bytes.
class Upgrade {
 public:
  /// Appends the dialer's first bytes.
  Upgrade(NoiseSetup setup, Bytes& to);

  /// Reads wire bytes, advancing past those it used, and appends answers. The first error is final.
  [[nodiscard]] Result<Done, CloseCause> received(ByteView& wire, Bytes& to);

  [[nodiscard]] bool is_complete() const { return phase_ == Phase::Complete; }

  /// What the handshake proved, once it is over; the muxer may not be agreed on yet.
  [[nodiscard]] const std::optional<NoiseOutcome>& outcome() const { return outcome_; }

  /// Once complete: the channel, and the muxer's first bytes, which came with the last answer.
  [[nodiscard]] SecureChannel take_channel();

  [[nodiscard]] Bytes take_plain() { return std::move(plain_); }

 private:
  enum class Phase { Securing, Handshaking, SelectingMuxer, Complete };
  using Negotiation = std::variant<NegotiationInitiator, NegotiationResponder>;

  [[nodiscard]] Result<Done, CloseCause> secure(ByteView& wire, Bytes& to);
  [[nodiscard]] Result<Done, CloseCause> handshake(ByteView& wire, Bytes& to);
  [[nodiscard]] Result<Done, CloseCause> select_muxer(ByteView& wire, Bytes& to);
  [[nodiscard]] bool is_muxer_started_unasked() const;
  void on_handshake_over(NoiseOutcome outcome, Bytes& to);
  [[nodiscard]] Negotiation negotiate(const std::vector<std::string>& protocols, Bytes& to) const;

  Role role_;
  bool names_muxer_;  // inside the handshake
  Phase phase_ = Phase::Securing;
  NoiseHandshake handshake_;
  Negotiation negotiation_;
  NoiseFrameReader reader_;
  std::optional<NoiseOutcome> outcome_;
  std::optional<SecureChannel> channel_;
  bool is_muxer_negotiated_ = false;  // the first byte of its negotiation is there
  Bytes plain_;
};

}  // namespace troupe::network

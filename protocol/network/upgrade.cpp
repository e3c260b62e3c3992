#include "protocol/network/upgrade.hpp"

#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::network {
namespace {

const std::vector<std::string>& security_protocols() {
  static const std::vector<std::string> protocols{std::string(kNoiseProtocol)};
  return protocols;
}

const std::vector<std::string>& muxer_protocols() {
  static const std::vector<std::string> protocols{std::string(kYamuxProtocol)};
  return protocols;
}

CloseCause to_cause(NegotiationError error) {
  return {.reason = CloseReason::NegotiationInvalid, .detail = describe(error)};
}

CloseCause to_cause(NoiseError error) {
  CloseReason reason = CloseReason::HandshakeFailed;
  if (error == NoiseError::PeerUnexpected) reason = CloseReason::PeerUnexpected;
  if (error == NoiseError::PeerIsOurselves) reason = CloseReason::PeerIsOurselves;
  return {.reason = reason, .detail = describe(error)};
}

CloseCause plain_cause(CloseReason reason) {
  return {.reason = reason, .detail = describe(reason)};
}

}  // namespace

Result<bool, CloseCause> SecureChannel::open_next(ByteView& wire, Bytes& plain) {
  const auto message = reader_.next(wire);
  if (!message) return false;
  if (transport_.open(*message, plain)) return true;
  return failure(plain_cause(CloseReason::CipherBroken));
}

Upgrade::Upgrade(NoiseSetup setup, Bytes& to)
    : role_(setup.role),
      names_muxer_(!setup.muxers.empty()),
      handshake_(std::move(setup)),
      negotiation_(negotiate(security_protocols(), to)) {}

Upgrade::Negotiation Upgrade::negotiate(const std::vector<std::string>& protocols,
                                        Bytes& to) const {
  if (role_ == Role::Listener) return NegotiationResponder(protocols);
  NegotiationInitiator initiator(protocols);
  initiator.start(to);
  return initiator;
}

Result<Done, CloseCause> Upgrade::received(ByteView& wire, Bytes& to) {
  while (!wire.empty() && phase_ != Phase::Complete) {
    Result<Done, CloseCause> step = Done{};
    switch (phase_) {
      case Phase::Securing: step = secure(wire, to); break;
      case Phase::Handshaking: step = handshake(wire, to); break;
      case Phase::SelectingMuxer: step = select_muxer(wire, to); break;
      case Phase::Complete: break;
    }
    if (!step) return step;
  }
  return Done{};
}

Result<Done, CloseCause> Upgrade::secure(ByteView& wire, Bytes& to) {
  const auto state = std::visit([&](auto& side) { return side.received(wire, to); }, negotiation_);
  if (!state) return failure(to_cause(state.error()));
  if (*state == NegotiationState::Refused)
    return failure(plain_cause(CloseReason::SecurityRefused));
  if (*state == NegotiationState::Pending) return Done{};
  phase_ = Phase::Handshaking;
  if (role_ == Role::Dialer) append_noise_message(to, handshake_.start());
  return Done{};
}

Result<Done, CloseCause> Upgrade::handshake(ByteView& wire, Bytes& to) {
  const auto message = reader_.next(wire);
  // Refuses a long message by its announcement, before it is held.
  if (!message && reader_.announced_bytes().value_or(0) > kHandshakeMessageBytesMax)
    return failure(to_cause(NoiseError::MessageTooLong));
  if (!message) return Done{};
  auto step = handshake_.received(*message);
  if (!step) return failure(to_cause(step.error()));
  if (!step->reply.empty()) append_noise_message(to, step->reply);
  if (step->outcome) on_handshake_over(std::move(*step->outcome), to);
  return Done{};
}

void Upgrade::on_handshake_over(NoiseOutcome outcome, Bytes& to) {
  INVARIANT(reader_.at_boundary());
  channel_.emplace(outcome, std::exchange(reader_, {}));
  outcome_ = std::move(outcome);
  if (outcome_->muxer == kYamuxProtocol) {
    phase_ = Phase::Complete;
    return;
  }
  phase_ = Phase::SelectingMuxer;
  Bytes proposal;
  negotiation_ = negotiate(muxer_protocols(), proposal);
  channel_->seal(proposal, to);
}

Result<Done, CloseCause> Upgrade::select_muxer(ByteView& wire, Bytes& to) {
  plain_.clear();
  const auto opened = channel_->open_next(wire, plain_);
  if (!opened) return failure(opened.error());
  if (!*opened || plain_.empty()) return Done{};
  if (is_muxer_started_unasked()) {
    phase_ = Phase::Complete;
    return Done{};
  }
  is_muxer_negotiated_ = true;
  ByteView rest = plain_;
  Bytes answer;
  const auto state =
      std::visit([&](auto& side) { return side.received(rest, answer); }, negotiation_);
  if (!state) return failure(to_cause(state.error()));
  if (*state == NegotiationState::Refused) return failure(plain_cause(CloseReason::MuxerRefused));
  channel_->seal(answer, to);
  if (*state == NegotiationState::Pending) return Done{};
  phase_ = Phase::Complete;
  plain_ = to_bytes(rest);
  return Done{};
}

bool Upgrade::is_muxer_started_unasked() const {
  const bool is_yamux = plain_.front() == 0;
  return role_ == Role::Listener && names_muxer_ && !is_muxer_negotiated_ && is_yamux;
}

SecureChannel Upgrade::take_channel() {
  INVARIANT(is_complete());
  return std::move(*channel_);
}

}  // namespace troupe::network

#include "protocol/network/noise.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/network/noise_payload.hpp"

namespace troupe::network {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kTagBytes = crypto::Aead::kTagBytes;
constexpr std::size_t kSealedKeyBytes = kKeyBytes + kTagBytes;

crypto::AgreementKey to_key(ByteView bytes) {
  INVARIANT(bytes.size() == kKeyBytes);
  crypto::AgreementKey key;
  std::ranges::copy(bytes, key.begin());
  return key;
}

void append_length(Bytes& to, std::size_t size) {
  INVARIANT(size <= kNoiseMessageBytesMax);
  to.push_back(static_cast<std::uint8_t>(size >> 8));
  to.push_back(static_cast<std::uint8_t>(size));
}

/// The first of the dialer's muxers that the listener has too. Nothing unless both name some: a
/// side that names none must negotiate by multistream-select, and an honest one that names no
/// common one has nothing to negotiate but may still agree there.
std::optional<std::string> choose_muxer(const std::vector<std::string>& dialer,
                                        const std::vector<std::string>& listener) {
  const auto common = std::ranges::find_first_of(dialer, listener);
  if (common == dialer.end()) return std::nullopt;
  return *common;
}

}  // namespace

std::string_view describe(NoiseError error) {
  switch (error) {
    case NoiseError::MessageTooShort: return "a handshake message is too short";
    case NoiseError::MessageTooLong: return "a handshake message is too long";
    case NoiseError::KeyAgreementFailed: return "a public key of small order";
    case NoiseError::TagWrong: return "a handshake message does not authenticate";
    case NoiseError::PayloadMalformed: return "a handshake payload is malformed";
    case NoiseError::IdentityKeyInvalid: return "the identity key is missing or not Ed25519";
    case NoiseError::SignatureWrong: return "the identity key did not sign the session's key";
    case NoiseError::PeerUnexpected: return "another peer than the one dialed";
    case NoiseError::PeerIsOurselves: return "the peer has our own identity";
    case NoiseError::MessageUnexpected: return "a handshake message after the last one";
  }
  return "unknown error";
}

NoiseHandshake::NoiseHandshake(NoiseSetup setup)
    : setup_(std::move(setup)),
      static_public_(crypto::agreement_public_key(setup_.keys.static_private)),
      ephemeral_public_(crypto::agreement_public_key(setup_.keys.ephemeral_private)),
      expecting_(setup_.role == Role::Dialer ? Expecting::Nothing : Expecting::Message1) {}

Bytes NoiseHandshake::start() {
  INVARIANT(setup_.role == Role::Dialer && expecting_ == Expecting::Nothing);
  expecting_ = Expecting::Message2;
  state_.mix_hash(ephemeral_public_);
  state_.mix_hash({});
  return to_bytes(ephemeral_public_);
}

Result<NoiseHandshake::Step, NoiseError> NoiseHandshake::received(ByteView message) {
  if (message.size() > kHandshakeMessageBytesMax) return failure(NoiseError::MessageTooLong);
  switch (std::exchange(expecting_, Expecting::Nothing)) {
    case Expecting::Message1: return on_message1(message);
    case Expecting::Message2: return on_message2(message);
    case Expecting::Message3: return on_message3(message);
    case Expecting::Nothing: return failure(NoiseError::MessageUnexpected);
  }
  return failure(NoiseError::MessageUnexpected);
}

/// Reads "e" and answers "e, ee, s, es".
Result<NoiseHandshake::Step, NoiseError> NoiseHandshake::on_message1(ByteView message) {
  if (message.size() < kKeyBytes) return failure(NoiseError::MessageTooShort);
  remote_ephemeral_ = to_key(message.first(kKeyBytes));
  state_.mix_hash(remote_ephemeral_);
  state_.mix_hash(message.subspan(kKeyBytes));

  Step step;
  append(step.reply, ephemeral_public_);
  state_.mix_hash(ephemeral_public_);
  if (auto error = mix_agreement(setup_.keys.ephemeral_private, remote_ephemeral_))
    return failure(*error);
  state_.encrypt_and_hash(static_public_, step.reply);
  if (auto error = mix_agreement(setup_.keys.static_private, remote_ephemeral_))
    return failure(*error);
  state_.encrypt_and_hash(payload(), step.reply);
  expecting_ = Expecting::Message3;
  return step;
}

/// Reads "e, ee, s, es" and answers "s, se", which ends the handshake for the dialer.
Result<NoiseHandshake::Step, NoiseError> NoiseHandshake::on_message2(ByteView message) {
  if (message.size() < kKeyBytes + kSealedKeyBytes + kTagBytes)
    return failure(NoiseError::MessageTooShort);
  remote_ephemeral_ = to_key(message.first(kKeyBytes));
  state_.mix_hash(remote_ephemeral_);
  if (auto error = mix_agreement(setup_.keys.ephemeral_private, remote_ephemeral_))
    return failure(*error);
  const auto remote_static = state_.decrypt_and_hash(message.subspan(kKeyBytes, kSealedKeyBytes));
  if (!remote_static) return failure(NoiseError::TagWrong);
  remote_static_ = to_key(*remote_static);
  if (auto error = mix_agreement(setup_.keys.ephemeral_private, remote_static_))
    return failure(*error);
  auto peer = read_payload(message.subspan(kKeyBytes + kSealedKeyBytes));
  if (!peer) return failure(peer.error());
  // js-libp2p starts the muxer that the other side names even if it named none itself. A listener
  // that is silent about muxers therefore gets a silent dialer.
  if (peer->muxers.empty()) setup_.muxers.clear();

  Step step;
  state_.encrypt_and_hash(static_public_, step.reply);
  if (auto error = mix_agreement(setup_.keys.static_private, remote_ephemeral_))
    return failure(*error);
  state_.encrypt_and_hash(payload(), step.reply);
  step.outcome = outcome(std::move(*peer));
  return step;
}

/// Reads "s, se", which ends the handshake for the listener.
Result<NoiseHandshake::Step, NoiseError> NoiseHandshake::on_message3(ByteView message) {
  if (message.size() < kSealedKeyBytes + kTagBytes) return failure(NoiseError::MessageTooShort);
  const auto remote_static = state_.decrypt_and_hash(message.first(kSealedKeyBytes));
  if (!remote_static) return failure(NoiseError::TagWrong);
  remote_static_ = to_key(*remote_static);
  if (auto error = mix_agreement(setup_.keys.ephemeral_private, remote_static_))
    return failure(*error);
  auto peer = read_payload(message.subspan(kSealedKeyBytes));
  if (!peer) return failure(peer.error());
  Step step;
  step.outcome = outcome(std::move(*peer));
  return step;
}

std::optional<NoiseError> NoiseHandshake::mix_agreement(const crypto::AgreementKey& ours,
                                                        const crypto::AgreementKey& theirs) {
  const auto secret = crypto::agree(ours, theirs);
  if (!secret) return NoiseError::KeyAgreementFailed;
  state_.mix_key(*secret);
  return std::nullopt;
}

Result<NoiseHandshake::Peer, NoiseError> NoiseHandshake::read_payload(ByteView sealed) {
  const auto plain = state_.decrypt_and_hash(sealed);
  if (!plain) return failure(NoiseError::TagWrong);
  auto payload = decode_noise_payload(*plain);
  if (!payload) return failure(NoiseError::PayloadMalformed);
  const auto key = decode_public_key(payload->identity_key);
  if (!key) return failure(NoiseError::IdentityKeyInvalid);
  const Bytes claim = noise_static_key_claim(remote_static_);
  if (!crypto::verify(key->view(), claim, payload->identity_signature))
    return failure(NoiseError::SignatureWrong);
  PeerId id = PeerId::from_public_key(*key);
  if (*key == setup_.node_key.public_key()) return failure(NoiseError::PeerIsOurselves);
  if (setup_.expected_peer && *setup_.expected_peer != id)
    return failure(NoiseError::PeerUnexpected);
  return Peer{.id = std::move(id), .key = *key, .muxers = std::move(payload->muxers)};
}

Bytes NoiseHandshake::payload() const {
  const crypto::Signature signature = setup_.node_key.sign(noise_static_key_claim(static_public_));
  return encode(NoisePayload{.identity_key = encode_public_key(setup_.node_key.public_key()),
                             .identity_signature = to_bytes(signature.view()),
                             .muxers = setup_.muxers});
}

NoiseOutcome NoiseHandshake::outcome(Peer peer) {
  const bool is_dialer = setup_.role == Role::Dialer;
  const crypto::DerivedKeys keys = state_.split();
  return NoiseOutcome{.peer = std::move(peer.id),
                      .peer_key = peer.key,
                      .send_key = is_dialer ? keys.first : keys.second,
                      .receive_key = is_dialer ? keys.second : keys.first,
                      .handshake_hash = state_.hash(),
                      .muxer = is_dialer ? choose_muxer(setup_.muxers, peer.muxers)
                                         : choose_muxer(peer.muxers, setup_.muxers)};
}

void append_noise_message(Bytes& to, ByteView message) {
  append_length(to, message.size());
  append(to, message);
}

NoiseTransport::NoiseTransport(const crypto::AgreementKey& send_key,
                               const crypto::AgreementKey& receive_key)
    : send_(send_key), receive_(receive_key) {}

void NoiseTransport::seal(ByteView plain, Bytes& to) {
  while (!plain.empty()) {
    const ByteView piece = plain.first(std::min(plain.size(), kPlainBytesMax));
    append_length(to, piece.size() + kTagBytes);
    INVARIANT(sent_ < UINT64_MAX);  // the largest counter is not to be used
    send_.seal(sent_++, {}, piece, to);
    plain = plain.subspan(piece.size());
  }
}

bool NoiseTransport::open(ByteView message, Bytes& to) {
  if (message.size() < kTagBytes) return false;
  INVARIANT(received_ < UINT64_MAX);
  return receive_.open(received_++, {}, message, to);
}

std::optional<std::size_t> NoiseFrameReader::announced_bytes() const {
  if (partial_.size() < 2) return std::nullopt;
  return static_cast<std::size_t>(partial_[0]) << 8 | partial_[1];
}

std::optional<ByteView> NoiseFrameReader::next(ByteView& input) {
  if (partial_.empty() && input.size() >= 2) {
    const std::size_t size = static_cast<std::size_t>(input[0]) << 8 | input[1];
    if (input.size() - 2 >= size) {
      const ByteView message = input.subspan(2, size);
      input = input.subspan(2 + size);
      return message;
    }
  }
  while (!input.empty()) {
    const auto announced = announced_bytes();
    const std::size_t wanted = announced ? *announced + 2 : 2;
    if (partial_.size() == wanted) break;
    const ByteView piece = input.first(std::min(input.size(), wanted - partial_.size()));
    append(partial_, piece);
    input = input.subspan(piece.size());
  }
  const auto announced = announced_bytes();
  if (!announced || partial_.size() != *announced + 2) return std::nullopt;
  complete_.swap(partial_);
  partial_.clear();
  return ByteView(complete_).subspan(2);
}

}  // namespace troupe::network

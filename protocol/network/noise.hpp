#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/cipher.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/key_agreement.hpp"
#include "protocol/crypto/signature.hpp"
#include "protocol/network/noise_state.hpp"
#include "protocol/network/peer_id.hpp"
#include "protocol/network/role.hpp"

// The secure channel: Noise_XX_25519_ChaChaPoly_SHA256 with an empty prologue (Noise specification
// revision 34; libp2p noise specification).
//
//   wire      := (length: u16be  message[length])*       handshake and transport alike
//   message 1 := e                                       dialer to listener; a payload is ignored
//   message 2 := e, ee, s, es, payload
//   message 3 := s, se, payload
//   payload   := protobuf { identity_key = 1  identity_sig = 2  extensions = 4 { stream_muxers = 2
//   } } transport := ChaCha20-Poly1305 of at most 65519 bytes, counted nonce, no associated data
//
// identity_sig signs "noise-libp2p-static-key:" || the sender's 32-byte X25519 static public key.
namespace troupe::network {

enum class NoiseError {
  MessageTooShort,     ///< a message ends inside its fixed fields
  MessageTooLong,      ///< a handshake message above kHandshakeMessageBytesMax
  KeyAgreementFailed,  ///< an all-zero shared secret: a public key of small order
  TagWrong,            ///< a ciphertext does not authenticate
  PayloadMalformed,    ///< the payload is not its protobuf message
  IdentityKeyInvalid,  ///< the identity key is missing, malformed or not Ed25519
  SignatureWrong,      ///< the identity key did not sign this static key
  PeerUnexpected,      ///< another peer than the one that was dialed
  PeerIsOurselves,     ///< our own identity came back
  MessageUnexpected,   ///< a handshake message after the last one
};

[[nodiscard]] std::string_view describe(NoiseError error);

/// X25519 private keys of one connection. The static one may serve all connections of one process;
/// the ephemeral one must be fresh and random for each.
struct NoiseKeys {
  crypto::AgreementKey static_private;
  crypto::AgreementKey ephemeral_private;
};

struct NoiseSetup {
  Role role;
  crypto::KeyPair node_key;
  NoiseKeys keys;
  std::optional<PeerId> expected_peer;
  /// Advertised inside the handshake (early muxer negotiation). Empty: say nothing about muxers. A
  /// dialer says nothing either if the listener did not.
  std::vector<std::string> muxers;
};

/// What a finished handshake knows.
struct NoiseOutcome {
  PeerId peer;
  crypto::PublicKey peer_key;
  crypto::AgreementKey send_key;
  crypto::AgreementKey receive_key;
  crypto::Digest handshake_hash;
  /// Decided only if both sides advertised muxers: the first of the dialer's list that the listener
  /// has too. Without a value the muxer is negotiated by multistream-select.
  std::optional<std::string> muxer;
};

/// The XX handshake, message by message, without their length prefixes. The first error is final.
class NoiseHandshake {
 public:
  explicit NoiseHandshake(NoiseSetup setup);

  /// The dialer's message 1. Call once, first, and only for Role::Dialer.
  [[nodiscard]] Bytes start();

  struct Step {
    Bytes reply;  ///< the message to send now; empty if there is none
    std::optional<NoiseOutcome> outcome;
  };

  /// Reads the next handshake message. After an outcome the handshake takes no more messages.
  [[nodiscard]] Result<Step, NoiseError> received(ByteView message);

  /// The running hash h, as the Noise specification calls it.
  [[nodiscard]] const crypto::Digest& hash() const { return state_.hash(); }

 private:
  enum class Expecting { Message1, Message2, Message3, Nothing };

  struct Peer {
    PeerId id;
    crypto::PublicKey key;
    std::vector<std::string> muxers;
  };

  [[nodiscard]] Result<Step, NoiseError> on_message1(ByteView message);
  [[nodiscard]] Result<Step, NoiseError> on_message2(ByteView message);
  [[nodiscard]] Result<Step, NoiseError> on_message3(ByteView message);
  [[nodiscard]] Result<Peer, NoiseError> read_payload(ByteView sealed);
  [[nodiscard]] Bytes payload() const;
  [[nodiscard]] NoiseOutcome outcome(Peer peer);
  [[nodiscard]] std::optional<NoiseError> mix_agreement(const crypto::AgreementKey& ours,
                                                        const crypto::AgreementKey& theirs);

  NoiseSetup setup_;
  crypto::AgreementKey static_public_;
  crypto::AgreementKey ephemeral_public_;
  crypto::AgreementKey remote_static_{};
  crypto::AgreementKey remote_ephemeral_{};
  NoiseSymmetricState state_;
  Expecting expecting_;
};

/// Appends a handshake message with its length prefix.
void append_noise_message(Bytes& to, ByteView message);

/// Encrypts and decrypts after the handshake. Both directions are byte streams: message boundaries
/// mean nothing to what runs above.
class NoiseTransport {
 public:
  static constexpr std::size_t kPlainBytesMax = 65519;

  NoiseTransport(const crypto::AgreementKey& send_key, const crypto::AgreementKey& receive_key);

  /// Appends the plaintext to the wire as length-prefixed messages of at most kPlainBytesMax bytes.
  /// Appends nothing for an empty plaintext.
  void seal(ByteView plain, Bytes& to);

  /// Decrypts one message without its length prefix and appends the plaintext, which may be empty.
  /// False if the tag is wrong or missing; the connection cannot go on then.
  [[nodiscard]] bool open(ByteView message, Bytes& to);

 private:
  crypto::Aead send_;
  crypto::Aead receive_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

/// Cuts the wire into length-prefixed messages. Holds at most one message.
class NoiseFrameReader {
 public:
  /// Takes one message off the front of `input`, which is advanced past the bytes used. Nothing if
  /// more input is needed. The view is valid until the next call, and while the input lives.
  [[nodiscard]] std::optional<ByteView> next(ByteView& input);

  /// The length of the message being read, once its two bytes are there.
  [[nodiscard]] std::optional<std::size_t> announced_bytes() const;

  /// True between messages: the wire may end here.
  [[nodiscard]] bool at_boundary() const { return partial_.empty(); }

  [[nodiscard]] std::size_t buffered_bytes() const { return partial_.size(); }

 private:
  Bytes partial_;  // the two length bytes and what has arrived of the message
  Bytes complete_;
};

}  // namespace troupe::network

#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/evidence.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/vote.hpp"

// Everything that validators say to each other on the channel /troupe/consensus/1.0.0.
//
//   message            := epoch: varint  root: fixed[32]  kind: u8  body
//   1 proposal         := header  signature: fixed[64]  support: list(certificate)   at most 17
//   2 ballot           := signed-vote
//   3 certificates     := list(certificate)                                        1 to 17
//   4 missing-request  := first: varint  last: varint  kind: u8                    last < first +
//   16 5 best-request     := (nothing) 6 header-request   := block: fixed[32] 7 header-answer    :=
//   header 8 inquiry          := instance: varint 9 inquiry-answer   := instance: varint  twin:
//   bool  newest: list(signed-vote)   at most 3
//  10 tips             := view: varint  tips: list(tip)
//  11 accusation       := evidence
//
// The sender is known from the connection. Every message names its epoch and the digest of that
// epoch's root block; a foreign one is dropped before its body is looked at.
namespace troupe::consensus {

/// A block and its leader's notarize signature, with what a voter may lack to see that its parent
/// is legal: the parent's notarization and the latest nullifications in between.
struct Proposal {
  Header header;
  crypto::Signature signature;
  std::vector<Certificate> support;
};

/// One vote of its sender.
struct Ballot {
  SignedVote vote;
};

/// Certificates, forwarded or asked for.
struct Certificates {
  std::vector<Certificate> list;
};

/// Asks for the certificates of a range of views. One of the other kind is an answer too.
struct MissingRequest {
  View first;
  View last;
  VoteKind kind = VoteKind::Nullify;
};

/// Asks for the certificate of the highest view.
struct BestRequest {};

struct HeaderRequest {
  crypto::Digest block;
};

struct HeaderAnswer {
  Header header;
};

/// "I have just started: what did you last see under my key, and does anybody else use it?"
struct Inquiry {
  std::uint64_t instance = 0;  ///< drawn at random at each start; names the asking process
};

struct InquiryAnswer {
  std::uint64_t instance = 0;      ///< of the inquiry
  bool twin = false;               ///< another live session under the asker's identity
  std::vector<SignedVote> newest;  ///< of the asker's key, the newest of each kind
};

/// A validator whose clock started without a proposal tells the leader which batches it holds.
struct TipsHint {
  View view;
  std::vector<Tip> tips;
};

struct Accusation {
  Evidence evidence;
};

using Body = std::variant<Proposal,
                          Ballot,
                          Certificates,
                          MissingRequest,
                          BestRequest,
                          HeaderRequest,
                          HeaderAnswer,
                          Inquiry,
                          InquiryAnswer,
                          TipsHint,
                          Accusation>;

struct Message {
  Epoch epoch;
  crypto::Digest root;
  Body body;
};

/// "proposal", "ballot", ... for traces.
[[nodiscard]] std::string_view name(const Body& body);

[[nodiscard]] Bytes encode(const Message& message);

/// Errors: those of the wire, for any byte sequence that is not exactly one message.
[[nodiscard]] Result<Message, codec::WireError> decode_message(ByteView bytes);

}  // namespace troupe::consensus

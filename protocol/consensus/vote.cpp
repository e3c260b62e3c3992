#include "protocol/consensus/vote.hpp"

#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"

namespace troupe::consensus {

std::string_view name(VoteKind kind) {
  switch (kind) {
    case VoteKind::Notarize: return "notarize";
    case VoteKind::Nullify: return "nullify";
    case VoteKind::Finalize: return "finalize";
  }
  return "unknown";
}

VoteKind read_vote_kind(codec::Reader& reader) {
  switch (reader.u8()) {
    case 1: return VoteKind::Notarize;
    case 2: return VoteKind::Nullify;
    case 3: return VoteKind::Finalize;
    default: break;
  }
  reader.fail(codec::WireError::OutOfRange);
  return VoteKind::Nullify;
}

Bytes signed_bytes(const Binding& binding, const Vote& vote) {
  const std::string_view kind =
      planted(Plant::KindNotSigned) ? std::string_view("vote") : name(vote.kind);
  codec::Writer writer(160);
  writer.fixed(as_bytes("troupe/")).fixed(as_bytes(kind)).fixed(as_bytes("/1")).u8(0);
  writer.fixed(binding.chain.view()).varint(vote.epoch.number);
  if (!planted(Plant::RootDigestNotSigned)) writer.fixed(binding.root.view());
  writer.varint(vote.view.number).fixed(vote.block.view());
  return writer.take();
}

void write(codec::Writer& writer, const Vote& vote) {
  writer.u8(static_cast<std::uint8_t>(vote.kind));
  writer.varint(vote.epoch.number).varint(vote.view.number).fixed(vote.block.view());
}

Vote read_vote(codec::Reader& reader) {
  Vote vote;
  vote.kind = read_vote_kind(reader);
  vote.epoch.number = reader.varint();
  vote.view.number = reader.varint();
  vote.block.bytes = reader.array<32>();
  if (vote.kind == VoteKind::Nullify && !vote.block.is_zero()) {
    reader.fail(codec::WireError::OutOfRange);
  }
  return vote;
}

void write(codec::Writer& writer, const SignedVote& vote) {
  write(writer, vote.vote);
  writer.varint(vote.signer.number).fixed(vote.signature.view());
}

SignedVote read_signed_vote(codec::Reader& reader) {
  SignedVote vote;
  vote.vote = read_vote(reader);
  vote.signer.number = static_cast<std::uint32_t>(reader.varint(kValidatorsMax - 1));
  vote.signature.bytes = reader.array<64>();
  return vote;
}

bool Electorate::accepts(const SignedVote& vote) const {
  if (vote.vote.epoch != binding.epoch || !validators.contains(vote.signer)) return false;
  return verify(validators.key(vote.signer), signed_bytes(binding, vote.vote), vote.signature);
}

}  // namespace troupe::consensus

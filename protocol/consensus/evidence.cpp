#include "protocol/consensus/evidence.hpp"

#include <string>
#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::consensus {

bool is_conflict(const Vote& left, const Vote& right) {
  if (left.epoch != right.epoch || left.view != right.view) return false;
  if (left.kind == right.kind) return left.block != right.block;
  const auto one_is = [&](VoteKind kind) { return left.kind == kind || right.kind == kind; };
  return one_is(VoteKind::Finalize) && one_is(VoteKind::Nullify);
}

Evidence make_evidence(const SignedVote& left, const SignedVote& right) {
  INVARIANT(left.signer == right.signer);
  INVARIANT(is_conflict(left.vote, right.vote));
  return left.vote < right.vote ? Evidence{left, right} : Evidence{right, left};
}

bool is_ordered_conflict(const Evidence& evidence) {
  return evidence.first.signer == evidence.second.signer &&
         evidence.first.vote < evidence.second.vote &&
         is_conflict(evidence.first.vote, evidence.second.vote);
}

bool proves(const Evidence& evidence, const Electorate& electorate) {
  return is_ordered_conflict(evidence) && electorate.accepts(evidence.first) &&
         electorate.accepts(evidence.second);
}

std::string describe(const Evidence& evidence) {
  const Vote& first = evidence.first.vote;
  const std::string who = "validator " + std::to_string(evidence.culprit().number);
  const std::string where = " in view " + std::to_string(first.view.number);
  if (first.kind == VoteKind::Notarize) return who + " notarized two blocks" + where;
  if (first.kind == VoteKind::Finalize) return who + " finalized two blocks" + where;
  return who + " both nullified and finalized" + where;
}

void write(codec::Writer& writer, const Evidence& evidence) {
  write(writer, evidence.first);
  write(writer, evidence.second);
}

Evidence read_evidence(codec::Reader& reader) {
  Evidence evidence;
  evidence.first = read_signed_vote(reader);
  evidence.second = read_signed_vote(reader);
  if (reader.ok() && !is_ordered_conflict(evidence)) reader.fail(codec::WireError::OutOfRange);
  return evidence;
}

Bytes encode(const Evidence& evidence) {
  codec::Writer writer(256);
  write(writer, evidence);
  return writer.take();
}

Result<Evidence, codec::WireError> decode_evidence(ByteView bytes) {
  return codec::decode(bytes, read_evidence);
}

}  // namespace troupe::consensus

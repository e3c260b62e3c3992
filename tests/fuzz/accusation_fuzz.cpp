#include "protocol/proof/accusation.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

// Accusations as strangers submit them: what decodes is canonical, and only the seeds prove a lie,
// since nobody here can sign for a validator.
namespace troupe::fuzz {

namespace {

const simulator::KeyedSignatures& signatures() {
  static const simulator::KeyedSignatures four(4);
  return four;
}

const consensus::Electorate& electorate() {
  static const consensus::Electorate of_four{
      {}, signatures().validators(), simulator::KeyedSignatures::verify()};
  return of_four;
}

proof::Accusation two_votes(consensus::VoteKind kind) {
  const auto vote = [kind](std::string_view block) {
    return signatures().sign(electorate().binding,
                             ValidatorIndex{2},
                             {kind, Epoch{}, View{300}, crypto::sha256(as_bytes(block))});
  };
  return consensus::make_evidence(vote("one"), vote("other"));
}

proof::Accusation two_headers() {
  const auto header = [](std::string_view payload) {
    ledger::SignedBatchHeader signed_header;
    signed_header.header.place.lane = ValidatorIndex{1};
    signed_header.header.place.sequence = Sequence{130};
    signed_header.header.payload_digest = crypto::sha256(as_bytes(payload));
    return signed_header;
  };
  return ledger::make_fork(header("one"), header("other"));
}

std::vector<proof::Accusation> samples() {
  return {two_votes(consensus::VoteKind::Notarize),
          two_votes(consensus::VoteKind::Finalize),
          two_headers()};
}

}  // namespace

void fuzz_accusation(ByteView input) {
  const auto decoded = proof::decode_accusation(input);
  if (!decoded) return;
  INVARIANT(equal(proof::encode(*decoded), input));
  if (!proof::proves(*decoded, electorate())) return;
  bool is_sample = false;
  for (const proof::Accusation& sample : samples())
    is_sample = is_sample || sample == *decoded;
  INVARIANT(is_sample);
}

std::vector<Bytes> accusation_seeds() {
  std::vector<Bytes> seeds;
  for (const proof::Accusation& sample : samples())
    seeds.push_back(proof::encode(sample));
  return seeds;
}

}  // namespace troupe::fuzz

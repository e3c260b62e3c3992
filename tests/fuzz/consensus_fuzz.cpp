#include <string>

#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/evidence.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/journal.hpp"
#include "protocol/consensus/message.hpp"
#include "protocol/consensus/sync_message.hpp"
#include "protocol/consensus/validators.hpp"
#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"

// input := kind: u8  encoding: the rest
//
// Whatever validators send to one another, and the records of the vote journal.
namespace troupe::fuzz {

namespace {

namespace consensus = troupe::consensus;

enum class Kind : std::uint8_t {
  Message,
  Header,
  Certificate,
  Evidence,
  SyncMessage,
  ValidatorSet,
  JournalRecord
};

constexpr std::uint8_t kKinds = 7;

crypto::Digest digest_of(std::string_view word) {
  return crypto::sha256(as_bytes(word));
}

crypto::Signature some_signature() {
  crypto::Signature signature;
  signature.bytes.fill(0x5a);
  return signature;
}

consensus::Vote some_vote(consensus::VoteKind kind, std::string_view block) {
  consensus::Vote vote{.kind = kind, .epoch = Epoch{0}, .view = View{300}, .block = {}};
  if (kind != consensus::VoteKind::Nullify) vote.block = digest_of(block);
  return vote;
}

consensus::SignedVote some_signed_vote(consensus::VoteKind kind, std::string_view block) {
  return {
      .vote = some_vote(kind, block), .signer = ValidatorIndex{3}, .signature = some_signature()};
}

consensus::Certificate some_certificate(consensus::VoteKind kind) {
  consensus::Certificate certificate{.vote = some_vote(kind, "block"), .signatures = {}};
  for (const std::uint32_t signer : {0U, 1U, 9U}) {
    certificate.signatures.push_back(
        {.signer = ValidatorIndex{signer}, .signature = some_signature()});
  }
  return certificate;
}

consensus::Header some_header() {
  consensus::Header header;
  header.chain = digest_of("chain");
  header.root = digest_of("root");
  header.view = View{301};
  header.height = Height{200};
  header.parent = digest_of("parent");
  header.timestamp = Timestamp{1'790'000'000'000};
  for (const std::uint32_t lane : {0U, 2U}) {
    header.tips.push_back({.lane = ValidatorIndex{lane},
                           .incarnation = Incarnation{lane},
                           .sequence = Sequence{150},
                           .digest = digest_of("tip")});
  }
  header.executed_height = Height{199};
  return header;
}

consensus::Evidence some_evidence() {
  return consensus::make_evidence(some_signed_vote(consensus::VoteKind::Notarize, "one"),
                                  some_signed_vote(consensus::VoteKind::Notarize, "other"));
}

std::vector<consensus::Body> some_bodies() {
  const auto notarization = some_certificate(consensus::VoteKind::Notarize);
  const auto nullification = some_certificate(consensus::VoteKind::Nullify);
  const auto ballot = some_signed_vote(consensus::VoteKind::Finalize, "block");
  return {consensus::Proposal{some_header(), some_signature(), {notarization, nullification}},
          consensus::Ballot{ballot},
          consensus::Certificates{{notarization}},
          consensus::MissingRequest{View{3}, View{9}, consensus::VoteKind::Nullify},
          consensus::BestRequest{},
          consensus::HeaderRequest{digest_of("block")},
          consensus::HeaderAnswer{some_header()},
          consensus::Inquiry{.instance = 1ULL << 63},
          consensus::InquiryAnswer{.instance = 7, .twin = true, .newest = {ballot}},
          consensus::TipsHint{View{4}, some_header().tips},
          consensus::Accusation{some_evidence()}};
}

consensus::CertifiedBlock some_certified_block() {
  return {.header = some_header(),
          .finalization = some_certificate(consensus::VoteKind::Finalize),
          .notarization = some_certificate(consensus::VoteKind::Notarize),
          .nullifications = {some_certificate(consensus::VoteKind::Nullify)}};
}

void add_journal_seeds(std::vector<Bytes>& seeds) {
  const consensus::Basis basis{.certificates = {some_certificate(consensus::VoteKind::Notarize)},
                               .headers = {some_header()}};
  const consensus::BatchIdentity batch{.epoch = Epoch{0},
                                       .lane = ValidatorIndex{1},
                                       .incarnation = Incarnation{0},
                                       .sequence = Sequence{77},
                                       .digest = digest_of("batch")};
  const std::vector<consensus::JournalRecord> records{
      consensus::VoteRecord{some_signed_vote(consensus::VoteKind::Finalize, "block"), basis},
      consensus::BatchRecord{batch, some_signature()},
      consensus::MarkRecord{some_certificate(consensus::VoteKind::Finalize)}};
  for (const auto& record : records) {
    seeds.push_back(seed_for(Kind::JournalRecord, encode(record)));
  }
}

void add_sync_seeds(std::vector<Bytes>& seeds) {
  const std::vector<consensus::SyncMessage> messages{
      consensus::SyncStatus{Height{1000}},
      consensus::RunRequest{.request = 5, .first = Height{2}, .last = Height{9}},
      consensus::RunAnswer{.request = 5, .run = {some_certified_block()}},
      consensus::SyncBatchRequest{.request = 6, .digest = {}},
      consensus::SyncBatchAnswer{.request = 6, .batch = {1, 2, 3}},
      consensus::SnapshotRequest{.request = 7, .question = {1}},
      consensus::SnapshotAnswer{.request = 7, .answer = {1, 2, 3}}};
  for (const auto& message : messages) {
    seeds.push_back(seed_for(Kind::SyncMessage, encode(message)));
  }
}

consensus::ValidatorSet some_validators() {
  std::vector<crypto::PublicKey> keys;
  for (const char* word : {"first", "second", "third", "fourth"}) {
    keys.push_back(crypto::KeyPair::from_seed(digest_of(word).view())->public_key());
  }
  return consensus::ValidatorSet::from(keys).value();
}

}  // namespace

void fuzz_consensus(ByteView input) {
  if (input.empty()) return;
  const ByteView encoding = input.subspan(1);
  switch (static_cast<Kind>(input.front() % kKinds)) {
    case Kind::Message: return check_canonical(encoding, consensus::decode_message);
    case Kind::Header: return check_canonical(encoding, consensus::decode_header);
    case Kind::Certificate: return check_canonical(encoding, consensus::decode_certificate);
    case Kind::Evidence: return check_canonical(encoding, consensus::decode_evidence);
    case Kind::SyncMessage: return check_canonical(encoding, consensus::decode_sync_message);
    case Kind::ValidatorSet: return check_canonical(encoding, consensus::decode_validator_set);
    case Kind::JournalRecord: return check_canonical(encoding, consensus::decode_journal_record);
  }
}

std::vector<Bytes> consensus_seeds() {
  std::vector<Bytes> seeds;
  for (const consensus::Body& body : some_bodies()) {
    const consensus::Message message{.epoch = Epoch{0}, .root = digest_of("root"), .body = body};
    seeds.push_back(seed_for(Kind::Message, encode(message)));
  }
  seeds.push_back(seed_for(Kind::Header, encode(some_header())));
  seeds.push_back(
      seed_for(Kind::Certificate, encode(some_certificate(consensus::VoteKind::Nullify))));
  seeds.push_back(seed_for(Kind::Evidence, encode(some_evidence())));
  seeds.push_back(seed_for(Kind::ValidatorSet, encode(some_validators())));
  add_sync_seeds(seeds);
  add_journal_seeds(seeds);
  return seeds;
}

}  // namespace troupe::fuzz

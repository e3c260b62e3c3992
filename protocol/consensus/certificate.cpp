#include "protocol/consensus/certificate.hpp"

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"
#include "protocol/consensus/plant.hpp"

namespace troupe::consensus {

std::vector<ValidatorIndex> Certificate::signers() const {
  std::vector<ValidatorIndex> list;
  for (const CertificateSignature& entry : signatures)
    list.push_back(entry.signer);
  return list;
}

SignedVote Certificate::signed_vote(std::size_t place) const {
  INVARIANT(place < signatures.size());
  return {vote, signatures[place].signer, signatures[place].signature};
}

std::string_view certificate_name(VoteKind kind) {
  switch (kind) {
    case VoteKind::Notarize: return "notarization";
    case VoteKind::Nullify: return "nullification";
    case VoteKind::Finalize: return "finalization";
  }
  return "unknown";
}

std::string_view describe(CertificateError error) {
  switch (error) {
    case CertificateError::WrongEpoch: return "the certificate is of another epoch";
    case CertificateError::UnknownSigner: return "a signer does not belong to the validator set";
    case CertificateError::SignersNotSorted: return "its signers are not distinct and in order";
    case CertificateError::NoQuorum: return "it has fewer signers than a quorum";
    case CertificateError::BadSignature: return "a signature is wrong";
  }
  return "unknown error";
}

Result<Done, CertificateError> check_form(const Certificate& certificate,
                                          const Electorate& electorate) {
  if (certificate.vote.epoch != electorate.binding.epoch) {
    return failure(CertificateError::WrongEpoch);
  }
  const CertificateSignature* previous = nullptr;
  for (const CertificateSignature& entry : certificate.signatures) {
    if (!electorate.validators.contains(entry.signer)) {
      return failure(CertificateError::UnknownSigner);
    }
    const bool is_sorted = previous == nullptr || previous->signer < entry.signer;
    if (!is_sorted && !planted(Plant::DuplicateSignersCount)) {
      return failure(CertificateError::SignersNotSorted);
    }
    previous = &entry;
  }
  if (certificate.signatures.size() < electorate.validators.quorum()) {
    return failure(CertificateError::NoQuorum);
  }
  return Done{};
}

Result<Done, CertificateError> check(const Certificate& certificate, const Electorate& electorate) {
  if (auto form = check_form(certificate, electorate); !form) return form;
  for (std::size_t i = 0; i < certificate.signatures.size(); ++i) {
    if (!electorate.accepts(certificate.signed_vote(i))) {
      return failure(CertificateError::BadSignature);
    }
  }
  return Done{};
}

void write(codec::Writer& writer, const Certificate& certificate) {
  write(writer, certificate.vote);
  Bytes signers;
  for (const CertificateSignature& entry : certificate.signatures) {
    const std::size_t byte = entry.signer.number / 8;
    if (signers.size() <= byte) signers.resize(byte + 1);
    signers[byte] = static_cast<std::uint8_t>(signers[byte] | 1U << entry.signer.number % 8);
  }
  writer.bytes(signers);
  for (const CertificateSignature& entry : certificate.signatures) {
    writer.fixed(entry.signature.view());
  }
}

Certificate read_certificate(codec::Reader& reader) {
  Certificate certificate;
  certificate.vote = read_vote(reader);
  const ByteView signers = reader.bytes(kValidatorsMax / 8);
  if (!signers.empty() && signers.back() == 0) reader.fail(codec::WireError::NotMinimal);
  for (std::uint32_t bit = 0; bit < signers.size() * 8 && reader.ok(); ++bit) {
    if ((signers[bit / 8] >> bit % 8 & 1) == 0) continue;
    certificate.signatures.push_back({ValidatorIndex{bit}, {reader.array<64>()}});
  }
  return certificate;
}

Bytes encode(const Certificate& certificate) {
  codec::Writer writer(64 + certificate.signatures.size() * 65);
  write(writer, certificate);
  return writer.take();
}

Result<Certificate, codec::WireError> decode_certificate(ByteView bytes) {
  return codec::decode(bytes, read_certificate);
}

}  // namespace troupe::consensus

#include "protocol/proof/proof.hpp"

#include <algorithm>

#include "protocol/base/match.hpp"
#include "protocol/crypto/merkle_log.hpp"
#include "protocol/ledger/admission.hpp"
#include "protocol/proof/founding.hpp"

namespace troupe::proof {

namespace {

using Checked = Result<Done, Flaw>;

Checked hold(bool holds, Flaw flaw) {
  if (!holds) return failure(flaw);
  return Done{};
}

Checked check_claim(const RecordClaim& claim, const Proof& proof) {
  return hold(ledger::verify(presence_of(claim), proof.subject().executed_root),
              Flaw::RecordNotInState);
}

Checked check_claim(const AbsenceClaim& claim, const Proof& proof) {
  const Bytes key = ledger::record_state_key(claim.key);
  return hold(ledger::verify_absence(claim.absence, key, proof.subject().executed_root),
              Flaw::KeyNotAbsent);
}

Checked check_claim(const TransactionClaim& claim, const Proof& proof) {
  const consensus::Header& block = proof.subject();
  const crypto::Digest leaf = crypto::merkle_leaf(claim.transaction.id().view());
  if (root_of(leaf, claim.path) != block.transactions_root) {
    return failure(Flaw::TransactionNotInBlock);
  }
  if (!ledger::check_signature(claim.transaction)) return failure(Flaw::TransactionNotSigned);
  if (claim.receipt.transaction != claim.transaction.id()) return failure(Flaw::ReceiptOfAnother);
  return hold(ledger::verify(presence_of(claim, block.height), proof.anchor.executed_root),
              Flaw::ReceiptNotInState);
}

Checked check_claim(const HeaderClaim&, const Proof&) {
  return Done{};
}

/// The consistency of a header claim: what the header itself says of the blocks before it is what
/// the anchor says of them.
bool is_consistent(const Proof& proof) {
  const auto* claim = std::get_if<HeaderClaim>(&proof.claim);
  if (claim == nullptr) return true;
  const consensus::Header& header = proof.subject();
  if (header.height.number == 0) return claim->consistency.empty();
  return crypto::consistency_verify({header.height.number, proof.anchor.height.number},
                                    {header.history_root, proof.anchor.history_root},
                                    claim->consistency);
}

Checked check_history(const Proof& proof) {
  if (!proof.header) {
    if (!proof.history.empty()) return failure(Flaw::NotInHistory);
  } else {
    const crypto::Digest leaf = crypto::merkle_leaf(consensus::digest(*proof.header).view());
    const crypto::MerklePosition place{proof.header->height.number, proof.anchor.height.number};
    if (!crypto::merkle_verify(leaf, place, proof.history, proof.anchor.history_root)) {
      return failure(Flaw::NotInHistory);
    }
  }
  return hold(is_consistent(proof), Flaw::NotConsistent);
}

Checked check_certificate(const Proof& proof) {
  const consensus::Vote& vote = proof.finalization.vote;
  return hold(vote.kind == consensus::VoteKind::Finalize && vote.epoch == proof.anchor.epoch &&
                  vote.view == proof.anchor.view && vote.block == consensus::digest(proof.anchor),
              Flaw::NotItsCertificate);
}

bool is_of_epoch(const consensus::Header& header, const Founding& founding) {
  const bool is_root = header.height.number == 0;
  return header.epoch == founding.electorate.binding.epoch &&
         (is_root ? header == founding.root : header.root == founding.electorate.binding.root);
}

Checked check_founding(const Proof& proof,
                       const Founding& founding,
                       const crypto::Digest& genesis) {
  for (const consensus::Header* header : {&proof.subject(), &proof.anchor}) {
    if (header->validators != founding.electorate.validators.digest()) {
      return failure(Flaw::OtherValidators);
    }
    if (!is_of_epoch(*header, founding)) return failure(Flaw::OtherEpoch);
    if (header->chain != founding.electorate.binding.chain) return failure(Flaw::OtherChain);
  }
  return hold(founding.electorate.binding.chain == genesis, Flaw::OtherGenesis);
}

crypto::Digest key_digest_of(const std::string& key) {
  return crypto::sha256(ledger::record_state_key(key));
}

void write(codec::Writer& writer, const std::vector<crypto::Digest>& digests) {
  writer.varint(digests.size());
  for (const crypto::Digest& digest : digests)
    writer.fixed(digest.view());
}

void write(codec::Writer& writer, const std::vector<PathStep>& path) {
  writer.varint(path.size());
  for (const PathStep& step : path)
    writer.boolean(step.is_right).fixed(step.sibling.view());
}

void write(codec::Writer& writer, const Claim& claim) {
  writer.u8(static_cast<std::uint8_t>(claim.index() + 1));
  std::visit(Match{[&](const RecordClaim& record) {
                     writer.text(record.key).bytes(ledger::encode(record.record));
                     write(writer, record.siblings);
                   },
                   [&](const AbsenceClaim& absence) {
                     writer.text(absence.key).fixed(key_digest_of(absence.key).view());
                     writer.bytes(ledger::encode(absence.absence));
                   },
                   [&](const TransactionClaim& transaction) {
                     writer.bytes(transaction.transaction.encoded());
                     write(writer, transaction.path);
                     writer.bytes(ledger::encode(transaction.receipt));
                     write(writer, transaction.receipt_path);
                     write(writer, transaction.siblings);
                   },
                   [&](const HeaderClaim& header) { write(writer, header.consistency); }},
             claim);
}

/// A length-prefixed part in an encoding of its own. `fallback` stands for one that is malformed.
template <class T, class Decode>
T read_part(codec::Reader& reader, std::size_t size_max, Decode decode, T fallback) {
  const ByteView part = reader.bytes(size_max);
  if (!reader.ok()) return fallback;
  auto decoded = decode(part);
  if (decoded) return std::move(decoded).value();
  reader.fail(codec::WireError::OutOfRange);
  return fallback;
}

std::vector<crypto::Digest> read_digests(codec::Reader& reader, std::size_t count_max) {
  std::vector<crypto::Digest> digests(reader.count(count_max));
  for (crypto::Digest& digest : digests)
    digest.bytes = reader.array<32>();
  return digests;
}

std::vector<PathStep> read_path(codec::Reader& reader) {
  std::vector<PathStep> path(reader.count(kPathStepsMax));
  for (PathStep& step : path) {
    step.is_right = reader.boolean();
    step.sibling.bytes = reader.array<32>();
  }
  return path;
}

std::string read_key(codec::Reader& reader) {
  std::string key = reader.text(kRecordKeyBytesMax);
  const bool is_printable =
      std::ranges::all_of(key, [](char letter) { return letter >= ' ' && letter <= '~'; });
  if (key.empty() || !is_printable) reader.fail(codec::WireError::OutOfRange);
  return key;
}

RecordClaim read_record_claim(codec::Reader& reader) {
  RecordClaim claim;
  claim.key = read_key(reader);
  claim.record = read_part(reader, kStateValueBytesMax, ledger::decode_record, ledger::Record{});
  claim.siblings = read_digests(reader, kStateTreeDepthMax);
  return claim;
}

AbsenceClaim read_absence_claim(codec::Reader& reader) {
  AbsenceClaim claim;
  claim.key = read_key(reader);
  if (!equal(reader.fixed(32), key_digest_of(claim.key).view())) {
    reader.fail(codec::WireError::OutOfRange);
  }
  claim.absence =
      read_part(reader, kProofBytesMax, ledger::decode_absence_proof, ledger::AbsenceProof{});
  return claim;
}

TransactionClaim read_transaction_claim(codec::Reader& reader) {
  const auto decode = [](ByteView part) { return ledger::Transaction::decode(part); };
  TransactionClaim claim{
      read_part(reader, kTransactionBytesMax, decode, ledger::Transaction(ledger::Body{}, {})),
      read_path(reader),
      read_part(reader, kTransactionBytesMax, ledger::decode_receipt, ledger::Receipt{}),
      read_path(reader),
      read_digests(reader, kStateTreeDepthMax)};
  return claim;
}

Claim read_claim(codec::Reader& reader) {
  switch (reader.u8()) {
    case 1: return read_record_claim(reader);
    case 2: return read_absence_claim(reader);
    case 3: return read_transaction_claim(reader);
    case 4: return HeaderClaim{read_digests(reader, kPathStepsMax + 1)};
    default: reader.fail(codec::WireError::OutOfRange); return HeaderClaim{};
  }
}

consensus::Header read_header_part(codec::Reader& reader) {
  return read_part(reader, kHeaderBytesMax, consensus::decode_header, consensus::Header{});
}

Proof read_proof(codec::Reader& reader) {
  Proof proof;
  if (reader.varint() != kProofVersion) reader.fail(codec::WireError::OutOfRange);
  proof.claim = read_claim(reader);
  if (reader.boolean()) proof.header = read_header_part(reader);
  proof.history = read_digests(reader, kPathStepsMax);
  proof.anchor = read_header_part(reader);
  proof.finalization = read_part(
      reader, kCertificateBytesMax, consensus::decode_certificate, consensus::Certificate{});
  proof.genesis = read_part(reader, kGenesisBytesMax, ledger::decode_genesis, ledger::Genesis{});
  return proof;
}

}  // namespace

unsigned step_of(Flaw flaw) {
  switch (flaw) {
    case Flaw::RecordNotInState:
    case Flaw::KeyNotAbsent:
    case Flaw::TransactionNotInBlock:
    case Flaw::TransactionNotSigned:
    case Flaw::ReceiptOfAnother:
    case Flaw::ReceiptNotInState: return 1;
    case Flaw::NotInHistory:
    case Flaw::NotConsistent: return 2;
    case Flaw::NotItsCertificate: return 3;
    case Flaw::NoQuorum: return 4;
    case Flaw::OtherValidators:
    case Flaw::OtherEpoch:
    case Flaw::OtherChain:
    case Flaw::OtherGenesis: return 5;
  }
  return 0;
}

std::string_view name(Flaw flaw) {
  switch (flaw) {
    case Flaw::RecordNotInState: return "record-not-in-state";
    case Flaw::KeyNotAbsent: return "key-not-absent";
    case Flaw::TransactionNotInBlock: return "transaction-not-in-block";
    case Flaw::TransactionNotSigned: return "transaction-not-signed";
    case Flaw::ReceiptOfAnother: return "receipt-of-another";
    case Flaw::ReceiptNotInState: return "receipt-not-in-state";
    case Flaw::NotInHistory: return "not-in-history";
    case Flaw::NotConsistent: return "not-consistent";
    case Flaw::NotItsCertificate: return "not-its-certificate";
    case Flaw::NoQuorum: return "no-quorum";
    case Flaw::OtherValidators: return "other-validators";
    case Flaw::OtherEpoch: return "other-epoch";
    case Flaw::OtherChain: return "other-chain";
    case Flaw::OtherGenesis: return "other-genesis";
  }
  return "unknown";
}

std::string_view describe(Flaw flaw) {
  switch (flaw) {
    case Flaw::RecordNotInState:
      return "The record's leaf does not lead to the state root of the header. It was changed "
             "after "
             "it was agreed.";
    case Flaw::KeyNotAbsent:
      return "The neighbours of the key do not lie side by side under the state root of the "
             "header.";
    case Flaw::TransactionNotInBlock:
      return "The transaction's leaf does not lead to the transactions root of the header.";
    case Flaw::TransactionNotSigned: return "The transaction is not signed by its account.";
    case Flaw::ReceiptOfAnother: return "The receipt is of another transaction.";
    case Flaw::ReceiptNotInState:
      return "The receipt does not lead to the state root of the anchor.";
    case Flaw::NotInHistory: return "The header is not in the history of the anchor.";
    case Flaw::NotConsistent:
      return "The history before the header is not the beginning of the anchor's history.";
    case Flaw::NotItsCertificate: return "The certificate is no finalization of the anchor.";
    case Flaw::NoQuorum: return "The finalization is not signed by a quorum of the validators.";
    case Flaw::OtherValidators: return "The header names other validators than the genesis.";
    case Flaw::OtherEpoch: return "The header belongs to an epoch that the genesis did not begin.";
    case Flaw::OtherChain: return "The header belongs to another chain than the genesis.";
    case Flaw::OtherGenesis: return "The genesis is another one than yours.";
  }
  return "unknown flaw";
}

Result<Done, Flaw> verify(const Proof& proof, const crypto::Digest& genesis) {
  const auto claim =
      std::visit([&](const auto& content) { return check_claim(content, proof); }, proof.claim);
  if (!claim) return claim;
  if (const auto history = check_history(proof); !history) return history;
  if (const auto certificate = check_certificate(proof); !certificate) return certificate;
  const auto founding = found(proof.genesis);
  if (!founding) return failure(Flaw::OtherValidators);
  if (!consensus::check(proof.finalization, founding->electorate)) return failure(Flaw::NoQuorum);
  return check_founding(proof, *founding, genesis);
}

ledger::PresenceProof presence_of(const RecordClaim& claim) {
  return {ledger::record_state_key(claim.key), ledger::encode(claim.record), claim.siblings};
}

ledger::PresenceProof presence_of(const TransactionClaim& claim, Height height) {
  const crypto::Digest leaf = crypto::merkle_leaf(ledger::encode(claim.receipt));
  const crypto::Digest root = root_of(leaf, claim.receipt_path);
  return {ledger::receipts_state_key(height), to_bytes(root.view()), claim.siblings};
}

crypto::Digest root_of(const crypto::Digest& leaf_hash, const std::vector<PathStep>& path) {
  crypto::Digest hash = leaf_hash;
  for (const PathStep& step : path) {
    hash = step.is_right ? crypto::merkle_node(hash, step.sibling)
                         : crypto::merkle_node(step.sibling, hash);
  }
  return hash;
}

std::vector<PathStep> path_of(const std::vector<crypto::Digest>& leaf_hashes, std::uint64_t index) {
  std::vector<PathStep> path;
  std::uint64_t last = leaf_hashes.size() - 1;
  for (const crypto::Digest& sibling : crypto::merkle_path(leaf_hashes, index)) {
    // The last node of a level may have moved up several levels without a neighbour.
    while (index % 2 == 0 && index == last) {
      index /= 2;
      last /= 2;
    }
    path.push_back({index % 2 == 0, sibling});
    index /= 2;
    last /= 2;
  }
  return path;
}

Bytes encode(const Proof& proof) {
  codec::Writer writer;
  writer.varint(kProofVersion);
  write(writer, proof.claim);
  writer.boolean(proof.header.has_value());
  if (proof.header) writer.bytes(consensus::encode(*proof.header));
  write(writer, proof.history);
  writer.bytes(consensus::encode(proof.anchor));
  writer.bytes(consensus::encode(proof.finalization));
  writer.bytes(ledger::encode(proof.genesis));
  return writer.take();
}

Result<Proof, codec::WireError> decode_proof(ByteView encoded) {
  if (encoded.size() > kProofBytesMax) return failure(codec::WireError::OutOfRange);
  return codec::decode(encoded, read_proof);
}

}  // namespace troupe::proof

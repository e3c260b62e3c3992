#include "protocol/ledger/receipt.hpp"

#include <string>

#include "protocol/base/limits.hpp"
#include "protocol/crypto/merkle.hpp"

namespace troupe::ledger {

namespace {

/// The kinds of outcomes as their encoding numbers them; the numbers are for ever.
enum class Kind : std::uint8_t {
  Applied = 0,
  Duplicate = 1,
  Expired = 2,
  TooFarAhead = 3,
  Refused = 4
};

codec::Writer& write_kind(codec::Writer& writer, Kind kind) {
  return writer.u8(static_cast<std::uint8_t>(kind));
}

void write_outcome(codec::Writer& writer, const Applied& applied) {
  write_kind(writer, Kind::Applied).varint(applied.versions.size());
  for (const std::uint64_t version : applied.versions)
    writer.varint(version);
}

void write_outcome(codec::Writer& writer, const DuplicateOf& duplicate) {
  write_kind(writer, Kind::Duplicate).varint(duplicate.height.number);
}

void write_outcome(codec::Writer& writer, const ExpiredBefore&) {
  write_kind(writer, Kind::Expired);
}

void write_outcome(codec::Writer& writer, const TooFarAheadOf&) {
  write_kind(writer, Kind::TooFarAhead);
}

void write_outcome(codec::Writer& writer, const Refused& refused) {
  write_kind(writer, Kind::Refused).varint(refused.operation);
  writer.u8(static_cast<std::uint8_t>(refused.reason));
}

void write(codec::Writer& writer, const Receipt& receipt) {
  writer.fixed(receipt.transaction.view());
  std::visit([&writer](const auto& outcome) { write_outcome(writer, outcome); }, receipt.outcome);
}

Applied read_applied(codec::Reader& reader) {
  Applied applied;
  const std::size_t count = reader.count(kTransactionOperationsMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    applied.versions.push_back(reader.varint());
  }
  return applied;
}

Refusal read_refusal(codec::Reader& reader) {
  const std::uint8_t number = reader.u8();
  if (number > static_cast<std::uint8_t>(Refusal::AlreadyKnown)) {
    reader.fail(codec::WireError::OutOfRange);
  }
  return reader.ok() ? static_cast<Refusal>(number) : Refusal::NotAllowed;
}

Refused read_refused(codec::Reader& reader) {
  Refused refused;
  refused.operation = reader.varint(kTransactionOperationsMax - 1);
  refused.reason = read_refusal(reader);
  return refused;
}

Outcome read_outcome(codec::Reader& reader) {
  switch (static_cast<Kind>(reader.u8())) {
    case Kind::Applied: return read_applied(reader);
    case Kind::Duplicate: return DuplicateOf{Height{reader.varint()}};
    case Kind::Expired: return ExpiredBefore{};
    case Kind::TooFarAhead: return TooFarAheadOf{};
    case Kind::Refused: return read_refused(reader);
  }
  reader.fail(codec::WireError::OutOfRange);
  return ExpiredBefore{};
}

Receipt read_receipt(codec::Reader& reader) {
  Receipt receipt;
  receipt.transaction.bytes = reader.array<32>();
  receipt.outcome = read_outcome(reader);
  return receipt;
}

std::vector<Receipt> read_receipts(codec::Reader& reader) {
  std::vector<Receipt> receipts;
  const std::size_t count = reader.count(kBlockTransactionsMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i)
    receipts.push_back(read_receipt(reader));
  return receipts;
}

struct OutcomeName {
  std::string_view operator()(const Applied&) const { return "applied"; }

  std::string_view operator()(const DuplicateOf&) const { return "duplicate"; }

  std::string_view operator()(const ExpiredBefore&) const { return "expired"; }

  std::string_view operator()(const TooFarAheadOf&) const { return "too-far-ahead"; }

  std::string_view operator()(const Refused&) const { return "refused"; }
};

}  // namespace

bool is_decision(const Outcome& outcome) {
  return std::holds_alternative<Applied>(outcome) || std::holds_alternative<Refused>(outcome);
}

std::string_view name(const Outcome& outcome) {
  return std::visit(OutcomeName{}, outcome);
}

std::string_view name(Refusal refusal) {
  switch (refusal) {
    case Refusal::NotOwner: return "not-owner";
    case Refusal::NoSuchRecord: return "no-such-record";
    case Refusal::Retired: return "retired";
    case Refusal::NotAllowed: return "not-allowed";
    case Refusal::AlreadyKnown: return "already-known";
  }
  return "unknown";
}

std::string_view describe(Refusal refusal) {
  switch (refusal) {
    case Refusal::NotOwner: return "the record belongs to another account";
    case Refusal::NoSuchRecord: return "there is no record under this key";
    case Refusal::Retired: return "the record is retired and never changes again";
    case Refusal::NotAllowed: return "a rule of the operation's module forbids it";
    case Refusal::AlreadyKnown: return "the ledger says so already";
  }
  return "unknown reason";
}

Bytes encode(const Receipt& receipt) {
  codec::Writer writer;
  write(writer, receipt);
  return writer.take();
}

Bytes encode(const std::vector<Receipt>& receipts) {
  codec::Writer writer(receipts.size() * 34 + 4);
  writer.varint(receipts.size());
  for (const Receipt& receipt : receipts)
    write(writer, receipt);
  return writer.take();
}

Result<Receipt, codec::WireError> decode_receipt(ByteView encoded) {
  return codec::decode(encoded, read_receipt);
}

Result<std::vector<Receipt>, codec::WireError> decode_receipts(ByteView encoded) {
  return codec::decode(encoded, read_receipts);
}

crypto::Digest receipts_root(const std::vector<Receipt>& receipts) {
  std::vector<crypto::Digest> leaves;
  leaves.reserve(receipts.size());
  for (const Receipt& receipt : receipts)
    leaves.push_back(crypto::merkle_leaf(encode(receipt)));
  return crypto::merkle_root(leaves);
}

Bytes receipts_state_key(Height height) {
  return to_bytes(as_bytes("system/receipts/" + std::to_string(height.number)));
}

}  // namespace troupe::ledger

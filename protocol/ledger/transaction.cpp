#include "protocol/ledger/transaction.hpp"

#include <type_traits>
#include <utility>

#include "protocol/ledger/signed_bytes.hpp"

namespace troupe::ledger {

namespace {

/// The kinds of core operations as their encoding numbers them; the numbers are for ever.
enum class CoreKind : std::uint8_t { Note = 0, Put = 1, Transfer = 2, Retire = 3 };

codec::Writer& write_kind(codec::Writer& writer, CoreKind kind) {
  return writer.u8(static_cast<std::uint8_t>(kind));
}

void write_content(codec::Writer& writer, const Note& note) {
  write_kind(writer, CoreKind::Note).bytes(note.content);
}

void write_content(codec::Writer& writer, const Put& put) {
  write_kind(writer, CoreKind::Put).text(put.key).bytes(put.value);
}

void write_content(codec::Writer& writer, const Transfer& transfer) {
  write_kind(writer, CoreKind::Transfer).text(transfer.key).fixed(transfer.to.view());
}

void write_content(codec::Writer& writer, const Retire& retire) {
  write_kind(writer, CoreKind::Retire).text(retire.key);
}

void write_content(codec::Writer& writer, const ModuleOperation& operation) {
  writer.fixed(operation.content);
}

void write_operation(codec::Writer& writer, const Operation& operation) {
  const auto* foreign = std::get_if<ModuleOperation>(&operation);
  // A core operation has one encoding only: the core's own.
  INVARIANT(foreign == nullptr || foreign->module != kCoreModule);
  codec::Writer content;
  std::visit([&content](const auto& it) { write_content(content, it); }, operation);
  writer.varint(foreign == nullptr ? kCoreModule : foreign->module).bytes(content.view());
}

Note read_note(codec::Reader& reader) {
  return Note{to_bytes(reader.bytes(kNoteBytesMax))};
}

Put read_put(codec::Reader& reader) {
  Put put;
  put.key = reader.text(kRecordKeyBytesMax);
  put.value = to_bytes(reader.bytes(kRecordValueBytesMax));
  return put;
}

Transfer read_transfer(codec::Reader& reader) {
  Transfer transfer;
  transfer.key = reader.text(kRecordKeyBytesMax);
  transfer.to.bytes = reader.array<32>();
  return transfer;
}

Operation read_core_operation(codec::Reader& reader) {
  switch (static_cast<CoreKind>(reader.u8())) {
    case CoreKind::Note: return read_note(reader);
    case CoreKind::Put: return read_put(reader);
    case CoreKind::Transfer: return read_transfer(reader);
    case CoreKind::Retire: return Retire{reader.text(kRecordKeyBytesMax)};
  }
  reader.fail(codec::WireError::OutOfRange);
  return Note{};
}

Operation read_operation(codec::Reader& reader) {
  const std::uint64_t module = reader.varint(kModuleNumberMax);
  const ByteView content = reader.bytes(kOperationBytesMax);
  if (!reader.ok()) return Note{};
  if (module != kCoreModule) return ModuleOperation{module, to_bytes(content)};
  codec::Reader inner(content);
  Operation operation = read_core_operation(inner);
  if (const auto end = inner.finish(); !end) reader.fail(end.error());
  return operation;
}

/// Walks over one operation of the core under the same rules as read_core_operation, but copies
/// nothing: admission looks at every transaction, execution at most once at each.
void skip_core_operation(codec::Reader& reader) {
  switch (static_cast<CoreKind>(reader.u8())) {
    case CoreKind::Note: reader.bytes(kNoteBytesMax); return;
    case CoreKind::Put:
      reader.bytes(kRecordKeyBytesMax);
      reader.bytes(kRecordValueBytesMax);
      return;
    case CoreKind::Transfer:
      reader.bytes(kRecordKeyBytesMax);
      reader.fixed(32);
      return;
    case CoreKind::Retire: reader.bytes(kRecordKeyBytesMax); return;
  }
  reader.fail(codec::WireError::OutOfRange);
}

void skip_operation(codec::Reader& reader) {
  const std::uint64_t module = reader.varint(kModuleNumberMax);
  const ByteView content = reader.bytes(kOperationBytesMax);
  if (!reader.ok() || module != kCoreModule) return;
  codec::Reader inner(content);
  skip_core_operation(inner);
  if (const auto end = inner.finish(); !end) reader.fail(end.error());
}

/// The fields before the operations, which a Transaction keeps decoded.
struct Heading {
  std::uint64_t version = 0;
  crypto::Digest chain;
  crypto::PublicKey account;
  Height valid_through;
};

Heading read_heading(codec::Reader& reader) {
  Heading heading;
  heading.version = reader.varint();
  heading.chain.bytes = reader.array<32>();
  heading.account.bytes = reader.array<32>();
  heading.valid_through = Height{reader.varint()};
  return heading;
}

Body read_body(codec::Reader& reader) {
  const Heading heading = read_heading(reader);
  Body body{heading.version, heading.chain, heading.account, heading.valid_through, {}, {}};
  const std::size_t count = reader.count(kTransactionOperationsMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    body.operations.push_back(read_operation(reader));
  }
  body.memo = reader.text(kMemoBytesMax);
  return body;
}

}  // namespace

Bytes encode(const Body& body) {
  INVARIANT(body.operations.size() <= kTransactionOperationsMax);
  INVARIANT(body.memo.size() <= kMemoBytesMax);
  codec::Writer writer;
  writer.varint(body.version).fixed(body.chain.view()).fixed(body.account.view());
  writer.varint(body.valid_through.number).varint(body.operations.size());
  for (const Operation& operation : body.operations)
    write_operation(writer, operation);
  writer.text(body.memo);
  return writer.take();
}

Result<Body, codec::WireError> decode_body(ByteView encoded) {
  if (encoded.size() > kTransactionBytesMax) return failure(codec::WireError::OutOfRange);
  return codec::decode(encoded, read_body);
}

crypto::Digest id_of(const Body& body) {
  return crypto::sha256(encode(body));
}

Bytes signed_bytes(const Body& body) {
  return signed_bytes(kTransactionSignatureKind, body.chain, encode(body));
}

Transaction::Transaction(const Body& body, const std::vector<crypto::Signature>& signatures) {
  codec::Writer writer;
  writer.bytes(encode(body)).varint(signatures.size());
  for (const crypto::Signature& signature : signatures)
    writer.fixed(signature.view());
  const auto buffer = std::make_shared<const Bytes>(writer.take());
  auto decoded = decode(buffer, *buffer);
  INVARIANT(decoded.ok());
  *this = std::move(decoded).value();
}

Transaction Transaction::sign(const Body& body, const crypto::KeyPair& key) {
  return {body, {key.sign(signed_bytes(body))}};
}

Result<Transaction, codec::WireError> Transaction::decode(
    const std::shared_ptr<const Bytes>& buffer, ByteView encoded) {
  if (encoded.size() > kTransactionBytesMax) return failure(codec::WireError::OutOfRange);
  codec::Reader outer(encoded);
  const ByteView body = outer.bytes(kTransactionBytesMax);
  outer.fixed(outer.count(kTransactionSignaturesMax) * sizeof(crypto::Signature));
  if (const auto end = outer.finish(); !end) return failure(end.error());

  codec::Reader reader(body);
  const Heading heading = read_heading(reader);
  const std::size_t count = reader.count(kTransactionOperationsMax);
  for (std::size_t i = 0; i < count && reader.ok(); ++i)
    skip_operation(reader);
  reader.bytes(kMemoBytesMax);
  if (const auto end = reader.finish(); !end) return failure(end.error());

  Transaction transaction;
  transaction.buffer_ = buffer;
  transaction.encoded_ = encoded;
  transaction.encoded_body_ = body;
  transaction.id_ = crypto::sha256(body);
  transaction.version_ = heading.version;
  transaction.chain_ = heading.chain;
  transaction.account_ = heading.account;
  transaction.valid_through_ = heading.valid_through;
  transaction.operation_count_ = count;
  return transaction;
}

Result<Transaction, codec::WireError> Transaction::decode(ByteView encoded) {
  const auto buffer = std::make_shared<const Bytes>(to_bytes(encoded));
  return decode(buffer, *buffer);
}

std::vector<crypto::Signature> Transaction::signatures() const {
  codec::Reader reader(encoded_);
  reader.bytes(kTransactionBytesMax);
  std::vector<crypto::Signature> signatures(reader.count(kTransactionSignaturesMax));
  for (crypto::Signature& signature : signatures)
    signature.bytes = reader.array<64>();
  INVARIANT(reader.finish().ok());
  return signatures;
}

Body Transaction::body() const {
  auto body = decode_body(encoded_body_);
  INVARIANT(body.ok());
  return std::move(body).value();
}

}  // namespace troupe::ledger

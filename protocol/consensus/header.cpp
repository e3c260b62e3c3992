#include "protocol/consensus/header.hpp"

#include "protocol/base/limits.hpp"
#include "protocol/crypto/merkle.hpp"

namespace troupe::consensus {

namespace {

void write(codec::Writer& writer, const Tip& tip) {
  writer.varint(tip.lane.number).varint(tip.incarnation.number).varint(tip.sequence.number);
  writer.fixed(tip.digest.view());
}

Tip read_tip(codec::Reader& reader) {
  Tip tip;
  tip.lane.number = static_cast<std::uint32_t>(reader.varint(kValidatorsMax - 1));
  tip.incarnation.number = reader.varint();
  tip.sequence.number = reader.varint();
  tip.digest.bytes = reader.array<32>();
  return tip;
}

}  // namespace

void write(codec::Writer& writer, const std::vector<Tip>& tips) {
  writer.varint(tips.size());
  for (const Tip& tip : tips)
    write(writer, tip);
}

std::vector<Tip> read_tips(codec::Reader& reader) {
  std::vector<Tip> tips;
  const std::size_t count = reader.count(kValidatorsMax);
  tips.reserve(count);
  for (std::size_t i = 0; i < count && reader.ok(); ++i) {
    const Tip tip = read_tip(reader);
    if (!tips.empty() && tip.lane <= tips.back().lane) reader.fail(codec::WireError::OutOfRange);
    tips.push_back(tip);
  }
  return tips;
}

void write(codec::Writer& writer, const Header& header) {
  writer.varint(header.version).fixed(header.chain.view());
  writer.varint(header.epoch.number).fixed(header.root.view());
  writer.varint(header.view.number).varint(header.height.number).fixed(header.parent.view());
  writer.varint(header.timestamp.milliseconds);
  write(writer, header.tips);
  writer.fixed(header.transactions_root.view());
  writer.varint(header.executed_height.number).fixed(header.executed_root.view());
  writer.fixed(header.history_root.view()).fixed(header.validators.view());
}

Header read_header(codec::Reader& reader) {
  Header header;
  header.version = reader.varint(kHeaderVersion);
  if (header.version != kHeaderVersion) reader.fail(codec::WireError::OutOfRange);
  header.chain.bytes = reader.array<32>();
  header.epoch.number = reader.varint();
  header.root.bytes = reader.array<32>();
  header.view.number = reader.varint();
  header.height.number = reader.varint();
  header.parent.bytes = reader.array<32>();
  header.timestamp.milliseconds = reader.varint();
  header.tips = read_tips(reader);
  header.transactions_root.bytes = reader.array<32>();
  header.executed_height.number = reader.varint();
  header.executed_root.bytes = reader.array<32>();
  header.history_root.bytes = reader.array<32>();
  header.validators.bytes = reader.array<32>();
  return header;
}

Bytes encode(const Header& header) {
  codec::Writer writer(320 + header.tips.size() * 48);
  write(writer, header);
  return writer.take();
}

Result<Header, codec::WireError> decode_header(ByteView bytes) {
  return codec::decode(bytes, read_header);
}

crypto::Digest digest(const Header& header) {
  return crypto::sha256(encode(header));
}

void append_to_history(crypto::MerkleFrontier& history, const crypto::Digest& block) {
  history.append(crypto::merkle_leaf(block.view()));
}

bool orders_something(const Header& header, const Header& parent) {
  return header.tips != parent.tips;
}

const crypto::Digest& empty_transactions_root() {
  static const crypto::Digest root = crypto::merkle_root({});
  return root;
}

Header genesis_header(const Genesis& genesis, const ValidatorSet& validators) {
  Header header;
  header.chain = genesis.chain;
  header.timestamp = genesis.timestamp;
  header.transactions_root = empty_transactions_root();
  header.executed_root = genesis.state_root;
  header.history_root = crypto::MerkleFrontier().root();
  header.validators = validators.digest();
  return header;
}

}  // namespace troupe::consensus

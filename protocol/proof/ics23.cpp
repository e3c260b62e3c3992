#include "protocol/proof/ics23.hpp"

#include <string_view>

#include "protocol/codec/wire.hpp"

namespace troupe::proof {

namespace {

constexpr std::uint64_t kSha256 = 1;
constexpr std::string_view kLeafPrefix = "JMT::LeafNode";
constexpr std::string_view kInnerPrefix = "JMT::IntrnalNode";

/// Builds one protobuf message; fields of zero or no bytes are left out, as protobuf has it.
class Message {
 public:
  Message& number(std::uint64_t field, std::uint64_t value) {
    codec::append_varint(bytes_, field << 3);
    codec::append_varint(bytes_, value);
    return *this;
  }

  Message& part(std::uint64_t field, ByteView content) {
    if (content.empty()) return *this;
    codec::append_varint(bytes_, field << 3 | 2);
    codec::append_varint(bytes_, content.size());
    append(bytes_, content);
    return *this;
  }

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Bytes inner_op(const crypto::Digest& sibling, bool is_right_child) {
  Bytes prefix = to_bytes(as_bytes(kInnerPrefix));
  if (is_right_child) append(prefix, sibling.view());
  Message message;
  message.number(1, kSha256).part(2, prefix);
  if (!is_right_child) message.part(3, sibling.view());
  return message.bytes();
}

Bytes existence(const ledger::PresenceProof& presence) {
  Message leaf;
  leaf.number(1, kSha256).number(2, kSha256).number(3, kSha256);
  leaf.part(5, as_bytes(kLeafPrefix));
  Message message;
  message.part(1, presence.key).part(2, presence.value).part(3, leaf.bytes());
  const crypto::Digest key_digest = crypto::sha256(presence.key);
  std::size_t depth = presence.siblings.size();
  for (const crypto::Digest& sibling : presence.siblings) {
    message.part(4, inner_op(sibling, ledger::bit_of(key_digest, --depth)));
  }
  return message.bytes();
}

}  // namespace

Bytes ics23_of(const ledger::PresenceProof& presence) {
  return Message().part(1, existence(presence)).bytes();
}

Bytes ics23_of(const ledger::AbsenceProof& absence, ByteView key) {
  Message message;
  message.part(1, key);
  if (absence.left) message.part(2, existence(*absence.left));
  if (absence.right) message.part(3, existence(*absence.right));
  return Message().part(2, message.bytes()).bytes();
}

std::optional<Bytes> ics23_of(const Proof& proof) {
  if (const auto* record = std::get_if<RecordClaim>(&proof.claim)) {
    return ics23_of(presence_of(*record));
  }
  if (const auto* absence = std::get_if<AbsenceClaim>(&proof.claim)) {
    return ics23_of(absence->absence, ledger::record_state_key(absence->key));
  }
  return std::nullopt;
}

}  // namespace troupe::proof

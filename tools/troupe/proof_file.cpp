#include "tools/troupe/proof_file.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/base/match.hpp"

namespace troupe::tools {

namespace {

using Json = nlohmann::ordered_json;
using crypto::Digest;

constexpr const char* kFormat = "troupe-proof/1";
constexpr std::uint64_t kNumberMax = (std::uint64_t{1} << 53) - 1;

bool is_printable(ByteView bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte >= 0x20 && byte <= 0x7e; });
}

// --- writing

Json json_of(const std::vector<Digest>& digests) {
  Json list = Json::array();
  for (const Digest& digest : digests)
    list.push_back(digest.hex());
  return list;
}

Json json_of(const std::vector<proof::PathStep>& path) {
  Json list = Json::array();
  for (const proof::PathStep& step : path)
    list.push_back((step.is_right ? "right " : "left ") + step.sibling.hex());
  return list;
}

Json json_of(const std::optional<ledger::PresenceProof>& neighbour) {
  if (!neighbour) return nullptr;
  return {{"key_hex", to_hex(neighbour->key)},
          {"value_hex", to_hex(neighbour->value)},
          {"siblings", json_of(neighbour->siblings)}};
}

Json json_of(const proof::RecordClaim& claim) {
  const ledger::Record& record = claim.record;
  Json json = {{"kind", "record"},
               {"key", claim.key},
               {"version", record.version},
               {"status", ledger::name(record.status)},
               {"owner", record.owner.hex()},
               {"height", record.height.number},
               {"transaction", record.transaction.hex()}};
  if (is_printable(record.value)) {
    json["value"] = as_text(record.value);
  } else {
    json["value_hex"] = to_hex(record.value);
  }
  json["siblings"] = json_of(claim.siblings);
  return json;
}

Json json_of(const proof::AbsenceClaim& claim) {
  return {{"kind", "absence"},
          {"key", claim.key},
          {"key_digest", crypto::sha256(ledger::record_state_key(claim.key)).hex()},
          {"left", json_of(claim.absence.left)},
          {"right", json_of(claim.absence.right)}};
}

Json json_of(const proof::TransactionClaim& claim) {
  return {{"kind", "transaction"},
          {"id", claim.transaction.id().hex()},
          {"transaction", to_hex(claim.transaction.encoded())},
          {"path", json_of(claim.path)},
          {"receipt", to_hex(ledger::encode(claim.receipt))},
          {"receipt_path", json_of(claim.receipt_path)},
          {"siblings", json_of(claim.siblings)}};
}

Json json_of(const proof::HeaderClaim& claim) {
  return {{"kind", "header"}, {"consistency", json_of(claim.consistency)}};
}

// --- reading

/// Reads members; the first one that is not as it must be sticks, and everything after it is empty.
class Members {
 public:
  [[nodiscard]] bool ok() const { return error_.empty(); }

  [[nodiscard]] const std::string& error() const { return error_; }

  void fail(const std::string& member, const std::string& what) {
    if (ok()) error_ = "'" + member + "' " + what;
  }

  const Json& at(const Json& json, const std::string& member) {
    static const Json kNothing;
    if (ok() && json.is_object()) {
      const auto found = json.find(member);
      if (found != json.end()) return *found;
    }
    fail(member, "is missing");
    return kNothing;
  }

  std::string text(const Json& json, const std::string& member) {
    const Json& value = at(json, member);
    if (value.is_string()) return value.get<std::string>();
    fail(member, "is no text");
    return {};
  }

  std::uint64_t number(const Json& json, const std::string& member) {
    const Json& value = at(json, member);
    if (value.is_number_unsigned() && value.get<std::uint64_t>() <= kNumberMax) {
      return value.get<std::uint64_t>();
    }
    fail(member, "is no number up to 2^53 - 1");
    return 0;
  }

  Bytes hex(const Json& json, const std::string& member) {
    auto bytes = from_hex(text(json, member));
    if (bytes) return *std::move(bytes);
    fail(member, "is not hexadecimal");
    return {};
  }

  template <class Fixed>
  Fixed fixed(const std::string& member, const std::string& text) {
    Fixed fixed;
    const auto bytes = from_hex(text);
    if (bytes && bytes->size() == fixed.bytes.size()) {
      std::copy(bytes->begin(), bytes->end(), fixed.bytes.begin());
    } else {
      fail(member, "is not " + std::to_string(fixed.bytes.size()) + " bytes in hexadecimal");
    }
    return fixed;
  }

  std::vector<std::string> texts(const Json& json, const std::string& member) {
    std::vector<std::string> list;
    const Json& value = at(json, member);
    if (!value.is_array()) fail(member, "is no list");
    if (!ok()) return list;
    for (const Json& entry : value) {
      if (!entry.is_string()) fail(member, "holds something else than text");
      if (!ok()) return {};
      list.push_back(entry.get<std::string>());
    }
    return list;
  }

  std::vector<Digest> digests(const Json& json, const std::string& member) {
    std::vector<Digest> list;
    for (const std::string& entry : texts(json, member))
      list.push_back(fixed<Digest>(member, entry));
    return list;
  }

  std::vector<proof::PathStep> path(const Json& json, const std::string& member) {
    std::vector<proof::PathStep> list;
    for (const std::string& entry : texts(json, member)) {
      const bool is_right = entry.starts_with("right ");
      if (!is_right && !entry.starts_with("left ")) fail(member, "holds a step without a side");
      list.push_back({is_right, fixed<Digest>(member, entry.substr(is_right ? 6 : 5))});
      if (!ok()) return {};
    }
    return list;
  }

  /// A part in its own encoding; `fallback` stands for one that cannot be read.
  template <class T, class Decode>
  T part(const Json& json, const std::string& member, Decode decode, T fallback) {
    const Bytes encoded = hex(json, member);
    if (!ok()) return fallback;
    auto decoded = decode(ByteView(encoded));
    if (decoded) return std::move(decoded).value();
    fail(member, "is not in its encoding");
    return fallback;
  }

 private:
  std::string error_;
};

proof::RecordClaim read_record(Members& members, const Json& json) {
  proof::RecordClaim claim;
  claim.key = members.text(json, "key");
  claim.record.version = members.number(json, "version");
  const std::string status = members.text(json, "status");
  if (status == ledger::name(ledger::RecordStatus::Retired)) {
    claim.record.status = ledger::RecordStatus::Retired;
  }
  claim.record.owner = members.fixed<crypto::PublicKey>("owner", members.text(json, "owner"));
  claim.record.height = Height{members.number(json, "height")};
  claim.record.transaction =
      members.fixed<Digest>("transaction", members.text(json, "transaction"));
  claim.record.value = json.contains("value") ? to_bytes(as_bytes(members.text(json, "value")))
                                              : members.hex(json, "value_hex");
  claim.siblings = members.digests(json, "siblings");
  return claim;
}

std::optional<ledger::PresenceProof> read_neighbour(Members& members,
                                                    const Json& json,
                                                    const std::string& side) {
  const Json& neighbour = members.at(json, side);
  if (neighbour.is_null()) return std::nullopt;
  ledger::PresenceProof proof;
  proof.key = members.hex(neighbour, "key_hex");
  proof.value = members.hex(neighbour, "value_hex");
  proof.siblings = members.digests(neighbour, "siblings");
  return proof;
}

proof::AbsenceClaim read_absence(Members& members, const Json& json) {
  proof::AbsenceClaim claim;
  claim.key = members.text(json, "key");
  claim.absence.left = read_neighbour(members, json, "left");
  claim.absence.right = read_neighbour(members, json, "right");
  return claim;
}

proof::TransactionClaim read_transaction(Members& members, const Json& json) {
  const auto decode = [](ByteView encoded) { return ledger::Transaction::decode(encoded); };
  return {members.part(json, "transaction", decode, ledger::Transaction(ledger::Body{}, {})),
          members.path(json, "path"),
          members.part(json, "receipt", ledger::decode_receipt, ledger::Receipt{}),
          members.path(json, "receipt_path"),
          members.digests(json, "siblings")};
}

proof::Claim read_claim(Members& members, const Json& json) {
  const std::string kind = members.text(json, "kind");
  if (kind == "record") return read_record(members, json);
  if (kind == "absence") return read_absence(members, json);
  if (kind == "transaction") return read_transaction(members, json);
  if (kind != "header") members.fail("kind", "is none of record, absence, transaction, header");
  return proof::HeaderClaim{members.digests(json, "consistency")};
}

consensus::Header read_header(Members& members, const Json& json, const std::string& member) {
  return members.part(json, member, consensus::decode_header, consensus::Header{});
}

proof::Proof read_proof(Members& members, const Json& json) {
  proof::Proof proof;
  if (members.text(json, "format") != kFormat) members.fail("format", "is another one");
  proof.claim = read_claim(members, members.at(json, "claim"));
  if (!members.at(json, "header").is_null()) proof.header = read_header(members, json, "header");
  proof.history = members.digests(json, "history");
  proof.anchor = read_header(members, json, "anchor");
  proof.finalization =
      members.part(json, "finalization", consensus::decode_certificate, consensus::Certificate{});
  proof.genesis = members.part(json, "genesis", ledger::decode_genesis, ledger::Genesis{});
  return proof;
}

}  // namespace

std::string write_proof_file(const proof::Proof& proof) {
  const Json json = {
      {"format", kFormat},
      {"claim", std::visit([](const auto& claim) { return json_of(claim); }, proof.claim)},
      {"header", proof.header ? Json(to_hex(consensus::encode(*proof.header))) : Json()},
      {"history", json_of(proof.history)},
      {"anchor", to_hex(consensus::encode(proof.anchor))},
      {"finalization", to_hex(consensus::encode(proof.finalization))},
      {"genesis", to_hex(ledger::encode(proof.genesis))}};
  return json.dump(2) + "\n";
}

Result<proof::Proof, ProofFileError> read_proof_file(std::string_view text) {
  if (text.size() > kProofFileBytesMax) return failure(ProofFileError{"it is too large"});
  if (!std::ranges::all_of(text, [](char letter) { return letter == '\n' || letter >= ' '; })) {
    return failure(ProofFileError{"it is not plain ASCII"});
  }
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return failure(ProofFileError{"it is not JSON"});
  Members members;
  proof::Proof proof = read_proof(members, json);
  if (!members.ok()) return failure(ProofFileError{members.error()});
  // The encoding knows the bounds of every part.
  auto decoded = proof::decode_proof(proof::encode(proof));
  if (!decoded) return failure(ProofFileError{"a part is too large or out of range"});
  if (write_proof_file(*decoded) != text) {
    return failure(ProofFileError{"it is not spelled as proof files are"});
  }
  return std::move(decoded).value();
}

}  // namespace troupe::tools

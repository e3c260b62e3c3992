#include "protocol/ledger/signed_bytes.hpp"

namespace troupe::ledger {

namespace {

constexpr std::string_view kPrefix = "troupe/";
constexpr std::string_view kVersion = "/1";

}  // namespace

Bytes signed_bytes(std::string_view kind, const crypto::Digest& chain, ByteView body) {
  Bytes bytes;
  bytes.reserve(kPrefix.size() + kind.size() + kVersion.size() + 1 + chain.bytes.size() +
                body.size());
  append(bytes, as_bytes(kPrefix));
  append(bytes, as_bytes(kind));
  append(bytes, as_bytes(kVersion));
  bytes.push_back(0);
  append(bytes, chain.view());
  append(bytes, body);
  return bytes;
}

}  // namespace troupe::ledger

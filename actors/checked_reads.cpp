#include "actors/checked_reads.hpp"

#include "protocol/ledger/state_check.hpp"

namespace troupe::actors {

Result<std::optional<Bytes>, ledger::StateError> CheckedReads::value(ByteView key) const {
  auto value = values_.value(key);
  if (!value) return value;
  std::optional<crypto::Digest> digest;
  if (*value) digest = crypto::sha256(**value);
  read_.try_emplace(to_bytes(key), digest);
  return value;
}

Result<std::optional<Bytes>, ledger::StateError> CheckedReads::first_altered(
    const ledger::TreeReader& reader, const ledger::TreeState& state) const {
  for (const auto& [key, digest] : read_) {
    const auto is_right = ledger::has_value(reader, state, crypto::sha256(key), digest);
    if (!is_right) return failure(is_right.error());
    if (!*is_right) return std::optional<Bytes>(key);
  }
  return std::optional<Bytes>();
}

}  // namespace troupe::actors

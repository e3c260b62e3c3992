#include "protocol/ledger/state_changes.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::ledger {

Result<std::optional<Bytes>, StateError> StateChanges::value(ByteView key) const {
  for (const Layer* layer : {&pending_, &accepted_}) {
    const auto found = layer->find(key);
    if (found != layer->end()) return found->second;
  }
  auto value = before_->value(key);
  if (value && *value && !digests_before_.contains(key))
    digests_before_.emplace(to_bytes(key), crypto::sha256(**value));
  return value;
}

void StateChanges::put(ByteView key, Bytes value) {
  INVARIANT(!value.empty() && value.size() <= kStateValueBytesMax);
  change(key, std::move(value));
}

void StateChanges::remove(ByteView key) {
  change(key, std::nullopt);
}

void StateChanges::change(ByteView key, std::optional<Bytes> value) {
  INVARIANT(!key.empty() && key.size() <= kStateKeyBytesMax);
  INVARIANT(as_text(key).starts_with(prefix_));
  pending_.insert_or_assign(to_bytes(key), std::move(value));
}

void StateChanges::list(std::string_view record_key) {
  listed_pending_.emplace(record_key);
}

void StateChanges::accept() {
  for (auto& [key, value] : pending_)
    accepted_.insert_or_assign(key, std::move(value));
  pending_.clear();
  listed_.merge(listed_pending_);
  listed_pending_.clear();
}

void StateChanges::discard() {
  pending_.clear();
  listed_pending_.clear();
}

std::vector<StateWrite> StateChanges::writes() const {
  std::vector<StateWrite> writes;
  writes.reserve(accepted_.size());
  for (const auto& [key, value] : accepted_) {
    const auto before = digests_before_.find(key);
    writes.push_back({key, crypto::sha256(key), value});
    if (before != digests_before_.end()) writes.back().before = before->second;
  }
  std::sort(writes.begin(), writes.end(), [](const StateWrite& one, const StateWrite& other) {
    return one.key_digest < other.key_digest;
  });
  return writes;
}

std::vector<std::string> StateChanges::listed() const {
  return {listed_.begin(), listed_.end()};
}

}  // namespace troupe::ledger

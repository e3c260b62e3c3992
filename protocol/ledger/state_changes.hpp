#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/state_reader.hpp"

namespace troupe::ledger {

/// Orders byte strings as text is ordered, and finds them by views.
struct BytesLess {
  using is_transparent = void;

  bool operator()(ByteView left, ByteView right) const { return as_text(left) < as_text(right); }
};

/// One changed value of the state. Storage keeps key and value, the tree their digests.
struct StateWrite {
  Bytes key;
  crypto::Digest key_digest;
  std::optional<Bytes> value;  ///< nothing: the key is removed
  /// Digest of the value before the block, if somebody asked for it and there was one.
  std::optional<crypto::Digest> before = std::nullopt;

  friend bool operator==(const StateWrite&, const StateWrite&) = default;
};

/// The state as it looks in the middle of a block: what the block changed so far, over the state
/// before it. Changes of the transaction being executed are kept apart until it succeeds.
class StateChanges {
 public:
  /// `before` must outlive this.
  explicit StateChanges(const StateReader& before) : before_(&before) {}

  /// The value under a state key as this transaction sees it. Error: Unreadable.
  [[nodiscard]] Result<std::optional<Bytes>, StateError> value(ByteView key) const;

  /// From now on only keys with this prefix may be changed: a module writes under its own name.
  void confine_to(std::string prefix) { prefix_ = std::move(prefix); }

  /// Requires a key of 1 to kStateKeyBytesMax bytes within the prefix, and a value of 1 to
  /// kStateValueBytesMax bytes.
  void put(ByteView key, Bytes value);

  void remove(ByteView key);

  /// Has a record listed by prefix from now on, with the block's height as its last change.
  void list(std::string_view record_key);

  /// The transaction succeeded: what it changed counts from now on.
  void accept();

  /// The transaction failed: it changed nothing.
  void discard();

  /// All accepted changes, ascending by key digest, one per key.
  [[nodiscard]] std::vector<StateWrite> writes() const;

  /// All record keys listed by accepted transactions, ascending.
  [[nodiscard]] std::vector<std::string> listed() const;

 private:
  using Layer = std::map<Bytes, std::optional<Bytes>, BytesLess>;

  void change(ByteView key, std::optional<Bytes> value);

  const StateReader* before_;
  mutable std::map<Bytes, crypto::Digest, BytesLess> digests_before_;  // of what was read
  std::string prefix_;
  Layer accepted_;
  Layer pending_;
  std::set<std::string> listed_;
  std::set<std::string> listed_pending_;
};

}  // namespace troupe::ledger

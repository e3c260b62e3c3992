#pragma once

#include <optional>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"

namespace troupe::storage {

/// Changes that take effect together or not at all, in order: the last one for a key wins.
class WriteSet {
 public:
  struct Change {
    Bytes key;
    std::optional<Bytes> value;  ///< nothing: the key is removed
  };

  WriteSet& put(Bytes key, Bytes value);
  WriteSet& remove(Bytes key);

  /// Says that this set completes the block of that height: the database's high-water mark then
  /// moves with it. Heights only grow.
  WriteSet& completes(Height height);

  [[nodiscard]] const std::vector<Change>& changes() const { return changes_; }

  [[nodiscard]] std::optional<Height> completed() const { return completed_; }

  [[nodiscard]] bool empty() const { return changes_.empty(); }

  /// Bytes of keys and values together.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::vector<Change> changes_;
  std::optional<Height> completed_;
  std::size_t size_ = 0;
};

}  // namespace troupe::storage

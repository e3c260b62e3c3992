#include "storage/write_set.hpp"

#include <utility>

#include "protocol/base/invariant.hpp"

namespace troupe::storage {

WriteSet& WriteSet::put(Bytes key, Bytes value) {
  size_ += key.size() + value.size();
  changes_.push_back({std::move(key), std::move(value)});
  return *this;
}

WriteSet& WriteSet::remove(Bytes key) {
  size_ += key.size();
  changes_.push_back({std::move(key), std::nullopt});
  return *this;
}

WriteSet& WriteSet::completes(Height height) {
  INVARIANT(!completed_ || *completed_ <= height);
  completed_ = height;
  return *this;
}

}  // namespace troupe::storage

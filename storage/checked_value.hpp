#pragma once

#include <optional>

#include "protocol/base/bytes.hpp"

// stored value := crc: u32le  value        crc = CRC-32C of key || value
namespace troupe::storage {

[[nodiscard]] Bytes make_checked(ByteView key, ByteView value);

/// The value within `stored`. Nothing if it is not what was written under this key.
[[nodiscard]] std::optional<ByteView> read_checked(ByteView key, ByteView stored);

}  // namespace troupe::storage

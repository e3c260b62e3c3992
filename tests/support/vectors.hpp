#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "protocol/base/bytes.hpp"

namespace troupe::support {

/// The vectors of tests/vectors/<name>, for example load_vectors("varint.json"). Throws, and so
/// fails the test case, if there is no such file or it is not JSON.
[[nodiscard]] nlohmann::json load_vectors(std::string_view name);

/// The bytes of a hexadecimal literal; spaces are skipped. Throws on anything else.
[[nodiscard]] Bytes hex(std::string_view text);

}  // namespace troupe::support

#include "tests/support/vectors.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace troupe::support {

nlohmann::json load_vectors(std::string_view name) {
  const std::string path = std::string(TROUPE_VECTORS) + "/" + std::string(name);
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no test vectors at " + path);
  return nlohmann::json::parse(file);
}

Bytes hex(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ' ');
  const auto bytes = from_hex(digits);
  if (!bytes) throw std::runtime_error("not hexadecimal: " + digits);
  return *bytes;
}

}  // namespace troupe::support

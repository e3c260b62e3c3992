#include "tools/simulator/files.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "tools/scenario/file.hpp"

namespace troupe::simulator {

std::optional<scenario::Scenario> read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "error: {} cannot be read\n  hint: is the path right?\n", path);
    return std::nullopt;
  }
  std::stringstream text;
  text << file.rdbuf();
  const auto read = scenario::read_scenario(text.str());
  if (read) return *read;
  for (const auto& problem : read.error())
    fmt::print(stderr, "{}\n", scenario::located(path, problem));
  return std::nullopt;
}

}  // namespace troupe::simulator

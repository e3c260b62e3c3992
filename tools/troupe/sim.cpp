#include "tools/troupe/sim.hpp"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <unistd.h>

namespace troupe::tools {

Answer<Report> run_sim(const Context& context, const std::vector<std::string>& words) {
  const std::string program = (context.program.parent_path() / "troupe-sim").string();
  std::vector<std::string> all{program};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(program.c_str(), arguments.data());
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread runs yet
  const std::string reason = std::strerror(errno);
  return refuse({ExitCode::Unreachable,
                 "no-simulator",
                 fmt::format("{} cannot be started: {}", program, reason),
                 "build it: cmake --build build/release --target troupe-sim"});
}

}  // namespace troupe::tools

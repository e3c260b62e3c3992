#include "tests/architecture/rules.hpp"

// The lists are sorted by path, and every entry says why; an entry without its file fails.
namespace troupe::architecture {

const std::vector<Exemption>& edge_files() {
  static const std::vector<Exemption> files{
      {"actors/local_link.cpp", "waits on a unix socket with a deadline, outside any actor"},
      {"actors/randomness.cpp", "the one source of fresh randomness; handed to actors at spawn"},
      {"actors/socket.cpp", "connects with a deadline, in a thread of its own"},
      {"storage/posix_environment.cpp", "the real clock and pause, behind the Environment"},
      {"tools/bench/", "a program that measures from outside"},
      {"tools/ledger_bench/", "a program that measures from outside"},
      {"tools/simulator/main.cpp", "measures simulations from outside"},
      {"tools/simulator/planted/main.cpp", "measures shrinking from outside"},
      {"tools/troupe/", "the program: it hands clock, randomness and environment inwards"}};
  return files;
}

const std::vector<Exemption>& files_without_mirror() {
  static const std::vector<Exemption> files{};
  return files;
}

}  // namespace troupe::architecture

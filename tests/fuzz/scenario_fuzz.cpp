#include <string>

#include "tests/fuzz/properties.hpp"
#include "tests/fuzz/targets.hpp"
#include "tools/scenario/file.hpp"

// The input is a scenario file. What is read at all is written and read as the same; what is not
// has at least one problem, each at a place of the file.
namespace troupe::fuzz {

namespace {

Bytes bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

}  // namespace

void fuzz_scenario(ByteView input) {
  const std::string text(as_text(input));
  const auto scenario = scenario::read_scenario(text);
  if (!scenario.ok()) {
    INVARIANT(!scenario.error().empty());
    for (const scenario::Problem& problem : scenario.error()) {
      INVARIANT(!problem.message.empty());
      INVARIANT(problem.line <= text.size() + 1);
    }
    return;
  }
  const auto again = scenario::read_scenario(scenario::write_scenario(*scenario));
  INVARIANT(again.ok());
  INVARIANT(*again == *scenario);
}

std::vector<Bytes> scenario_seeds() {
  return {
      bytes_of("schema = 1\nname = \"a\"\nengine = [\"sim\"]\nseeds = \"1..9\"\n"
               "network = { validators = 7, link = { delay = \"1.5s\", loss = \"5%\" } }\n"
               "load = { kind = \"put\", rate = \"2x capacity\" }\n"),
      bytes_of("schema = 1\nname = \"b\"\nengine = [\"proc\"]\n[[fault]]\nid = \"k\"\n"
               "kind = \"crash\"\non = \"any(f)\"\nat = { event = \"vote.sent\", nth = \"1..4\" }\n"
               "disk = { torn = true }\n[[expect]]\ncheck = \"finalizes\"\nafter = \"k.last\"\n"
               "within = { views = \"f+2\" }\n"),
      bytes_of("schema = 1\nname = \"c\"\nengine = [\"sim\"]\n[[byzantine]]\non = \"not n1,n2\"\n"
               "strategy = \"twin\"\nmasks = \"random(rounds=2)\"\n[[byzantine.rule]]\n"
               "when = { send = \"vote\" }\ndo = { action = \"drop\", to = [\"n2\"] }\n"
               "[swarm]\nkinds = [\"delay\"]\nbudget = { down = \"f\" }\n")};
}

}  // namespace troupe::fuzz

#include "tools/scenario/references.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "protocol/base/limits.hpp"
#include "tools/scenario/text.hpp"
#include "tools/suggest.hpp"

namespace troupe::scenario {

namespace {

class FileCheck {
 public:
  FileCheck(const Scenario& scenario, const References& references, Problems& problems)
      : scenario_(scenario), references_(references), problems_(problems) {}

  void run() {
    check_head();
    check_network();
    check_nodes();
    check_ids();
    check_faults();
  }

 private:
  void report(Place place, std::string message, std::string suggestion = "") {
    problems_.push_back({place.line, place.column, std::move(message), std::move(suggestion)});
  }

  void check_head() {
    if (scenario_.schema != 1)
      report({}, fmt::format("schema {} is not known", scenario_.schema), "this program reads 1");
    const bool is_kebab = std::ranges::all_of(scenario_.name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    // What is missing was said already.
    const bool is_whole = problems_.empty();
    const bool has_name = !scenario_.name.empty() || !is_whole;
    if (!has_name || scenario_.name.size() > 80 || !is_kebab)
      report({}, fmt::format("'{}' is no name", scenario_.name), "small letters, digits and -");
    if (scenario_.engines.empty() && is_whole)
      report({}, "no engine", "write engine = [\"sim\", \"proc\"]");
    const bool has_processes =
        std::ranges::find(scenario_.engines, Engine::Proc) != scenario_.engines.end();
    if (scenario_.storms < 1 || scenario_.storms > 100)
      report({}, fmt::format("{} storms are not 1 to 100", scenario_.storms));
    if (scenario_.storms > 1 && has_processes)
      report({}, "only the simulator has several storms", "write engine = [\"sim\"]");
  }

  void check_network() {
    const Network& network = scenario_.network;
    const bool fits = network.validators >= 1 && network.validators <= kValidatorsMax &&
                      network.observers <= kValidatorsMax;
    if (!fits)
      report(
          {},
          fmt::format("a network has 1 to {} validators, and as many observers", kValidatorsMax));
  }

  void check_nodes() {
    const std::uint32_t size = scenario_.network.validators + scenario_.network.observers;
    for (const auto& [name, place] : references_.nodes) {
      if (!is_node_name(name)) continue;
      if (std::stoul(name.substr(1)) > size)
        report(
            place, fmt::format("there is no node {}", name), fmt::format("the last is n{}", size));
    }
    for (const auto& [count, place] : references_.counts) {
      const std::uint32_t wanted = count.of(scenario_.network.validators);
      if (wanted > size)
        report(place, fmt::format("any({}) is more than the {} nodes", format(count), size));
    }
  }

  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const Fault& fault : scenario_.faults)
      ids.push_back(fault.id);
    return ids;
  }

  void check_ids() {
    const auto known = ids();
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < known.size(); ++i) {
      const auto [earlier, is_new] = first.emplace(known[i], i);
      if (!is_new)
        report(references_.declared[i].place,
               fmt::format("a second fault is called '{}'", known[i]));
    }
    for (const auto& [id, place] : references_.faults) {
      if (std::ranges::find(known, id) != known.end()) continue;
      const auto meant = tools::nearest(id, known);
      report(place,
             fmt::format("there is no fault '{}'", id),
             meant ? fmt::format("did you mean '{}'?", *meant)
                   : fmt::format("the faults are: {}", fmt::join(known, ", ")));
    }
  }

  void check_faults() {
    for (std::size_t i = 0; i < scenario_.faults.size(); ++i) {
      const Fault& fault = scenario_.faults[i];
      const Place place = references_.declared[i].place;
      const auto& after = fault.at.after;
      if (after && after->id == fault.id) report(place, "a fault cannot wait for its own end");
      if (fault.repeat == 0u) report(place, "'repeat' must be at least 1");
      const auto* partition = std::get_if<Partition>(&fault.kind);
      if (partition != nullptr && partition->sides.size() == 1)
        report(place, "a partition has at least two sides");
      if (fault.gap && !std::holds_alternative<selector::Each>(fault.on))
        report(place, "'gap' needs on = \"each\"");
    }
  }

  const Scenario& scenario_;
  const References& references_;
  Problems& problems_;
};

}  // namespace

void name_faults(Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
    if (scenario.faults[i].id.empty()) scenario.faults[i].id = fmt::format("f{}", i + 1);
  }
}

void check_references(const Scenario& scenario, const References& references, Problems& problems) {
  FileCheck(scenario, references, problems).run();
}

}  // namespace troupe::scenario

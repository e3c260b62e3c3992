#include "tools/simulator/overload.hpp"

#include <set>
#include <string>

#include <boost/test/unit_test.hpp>

#include "tools/scenario/words.hpp"
#include "tools/simulator/fault_means.hpp"

namespace troupe::simulator {

namespace {

scenario::Scenario bare() {
  scenario::Scenario scenario;
  scenario.duration = std::chrono::seconds(5);
  return scenario;
}

std::set<std::string> drawn_over(const scenario::Scenario& base,
                                 std::optional<std::uint64_t> broken) {
  std::set<std::string> kinds;
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    scenario::Scenario scenario = base;
    draw_overload(scenario, seed, broken);
    BOOST_REQUIRE(!missing_means(scenario).has_value());
    if (scenario.faults.size() > base.faults.size())
      kinds.insert(std::string(scenario::name_of(scenario.faults.back().kind)));
  }
  return kinds;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(overload_test)

BOOST_AUTO_TEST_CASE(every_kind_is_drawn_where_nothing_stands_against_it) {
  BOOST_TEST((drawn_over(bare(), 1) == std::set<std::string>{"churn",
                                                             "compaction_stall",
                                                             "flood",
                                                             "future_votes",
                                                             "garbage",
                                                             "hostile_file",
                                                             "starve"}));
}

BOOST_AUTO_TEST_CASE(no_stranger_connects_where_single_messages_are_taken_hold_of) {
  auto scenario = bare();
  scenario::Fault filter;
  filter.id = "f1";
  filter.kind = scenario::Filter{};
  scenario.faults.push_back(filter);

  const auto kinds = drawn_over(scenario, 1);

  BOOST_TEST(!kinds.contains("churn"));
  BOOST_TEST(kinds.contains("future_votes"));
}

BOOST_AUTO_TEST_CASE(nobody_lies_where_no_node_is_given_up_already) {
  const auto kinds = drawn_over(bare(), std::nullopt);

  BOOST_TEST(!kinds.contains("future_votes"));
  BOOST_TEST(kinds.contains("churn"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

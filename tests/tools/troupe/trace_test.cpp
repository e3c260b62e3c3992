#include "tools/troupe/trace.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

actors::ConsoleEvent said(std::uint64_t at_us, const std::string& from, const std::string& to) {
  actors::ConsoleEvent event;
  event.at_us = at_us;
  event.kind = "message";
  event.from = from;
  event.to = to;
  event.message = "sign";
  event.handling_us = 10;
  return event;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_test)

BOOST_AUTO_TEST_CASE(a_story_names_each_step_once_in_the_order_in_which_it_was_first_taken) {
  const auto steps = steps_of({said(120, "mempool", "signer"),
                               said(100, "validator", "signer"),
                               said(140, "validator", "signer")});

  BOOST_TEST_REQUIRE(steps.size() == 2u);
  BOOST_TEST(steps[0].from == "validator");
  BOOST_TEST(steps[0].first_us == 0u);
  BOOST_TEST(steps[0].count == 2u);
  BOOST_TEST(steps[0].handling_us == 20u);
  BOOST_TEST(steps[1].from == "mempool");
  BOOST_TEST(steps[1].first_us == 20u);
}

BOOST_AUTO_TEST_CASE(a_traced_verb_that_fails_makes_the_trace_fail_with_its_exit_code) {
  Stage stage(Format::JsonObject);
  stage.ledger.events = {{{said(1, "swarm", "validator")}, 0}};
  auto context = stage.context();
  context.program = "/bin/false";

  const auto report = run_trace(context, {"record", "get", "k"});

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("exit") == 1);
  BOOST_TEST(report->fields.at("steps").size() == 1u);
  BOOST_TEST_REQUIRE(report->problem.has_value());
  BOOST_CHECK(report->problem->exit == ExitCode::No);
}

BOOST_AUTO_TEST_CASE(nothing_cannot_be_traced) {
  Stage stage;
  auto context = stage.context();

  BOOST_CHECK(run_trace(context, {}).error().exit == ExitCode::Usage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

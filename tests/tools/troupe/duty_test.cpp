#include "tools/troupe/duty.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(duty_test)

BOOST_AUTO_TEST_CASE(a_node_is_paused_and_resumed_and_asking_twice_is_no_news) {
  Stage stage;
  auto context = stage.context();

  const auto first = run_duty(context, true);
  const auto second = run_duty(context, true);
  const auto resumed = run_duty(context, false);

  BOOST_TEST_REQUIRE((first.ok() && second.ok() && resumed.ok()));
  BOOST_TEST(first->fields.at("news") == true);
  BOOST_TEST(second->fields.at("news") == false);
  BOOST_TEST(resumed->fields.at("paused") == false);
  BOOST_TEST(stage.ledger.told.back().first == "resume");
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_run_cannot_be_paused) {
  Stage stage;
  auto context = stage.context();
  context.globals.node = "n2";

  BOOST_CHECK(run_duty(context, true).error().exit == ExitCode::Unreachable);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

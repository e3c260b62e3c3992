#include "tools/troupe/sim.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(sim_test)

BOOST_AUTO_TEST_CASE(a_missing_simulator_is_named_with_what_to_type) {
  Stage stage;
  Context context = stage.context();
  context.program = stage.folder.path() / "troupe";

  const auto answer = run_sim(context, {"swarm"});

  BOOST_REQUIRE(!answer.ok());
  BOOST_CHECK(answer.error().exit == ExitCode::Unreachable);
  BOOST_CHECK_EQUAL(answer.error().code, "no-simulator");
  BOOST_CHECK(answer.error().message.find("troupe-sim") != std::string::npos);
  BOOST_CHECK(answer.error().hint.find("troupe-sim") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

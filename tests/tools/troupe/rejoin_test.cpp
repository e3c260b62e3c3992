#include "tools/troupe/rejoin.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"
#include "tools/troupe/submit.hpp"

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(rejoin_test)

BOOST_AUTO_TEST_CASE(why_a_node_has_nothing_to_rejoin_is_the_nodes_own_reason) {
  Stage stage;
  stage.ledger.rejoin.reason = {"votes", "nothing keeps it from voting", "look at its status"};
  auto context = stage.context();

  const auto report = run_net_rejoin(context, "n1");

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_CHECK(report.error().exit == ExitCode::Refused);
  BOOST_TEST(report.error().code == "votes");
  BOOST_TEST(report.error().message.starts_with("n1: "));
}

BOOST_AUTO_TEST_CASE(a_rejoin_goes_to_another_node_and_never_to_the_one_that_asks) {
  Stage stage;
  stage.ledger.rejoin.transaction = {1, 2, 3};
  auto context = stage.context();

  const auto report = run_net_rejoin(context, "n1");  // the only one that runs

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_TEST(report.error().code == "no-other-node");
  BOOST_TEST(stage.ledger.largest_request == 0u);
}

BOOST_AUTO_TEST_CASE(a_rejoin_that_is_final_is_told_with_its_height) {
  Stage stage;
  const LockHolder second(stage.net.nodes.at(1).folder);
  const auto account = load_author(stage.context(), stage.net, "alice");
  BOOST_TEST_REQUIRE(account.ok());
  // The ledger of the tests asks of a transaction only that its signature is good.
  const auto transaction = make_transaction(*account, {ledger::Note{}}, 1);
  stage.ledger.rejoin.transaction = to_bytes(transaction.encoded());
  auto context = stage.context();

  const auto report = run_net_rejoin(context, "n1");

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("node") == "n1");
  BOOST_TEST(report->fields.at("height") == 11);
  BOOST_TEST(stage.ledger.transactions.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_there_cannot_rejoin) {
  Stage stage;
  auto context = stage.context();

  BOOST_CHECK(run_net_rejoin(context, "n9").error().exit == ExitCode::NotFound);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

#include "tools/troupe/chain.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"
#include "tools/troupe/record.hpp"

namespace troupe::tools {

namespace {

std::string noted(Context& context) {
  const auto note = run_note(context, {"hello", "alice"});
  BOOST_TEST_REQUIRE(note.ok());
  return note->fields.at("id");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chain_test)

BOOST_AUTO_TEST_CASE(a_transaction_is_shown_with_its_operations) {
  Stage stage;
  auto context = stage.context();

  const auto shown = run_tx_show(context, noted(context));

  BOOST_TEST_REQUIRE(shown.ok());
  BOOST_TEST(shown->fields.at("state") == "final");
  BOOST_TEST(shown->fields.at("account") == "alice");
  BOOST_TEST(shown->fields.at("operations")[0].at("content") == "hello");
}

BOOST_AUTO_TEST_CASE(waiting_for_a_final_transaction_is_done_at_once) {
  Stage stage;
  auto context = stage.context();

  BOOST_TEST(run_tx_wait(context, noted(context)).ok());
}

BOOST_AUTO_TEST_CASE(a_transaction_that_nobody_knows_is_not_found) {
  Stage stage;
  auto context = stage.context();
  const std::string id(64, '0');

  BOOST_TEST((run_tx_show(context, id).error().exit == ExitCode::NotFound));
  BOOST_TEST((run_tx_wait(context, id).error().exit == ExitCode::NotFound));
  BOOST_TEST((run_tx_wait(context, "xyz").error().exit == ExitCode::Usage));
}

BOOST_AUTO_TEST_CASE(a_block_is_shown_by_height_or_as_the_latest) {
  Stage stage;
  auto context = stage.context();

  BOOST_TEST(run_block_show(context, "7")->fields.at("height") == 7);
  BOOST_TEST(run_block_show(context, "latest")->fields.at("height") == 10);
  BOOST_TEST((run_block_show(context, "11").error().exit == ExitCode::NotFound));
  BOOST_TEST((run_block_show(context, "-1").error().exit == ExitCode::Usage));
  BOOST_TEST((run_block_show(context, "7x").error().exit == ExitCode::Usage));
}

BOOST_AUTO_TEST_CASE(a_tail_with_an_end_is_one_object) {
  Stage stage(Format::JsonObject);
  auto context = stage.context();

  const auto tail = run_block_tail(context, {3, 5});

  BOOST_TEST_REQUIRE(tail.ok());
  BOOST_TEST(tail->fields.at("blocks").size() == 5u);
  BOOST_TEST(tail->fields.at("blocks")[0].at("height") == 3);
}

BOOST_AUTO_TEST_CASE(a_tail_without_end_is_no_object) {
  Stage stage(Format::JsonObject);
  auto context = stage.context();

  BOOST_TEST(run_block_tail(context, {}).error().code == "endless");
}

BOOST_AUTO_TEST_CASE(what_a_peer_calls_itself_cannot_steer_the_terminal) {
  Stage stage;
  auto context = stage.context();

  const auto peers = run_peers(context);

  BOOST_TEST_REQUIRE(peers.ok());
  BOOST_TEST(std::get<Table>(peers->parts.front()).rows[0][6] == "troupe\\x1b[31m");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

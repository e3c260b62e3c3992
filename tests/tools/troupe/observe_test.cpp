#include "tools/troupe/observe.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

actors::ActorReport actor(const std::string& name, std::uint64_t queue, std::uint64_t busy_us) {
  actors::ActorReport report;
  report.name = name;
  report.queue = queue;
  report.busy_us = busy_us;
  return report;
}

actors::ConsoleEvent message(const std::string& to) {
  actors::ConsoleEvent event;
  event.at_us = 1'500'000;
  event.kind = "message";
  event.from = "swarm";
  event.to = to;
  event.message = "deliver";
  event.bytes = 120;
  event.handling_us = 42;
  return event;
}

std::vector<std::string> names_of(const Report& report, const std::string& rows) {
  std::vector<std::string> names;
  for (const auto& row : report.fields.at(rows))
    names.push_back(row.at("actor"));
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(observe_test)

BOOST_AUTO_TEST_CASE(actors_are_sorted_by_what_was_asked_for) {
  Stage stage;
  stage.ledger.actors.actors = {
      actor("signer", 0, 9), actor("mempool", 5, 1), actor("admin", 1, 2)};
  auto context = stage.context();
  using Names = std::vector<std::string>;
  const auto order = [&](const std::string& by) {
    const auto report = run_actors(context, {by, "10ms"});
    BOOST_TEST_REQUIRE(report.ok());
    return names_of(*report, "actors");
  };

  BOOST_TEST(order("name") == (Names{"admin", "mempool", "signer"}),
             boost::test_tools::per_element());
  BOOST_TEST(order("mailbox") == (Names{"mempool", "admin", "signer"}),
             boost::test_tools::per_element());
  BOOST_TEST(order("time") == (Names{"signer", "admin", "mempool"}),
             boost::test_tools::per_element());
  BOOST_CHECK(run_actors(context, {"name", "long"}).error().exit == ExitCode::Usage);
}

BOOST_AUTO_TEST_CASE(votes_name_who_is_missing) {
  Stage stage;
  auto& votes = stage.ledger.votes;
  votes.view = 9;
  votes.leader = "n2";
  votes.known = true;
  votes.votes.resize(2);
  votes.votes[0].validator = "n1";
  votes.votes[1].validator = "n2";
  votes.votes[1].proposed = votes.votes[1].notarize = true;
  auto context = stage.context();

  const auto report = run_votes(context, 0);

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(report->fields.at("votes")[0].at("notarize") == false);
  BOOST_TEST(report->fields.at("votes")[1].at("notarize") == true);
  BOOST_TEST(std::get<Remark>(report->parts[1]).text == "view 9 of leader n2: open, missing n1");
}

BOOST_AUTO_TEST_CASE(of_a_final_view_votes_say_that_it_is_final) {
  Stage stage;
  stage.ledger.votes.final_view = 9;
  auto context = stage.context();

  const auto report = run_votes(context, 4);

  BOOST_TEST_REQUIRE(report.ok());
  BOOST_TEST(std::get<Remark>(report->parts[1]).text.find("view 4 is final") == 0u);
}

BOOST_AUTO_TEST_CASE(lanes_say_how_they_are) {
  Stage stage;
  stage.ledger.lanes.lanes = {
      {"n1", 1, 2, 1, false, false}, {"n2", 0, 4, 3, true, false}, {"n3", 0, 0, 0, true, true}};
  auto context = stage.context();

  const auto report = run_lanes(context);

  BOOST_TEST_REQUIRE(report.ok());
  const auto& lanes = report->fields.at("lanes");
  BOOST_TEST(lanes[0].at("state") == "fine");
  BOOST_TEST(lanes[1].at("state") == "slow");
  BOOST_TEST(lanes[2].at("state") == "forked");
}

BOOST_AUTO_TEST_CASE(evidence_and_live_configuration_are_the_nodes_own_words) {
  Stage stage;
  stage.ledger.evidence.sentences = {"n3 voted twice"};
  stage.ledger.configuration.settings = {{"listen", "/ip4/127.0.0.1/tcp/1", "--set"}};
  auto context = stage.context();

  const auto evidence = run_evidence(context);
  const auto live = run_config_live(context, true);

  BOOST_TEST_REQUIRE(evidence.ok());
  BOOST_TEST(evidence->fields.at("evidence")[0] == "n3 voted twice");
  BOOST_TEST_REQUIRE(live.ok());
  BOOST_TEST(live->fields.at("settings")[0].at("origin") == "--set");
}

BOOST_AUTO_TEST_CASE(a_filter_names_an_actor_a_kind_or_both) {
  BOOST_TEST(parse_filter("signer")->actor == "signer");
  BOOST_TEST(parse_filter("signer")->message.empty());
  BOOST_TEST(parse_filter("signer:sign")->message == "sign");
  BOOST_TEST(parse_filter(":sign")->actor.empty());
  BOOST_TEST(parse_filter("")->actor.empty());
  BOOST_CHECK(parse_filter("a:b:c").error().exit == ExitCode::Usage);
  BOOST_CHECK(parse_filter(":").error().exit == ExitCode::Usage);
}

BOOST_AUTO_TEST_CASE(a_tap_ends_after_as_many_events_as_were_wanted) {
  Stage stage(Format::JsonObject);
  stage.ledger.events = {{{message("validator"), message("mempool")}, 0}, {{message("signer")}, 7}};
  auto context = stage.context();

  const auto two = run_tap(context, {"", 2, false, false});
  const auto three = run_tap(context, {"", 3, false, false});

  BOOST_TEST_REQUIRE(two.ok());
  BOOST_TEST(two->fields.at("events").size() == 2u);
  BOOST_TEST(two->fields.at("dropped") == 0u);
  BOOST_TEST_REQUIRE(three.ok());
  BOOST_TEST(three->fields.at("events")[2].at("to") == "signer");
  BOOST_TEST(three->fields.at("dropped") == 7u);
}

BOOST_AUTO_TEST_CASE(a_tap_of_custody_says_what_was_found_and_what_became_of_it) {
  Stage stage(Format::JsonObject);
  actors::ConsoleEvent found;
  found.kind = "custody";
  found.message = "altered";
  found.level = "error";
  found.height = 2;
  found.text = "ALTERED DATA: height 2";
  stage.ledger.events = {{{found}, 0}};
  auto context = stage.context();
  TapOptions options;
  options.count = 1;
  options.custody = true;

  const auto report = run_tap(context, options);

  BOOST_TEST_REQUIRE(report.ok());
  const Json event = report->fields.at("events")[0];
  BOOST_TEST(event.at("what") == "altered");
  BOOST_TEST(event.at("height") == 2u);
  BOOST_TEST(event.at("entries") == 0u);
  BOOST_TEST(event.at("text") == "ALTERED DATA: height 2");
}

BOOST_AUTO_TEST_CASE(a_tap_whose_node_goes_away_ends_with_that) {
  Stage stage(Format::JsonObject);
  auto context = stage.context();

  const auto report = run_tap(context, {"", 1, false, false});

  BOOST_TEST_REQUIRE(!report.ok());
  BOOST_CHECK(report.error().exit == ExitCode::Unreachable);
}

BOOST_AUTO_TEST_CASE(an_endless_tap_is_no_json_object) {
  Stage stage(Format::JsonObject);
  auto context = stage.context();

  BOOST_CHECK(run_tap(context, {}).error().code == "endless");
}

BOOST_AUTO_TEST_CASE(an_event_is_one_line_for_people_whatever_it_holds) {
  actors::ConsoleEvent log;
  log.kind = "log";
  log.level = "warn";
  log.to = "signer";
  log.text = "two\nlines";

  BOOST_TEST(line_of(message("validator")) == "1.500  swarm > validator  deliver  120 B  42 us");
  actors::ConsoleEvent custody;
  custody.kind = "custody";
  custody.message = "altered";
  custody.text = "ALTERED DATA: height 2: the state value";

  BOOST_TEST(line_of(custody) == "0.000  ALTERED DATA: height 2: the state value");
  BOOST_TEST(line_of(log) == "0.000  warn  signer: two\\nlines");
}

BOOST_AUTO_TEST_CASE(a_log_level_is_asked_of_the_node_for_a_time) {
  Stage stage;
  auto context = stage.context();

  BOOST_TEST(run_log(context, {"validator=debug", "2s"}).ok());

  BOOST_TEST_REQUIRE(stage.ledger.log_requests.size() == 1u);
  BOOST_TEST(stage.ledger.log_requests[0].actor == "validator");
  BOOST_TEST(stage.ledger.log_requests[0].level == "debug");
  BOOST_TEST(stage.ledger.log_requests[0].for_ms == 2'000u);
  BOOST_CHECK(run_log(context, {"validator", "2s"}).error().exit == ExitCode::Usage);
  BOOST_CHECK(run_log(context, {"validator=debug", "soon"}).error().exit == ExitCode::Usage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

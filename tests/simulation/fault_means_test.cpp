#include "tools/simulator/fault_means.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::simulator {

namespace {

scenario::Fault fault_of(scenario::FaultKind kind) {
  scenario::Fault fault;
  fault.id = "x";
  fault.kind = std::move(kind);
  return fault;
}

std::string missing_with(scenario::Check check) {
  scenario::Scenario scenario;
  scenario.expectations.push_back(std::move(check));
  return missing_means(scenario).value_or("");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fault_means_test)

BOOST_AUTO_TEST_CASE(what_every_run_is_judged_by_may_be_expected) {
  BOOST_TEST(missing_with(scenario::Finalizes{}).empty());
  BOOST_TEST(missing_with(scenario::Converges{}).empty());
  BOOST_TEST(missing_with(scenario::AckedDurable{}).empty());
  BOOST_TEST(missing_with(scenario::ReachesHeight{}).empty());
  BOOST_TEST(missing_with(scenario::StaysUp{}).empty());
}

BOOST_AUTO_TEST_CASE(an_upgrade_needs_a_network_of_two_versions) {
  scenario::Scenario scenario;
  scenario.faults.push_back(fault_of(scenario::Upgrade{}));
  BOOST_TEST(missing_means(scenario).has_value());

  scenario.network.versions = scenario::Versions{};

  BOOST_TEST(!missing_means(scenario).has_value());
}

BOOST_AUTO_TEST_CASE(versions_that_refuse_each_other_need_whole_messages) {
  scenario::Scenario scenario;
  scenario.network.versions = scenario::Versions{};
  BOOST_TEST(!needs_messages(scenario));

  scenario.network.versions->talk = false;

  BOOST_TEST(needs_messages(scenario));
}

BOOST_AUTO_TEST_CASE(faults_that_a_file_leaves_to_chance_are_not_passed_over) {
  scenario::Scenario scenario;
  scenario.swarm = scenario::Swarm{};

  BOOST_TEST(missing_means(scenario).has_value());
}

BOOST_AUTO_TEST_CASE(what_a_fault_does_while_it_lasts_may_be_expected) {
  BOOST_TEST(missing_with(scenario::Halts{"x"}).empty());
  BOOST_TEST(missing_with(scenario::KeepsFinalizing{"x"}).empty());
  BOOST_TEST(missing_with(scenario::Observes{}).empty());
  BOOST_TEST(missing_with(scenario::ViewRateAfterHeal{60}).empty());
}

BOOST_AUTO_TEST_CASE(an_expectation_that_nobody_judges_is_named) {
  scenario::Bounded of_the_process;
  of_the_process.rss_max = scenario::Size{1};
  const scenario::AckLatency in_good_phases{{}, {}, scenario::Phase::BudgetOk};
  BOOST_TEST(missing_with(in_good_phases).find("ack_latency") != std::string::npos);
  BOOST_TEST(missing_with(of_the_process).find("bounded") != std::string::npos);
  BOOST_TEST(missing_with(scenario::Exits{{}, scenario::ExitReason::Crash}).find("exit_reason") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_repair_is_judged_after_healing_or_once_a_height_is_reached) {
  scenario::RepairedFromPeers repaired;
  BOOST_TEST(missing_with(repaired).empty());
  repaired.by.height = 400;
  BOOST_TEST(missing_with(repaired).empty());
  repaired.by.view = 9;
  BOOST_TEST(missing_with(repaired).find("repaired_from_peers") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_bound_on_mailboxes_is_judged) {
  scenario::Bounded mailboxes;
  mailboxes.mailbox_max = 4096;

  BOOST_TEST(missing_with(mailboxes).empty());
}

BOOST_AUTO_TEST_CASE(what_is_about_connections_is_played_on_streams_of_bytes) {
  scenario::Scenario scenario;
  BOOST_TEST(!needs_pipes(scenario));
  scenario.faults.push_back(fault_of(scenario::Churn{}));
  BOOST_TEST(needs_pipes(scenario));
  BOOST_TEST(!missing_means(scenario).has_value());

  scenario.faults.push_back(fault_of(scenario::Filter{}));
  BOOST_TEST(needs_messages(scenario));
  BOOST_TEST(missing_means(scenario).value_or("").find("not in one run") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_only_a_member_can_say_is_played_on_whole_messages) {
  scenario::Scenario scenario;
  scenario.faults.push_back(fault_of(scenario::FutureVotes{}));
  scenario.faults.push_back(fault_of(scenario::Garbage{scenario::Garbage::Where::Frame}));

  BOOST_TEST(needs_messages(scenario));
  BOOST_TEST(!needs_pipes(scenario));
}

BOOST_AUTO_TEST_CASE(of_some_kinds_only_a_part_has_means) {
  const auto missing = [](scenario::FaultKind kind) {
    scenario::Scenario scenario;
    scenario.faults.push_back(fault_of(std::move(kind)));
    return missing_means(scenario).has_value();
  };
  BOOST_TEST(!missing(scenario::Garbage{}));
  BOOST_TEST(!missing(scenario::Garbage{scenario::Garbage::Where::Frame}));
  BOOST_TEST(missing(scenario::Garbage{scenario::Garbage::Where::Api}));
  BOOST_TEST(!missing(scenario::Starve{scenario::Starve::What::Descriptors}));
  BOOST_TEST(missing(scenario::Starve{scenario::Starve::What::Memory}));
}

BOOST_AUTO_TEST_CASE(a_fault_without_means_is_named_with_its_id) {
  scenario::Scenario scenario;
  scenario::Fault fault;
  fault.id = "upgrade-1";
  fault.kind = scenario::Upgrade{};
  scenario.faults.push_back(fault);

  const auto missing = missing_means(scenario);

  BOOST_REQUIRE(missing.has_value());
  BOOST_TEST(missing->find("upgrade-1") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

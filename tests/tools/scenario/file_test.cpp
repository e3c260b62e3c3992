#include "tools/scenario/file.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include <boost/test/unit_test.hpp>

#include "tests/support/random.hpp"
#include "tests/tools/scenario/random_scenario.hpp"
#include "tools/scenario/words.hpp"

namespace troupe::scenario {

namespace {

const std::string kHead = "schema = 1\nname = \"x\"\nengine = [\"sim\"]\n";

Scenario read(const std::string& text) {
  const auto scenario = read_scenario(text);
  if (!scenario.ok()) BOOST_FAIL(located("file", scenario.error().front()) << "\n" << text);
  return *scenario;
}

/// Everything that is wrong with a file of a sound head and these lines, which begin at line 4.
std::string wrong(const std::string& lines) {
  const auto scenario = read_scenario(kHead + lines);
  if (scenario.ok()) return "nothing";
  std::string all;
  for (const Problem& problem : scenario.error())
    all += (all.empty() ? "" : "; ") + located("f", problem);
  return all;
}

std::string fault(const std::string& keys) {
  return "fault = [ { " + keys + " } ]";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file)

BOOST_AUTO_TEST_CASE(a_file_of_three_lines_is_a_scenario) {
  const Scenario scenario = read(kHead);

  BOOST_TEST(scenario.name == "x");
  BOOST_TEST(scenario.network.validators == 4u);
  BOOST_TEST((scenario.engines == std::vector<Engine>{Engine::Sim}));
  BOOST_TEST((scenario.seeds == Range{1, 1}));
}

BOOST_AUTO_TEST_CASE(a_fault_keeps_every_key_that_it_was_given) {
  const Scenario scenario =
      read(kHead +
           "[[fault]]\nid = \"k\"\nkind = \"crash\"\non = \"any(f)\"\n"
           "at = { event = \"vote.before_sync\", nth = \"1..40\" }\n"
           "disk = { unsynced = \"lose-all\", torn = true, mode = \"strict-posix\" }\n"
           "restart_after = \"2s\"\nrepeat = 20\n");

  const Fault& crash = scenario.faults.at(0);
  BOOST_TEST(crash.id == "k");
  BOOST_TEST((std::get<Crash>(crash.kind).disk ==
              PowerCut{Unsynced::LoseAll, true, DiskMode::StrictPosix}));
  BOOST_TEST((crash.on == Selector{selector::Any{Count{Count::Base::F, 0}}}));
  BOOST_TEST((crash.at.event == EventAt{Event::VoteBeforeSync, {1, 40}}));
  BOOST_TEST((crash.restart_after == Duration(std::chrono::seconds(2))));
  BOOST_TEST((crash.repeat == 20u));
}

BOOST_AUTO_TEST_CASE(blocks_and_inline_lists_mean_the_same) {
  const Scenario blocks = read(kHead +
                               "[[expect]]\ncheck = \"halts\"\nduring = \"f1\"\n"
                               "[[fault]]\nkind = \"pause\"\n");
  const Scenario lists = read(kHead +
                              "expect = [ { check = \"halts\", during = \"f1\" } ]\n"
                              "fault = [ { kind = \"pause\" } ]\n");

  BOOST_TEST((blocks == lists));
}

BOOST_AUTO_TEST_CASE(faults_without_an_id_are_called_by_their_place) {
  const Scenario scenario =
      read(kHead +
           "fault = [ { kind = \"pause\" }, { kind = \"crash\", id = \"k\" }, "
           "{ kind = \"reset\" } ]");

  BOOST_TEST(scenario.faults[0].id == "f1");
  BOOST_TEST(scenario.faults[1].id == "k");
  BOOST_TEST(scenario.faults[2].id == "f3");
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_an_error_at_its_place_with_the_nearest_known_one) {
  BOOST_TEST(wrong("sedes = 4") == "f:4:1: unknown key 'sedes' (did you mean 'seeds'?)");
  BOOST_TEST(wrong("network = { validator = 4 }") ==
             "f:4:13: unknown key 'validator' (did you mean 'validators'?)");
  BOOST_TEST(wrong("[[fault]]\nkind = \"crash\"\nrestart_aftr = \"1s\"") ==
             "f:6:1: unknown key 'restart_aftr' (did you mean 'restart_after'?)");
}

BOOST_AUTO_TEST_CASE(a_key_of_another_kind_of_fault_is_unknown) {
  BOOST_TEST(wrong(fault("kind = \"pause\", jitter = \"1s\"")).find("unknown key 'jitter'") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_check_event_or_word_is_an_error_with_a_suggestion) {
  BOOST_TEST(wrong(fault("kind = \"crush\"")) ==
             "f:4:20: 'crush' is no kind (did you mean 'crash'?)");
  BOOST_TEST(wrong("expect = [ { check = \"finalises\" } ]") ==
             "f:4:22: 'finalises' is no check (did you mean 'finalizes'?)");
  BOOST_TEST(wrong(fault("kind = \"crash\", at = { event = \"vote.before_sink\" }")) ==
             "f:4:44: 'vote.before_sink' is no event (did you mean 'vote.before_sync'?)");
  BOOST_TEST(wrong("load = { kind = \"transfers\" }") ==
             "f:4:17: 'transfers' is no kind (did you mean 'transfer'?)");
  BOOST_TEST(wrong("[swarm]\nkinds = [\"dely\"]") ==
             "f:5:10: 'dely' is no kind of fault (did you mean 'delay'?)");
}

BOOST_AUTO_TEST_CASE(an_unknown_selector_or_unit_is_an_error_with_a_suggestion) {
  BOOST_TEST(wrong(fault("kind = \"crash\", on = \"leeder\"")) ==
             "f:4:34: on: 'leeder' selects no nodes (did you mean 'leader'?)");
  BOOST_TEST(
      wrong(fault("kind = \"pause\", for = \"5sec\"")) ==
      "f:4:35: for: 'sec' is no unit (write for example '250ms'; the units are h, m, s, ms, us)");
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_an_error_where_its_table_begins) {
  BOOST_TEST(wrong(fault("on = \"n1\"")) == "f:4:11: the key 'kind' is missing");
  BOOST_TEST(read_scenario("schema = 1\n").error().size() == 2u);
}

BOOST_AUTO_TEST_CASE(every_problem_of_a_file_is_reported_in_its_order) {
  const std::string all = wrong("seeds = \"9..1\"\nduration = 3\ncolour = 1\n");

  BOOST_TEST(all ==
             "f:4:9: seeds: '9..1' runs backwards; f:5:12: 'duration' must be a time such as "
             "'250ms'; f:6:1: unknown key 'colour' (one of: schema, name, shows, engine, seeds, "
             "duration, storms, network, load, expect, byzantine, swarm, fault)");
}

BOOST_AUTO_TEST_CASE(what_is_named_must_be_there) {
  BOOST_TEST(wrong(fault("kind = \"pause\", on = \"n5\"")) ==
             "f:4:34: there is no node n5 (the last is n4)");
  BOOST_TEST(wrong(fault("kind = \"pause\", on = [\"n1\", \"n9\"]")) ==
             "f:4:41: there is no node n9 (the last is n4)");
  BOOST_TEST(wrong(fault("kind = \"pause\", on = \"any(f+4)\"")) ==
             "f:4:34: any(f+4) is more than the 4 nodes");
  BOOST_TEST(wrong(fault("kind = \"pause\", id = \"deaf\"") +
                   "\nexpect = [ { check = \"finalizes\", after = \"deff\" } ]") ==
             "f:5:43: there is no fault 'deff' (did you mean 'deaf'?)");
}

BOOST_AUTO_TEST_CASE(two_faults_of_one_name_are_an_error) {
  BOOST_TEST(wrong("fault = [ { kind = \"pause\", id = \"f2\" }, { kind = \"crash\" } ]") ==
             "f:4:42: a second fault is called 'f2'");
}

BOOST_AUTO_TEST_CASE(numbers_and_types_are_held_to_their_bounds) {
  BOOST_TEST(wrong("network = { validators = -1 }") != "nothing");
  BOOST_TEST(wrong("network = { validators = 0 }") != "nothing");
  BOOST_TEST(wrong("network = { validators = 1000 }") != "nothing");
  BOOST_TEST(wrong("network = { validators = 4.5 }") != "nothing");
  BOOST_TEST(wrong("network = 4") != "nothing");
  BOOST_TEST(wrong("load = { kind = \"note\", rate = 0 }") != "nothing");
  BOOST_TEST(wrong("load = { kind = \"note\", rate = inf }") != "nothing");
  BOOST_TEST(wrong("load = { kind = \"note\", hostile = 1.5 }") != "nothing");
  BOOST_TEST(wrong("load = { kind = \"note\", hostile = \"150%\" }") != "nothing");
  BOOST_TEST(wrong(fault("kind = \"crash\", repeat = 0")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"crash\", restart_after = \"-1s\"")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"crash\", on = []")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"crash\", at = {}")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"crash\", at = { nth = 4 }")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"crash\", id = \"a.b\"")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"crash\", gap = \"1s\"")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"file_corrupt\", files = [\"../../etc/passwd\"]")) != "nothing");
  BOOST_TEST(wrong(fault("kind = \"partition\", sides = [[\"n1\"]]")) != "nothing");
  BOOST_TEST(wrong("schema = 1") != "nothing");
}

BOOST_AUTO_TEST_CASE(another_schema_and_a_file_without_end_are_refused) {
  BOOST_TEST(!read_scenario("schema = 2\nname = \"x\"\nengine = [\"sim\"]\n").ok());
  BOOST_TEST(!read_scenario(std::string(kScenarioBytesMax + 1, '#')).ok());
  BOOST_TEST(!read_scenario("").ok());
}

BOOST_AUTO_TEST_CASE(broken_toml_is_located) {
  const auto scenario = read_scenario("schema = 1\nname = = 2\n");

  BOOST_TEST(!scenario.ok());
  BOOST_TEST(scenario.error().front().line == 2u);
}

BOOST_AUTO_TEST_CASE(a_written_scenario_is_read_as_the_same) {
  support::Random random;
  for (int i = 0; i < 2000; ++i) {
    const Scenario scenario = random_scenario(random);

    const std::string text = write_scenario(scenario);

    BOOST_REQUIRE_MESSAGE(read(text) == scenario, text);
  }
}

BOOST_AUTO_TEST_CASE(what_holds_its_default_is_not_written) {
  Scenario scenario = read(kHead);
  Fault& pause = scenario.faults.emplace_back();
  pause.id = "f1";
  pause.kind = Pause{};
  pause.on = selector::Named{{"n2"}};

  BOOST_TEST(write_scenario(scenario) ==
             "schema = 1\nname = \"x\"\nengine = [\"sim\"]\n\n"
             "[[fault]]\nid = \"f1\"\nkind = \"pause\"\non = \"n2\"\n");
}

BOOST_AUTO_TEST_CASE(random_scenarios_have_every_kind_of_fault_and_check) {
  support::Random random;
  std::set<std::string_view> kinds;
  std::set<std::string_view> checks;
  for (int i = 0; i < 2000; ++i) {
    const Scenario scenario = random_scenario(random);
    for (const Fault& one : scenario.faults)
      kinds.insert(name_of(one.kind));
    for (const Check& check : scenario.expectations)
      checks.insert(name_of(check));
  }

  BOOST_TEST(kinds.size() == kFaultKindNames.size());
  BOOST_TEST(checks.size() == kCheckNames.size());
}

BOOST_AUTO_TEST_CASE(every_shipped_scenario_is_sound_and_says_what_it_shows) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(TROUPE_SCENARIOS)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto scenario = read_scenario(text);
    if (!scenario.ok()) BOOST_FAIL(located(entry.path().string(), scenario.error().front()));
    BOOST_TEST(entry.path().filename() == scenario->name + ".scenario.toml");
    BOOST_TEST(scenario->shows.ends_with('.'), entry.path());
    BOOST_TEST((read(write_scenario(*scenario)) == *scenario), entry.path());
    ++count;
  }

  BOOST_TEST(count >= 25u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::scenario

#include "tools/troupe/grammar.hpp"

#include <sstream>

#include <CLI/CLI.hpp>
#include <boost/test/unit_test.hpp>

namespace troupe::tools {

namespace {

/// True if the words are a command.
bool accepts(const std::string& line, Chosen& chosen) {
  CLI::App app("", "troupe");
  add_grammar(app, chosen);
  std::istringstream words(line);
  std::vector<std::string> reversed;
  for (std::string word; words >> word;)
    reversed.insert(reversed.begin(), word);
  try {
    app.parse(std::move(reversed));
    return chosen.run != nullptr;
  } catch (const CLI::ParseError&) {
    return false;
  }
}

bool accepts(const std::string& line) {
  Chosen chosen;
  return accepts(line, chosen);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(grammar_test)

BOOST_AUTO_TEST_CASE(every_command_of_the_design_is_one) {
  for (const char* line : {"init",
                           "init DIR --nodes 7 --seed s --delta 2s",
                           "up",
                           "down",
                           "status",
                           "node --config F",
                           "keys new eve",
                           "keys list",
                           "keys show alice",
                           "record put k v --as alice",
                           "record put k - --as alice",
                           "record get k --at 3",
                           "record history k",
                           "record transfer k --to bob --as alice",
                           "record retire k --as alice",
                           "record list",
                           "record list pre/ --limit 5",
                           "record import - --key 1 --as alice",
                           "record import f.csv --key name --header --prefix p/ --as alice",
                           "note hi --as alice",
                           "tx wait 00",
                           "tx show 00",
                           "block show latest",
                           "actors --by mailbox --window 1s",
                           "votes",
                           "votes 12",
                           "lanes",
                           "evidence",
                           "tap validator:deliver --count 3",
                           "tap --blocks",
                           "log validator=debug --for 60s",
                           "trace record put k v --as alice",
                           "explain",
                           "explain halt",
                           "explain tx 00",
                           "explain fault f1",
                           "pause",
                           "resume",
                           "fault clock n1 n2 --ahead 1h --for 20s",
                           "fault mute n1 --channel lanes",
                           "fault stall n1",
                           "console",
                           "console n2 --read-only",
                           "console -e status -e votes",
                           "config show --live --origin",
                           "watch",
                           "completion bash",
                           "man",
                           "block tail --count 2",
                           "peers",
                           "net add",
                           "net add --from-snapshot",
                           "net snapshot",
                           "net snapshot --list",
                           "net rm n5",
                           "net restart n1",
                           "net rejoin n1",
                           "net pause n1",
                           "net resume n1",
                           "net logs n1 -f",
                           "doctor",
                           "config show --origin",
                           "bench --outstanding 64 --seconds 5 --ops-per-tx 10 --kind put"}) {
    BOOST_TEST(accepts(line), line);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_command_is_refused) {
  for (const char* line : {"",
                           "record",
                           "net",
                           "recrod get k",
                           "record get",
                           "record put k --as alice",
                           "record put k v",
                           "up extra",
                           "status --nope",
                           "init --nodes 0",
                           "init --nodes 129",
                           "bench --kind rocket",
                           "-o xml status",
                           "--color blue status"}) {
    BOOST_TEST(!accepts(line), line);
  }
}

BOOST_AUTO_TEST_CASE(global_options_may_stand_before_and_after_the_verb) {
  Chosen chosen;

  BOOST_TEST(accepts("-n demo record get k -N n2 --json --timeout 3s", chosen));

  BOOST_TEST(chosen.globals.net == "demo");
  BOOST_TEST(chosen.globals.node == "n2");
  BOOST_TEST(chosen.json);
  BOOST_TEST(chosen.timeout == "3s");
}

BOOST_AUTO_TEST_CASE(a_time_span_has_a_unit_or_is_in_seconds) {
  using std::chrono::milliseconds;

  BOOST_TEST((parse_duration("250ms") == milliseconds(250)));
  BOOST_TEST((parse_duration("10s") == milliseconds(10'000)));
  BOOST_TEST((parse_duration("10") == milliseconds(10'000)));
  BOOST_TEST((parse_duration("2m") == milliseconds(120'000)));
  BOOST_TEST((parse_duration("1h") == milliseconds(3'600'000)));
  for (const char* text : {"", "s", "0s", "-1s", "1d", "1.5s", "99999999999999999999s"})
    BOOST_TEST(!parse_duration(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

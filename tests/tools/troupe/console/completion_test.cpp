#include "tools/troupe/console/completion.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <boost/test/unit_test.hpp>

#include "tools/troupe/grammar.hpp"

namespace troupe::tools {

namespace {

using Words = std::vector<std::string>;

struct Bench {
  Chosen chosen;
  CLI::App grammar{"", "troupe"};
  LiveValues live{[] {
                    return Words{"n1", "n2", "n10"};
                  },
                  [] {
                    return Words{"alice", "bob"};
                  },
                  [](const std::string& prefix) {
                    return prefix.starts_with("b") ? Words{"bike/1", "bike/2"} : Words{};
                  },
                  [] {
                    return Words{"f1", "f12"};
                  }};

  Bench() { add_grammar(grammar, chosen); }

  [[nodiscard]] Completion complete(const std::string& line) const {
    return complete_line(line, grammar, {"use", "help"}, live);
  }

  [[nodiscard]] Words candidates(const std::string& line) const {
    return complete(line).candidates;
  }

  [[nodiscard]] bool offers(const std::string& line, const std::string& word) const {
    const Words words = candidates(line);
    return std::ranges::find(words, word) != words.end();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(completion_test)

BOOST_AUTO_TEST_CASE(verbs_complete_by_their_beginning_with_the_consoles_own_commands) {
  const Bench bench;

  BOOST_TEST(bench.candidates("sta") == (Words{"status"}), boost::test_tools::per_element());
  BOOST_TEST(bench.candidates("us") == (Words{"use"}), boost::test_tools::per_element());
  BOOST_TEST(bench.offers("", "record"));
  BOOST_TEST(bench.offers("", "help"));
  BOOST_TEST(bench.candidates("xyz").empty());
}

BOOST_AUTO_TEST_CASE(below_a_noun_only_its_verbs_are_offered) {
  const Bench bench;

  BOOST_TEST(bench.offers("record ", "put"));
  BOOST_TEST(!bench.offers("record ", "status"));
  BOOST_TEST(!bench.offers("record ", "use"));
}

BOOST_AUTO_TEST_CASE(options_and_their_choices_complete) {
  const Bench bench;

  BOOST_TEST(bench.candidates("actors --by ma") == (Words{"mailbox"}),
             boost::test_tools::per_element());
  BOOST_TEST(bench.offers("actors --", "--by"));
  BOOST_TEST(bench.offers("actors --", "--timeout"));
  BOOST_TEST(!bench.offers("status --", "--by"));
}

BOOST_AUTO_TEST_CASE(nodes_accounts_and_keys_complete_where_they_are_meant) {
  const Bench bench;

  BOOST_TEST(bench.candidates("net pause n1") == (Words{"n1", "n10"}),
             boost::test_tools::per_element());
  BOOST_TEST(bench.offers("use ", "n2"));
  BOOST_TEST(bench.offers("votes --node ", "n2"));
  BOOST_TEST(bench.candidates("record put k v --as a") == (Words{"alice"}),
             boost::test_tools::per_element());
  BOOST_TEST(bench.candidates("record get bi") == (Words{"bike/1", "bike/2"}),
             boost::test_tools::per_element());
  BOOST_TEST(bench.candidates("record put key b").empty());  // a value, which nobody can know
}

BOOST_AUTO_TEST_CASE(faults_and_the_nodes_that_they_hit_complete_as_often_as_there_are_any) {
  const Bench bench;

  BOOST_TEST(bench.candidates("fault clear f1") == (Words{"f1", "f12"}),
             boost::test_tools::per_element());
  BOOST_TEST(bench.offers("explain fault ", "f1"));
  BOOST_TEST(bench.candidates("explain t") == (Words{"tx"}), boost::test_tools::per_element());
  BOOST_TEST(!bench.offers("tx wait ", "f1"));
  BOOST_TEST(bench.offers("fault stall ", "n2"));
  BOOST_TEST(bench.offers("fault stall n1 ", "n2"));
  BOOST_TEST(bench.offers("fault mute n1 --channel ", "lanes"));
}

BOOST_AUTO_TEST_CASE(what_repeats_or_explains_a_command_completes_like_it) {
  const Bench bench;

  BOOST_TEST(bench.offers("every 1s sta", "status"));
  BOOST_TEST(bench.offers("help rec", "record"));
  BOOST_TEST(bench.offers("trace record ", "put"));
}

BOOST_AUTO_TEST_CASE(what_was_typed_of_the_word_is_named) {
  const Bench bench;

  BOOST_TEST(bench.complete("net pause n").typed == "n");
  BOOST_TEST(bench.complete("net pause ").typed.empty());
  BOOST_TEST(bench.candidates("note 'half a te").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

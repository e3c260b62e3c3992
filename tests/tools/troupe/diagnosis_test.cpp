#include "tools/troupe/diagnosis.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

namespace {

const std::vector<std::string> kNames{"n1", "n2", "n3", "n4"};

/// A node that is well, but has waited for the leader n2 of view 9 for five seconds.
NodeFacts waiting_node(const std::string& name) {
  NodeFacts node;
  node.name = name;
  node.state = NodeState::Answering;
  node.disk_free_bytes = std::uint64_t{10} << 30;
  node.status.role = "validator";
  node.status.chain = "aa11bb22cc33";
  node.status.version = "0.1.0";
  node.status.height = node.status.executed_height = node.facts.consensus_height = 40;
  node.facts.wall_ms = 1'700'000'000'000;
  node.facts.drift_ms = 500;
  node.facts.block_age_ms = node.facts.view_age_ms = 5'000;
  node.facts.clock_running = true;
  node.facts.votes.view = node.facts.votes.current_view = 9;
  node.facts.votes.leader = "n2";
  node.facts.votes.known = true;
  node.facts.votes.quorum = 3;
  for (const std::string& other : kNames) {
    if (other != name) node.facts.connected.push_back(other);
    actors::VoteReport row;
    row.validator = other;
    node.facts.votes.votes.push_back(row);
  }
  return node;
}

/// A network that has stood still for five seconds, of which a test says why.
NetFacts halted() {
  NetFacts net;
  net.validators = kNames;
  net.quorum = 3;
  net.chain = "aa11bb22cc33";
  for (const std::string& name : kNames)
    net.nodes.push_back(waiting_node(name));
  return net;
}

void stop(NodeFacts& node, NodeState state = NodeState::Stopped) {
  NodeFacts stopped;
  stopped.name = node.name;
  stopped.state = state;
  stopped.disk_free_bytes = node.disk_free_bytes;
  node = stopped;
}

void disconnect(NetFacts& net, std::size_t left, std::size_t right) {
  std::erase(net.nodes[left].facts.connected, net.nodes[right].name);
  std::erase(net.nodes[right].facts.connected, net.nodes[left].name);
}

/// The leader's proposal has come to everybody, who voted for it as far as he says himself.
void propose(NetFacts& net) {
  for (NodeFacts& node : net.nodes)
    node.facts.votes.votes[1].proposed = true;
}

void vote(NetFacts& net, std::size_t voter, const std::vector<std::size_t>& seen_by) {
  for (const std::size_t place : seen_by)
    net.nodes[place].facts.votes.votes[voter].notarize = true;
}

/// One cause: what is made of a network that stands still, and what must be said of it.
struct Row {
  std::string code;
  std::function<void(NetFacts&)> cause;
  std::vector<std::string> sentence;  ///< parts of it
  std::string fix;                    ///< part of it
};

const std::vector<Row> kRows{
    {"no-quorum",
     [](NetFacts& net) {
       stop(net.nodes[2]);
       stop(net.nodes[3], NodeState::Paused);
     },
     {"3 of 4", "2 can (n1 n2)", "n3 is stopped", "n4 is paused"},
     "troupe net restart n3"},
    {"no-quorum",
     [](NetFacts& net) {
       for (NodeFacts& node : net.nodes)
         stop(node);
     },
     {"3 of 4", "0 can", "n1 is stopped"},
     "troupe net restart n1"},
    {"no-quorum",
     [](NetFacts& net) { net.nodes.resize(2); },
     {"n3 is not on this machine", "n4 is not on this machine"},
     "where it runs"},
    {"no-quorum",
     [](NetFacts& net) {
       for (const std::size_t left : {0, 1}) {
         for (const std::size_t right : {2, 3})
           disconnect(net, left, right);
       }
     },
     {"no 3 of 4", "n1 does not reach n3 n4", "n4 does not reach n1 n2"},
     "troupe peers -N n1"},
    {"disk-full",
     [](NetFacts& net) {
       for (const std::size_t i : {1, 2}) {
         net.nodes[i].disk_free_bytes = 4096;
         stop(net.nodes[i]);
       }
     },
     {"n2 has no room left on its disk", "n3 has no room left on its disk"},
     "free space"},
    {"disk-full",
     [](NetFacts& net) {
       for (const std::size_t i : {1, 2}) {
         stop(net.nodes[i]);
         net.nodes[i].last_words = "vote.log: No space left on device (disk-full)";
       }
     },
     {"n2 has no room", "n3 has no room"},
     "free space"},
    {"genesis-mismatch",
     [](NetFacts& net) {
       for (const std::size_t i : {0, 3}) {
         net.nodes[i].status.chain = "deadbeef0000";
         net.nodes[i].facts.connected.clear();
       }
     },
     {"n1 runs with another genesis (deadbeef..", "n4 runs with another genesis"},
     "genesis of this network"},
    {"version-mismatch",
     [](NetFacts& net) {
       stop(net.nodes[3], NodeState::Stopped);
       net.nodes[3] = waiting_node("n4");
       for (const std::size_t i : {2, 3}) {
         net.nodes[i].status.version = "9.9.9";
         net.nodes[i].facts.connected.clear();
       }
     },
     {"runs version"},
     "install one version"},
    {"observer",
     [](NetFacts& net) {
       for (const std::size_t i : {2, 3}) {
         net.nodes[i].status.role = "observer";
         net.nodes[i].status.trouble = "its vote journal is missing";
       }
     },
     {"n3 only observes: its vote journal is missing", "n4 only observes"},
     "troupe net logs n3"},
    {"execution-behind",
     [](NetFacts& net) {
       for (const std::size_t i : {0, 1}) {
         net.nodes[i].status.executed_height = 31;
         net.nodes[i].facts.consensus_height = 40;
       }
     },
     {"n1 has executed height 31 of 40"},
     "troupe doctor"},
    {"clock-ahead",
     [](NetFacts& net) {
       propose(net);
       net.nodes[1].facts.wall_ms += 4'200;
     },
     {"the clock of n2 is 4.2 s ahead", "its proposal in view 9"},
     "set the clock of n2 with a time service"},
    {"clock-behind",
     [](NetFacts& net) {
       propose(net);
       stop(net.nodes[3]);
       net.nodes[0].facts.wall_ms -= 60'000;
     },
     {"the clocks of n1 are up to 60.0 s behind", "the proposal by n2"},
     "set the clocks of n1"},
    {"no-quorum",
     [](NetFacts& net) { net.nodes[2].status.paused = net.nodes[3].status.paused = true; },
     {"n3 was paused by an operator", "n4 was paused by an operator"},
     "troupe -N n3 resume"},
    {"version-mismatch",
     [](NetFacts& net) {
       for (const std::size_t i : {2, 3}) {
         net.nodes[i].status.version = "9.9.9";
         net.nodes[i].facts.connected = {kNames[5 - i]};
       }
       net.nodes[0].facts.connected = {"n2"};
       net.nodes[1].facts.connected = {"n1"};
     },
     {"runs version 9.9.9 and the others 0.1.0"},
     "install one version"},
    {"proposal-refused",
     [](NetFacts& net) {
       propose(net);
       net.nodes[0].facts.refused = "its payload is wrong";
     },
     {"n1 refuses the proposal of view 9 by n2: its payload is wrong"},
     "troupe net logs n1"},
    {"leader-silent",
     [](NetFacts&) {},
     {"view 9 has no proposal", "n2 is connected and says nothing"},
     "troupe net logs n2"},
    {"leader-silent",
     [](NetFacts& net) { stop(net.nodes[1], NodeState::Paused); },
     {"its leader n2 is paused"},
     "n2"},
    {"leader-silent",
     [](NetFacts& net) {
       stop(net.nodes[3]);
       net.nodes[1].facts.votes.votes[1].proposed = true;
       vote(net, 1, {1});
     },
     {"its leader n2 made one that reached nobody"},
     "n2"},
    {"batch-missing",
     [](NetFacts& net) {
       propose(net);
       for (const std::size_t i : {2, 3})
         net.nodes[i].facts.lanes.payload_checks = 1;
     },
     {"n3 n4 lack", "only 2 of 3"},
     "troupe lanes -N n3"},
    {"votes-missing",
     [](NetFacts& net) {
       propose(net);
       vote(net, 0, {0, 1});
       vote(net, 1, {0, 1, 2, 3});
       vote(net, 2, {2, 3});
     },
     {"3 validators voted in view 9", "n3 lacks that of n1", "n1 lacks that of n3"},
     "troupe net restart"},
    {"votes-missing",
     [](NetFacts& net) {
       // n1 and n2 have gone on, since their votes came to each other; n3 and n4 lack them.
       propose(net);
       for (std::size_t voter = 0; voter < 4; ++voter)
         vote(net, voter, {0, 1});
       vote(net, 2, {2, 3});
       vote(net, 3, {2, 3});
       for (const std::size_t i : {0, 1}) {
         net.nodes[i].earlier = net.nodes[i].facts.votes;
         net.nodes[i].facts.votes.view = 10;
         net.nodes[i].facts.votes.leader = "n4";
       }
       net.nodes[2].facts.connected_ms = {800, 800, 90'000};
     },
     {"4 validators voted in view 9",
      "n3 lacks that of n1 (their link was reset 0.8 s ago, in the middle of the view)",
      "n4 lacks that of n2"},
     "troupe net restart n3"},
    {"votes-pending",
     [](NetFacts& net) {
       propose(net);
       vote(net, 1, {0, 1, 2, 3});
     },
     {"view 9 of n2 waits for 3 votes and has 1", "missing n1 n3 n4"},
     "troupe votes"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(diagnosis_test)

BOOST_AUTO_TEST_CASE(each_cause_is_named_in_one_sentence_with_what_to_type) {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    const Row& row = kRows[i];
    NetFacts net = halted();
    row.cause(net);

    const Diagnosis diagnosis = diagnose(net);

    BOOST_TEST_CONTEXT("row " << i << ": " << diagnosis.sentence << " | " << diagnosis.fix) {
      BOOST_TEST(diagnosis.code == row.code);
      BOOST_TEST(diagnosis.is_halt());
      for (const std::string& part : row.sentence)
        BOOST_TEST((diagnosis.sentence.find(part) != std::string::npos), part);
      BOOST_TEST((diagnosis.fix.find(row.fix) != std::string::npos), row.fix);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_network_that_has_just_decided_is_live) {
  NetFacts net = halted();
  net.nodes[2].facts.block_age_ms = 300;

  const Diagnosis diagnosis = diagnose(net);

  BOOST_TEST(diagnosis.code == "live");
  BOOST_TEST(!diagnosis.is_halt());
}

BOOST_AUTO_TEST_CASE(a_network_with_nothing_to_decide_is_idle_and_not_halted) {
  NetFacts net = halted();
  for (NodeFacts& node : net.nodes)
    node.facts.clock_running = false;

  BOOST_TEST(diagnose(net).code == "idle");
}

BOOST_AUTO_TEST_CASE(one_missing_validator_is_no_reason_as_long_as_the_others_decide) {
  NetFacts net = halted();
  stop(net.nodes[3]);
  net.nodes[0].facts.block_age_ms = 100;

  BOOST_TEST(diagnose(net).code == "live");
}

BOOST_AUTO_TEST_CASE(what_one_node_knows_alone_is_said_to_be_its_view) {
  const auto seen_by_n1 = [](const std::function<void(NodeFacts&)>& change) {
    NetFacts net = halted();
    for (std::size_t i = 1; i < net.nodes.size(); ++i)
      stop(net.nodes[i], NodeState::Linked);
    net.view_of = net.nodes[0].status.node = "n1";
    change(net.nodes[0]);
    return diagnose(net);
  };
  const std::vector<std::pair<std::string, std::function<void(NodeFacts&)>>> rows{
      {"live", [](NodeFacts& node) { node.facts.block_age_ms = 10; }},
      {"idle", [](NodeFacts& node) { node.facts.clock_running = false; }},
      {"no-quorum", [](NodeFacts& node) { node.facts.connected = {"n2"}; }},
      {"no-quorum", [](NodeFacts& node) { node.status.paused = true; }},
      {"execution-behind", [](NodeFacts& node) { node.facts.consensus_height = 50; }},
      {"leader-silent", [](NodeFacts&) {}},
      {"proposal-refused", [](NodeFacts& node) { node.facts.refused = "it is wrong"; }},
      {"batch-missing",
       [](NodeFacts& node) {
         node.facts.votes.votes[1].proposed = true;
         node.facts.lanes.payload_checks = 1;
       }},
      {"votes-pending", [](NodeFacts& node) { node.facts.votes.votes[1].proposed = true; }}};
  for (const auto& [code, change] : rows) {
    const Diagnosis diagnosis = seen_by_n1(change);
    BOOST_TEST_CONTEXT(diagnosis.sentence) {
      BOOST_TEST(diagnosis.code == code);
      BOOST_TEST(diagnosis.sentence.ends_with("(as n1 sees it, who alone was asked)"));
      BOOST_TEST(diagnosis.is_halt() == !diagnosis.fix.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_active_fault_is_named_with_the_halt_and_undone_first) {
  NetFacts net = halted();
  net.faults = {"pause n3 (f1, 14 s left)"};
  stop(net.nodes[2], NodeState::Paused);
  stop(net.nodes[3]);

  const Diagnosis diagnosis = diagnose(net);

  BOOST_TEST(diagnosis.code == "no-quorum");
  BOOST_TEST(diagnosis.sentence.find("; active: pause n3 (f1") != std::string::npos);
  BOOST_TEST(diagnosis.fix.find("troupe fault clear") != std::string::npos);

  net.nodes = halted().nodes;
  net.nodes[0].facts.block_age_ms = 100;
  BOOST_TEST(diagnose(net).sentence.find("active") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_any_node_there_is_nothing_to_explain) {
  NetFacts net = halted();
  net.nodes.clear();

  BOOST_TEST(diagnose(net).code == "not-running");
}

BOOST_AUTO_TEST_CASE(any_mixture_of_facts_has_a_cause_and_a_fix) {
  // Every node in one of seven conditions: no combination is left without an answer.
  const std::vector<std::function<void(NodeFacts&)>> conditions{
      [](NodeFacts&) {},
      [](NodeFacts& node) { stop(node); },
      [](NodeFacts& node) { stop(node, NodeState::Silent); },
      [](NodeFacts& node) { node.status.role = "observer"; },
      [](NodeFacts& node) { node.facts.connected.clear(); },
      [](NodeFacts& node) { node.facts.votes.view = 12; },
      [](NodeFacts& node) { node.facts.consensus_height = 99; }};
  const std::size_t count = conditions.size();
  for (std::size_t number = 0; number < count * count * count * count; ++number) {
    NetFacts net = halted();
    std::size_t rest = number;
    for (NodeFacts& node : net.nodes) {
      conditions[rest % count](node);
      rest /= count;
    }

    const Diagnosis diagnosis = diagnose(net);

    BOOST_TEST_REQUIRE(!diagnosis.sentence.empty());
    BOOST_TEST_REQUIRE((!diagnosis.is_halt() || !diagnosis.fix.empty()));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

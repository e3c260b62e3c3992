#include "tools/troupe/fault_book.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/temporary_folder.hpp"
#include "tools/troupe/files.hpp"

namespace troupe::tools {

namespace {

const std::vector<std::string> kFour = {"n1", "n2", "n3", "n4"};

struct Book {
  support::TemporaryFolder folder;
  Net net{"demo", folder.path(), {}};

  Book() {
    for (const auto& name : kFour)
      net.nodes.push_back({name, folder.path() / name});
  }
};

ActiveFault crash(const std::string& node) {
  return {"", FaultKind::Crash, {{node}}, 1000, std::nullopt};
}

ActiveFault partition(const Sides& sides) {
  return {"", FaultKind::Partition, sides, 1000, 21000};
}

std::string refusal(const Answer<Sides>& answer) {
  return answer.ok() ? "none" : answer.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fault_book_test)

BOOST_AUTO_TEST_CASE(a_fault_on_record_is_read_back_under_its_id_until_it_is_forgotten) {
  const Book book;
  BOOST_TEST(read_faults(book.net)->empty());

  const auto first = record_fault(book.net, crash("n3"));
  const auto second = record_fault(book.net, partition({{"n1", "n2"}, {"n3", "n4"}}));

  BOOST_REQUIRE(first.ok() && second.ok());
  BOOST_TEST(first->id == "f1");
  BOOST_TEST(second->id == "f2");
  const auto both = read_faults(book.net);
  BOOST_REQUIRE(both.ok() && both->size() == 2U);
  BOOST_CHECK(both->front() == *first);
  BOOST_CHECK(both->back() == *second);

  BOOST_REQUIRE(forget_fault(book.net, "f1").ok());
  BOOST_REQUIRE(forget_fault(book.net, "f1").ok());
  BOOST_TEST(read_faults(book.net)->size() == 1U);
  BOOST_TEST(record_fault(book.net, crash("n1"))->id == "f3");
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_named_and_nothing_is_guessed) {
  for (const char* text : {"",
                           "{}",
                           "[]",
                           R"({"id":"f2","kind":"crash","sides":[["n1"]],"since_ms":1})",
                           R"({"id":"f1","kind":"flood","sides":[["n1"]],"since_ms":1})",
                           R"({"id":"f1","kind":"crash","sides":[],"since_ms":1})",
                           R"({"id":"f1","kind":"crash","sides":"n1","since_ms":1})"}) {
    const Book book;
    BOOST_REQUIRE(create_folder(book.net.folder / "faults").ok());
    BOOST_REQUIRE(create_file(book.net.folder / "faults" / "f1.json", text).ok());

    const auto read = read_faults(book.net);

    BOOST_TEST(!read.ok(), text);
    if (!read.ok()) BOOST_TEST(read.error().code == "corrupt-file");
  }
}

BOOST_AUTO_TEST_CASE(no_more_faults_are_kept_than_a_person_can_follow) {
  const Book book;
  for (int i = 0; i < 16; ++i)
    BOOST_REQUIRE(record_fault(book.net, crash("n1")).ok());

  BOOST_TEST(record_fault(book.net, crash("n1")).error().code == "too-many");
}

BOOST_AUTO_TEST_CASE(a_network_goes_on_while_a_quorum_can_meet) {
  const auto one = predict(kFour, {crash("n3")});
  BOOST_TEST(one.is_live());
  BOOST_TEST(describe(one, 4) ==
             "3 of 4 validators still meet, 3 are needed: expect blocks, until one more fails.");

  BOOST_TEST(!predict(kFour, {crash("n3"), crash("n1")}).is_live());
  BOOST_TEST(predict(kFour, {crash("n3"), crash("n3")}).is_live());

  const auto none = predict(kFour, {});
  BOOST_TEST(describe(none, 4) == "4 of 4 validators still meet, 3 are needed: expect blocks.");
}

BOOST_AUTO_TEST_CASE(a_partition_leaves_only_a_side_with_a_quorum_alive) {
  const auto halves = predict(kFour, {partition({{"n1", "n2"}, {"n3", "n4"}})});
  BOOST_TEST(!halves.is_live());
  BOOST_TEST(describe(halves, 4) == "No group has 3 of 4: expect no new blocks, and no fork.");

  const auto minority = predict(kFour, {partition({{"n1", "n2", "n3"}, {"n4"}})});
  BOOST_TEST(minority.is_live());
  BOOST_TEST(minority.left_out == std::vector<std::string>{"n4"});
  BOOST_TEST(describe(minority, 4).find("n4 will fall behind") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_on_no_side_meets_every_side_and_partitions_add_up) {
  BOOST_TEST(predict(kFour, {partition({{"n1"}, {"n2"}})}).meeting == 3U);
  BOOST_TEST(predict(kFour, {partition({{"n1"}, {"n2"}}), partition({{"n3"}, {"n4"}})}).meeting ==
             2U);
  BOOST_TEST(predict(kFour, {partition({{"n1"}, {"n2"}}), crash("n2")}).meeting == 3U);
}

BOOST_AUTO_TEST_CASE(what_only_hinders_a_node_counts_where_the_others_lose_its_votes) {
  const auto hindered = [](FaultKind kind, const std::string& channel, std::int64_t ahead_ms) {
    ActiveFault fault{"", kind, {{"n1", "n2"}}, 1000, std::nullopt};
    fault.channel = channel;
    fault.ahead_ms = ahead_ms;
    return fault;
  };
  BOOST_TEST(!predict(kFour, {hindered(FaultKind::Mute, "consensus", 0)}).is_live());
  BOOST_TEST(!predict(kFour, {hindered(FaultKind::Stall, "", 0)}).is_live());
  BOOST_TEST(!predict(kFour, {hindered(FaultKind::Clock, "", -60'000)}).is_live());
  BOOST_TEST(predict(kFour, {hindered(FaultKind::Mute, "sync", 0)}).is_live());

  const auto ahead = predict(kFour, {hindered(FaultKind::Clock, "", 60'000)});
  BOOST_TEST(ahead.is_live());
  BOOST_TEST(describe(ahead, 4) ==
             "4 of 4 validators still meet, 3 are needed: expect blocks. Proposals by n1 n2 wait "
             "for their time: those views fail.");
  const auto lanes = predict(kFour, {hindered(FaultKind::Mute, "lanes", 0)});
  BOOST_TEST(lanes.is_live());
  BOOST_TEST(describe(lanes, 4).find("submit transactions elsewhere") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_hindrance_is_kept_with_its_size_and_told_with_it) {
  const Book book;
  ActiveFault clock{"", FaultKind::Clock, {{"n1"}}, 1000, std::nullopt};
  clock.ahead_ms = -1'500;
  ActiveFault mute{"", FaultKind::Mute, {{"n2", "n3"}}, 1000, 2000};
  mute.channel = "lanes";
  BOOST_REQUIRE(record_fault(book.net, clock).ok());
  BOOST_REQUIRE(record_fault(book.net, mute).ok());

  const auto both = read_faults(book.net);

  BOOST_REQUIRE(both.ok() && both->size() == 2U);
  BOOST_TEST(describe(both->front()) == "clock n1 1.5 s behind");
  BOOST_TEST(describe(both->back()) == "mute n2 n3 on lanes");
}

BOOST_AUTO_TEST_CASE(sides_are_read_as_people_write_them) {
  const Book book;
  const Sides halves = {{"n1", "n2"}, {"n3", "n4"}};

  BOOST_CHECK(*parse_sides({"n1,n2", "/", "n3,n4"}, book.net) == halves);
  BOOST_CHECK(*parse_sides({"n1,n2/n3,n4"}, book.net) == halves);
  BOOST_CHECK(*parse_sides({"n1", "n2", "|", "n3", "n4"}, book.net) == halves);
}

BOOST_AUTO_TEST_CASE(sides_that_make_no_partition_are_refused_by_name) {
  const Book book;

  BOOST_TEST(refusal(parse_sides({}, book.net)) == "usage");
  BOOST_TEST(refusal(parse_sides({"n1,n2"}, book.net)) == "usage");
  BOOST_TEST(refusal(parse_sides({"n1", "/"}, book.net)) == "usage");
  BOOST_TEST(refusal(parse_sides({"n1/n1"}, book.net)) == "usage");
  BOOST_TEST(refusal(parse_sides({"n1/n9"}, book.net)) == "no-node");
}

BOOST_AUTO_TEST_CASE(a_fault_is_told_in_the_words_that_inject_it) {
  BOOST_TEST(describe(crash("n3")) == "crash n3");
  BOOST_TEST(describe(partition({{"n1", "n2"}, {"n3"}})) == "partition {n1 n2} | {n3}");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

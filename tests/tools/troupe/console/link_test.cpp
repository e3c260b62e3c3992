#include "tools/troupe/console/link.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

#include <boost/test/unit_test.hpp>

#include "actors/hosted.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tools/troupe/client_config.hpp"

namespace troupe::actors {

namespace {

/// A node's admin as far as a link asks it: lives, sends one event, names two keys.
AdminActor::behavior_type play_admin(AdminActor::pointer self, bool answers) {
  const auto error = [] { return caf::make_error(caf::sec::runtime_error, "not played here"); };
  return {
      [=](submit_atom, const SubmitRequest&) -> caf::result<SubmitReply> { return error(); },
      [=](outcome_atom, const OutcomeQuery&) -> caf::result<SubmitReply> { return error(); },
      [=](gettx_atom, const TransactionQuery&) -> caf::result<TransactionReport> {
        return error();
      },
      [=](status_atom) -> caf::result<StatusReport> { return error(); },
      [=](peerlist_atom) -> caf::result<PeersReport> { return error(); },
      [=](blocks_atom, const BlockQuery&) -> caf::result<BlocksReport> { return error(); },
      [=](records_atom, const RecordQuery& query) {
        RecordsReport report;
        for (const char* rest : {"1", "2"}) {
          RecordReport record;
          record.key = query.key + rest;
          report.records.push_back(record);
        }
        return report;
      },
      [=](stop_atom) -> caf::result<bool> { return error(); },
      [=](actors_atom, const ActorsQuery&) -> caf::result<ActorsReport> { return error(); },
      [=](lanes_atom) -> caf::result<LanesReport> { return error(); },
      [=](votes_atom, const VotesQuery&) -> caf::result<VotesReport> { return error(); },
      [=](facts_atom) -> caf::result<FactsReport> { return error(); },
      [=](proofs_atom) -> caf::result<EvidenceReport> { return error(); },
      [=](config_atom) -> caf::result<ConfigReport> { return error(); },
      [=](log_atom, const LogRequest&) -> caf::result<bool> { return error(); },
      [=](events_atom, const EventsQuery& query) -> std::uint64_t {
        ConsoleEvent event;
        event.kind = "log";
        event.text = query.logs ? "an event" : "another event";
        self->send(query.sink, event_atom_v, EventBatch{{event}, 0});
        return 1;
      },
      [](credit_atom, std::uint64_t, std::uint32_t) {},
      [=](ping_atom) -> caf::result<std::uint64_t> {
        if (answers) return std::uint64_t{1};
        return self->make_response_promise<std::uint64_t>();
      },
      [=](prove_atom, const ProofQuery&) -> caf::result<ProofReport> { return error(); },
      [=](scrub_atom, const ScrubQuery&) -> caf::result<ScrubReport> { return error(); },
      [=](snapshot_atom, const SnapshotQuery&) -> caf::result<SnapshotReport> { return error(); },
      [=](follow_atom, const std::string&, bool) -> caf::result<bool> { return error(); },
      [=](rejoin_atom) -> caf::result<RejoinReport> { return error(); },
      [=](cutoff_atom, const std::string&, bool) -> caf::result<bool> { return error(); },
      [=](hinder_atom, const Hindrance&) -> caf::result<bool> { return error(); },
      [=](pause_atom, bool) -> caf::result<bool> { return error(); },
      [=](enter_atom, const std::string&) -> caf::result<caf::strong_actor_ptr> { return error(); },
  };
}

}  // namespace

}  // namespace troupe::actors

namespace troupe::tools {

namespace {

using actors::AdminActor;

/// What a link says, to be waited for.
class Said {
 public:
  void put(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    arrived_.notify_all();
  }

  /// Waits until a line contains this, and forgets what came before it.
  void wait_for(const std::string& text) {
    std::unique_lock lock(mutex_);
    const bool came = arrived_.wait_for(lock, std::chrono::seconds(30), [&] {
      while (!lines_.empty() && lines_.front().find(text) == std::string::npos)
        lines_.pop_front();
      return !lines_.empty();
    });
    BOOST_TEST_REQUIRE(came, "nobody said: " << text);
    lines_.pop_front();
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::string> lines_;
};

/// A node that is published as long as it lives.
struct Node {
  Node(const fs::path& socket, bool answers = true)
      : admin(system.spawn(actors::play_admin, answers)),
        link(actors::LocalLink::publish(system, admin, socket.string())) {
    BOOST_TEST_REQUIRE(link.ok());
  }

  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  ~Node() { caf::anon_send_exit(admin, caf::exit_reason::user_shutdown); }

  ClientConfig config;
  caf::actor_system system{config};
  AdminActor admin;
  Result<actors::LocalLink, actors::LinkError> link;
};

struct Bench {
  support::TemporaryFolder folder;
  fs::path socket = folder.path() / "admin.sock";
  Said said;
  Said heard;

  [[nodiscard]] LinkEars ears() {
    return {[this](const std::string& line) { said.put(line); },
            [this](const actors::EventBatch& batch) {
              for (const auto& event : batch.events)
                heard.put(event.text);
            }};
  }

  static actors::EventsQuery logs() {
    actors::EventsQuery query;
    query.logs = true;
    return query;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(link_test)

BOOST_AUTO_TEST_CASE(a_console_attaches_hears_events_and_asks_for_keys) {
  Bench bench;
  const Node node(bench.socket);
  ConsoleLink link({"n1", troupe::actors::connector_to(bench.socket)}, Bench::logs(), bench.ears());

  bench.said.wait_for("attached to n1");
  bench.heard.wait_for("an event");
  BOOST_CHECK(link.state() == LinkState::Attached);
  BOOST_TEST(link.keys("bike/", std::chrono::seconds(30)) ==
                 (std::vector<std::string>{"bike/1", "bike/2"}),
             boost::test_tools::per_element());

  link.want({});
  bench.heard.wait_for("another event");
}

BOOST_AUTO_TEST_CASE(a_console_says_that_a_node_is_gone_and_attaches_when_it_is_back) {
  Bench bench;
  auto node = std::make_unique<Node>(bench.socket);
  ConsoleLink link({"n1", troupe::actors::connector_to(bench.socket)}, Bench::logs(), bench.ears());
  bench.said.wait_for("attached to n1");

  node.reset();
  bench.said.wait_for("n1 is gone");
  bench.said.wait_for("cannot attach to n1");
  BOOST_CHECK(link.state() == LinkState::Lost);
  BOOST_TEST(link.keys("bike/", std::chrono::seconds(30)).empty());

  node = std::make_unique<Node>(bench.socket);
  bench.said.wait_for("attached to n1");
  BOOST_CHECK(link.state() == LinkState::Attached);
}

BOOST_AUTO_TEST_CASE(a_console_says_that_a_node_answers_no_more) {
  Bench bench;
  const Node node(bench.socket, false);
  const ConsoleLink link(
      {"n1", troupe::actors::connector_to(bench.socket)}, Bench::logs(), bench.ears());

  bench.said.wait_for("attached to n1");
  bench.said.wait_for("n1 does not answer");
  BOOST_CHECK(link.state() == LinkState::Frozen);
}

BOOST_AUTO_TEST_CASE(a_console_leaves_one_node_for_another) {
  Bench bench;
  const Node node(bench.socket);
  ConsoleLink link({"n1", troupe::actors::connector_to(bench.folder.path() / "nowhere.sock")},
                   Bench::logs(),
                   bench.ears());
  bench.said.wait_for("cannot attach to n1");

  link.use({"n2", troupe::actors::connector_to(bench.socket)});

  bench.said.wait_for("attached to n2");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

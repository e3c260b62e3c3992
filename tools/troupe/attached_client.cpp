#include "tools/troupe/attached_client.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fmt/format.h>

#include "actors/event_stream.hpp"
#include "actors/failure.hpp"
#include "actors/hosted.hpp"
#include "actors/local_link.hpp"
#include "tools/troupe/client_config.hpp"

namespace troupe::tools {

class Attachment;

/// Something to do on the attachment's own thread.
struct Task {
  std::function<void(Attachment&)> run;
};

}  // namespace troupe::tools

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::tools::Task)

namespace troupe::tools {

namespace {

using Clock = std::chrono::steady_clock;

/// How often overdue requests are looked for.
constexpr std::chrono::milliseconds kSweepInterval{100};
/// A node answers a question with a deadline of its own a little later than that.
constexpr std::chrono::milliseconds kAnswerGrace{2'000};

CommandError lost(const std::string& node) {
  return {ExitCode::Unreachable,
          "unreachable",
          fmt::format("node {} went away before it answered", node),
          fmt::format("see what it says: troupe net logs {}; start it again: troupe up", node)};
}

CommandError overdue(const std::string& node) {
  return {ExitCode::TimedOut,
          "timed-out",
          fmt::format("node {} did not answer in time", node),
          "see whether it is busy or paused: troupe status; or allow more time: --timeout 30s"};
}

/// What the node answered instead of what was asked for: its own words, or none because it went.
CommandError refusal(const std::string& node, const caf::error& error) {
  const std::string text = actors::failure_text(error);
  if (text.empty()) return lost(node);
  return {ExitCode::Refused,
          "refused",
          fmt::format("node {} refuses: {}", node, text),
          "attach with the role that it takes (without --read-only), or ask for something else"};
}

/// What only a way over the network (--via) can run into.
std::optional<CommandError> network_error(const std::string& node,
                                          const NodeAddress& address,
                                          actors::LinkError error) {
  const std::string message = fmt::format(
      "cannot attach to node {} at {}: {}", node, address.text, actors::describe(error));
  using actors::LinkError;
  if (error == LinkError::Unreachable) {
    return CommandError{
        ExitCode::Unreachable,
        "unreachable",
        message,
        "see whether the node runs there, and whether the address is right: its own "
        "machine shows it with troupe config show"};
  }
  if (error == LinkError::WrongPeer) {
    return CommandError{ExitCode::Refused,
                        "wrong-peer",
                        message,
                        "ask the node's operator for its peer id; do not attach until it is right"};
  }
  if (error == LinkError::NotAdmitted) {
    return CommandError{
        ExitCode::Refused,
        "not-admitted",
        message,
        "its operator adds to the node's config.toml: admins = [\"PEER_ID:view\"] (or operate, "
        "break), with the peer id that troupe keys show NAME prints, and restarts the node"};
  }
  return std::nullopt;
}

CommandError link_error(const std::string& node,
                        const NodeAddress& address,
                        actors::LinkError error) {
  if (const auto refused = network_error(node, address, error)) return *refused;
  const bool frozen = error == actors::LinkError::Timeout;
  const bool foreign = error == actors::LinkError::NotOurs;
  return {frozen    ? ExitCode::TimedOut
          : foreign ? ExitCode::Refused
                    : ExitCode::Unreachable,
          frozen    ? "timed-out"
          : foreign ? "not-ours"
                    : "unreachable",
          fmt::format(
              "cannot attach to node {} at {}: {}", node, address.text, actors::describe(error)),
          foreign ? "attach as the user who started the node"
                  : "see which nodes run: troupe status; start those that do not: troupe up"};
}

}  // namespace

/// The client's end of one link: forwards questions to the admin actor and answers each exactly
/// once. Requests carry no timeout of CAF's, which would outlive their answers; a sweep finds the
/// overdue ones, and the end of the node answers all of them.
class Attachment {
 public:
  static constexpr const char* name = "attachment";

  Attachment(caf::event_based_actor* self, actors::AdminActor admin, std::string node)
      : self_(self), admin_(std::move(admin)), node_(std::move(node)) {}

  caf::behavior make_behavior() {
    self_->monitor(admin_);
    self_->set_down_handler([this](const caf::down_msg&) { on_lost(); });
    return {
        [this](const Task& task) { task.run(*this); },
        [this](caf::tick_atom) { on_sweep(); },
        [this](actors::event_atom, const actors::EventBatch& batch) { on_events(batch); },
    };
  }

  template <class Reply, class... Args>
  void question(Receive<Reply> receive, std::chrono::milliseconds limit, Args... args) {
    if (is_lost_) {
      receive(refuse(lost(node_)));
      return;
    }
    const std::uint64_t number = next_number_++;
    pending_.emplace(number, Pending{Clock::now() + limit, [receive](const CommandError& error) {
                                       receive(refuse(error));
                                     }});
    if (!sweeping_) sweep_later();
    self_->request(admin_, caf::infinite, std::move(args)...)
        .then(
            [this, number, receive](Reply& reply) {
              if (pending_.erase(number) == 1) receive(std::move(reply));
            },
            [this, number](const caf::error& error) { fail(number, refusal(node_, error)); });
  }

  /// Takes part in the node's events.
  void watch(actors::EventsQuery query, HearEvents hear, Receive<Done> receive) {
    hear_ = std::move(hear);
    query.sink = caf::actor_cast<actors::EventSink>(caf::actor{self_});
    query.credit = actors::kEventCreditMax;
    question<std::uint64_t>(
        [this, receive](Answer<std::uint64_t> stream) {
          if (stream.ok()) stream_ = *stream;
          receive(stream.ok() ? Answer<Done>(Done{}) : refuse(stream.error()));
        },
        kAnswerGrace,
        actors::events_atom_v,
        std::move(query));
  }

 private:
  struct Pending {
    Clock::time_point due;
    std::function<void(const CommandError&)> refuse;
  };

  void on_lost() {
    is_lost_ = true;
    if (hear_) hear_(refuse(lost(node_)));
    while (!pending_.empty())
      fail(pending_.begin()->first, lost(node_));
  }

  /// What was heard is worth its credit again: who hears slowly is sent less.
  void on_events(const actors::EventBatch& batch) {
    hear_(batch);
    const auto heard = static_cast<std::uint32_t>(batch.events.size());
    caf::anon_send(admin_, actors::credit_atom_v, stream_, heard);
  }

  void on_sweep() {
    sweeping_ = false;
    std::vector<std::uint64_t> late;
    for (const auto& [number, pending] : pending_) {
      if (pending.due <= Clock::now()) late.push_back(number);
    }
    for (const std::uint64_t number : late)
      fail(number, overdue(node_));
    if (!pending_.empty()) sweep_later();
  }

  void sweep_later() {
    sweeping_ = true;
    self_->delayed_send(self_, kSweepInterval, caf::tick_atom_v);
  }

  void fail(std::uint64_t number, const CommandError& error) {
    const auto it = pending_.find(number);
    if (it == pending_.end()) return;
    const auto refusal = std::move(it->second.refuse);
    pending_.erase(it);
    refusal(error);
  }

  caf::event_based_actor* self_;
  actors::AdminActor admin_;
  std::string node_;
  std::map<std::uint64_t, Pending> pending_;
  std::uint64_t next_number_ = 0;
  bool sweeping_ = false;
  bool is_lost_ = false;
  HearEvents hear_;
  std::uint64_t stream_ = 0;  // of events
};

namespace {

class AttachedClient final : public NodeClient {
 public:
  AttachedClient(caf::actor attachment, std::chrono::milliseconds timeout)
      : attachment_(std::move(attachment)), timeout_(timeout) {}

  ~AttachedClient() override { caf::anon_send_exit(attachment_, caf::exit_reason::user_shutdown); }

  void submit(actors::SubmitRequest request, Receive<actors::SubmitReply> receive) override {
    const auto limit = request.wait ? limit_of(request.deadline_ms) : timeout_;
    post(std::move(receive), limit, actors::submit_atom_v, std::move(request));
  }

  void outcome(actors::OutcomeQuery query, Receive<actors::SubmitReply> receive) override {
    const auto limit = limit_of(query.deadline_ms);
    post(std::move(receive), limit, actors::outcome_atom_v, std::move(query));
  }

  void transaction(actors::TransactionQuery query,
                   Receive<actors::TransactionReport> receive) override {
    post(std::move(receive), timeout_, actors::gettx_atom_v, std::move(query));
  }

  void status(Receive<actors::StatusReport> receive) override {
    post(std::move(receive), timeout_, actors::status_atom_v);
  }

  void peers(Receive<actors::PeersReport> receive) override {
    post(std::move(receive), timeout_, actors::peerlist_atom_v);
  }

  void blocks(actors::BlockQuery query, Receive<actors::BlocksReport> receive) override {
    const auto limit = limit_of(query.deadline_ms);
    post(std::move(receive), limit, actors::blocks_atom_v, query);
  }

  void records(actors::RecordQuery query, Receive<actors::RecordsReport> receive) override {
    post(std::move(receive), timeout_, actors::records_atom_v, std::move(query));
  }

  void admit(std::string peer, bool is_follower, Receive<bool> receive) override {
    post(std::move(receive), timeout_, actors::follow_atom_v, std::move(peer), is_follower);
  }

  void rejoin(Receive<actors::RejoinReport> receive) override {
    post(std::move(receive), timeout_, actors::rejoin_atom_v);
  }

  void sever(std::string peer, bool is_severed, Receive<bool> receive) override {
    post(std::move(receive), timeout_, actors::cutoff_atom_v, std::move(peer), is_severed);
  }

  void hinder(actors::Hindrance hindrance, Receive<bool> receive) override {
    post(std::move(receive), timeout_, actors::hinder_atom_v, std::move(hindrance));
  }

  void pause(bool is_paused, Receive<bool> receive) override {
    post(std::move(receive), timeout_, actors::pause_atom_v, is_paused);
  }

  void cast(actors::ActorsQuery query, Receive<actors::ActorsReport> receive) override {
    const auto limit = limit_of(query.window_ms);
    post(std::move(receive), limit, actors::actors_atom_v, query);
  }

  void lanes(Receive<actors::LanesReport> receive) override {
    post(std::move(receive), timeout_, actors::lanes_atom_v);
  }

  void votes(actors::VotesQuery query, Receive<actors::VotesReport> receive) override {
    post(std::move(receive), timeout_, actors::votes_atom_v, query);
  }

  void facts(Receive<actors::FactsReport> receive) override {
    post(std::move(receive), timeout_, actors::facts_atom_v);
  }

  void evidence(Receive<actors::EvidenceReport> receive) override {
    post(std::move(receive), timeout_, actors::proofs_atom_v);
  }

  void configuration(Receive<actors::ConfigReport> receive) override {
    post(std::move(receive), timeout_, actors::config_atom_v);
  }

  void set_log(actors::LogRequest request, Receive<bool> receive) override {
    post(std::move(receive), timeout_, actors::log_atom_v, std::move(request));
  }

  void watch(actors::EventsQuery query, HearEvents hear, Receive<Done> receive) override {
    caf::anon_send(attachment_,
                   Task{[query = std::move(query), hear = std::move(hear), receive](
                            Attachment& attachment) { attachment.watch(query, hear, receive); }});
  }

  void prove(actors::ProofQuery query, Receive<actors::ProofReport> receive) override {
    post(std::move(receive), timeout_, actors::prove_atom_v, std::move(query));
  }

  void scrub(actors::ScrubQuery query, Receive<actors::ScrubReport> receive) override {
    post(std::move(receive), timeout_, actors::scrub_atom_v, query);
  }

  void snapshot(actors::SnapshotQuery query, Receive<actors::SnapshotReport> receive) override {
    post(std::move(receive), timeout_, actors::snapshot_atom_v, query);
  }

 private:
  [[nodiscard]] std::chrono::milliseconds limit_of(std::uint64_t deadline_ms) const {
    return std::max(timeout_, std::chrono::milliseconds(deadline_ms) + kAnswerGrace);
  }

  template <class Reply, class... Args>
  void post(Receive<Reply> receive, std::chrono::milliseconds limit, Args... args) {
    caf::anon_send(
        attachment_,
        Task{[receive = std::move(receive), limit, ... args = std::move(args)](
                 Attachment& attachment) { attachment.question<Reply>(receive, limit, args...); }});
  }

  caf::actor attachment_;
  std::chrono::milliseconds timeout_;
};

}  // namespace

struct AttachedClientFactory::System {
  ClientConfig config;
  caf::actor_system system{config};
};

namespace {

/// The same node with the role view.
Answer<actors::AdminActor> enter(caf::actor_system& system,
                                 const actors::AdminActor& admin,
                                 const std::string& node,
                                 std::chrono::milliseconds timeout) {
  Answer<actors::AdminActor> answer = refuse(overdue(node));
  caf::scoped_actor self{system, true};
  self->request(admin, timeout, actors::enter_atom_v, std::string("view"))
      .receive(
          [&](const caf::strong_actor_ptr& viewer) {
            answer = caf::actor_cast<actors::AdminActor>(viewer);
          },
          [&](const caf::error& error) {
            if (error != caf::sec::request_timeout) answer = refuse(refusal(node, error));
          });
  return answer;
}

}  // namespace

AttachedClientFactory::AttachedClientFactory() = default;
AttachedClientFactory::~AttachedClientFactory() = default;

Answer<std::unique_ptr<NodeClient>> AttachedClientFactory::attach(const std::string& node,
                                                                  const NodeAddress& address,
                                                                  std::chrono::milliseconds timeout,
                                                                  Access access) {
  {
    const std::lock_guard lock(mutex_);
    if (!system_) system_ = std::make_unique<System>();
  }
  auto admin = actors::attach<actors::AdminActor>(system_->system, address.connect, timeout);
  if (!admin.ok()) return refuse(link_error(node, address, admin.error()));
  if (access == Access::View) {
    auto viewer = enter(system_->system, *admin, node, timeout);
    if (!viewer.ok()) return refuse(viewer.error());
    *admin = std::move(*viewer);
  }
  auto attachment = actors::spawn_hosted<caf::actor, Attachment>(
      system_->system, actors::Placement::Pooled, std::move(*admin), node);
  return std::unique_ptr<NodeClient>(
      std::make_unique<AttachedClient>(std::move(attachment), timeout));
}

}  // namespace troupe::tools

#include "tools/troupe/attached_client.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <caf/all.hpp>
#include <caf/io/all.hpp>
#include <fmt/format.h>

#include "actors/hosted.hpp"
#include "actors/local_link.hpp"

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

CommandError link_error(const std::string& node, const fs::path& socket, actors::LinkError error) {
  const bool frozen = error == actors::LinkError::Timeout;
  const bool foreign = error == actors::LinkError::NotOurs;
  return {frozen    ? ExitCode::TimedOut
          : foreign ? ExitCode::Refused
                    : ExitCode::Unreachable,
          frozen    ? "timed-out"
          : foreign ? "not-ours"
                    : "unreachable",
          fmt::format(
              "cannot attach to node {} at {}: {}", node, shown(socket), actors::describe(error)),
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
            [this, number](const caf::error&) { fail(number, lost(node_)); });
  }

 private:
  struct Pending {
    Clock::time_point due;
    std::function<void(const CommandError&)> refuse;
  };

  void on_lost() {
    is_lost_ = true;
    while (!pending_.empty())
      fail(pending_.begin()->first, lost(node_));
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
  struct Config : caf::actor_system_config {
    Config() {
      actors::configure_link_client(*this);
      add_message_types<caf::id_block::troupe_admin>();
    }
  };

  Config config;
  caf::actor_system system{config};
};

AttachedClientFactory::AttachedClientFactory() = default;
AttachedClientFactory::~AttachedClientFactory() = default;

Answer<std::unique_ptr<NodeClient>> AttachedClientFactory::attach(
    const std::string& node, const fs::path& socket, std::chrono::milliseconds timeout) {
  {
    const std::lock_guard lock(mutex_);
    if (!system_) system_ = std::make_unique<System>();
  }
  auto admin = actors::attach<actors::AdminActor>(system_->system, socket.string(), timeout);
  if (!admin.ok()) return refuse(link_error(node, socket, admin.error()));
  auto attachment = actors::spawn_hosted<caf::actor, Attachment>(
      system_->system, actors::Placement::Pooled, std::move(*admin), node);
  return std::unique_ptr<NodeClient>(
      std::make_unique<AttachedClient>(std::move(attachment), timeout));
}

}  // namespace troupe::tools

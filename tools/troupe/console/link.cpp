#include "tools/troupe/console/link.hpp"

#include <atomic>
#include <future>
#include <utility>

#include <caf/all.hpp>
#include <fmt/format.h>

#include "actors/alarm.hpp"
#include "actors/backoff.hpp"
#include "actors/event_stream.hpp"
#include "actors/hosted.hpp"
#include "actors/local_link.hpp"
#include "tools/troupe/client_config.hpp"

namespace troupe::tools {

class LinkActor;

/// Something to do on the link's own thread.
struct LinkTask {
  std::function<void(LinkActor&)> run;
};

}  // namespace troupe::tools

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::tools::LinkTask)

namespace troupe::tools {

namespace {

using attempt_atom = caf::atom_constant<caf::atom("attempt")>;
using beat_atom = caf::atom_constant<caf::atom("beat")>;

/// A node that takes longer to attach to is frozen, which is tried again.
constexpr std::chrono::milliseconds kAttachTimeout{1'000};
/// How often a node is asked whether it lives, and after how long without an answer it does not: the
/// two together are less than the two seconds within which a console says so.
constexpr std::chrono::milliseconds kBeat{400};
constexpr std::chrono::milliseconds kSilence{1'200};
constexpr actors::Backoff::Bounds kBackoff{.first = std::chrono::milliseconds(100),
                                           .longest = std::chrono::seconds(2)};

}  // namespace

struct ConsoleLink::Shared {
  LinkEars ears;
  std::atomic<LinkState> state{LinkState::Attaching};
};

/// The actor behind a link. It has a thread of its own, because attaching waits.
class LinkActor {
 public:
  static constexpr const char* name = "console";

  LinkActor(caf::event_based_actor* self,
            std::function<void(LinkState)> set_state,
            LinkEars ears,
            LinkTarget target,
            actors::EventsQuery wanted)
      : self_(self),
        set_state_(std::move(set_state)),
        ears_(std::move(ears)),
        target_(std::move(target)),
        wanted_(std::move(wanted)) {}

  caf::behavior make_behavior() {
    self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
    self_->send(self_, attempt_atom::value, generation_);
    return {
        [this](attempt_atom, std::uint64_t generation) { on_attempt(generation); },
        [this](beat_atom, std::uint64_t generation) { on_beat(generation); },
        [this](actors::event_atom, const actors::EventBatch& batch) { on_events(batch); },
        [this](const LinkTask& task) { task.run(*this); },
    };
  }

  void use(const LinkTarget& target) {
    leave();
    target_ = target;
    complaint_.clear();
    backoff_ = actors::Backoff(kBackoff);
    begin(Duration{0});
  }

  void want(const actors::EventsQuery& wanted) {
    wanted_ = wanted;
    if (admin_) subscribe();
  }

  using Keys = std::vector<std::string>;

  void ask_keys(const std::string& prefix, std::shared_ptr<std::promise<Keys>> promise);

 private:
  /// Whatever comes of an earlier attempt is no longer of interest.
  void begin(Duration wait) {
    ++generation_;
    self_->delayed_send(self_, wait, attempt_atom::value, generation_);
  }

  void leave() {
    if (!admin_) return;
    self_->demonitor(caf::actor_cast<caf::actor_addr>(admin_));
    admin_ = nullptr;
  }

  void on_attempt(std::uint64_t generation) {
    if (generation != generation_) return;
    auto attached =
        actors::attach<actors::AdminActor>(self_->home_system(), target_.connect, kAttachTimeout);
    if (!attached.ok()) return complain(std::string(actors::describe(attached.error())));
    admin_ = std::move(*attached);
    self_->monitor(admin_);
    backoff_ = actors::Backoff(kBackoff);
    complaint_.clear();
    heard_ = now();
    is_frozen_ = false;
    is_asked_ = false;
    set_state_(LinkState::Attached);
    ears_.say(fmt::format("attached to {}", target_.node));
    subscribe();
    on_beat(generation);
  }

  /// Says what is wrong once, and tries again later.
  void complain(const std::string& reason) {
    set_state_(LinkState::Lost);
    if (reason != complaint_) {
      ears_.say(fmt::format("cannot attach to {}: {}; trying again", target_.node, reason));
    }
    complaint_ = reason;
    begin(backoff_.next());
  }

  void on_down(const caf::down_msg& down) {
    if (!admin_ || down.source != admin_.address()) return;
    admin_ = nullptr;
    set_state_(LinkState::Lost);
    ears_.say(fmt::format("{} is gone; trying to attach again", target_.node));
    begin(backoff_.next());
  }

  void on_beat(std::uint64_t generation) {
    if (generation != generation_ || !admin_) return;
    if (now() - heard_ > kSilence && !std::exchange(is_frozen_, true)) {
      set_state_(LinkState::Frozen);
      ears_.say(fmt::format("{} does not answer: it is frozen or overloaded", target_.node));
    }
    if (!std::exchange(is_asked_, true)) {
      self_->request(admin_, caf::infinite, actors::ping_atom_v)
          .then([this, generation](std::uint64_t) { on_alive(generation); },
                [](const caf::error&) {});
    }
    self_->delayed_send(self_, kBeat, beat_atom::value, generation);
  }

  void on_alive(std::uint64_t generation) {
    if (generation != generation_) return;
    is_asked_ = false;
    heard_ = now();
    if (!std::exchange(is_frozen_, false)) return;
    set_state_(LinkState::Attached);
    ears_.say(fmt::format("{} answers again", target_.node));
  }

  void subscribe() {
    actors::EventsQuery query = wanted_;
    query.sink = caf::actor_cast<actors::EventSink>(caf::actor{self_});
    query.credit = actors::kEventCreditMax;
    self_->request(admin_, caf::infinite, actors::events_atom_v, query)
        .then([this](std::uint64_t stream) { stream_ = stream; },
              [this](const caf::error&) {
                ears_.say(fmt::format("{} sends no events to this console", target_.node));
              });
  }

  void on_events(const actors::EventBatch& batch) {
    ears_.hear(batch);
    const auto heard = static_cast<std::uint32_t>(batch.events.size());
    if (admin_) caf::anon_send(admin_, actors::credit_atom_v, stream_, heard);
  }

  [[nodiscard]] Instant now() const { return actors::instant_of(self_); }

  caf::event_based_actor* self_;
  std::function<void(LinkState)> set_state_;
  LinkEars ears_;
  LinkTarget target_;
  actors::EventsQuery wanted_;
  actors::AdminActor admin_;
  actors::Backoff backoff_{kBackoff};
  std::string complaint_;  // said last
  std::uint64_t generation_ = 1;
  std::uint64_t stream_ = 0;
  Instant heard_;
  bool is_frozen_ = false;
  bool is_asked_ = false;  // an answer by which it lives is awaited
};

void LinkActor::ask_keys(const std::string& prefix, std::shared_ptr<std::promise<Keys>> promise) {
  if (!admin_) return promise->set_value({});
  actors::RecordQuery query;
  query.key = prefix;
  query.prefix = true;
  query.count = 100;
  self_->request(admin_, caf::infinite, actors::records_atom_v, query)
      .then(
          [promise](const actors::RecordsReport& report) {
            Keys keys;
            for (const auto& record : report.records)
              keys.push_back(record.key);
            promise->set_value(std::move(keys));
          },
          [promise](const caf::error&) { promise->set_value({}); });
}

/// Never taken apart: ending its threads may wait for ever (CAF 0.17.6), and the program leaves with
/// _exit.
struct ConsoleLink::System {
  ClientConfig config;
  caf::actor_system system{config};
  caf::actor actor;
};

ConsoleLink::ConsoleLink(LinkTarget target, actors::EventsQuery wanted, LinkEars ears)
    : shared_(std::make_shared<Shared>()), system_(std::make_unique<System>()) {
  shared_->ears = std::move(ears);
  system_->actor = actors::spawn_hosted<caf::actor, LinkActor>(
      system_->system,
      actors::Placement::Detached,
      [shared = shared_](LinkState state) { shared->state = state; },
      shared_->ears,
      std::move(target),
      std::move(wanted));
}

ConsoleLink::~ConsoleLink() {
  caf::anon_send_exit(system_->actor, caf::exit_reason::user_shutdown);
  // Nothing is said to the ears any more once the actor has ended.
  caf::scoped_actor(system_->system)->wait_for(system_->actor);
  // NOLINTNEXTLINE(bugprone-unused-return-value): see System
  static_cast<void>(system_.release());
}

void ConsoleLink::use(const LinkTarget& target) {
  shared_->state = LinkState::Attaching;
  caf::anon_send(system_->actor, LinkTask{[target](LinkActor& link) { link.use(target); }});
}

void ConsoleLink::want(const actors::EventsQuery& wanted) {
  caf::anon_send(system_->actor, LinkTask{[wanted](LinkActor& link) { link.want(wanted); }});
}

LinkState ConsoleLink::state() const {
  return shared_->state;
}

std::vector<std::string> ConsoleLink::keys(const std::string& prefix,
                                           std::chrono::milliseconds limit) {
  if (shared_->state != LinkState::Attached) return {};
  auto promise = std::make_shared<std::promise<LinkActor::Keys>>();
  auto future = promise->get_future();
  caf::anon_send(system_->actor,
                 LinkTask{[prefix, promise](LinkActor& link) { link.ask_keys(prefix, promise); }});
  if (future.wait_for(limit) != std::future_status::ready) return {};
  return future.get();
}

}  // namespace troupe::tools

#include "tools/simulator/simulated_node.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "actors/node.hpp"
#include "actors/swarm.hpp"
#include "tools/simulator/core/random.hpp"
#include "tools/simulator/pipe_plug.hpp"
#include "tools/simulator/simulated_swarm.hpp"
#include "tools/simulator/watched_swarm.hpp"

namespace troupe::simulator {

namespace {

/// The moment at which virtual time begins, on every node's wall clock.
constexpr std::uint64_t kEpochMilliseconds = 1'800'000'000'000;
constexpr std::int64_t kMillion = 1'000'000;

caf::actor_clock::time_point to_caf(Instant instant) {
  return caf::actor_clock::time_point{instant.since_start};
}

/// One deterministic scheduler, and neither threads nor sockets.
struct TestingConfig : caf::actor_system_config {
  TestingConfig() { set("scheduler.policy", caf::atom("testing")); }
};

/// The swarm and the sessions of a real process, over pipes.
actors::SwarmActor spawn_wired_swarm(caf::actor_system& system,
                                     const actors::SwarmSeed& seed,
                                     const actors::Randomness& randomness,
                                     const std::shared_ptr<PipePlug>& plug,
                                     const Outbox& watch) {
  auto setup = actors::swarm_setup(seed, randomness, plug->make_transport());
  std::set<network::PeerId> others = setup.members;
  others.erase(network::PeerId::from_public_key(setup.node_key.public_key()));
  const auto swarm = actors::spawn_swarm(system, std::move(setup));
  return actors::spawn_hosted<actors::SwarmActor, WatchedSwarm>(
      system, actors::Placement::Pooled, swarm, std::move(others), watch);
}

}  // namespace

/// Everything that ends with the process.
struct SimulatedNode::Life {
  explicit Life(SimulatedDisk& disk, std::uint64_t seed) : environment(disk, seed) {}

  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() { return coordinator; }

  // Destroyed from the last to the first: the environment outlives everything opened through it.
  SimulatedEnvironment environment;
  TestingConfig config;
  caf::actor_system system{config};
  caf::scheduler::test_coordinator& coordinator =
      dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  std::shared_ptr<bool> is_alive = std::make_shared<bool>(true);  // shared with this life's outbox
  SimulatedSwarmActor swarm;                                      // null if there are pipes
  std::shared_ptr<PipePlug> plug;                                 // null if there are none
  actors::NodeActor node;
  actors::AdminActor admin;
  std::vector<caf::actor> clients;
};

SimulatedNode::SimulatedNode(actors::NodeOptions options, std::uint64_t seed)
    : options_(std::move(options)),
      peer_id_(network::PeerId::from_public_key(
          crypto::KeyPair::from_seed(options_.node_seed).value().public_key())),
      seed_(seed) {}

SimulatedNode::~SimulatedNode() {
  if (is_up()) crash(std::nullopt);
}

Instant SimulatedNode::local(Instant global) const {
  const std::int64_t passed = (global - clock_global_).count();
  return clock_local_ + Duration{passed + passed / kMillion * clock_.drift_ppm +
                                 passed % kMillion * clock_.drift_ppm / kMillion};
}

/// The first moment at which the local clock shows at least that.
Instant SimulatedNode::global(Instant at) const {
  if (clock_.drift_ppm == 0) return clock_global_ + (at - clock_local_);
  const std::int64_t shown = std::max<std::int64_t>((at - clock_local_).count(), 0);
  const std::int64_t rate = kMillion + clock_.drift_ppm;
  Instant guess =
      clock_global_ + Duration{shown / rate * kMillion + shown % rate * kMillion / rate};
  while (local(guess) < at)
    guess = guess + Duration{1};
  return guess;
}

void SimulatedNode::set_clock(const ClockLaw& law, Instant now) {
  clock_local_ = local(now);
  clock_global_ = now;
  clock_ = law;
}

void SimulatedNode::set_now(Instant now) {
  now_ = now;
  life_->environment.set_now(local(now));
  life_->scheduler().clock().current_time = to_caf(local(now));
}

bool SimulatedNode::is_ready() const {
  return is_up() && life_->admin;
}

bool SimulatedNode::is_dying() const {
  return is_up() && life_->environment.is_dead();
}

SimulatedEnvironment& SimulatedNode::environment() {
  INVARIANT(is_up());
  return life_->environment;
}

void SimulatedNode::boot(Instant now, Outbox outbox, const Wiring& wiring) {
  INVARIANT(!is_up());
  ++lives_;
  failure_.clear();
  is_stopped_ = false;
  life_ = std::make_unique<Life>(disk_, seed_ * 7919 + lives_);
  set_now(now);
  const std::string directory = options_.data_dir.string();
  INVARIANT(life_->environment.create_directory(directory).ok());
  INVARIANT(life_->environment.sync_directory("/").ok());
  spawn_node(std::move(outbox), wiring);
}

void SimulatedNode::spawn_node(Outbox outbox, const Wiring& wiring) {
  const auto alive = life_->is_alive;
  // A process whose disk froze is dead: nothing of it gets out any more.
  const Outbox guarded =
      [alive, environment = &life_->environment, outbox = std::move(outbox)](
          const network::PeerId& to, std::uint8_t channel, const Bytes& message) {
        if (*alive && !environment->is_dead()) outbox(to, channel, message);
      };
  actors::NodePorts ports;
  ports.environment = &life_->environment;
  ports.wall_clock = [this] {
    const auto shown = local(now_).since_start + clock_.offset;
    return Timestamp{kEpochMilliseconds + static_cast<std::uint64_t>(shown.count() / 1000)};
  };
  auto random = std::make_shared<Random>(seed_ * 1000 + lives_);
  ports.randomness = [random](std::size_t size) { return random->bytes(size); };
  if (wiring.pipes != nullptr) {
    life_->plug = std::make_shared<PipePlug>(
        *wiring.pipes, wiring.place, wiring.nodes, [alive, environment = &life_->environment] {
          return *alive && !environment->is_dead();
        });
    wiring.pipes->plug_in(wiring.place, *life_->plug);
    ports.spawn_swarm = [plug = life_->plug, guarded, randomness = ports.randomness](
                            caf::actor_system& system, const actors::SwarmSeed& seed) {
      return spawn_wired_swarm(system, seed, randomness, plug, guarded);
    };
  } else {
    ports.spawn_swarm = [this, guarded](caf::actor_system& system, const actors::SwarmSeed&) {
      life_->swarm = actors::spawn_hosted<SimulatedSwarmActor, SimulatedSwarm>(
          system, actors::Placement::Pooled, guarded);
      return caf::actor_cast<actors::SwarmActor>(life_->swarm);
    };
  }
  ports.blocking = actors::Placement::Pooled;
  ports.workers = 1;
  if (on_log) {
    ports.log = [this](actors::LogLevel, std::string_view actor, const std::string& line) {
      on_log(std::string(actor), line);
    };
  }
  auto context = actors::NodeContext::make(options_, std::move(ports));
  INVARIANT(context.ok());
  life_->node = actors::spawn_hosted<actors::NodeActor, actors::Node>(
      life_->system, actors::Placement::Pooled, *context);
  life_->clients.push_back(
      life_->system.spawn([this, alive](caf::event_based_actor* self) -> caf::behavior {
        self->set_down_handler([this, alive](const caf::down_msg& down) {
          if (*alive) failure_ = life_->system.render(down.reason);
        });
        self->monitor(life_->node);
        self->request(life_->node, caf::infinite, actors::start_atom_v)
            .then([this](const actors::NodeStarted& started) { life_->admin = started.admin; },
                  [this, alive](const caf::error& error) {
                    if (*alive) failure_ = life_->system.render(error);
                  });
        return {[](caf::unit_t) {}};
      }));
}

void SimulatedNode::crash(std::optional<PowerCut> power_cut) {
  INVARIANT(is_up());
  *life_->is_alive = false;
  life_->environment.die();
  auto& scheduler = life_->scheduler();
  scheduler.clock().cancel_all();
  caf::anon_send_exit(life_->node, caf::exit_reason::kill);
  for (const caf::actor& client : life_->clients)
    caf::anon_send_exit(client, caf::exit_reason::kill);
  life_->clients.clear();
  life_->node = nullptr;
  life_->admin = nullptr;
  life_->swarm = nullptr;
  if (life_->plug) life_->plug->let_go();
  do {
    scheduler.run();
    scheduler.clock().cancel_all();
  } while (scheduler.has_job());
  INVARIANT(life_->system.registry().running() == 0);  // nobody is left that would keep the system
  life_.reset();
  if (power_cut) disk_.power_cut(*power_cut, seed_ * 104729 + lives_);
}

std::size_t SimulatedNode::jobs() const {
  return is_up() && !is_stopped_ ? life_->scheduler().jobs.size() : 0;
}

std::uint64_t SimulatedNode::job_actor(std::size_t choice) const {
  const auto* actor = dynamic_cast<caf::local_actor*>(life_->scheduler().jobs[choice]);
  return actor == nullptr ? 0 : actor->id();
}

std::string SimulatedNode::job_name(std::size_t choice) const {
  const auto* actor = dynamic_cast<caf::local_actor*>(life_->scheduler().jobs[choice]);
  return actor == nullptr ? std::string() : std::string(actor->name());
}

std::size_t SimulatedNode::job_mail(std::size_t choice) const {
  auto* actor = dynamic_cast<caf::scheduled_actor*>(life_->scheduler().jobs[choice]);
  return actor == nullptr ? 0 : actor->mailbox().size();
}

std::size_t SimulatedNode::timers() const {
  return life_->scheduler().clock().schedule().size();
}

std::uint64_t SimulatedNode::journal_bytes() const {
  std::uint64_t bytes = 0;
  for (const char* name : {"/journal/votes.a", "/journal/votes.b"}) {
    const auto content = disk_.content(options_.data_dir.string() + name);
    if (content) bytes = std::max<std::uint64_t>(bytes, content->size());
  }
  return bytes;
}

void SimulatedNode::run_job(std::size_t choice, Instant now) {
  set_now(now);
  auto& jobs = life_->scheduler().jobs;
  const auto chosen = jobs.begin() + static_cast<std::ptrdiff_t>(choice);
  std::rotate(jobs.begin(), chosen, chosen + 1);
  life_->scheduler().run_once();
}

std::optional<Instant> SimulatedNode::next_timer() const {
  if (!is_up() || is_stopped_) return std::nullopt;
  const auto& schedule = life_->scheduler().clock().schedule();
  if (schedule.empty()) return std::nullopt;
  const auto due = schedule.begin()->first.time_since_epoch();
  return global(Instant{std::chrono::ceil<Duration>(due)});
}

void SimulatedNode::fire_timer(Instant now) {
  set_now(now);
  life_->scheduler().clock().trigger_timeout();
}

void SimulatedNode::arrive(const network::PeerId& from,
                           std::uint8_t channel,
                           const Bytes& message) {
  if (!is_up() || !life_->swarm) return;
  caf::anon_send(life_->swarm,
                 arrive_atom_v,
                 from,
                 static_cast<actors::Channel>(channel),
                 actors::share(message));
}

void SimulatedNode::link(const network::PeerId& peer, bool is_open) {
  if (is_up() && life_->swarm) caf::anon_send(life_->swarm, link_atom_v, peer, is_open);
}

void SimulatedNode::submit(const Bytes& transaction,
                           std::function<void(const ClientAnswer&)> done) {
  if (!is_ready()) return;
  actors::SubmitRequest request;
  request.transactions.push_back(transaction);
  request.wait = true;
  request.deadline_ms = 600'000;
  life_->clients.push_back(life_->system.spawn(
      [admin = life_->admin, alive = life_->is_alive, request, done = std::move(done)](
          caf::event_based_actor* self) -> caf::behavior {
        self->request(admin, caf::infinite, actors::submit_atom_v, request)
            .then(
                [alive, done, self](const actors::SubmitReply& reply) {
                  const auto& outcome = reply.outcomes.front();
                  if (*alive) done({outcome.state == "final", Height{outcome.height}});
                  self->quit();
                },
                [self](const caf::error&) { self->quit(); });
        return {[](caf::unit_t) {}};
      }));
}

void SimulatedNode::ask_rejoin(std::function<void(const Bytes&)> done) {
  if (!is_ready()) return;
  life_->clients.push_back(
      life_->system.spawn([admin = life_->admin, alive = life_->is_alive, done = std::move(done)](
                              caf::event_based_actor* self) -> caf::behavior {
        self->request(admin, caf::infinite, actors::rejoin_atom_v)
            .then(
                [alive, done, self](const actors::RejoinReport& report) {
                  if (*alive) done(report.transaction);
                  self->quit();
                },
                [self](const caf::error&) { self->quit(); });
        return {[](caf::unit_t) {}};
      }));
}

void SimulatedNode::ask_custody(bool now, std::function<void(const Custody&)> done) {
  if (!is_ready()) return;
  life_->clients.push_back(life_->system.spawn(
      [admin = life_->admin, alive = life_->is_alive, now, done = std::move(done)](
          caf::event_based_actor* self) -> caf::behavior {
        self->request(admin, caf::infinite, actors::scrub_atom_v, actors::ScrubQuery{now})
            .then(
                [alive, done, self](const actors::ScrubReport& report) {
                  if (*alive) done({report.passes, report.damaged, report.quarantined});
                  self->quit();
                },
                [self](const caf::error&) { self->quit(); });
        return {[](caf::unit_t) {}};
      }));
}

void SimulatedNode::ask_record(const std::string& key,
                               std::function<void(const std::optional<Bytes>&)> done) {
  if (!is_ready()) return;
  actors::RecordQuery query;
  query.key = key;
  life_->clients.push_back(life_->system.spawn(
      [admin = life_->admin, alive = life_->is_alive, query, done = std::move(done)](
          caf::event_based_actor* self) -> caf::behavior {
        self->request(admin, caf::infinite, actors::records_atom_v, query)
            .then(
                [alive, done, self](const actors::RecordsReport& report) {
                  std::optional<Bytes> value;
                  if (!report.records.empty()) value = report.records.front().value;
                  if (*alive) done(value);
                  self->quit();
                },
                [self](const caf::error&) { self->quit(); });
        return {[](caf::unit_t) {}};
      }));
}

}  // namespace troupe::simulator

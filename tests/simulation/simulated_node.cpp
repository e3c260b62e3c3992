#include "tests/simulation/simulated_node.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <utility>

#include "actors/context.hpp"
#include "actors/node.hpp"

namespace troupe::simulation {

namespace {

/// The moment at which virtual time begins, on every node's wall clock.
constexpr std::uint64_t kEpochMilliseconds = 1'800'000'000'000;

caf::actor_clock::time_point to_caf(Instant instant) {
  return caf::actor_clock::time_point{instant.since_start};
}

}  // namespace

SimulatedNode::SimulatedNode(actors::NodeOptions options, std::uint64_t seed)
    : options_(std::move(options)),
      peer_id_(network::PeerId::from_public_key(
          crypto::KeyPair::from_seed(options_.node_seed).value().public_key())),
      seed_(seed) {}

SimulatedNode::~SimulatedNode() {
  if (is_up()) crash(std::nullopt);
}

caf::scheduler::test_coordinator& SimulatedNode::scheduler() const {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

actors::NodePorts SimulatedNode::ports(Outbox outbox) {
  actors::NodePorts ports;
  ports.environment = environment_.get();
  ports.wall_clock = [this] {
    const auto elapsed = static_cast<std::int64_t>(now_.since_start.count() / 1000);
    return Timestamp{kEpochMilliseconds + static_cast<std::uint64_t>(elapsed + clock_offset_ms_)};
  };
  auto random = std::make_shared<support::Random>(support::Random::silent(seed_ * 1000 + lives_));
  ports.randomness = [random](std::size_t size) { return random->bytes(size); };
  ports.spawn_swarm = [this, outbox](caf::actor_system& system, const actors::SwarmSeed&) {
    swarm_ = actors::spawn_hosted<SimulatedSwarmActor, SimulatedSwarm>(
        system, actors::Placement::Pooled, outbox);
    return caf::actor_cast<actors::SwarmActor>(swarm_);
  };
  ports.blocking = actors::Placement::Pooled;
  ports.workers = 1;
  if (std::getenv("TROUPE_LOG") != nullptr) {
    ports.log = [this](actors::LogLevel, std::string_view actor, const std::string& line) {
      std::cerr << now_.since_start.count() / 1000 << " ms " << options_.name << " " << actor
                << ": " << line << "\n";
    };
  }
  return ports;
}

void SimulatedNode::boot(Instant now, Outbox outbox) {
  INVARIANT(!is_up());
  now_ = now;
  ++lives_;
  environment_ = std::make_unique<support::SimulatedEnvironment>(disk_, seed_ * 7919 + lives_);
  environment_->set_now(now);
  const std::string directory = options_.data_dir.string();
  INVARIANT(environment_->create_directory(directory).ok());
  INVARIANT(environment_->sync_directory("/").ok());
  config_ = std::make_unique<caf::actor_system_config>();
  config_->set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(*config_);
  scheduler().clock().current_time = to_caf(now);
  is_alive_ = std::make_shared<bool>(true);
  const Outbox guarded = [alive = is_alive_, outbox = std::move(outbox)](const network::PeerId& to,
                                                                         actors::Channel channel,
                                                                         const Bytes& message) {
    if (*alive) outbox(to, channel, message);
  };
  auto context = actors::NodeContext::make(options_, ports(guarded));
  INVARIANT(context.ok());
  node_ = actors::spawn_hosted<actors::NodeActor, actors::Node>(
      *system_, actors::Placement::Pooled, *context);
  clients_.push_back(system_->spawn([this](caf::event_based_actor* self) -> caf::behavior {
    self->set_down_handler([this](const caf::down_msg& down) {
      if (*is_alive_) failure_ = system_->render(down.reason);
    });
    self->monitor(node_);
    self->request(node_, caf::infinite, actors::start_atom_v)
        .then([this](const actors::NodeStarted& started) { admin_ = started.admin; },
              [this](const caf::error& error) {
                if (*is_alive_) failure_ = system_->render(error);
              });
    return {[](caf::unit_t) {}};
  }));
}

void SimulatedNode::crash(std::optional<support::PowerCut> power_cut) {
  INVARIANT(is_up());
  *is_alive_ = false;
  environment_->die();
  scheduler().clock().cancel_all();
  caf::anon_send_exit(node_, caf::exit_reason::kill);
  for (const caf::actor& client : clients_)
    caf::anon_send_exit(client, caf::exit_reason::kill);
  clients_.clear();
  node_ = nullptr;
  admin_ = nullptr;
  swarm_ = nullptr;
  do {
    scheduler().run();
    scheduler().clock().cancel_all();
  } while (scheduler().has_job());
  INVARIANT(system_->registry().running() == 0);  // nobody is left that would keep the system
  system_.reset();
  config_.reset();
  environment_.reset();
  if (power_cut) disk_.power_cut(*power_cut, seed_ * 104729 + lives_);
}

std::size_t SimulatedNode::jobs() const {
  return is_up() ? scheduler().jobs.size() : 0;
}

void SimulatedNode::run_job(std::size_t choice, Instant now) {
  now_ = now;
  environment_->set_now(now);
  auto& jobs = scheduler().jobs;
  const auto chosen = jobs.begin() + static_cast<std::ptrdiff_t>(choice);
  std::rotate(jobs.begin(), chosen, chosen + 1);
  scheduler().clock().current_time = to_caf(now);
  scheduler().run_once();
}

std::optional<Instant> SimulatedNode::next_timer() const {
  if (!is_up()) return std::nullopt;
  const auto& schedule = scheduler().clock().schedule();
  if (schedule.empty()) return std::nullopt;
  return Instant{std::chrono::duration_cast<Duration>(schedule.begin()->first.time_since_epoch())};
}

void SimulatedNode::fire_timer(Instant now) {
  now_ = now;
  scheduler().clock().current_time = to_caf(now);
  scheduler().clock().trigger_timeout();
}

void SimulatedNode::arrive(const network::PeerId& from,
                           actors::Channel channel,
                           const Bytes& message) {
  if (swarm_) caf::anon_send(swarm_, arrive_atom_v, from, channel, actors::share(message));
}

void SimulatedNode::link(const network::PeerId& peer, bool is_up) {
  if (swarm_) caf::anon_send(swarm_, link_atom_v, peer, is_up);
}

void SimulatedNode::submit(const Bytes& transaction,
                           std::function<void(const actors::TransactionOutcome&)> done) {
  if (!admin_) return;
  actors::SubmitRequest request;
  request.transactions.push_back(transaction);
  request.wait = true;
  request.deadline_ms = 600'000;
  clients_.push_back(system_->spawn(
      [this, request, done = std::move(done)](caf::event_based_actor* self) -> caf::behavior {
        self->request(admin_, caf::infinite, actors::submit_atom_v, request)
            .then(
                [this, done, self](const actors::SubmitReply& reply) {
                  if (*is_alive_) done(reply.outcomes.front());
                  self->quit();
                },
                [self](const caf::error&) { self->quit(); });
        return {[](caf::unit_t) {}};
      }));
}

}  // namespace troupe::simulation

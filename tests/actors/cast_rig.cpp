#include "tests/actors/cast_rig.hpp"

#include <algorithm>
#include <array>

#include "actors/failure.hpp"
#include "tests/protocol/ledger/samples.hpp"
#include "tests/support/random.hpp"

namespace troupe::test {

namespace {

constexpr std::uint32_t kValidators = 4;
/// What every wall clock of a rig shows when virtual time begins.
constexpr std::uint64_t kEpochMilliseconds = 1'800'000'000'000;

using Keys = std::array<crypto::KeyPair, kValidators>;

Keys keys_of(const std::string& word) {
  using ledger::samples::key_of;
  return {key_of(word + "1"), key_of(word + "2"), key_of(word + "3"), key_of(word + "4")};
}

}  // namespace

const crypto::KeyPair& validator_key(std::uint32_t index) {
  static const Keys keys = keys_of("validator n");
  return keys.at(index);
}

const crypto::KeyPair& node_key(std::uint32_t index) {
  static const Keys keys = keys_of("node n");
  return keys.at(index);
}

ledger::Genesis rig_genesis() {
  ledger::Genesis genesis;
  genesis.network = "rig";
  genesis.created = Timestamp{1'700'000'000'000};
  genesis.development = true;
  for (std::uint32_t i = 0; i < kValidators; ++i) {
    genesis.validators.push_back(
        {"n" + std::to_string(i + 1),
         validator_key(i).public_key(),
         network::PeerId::from_public_key(node_key(i).public_key()).bytes()});
  }
  return genesis;
}

actors::NodeOptions rig_options(std::uint32_t index, bool has_validator_key) {
  actors::NodeOptions options;
  options.name = "n" + std::to_string(index + 1);
  options.node_seed = node_key(index).seed();
  if (has_validator_key) options.validator_seed = validator_key(index).seed();
  options.genesis = ledger::encode(rig_genesis());
  options.data_dir = "/" + options.name;
  options.listen = "/ip4/127.0.0.1/tcp/7701";
  options.log_level = actors::LogLevel::Debug;
  return options;
}

CastRig::CastRig(actors::NodeOptions options)
    : log_(std::make_shared<std::vector<std::string>>()), options_(std::move(options)) {
  begin();
}

CastRig::~CastRig() {
  end();
}

actors::NodePorts CastRig::ports() {
  actors::NodePorts ports;
  ports.environment = environment_.get();
  ports.wall_clock = [this] {
    const auto elapsed = static_cast<std::uint64_t>(now().since_start.count() / 1000);
    return Timestamp{kEpochMilliseconds + elapsed};
  };
  auto random = std::make_shared<support::Random>(support::Random::silent(lives_));
  ports.randomness = [random](std::size_t size) { return random->bytes(size); };
  ports.spawn_swarm = [this](caf::actor_system&, const actors::SwarmSeed&) {
    return swarm->as<actors::SwarmActor>();
  };
  ports.blocking = actors::Placement::Pooled;
  ports.workers = 1;
  ports.process_id = 4711;
  ports.log = [log = log_](actors::LogLevel, std::string_view actor, const std::string& line) {
    log->push_back(std::string(actor) + ": " + line);
  };
  return ports;
}

void CastRig::begin() {
  ++lives_;
  environment_ = std::make_unique<simulator::SimulatedEnvironment>(disk_, lives_);
  const std::string directory = options_.data_dir.string();
  INVARIANT(environment_->create_directory(directory).ok());
  INVARIANT(environment_->sync_directory("/").ok());
  config_ = std::make_unique<caf::actor_system_config>();
  config_->set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(*config_);
  ends_ = std::make_shared<std::map<caf::actor_id, std::string>>();
  watcher_ = system_->spawn([ends = ends_](caf::event_based_actor* self) -> caf::behavior {
    self->set_down_handler([self, ends](const caf::down_msg& down) {
      const std::string text = actors::failure_text(down.reason);
      (*ends)[down.source.id()] = text.empty() ? self->system().render(down.reason) : text;
    });
    return {[](const Task& task) { task.run(); }};
  });
  for (std::optional<StandIn>* member : stand_ins()) {
    member->emplace(*system_);
    actors_.push_back((*member)->actor());
  }
  auto context = actors::NodeContext::make(options_, ports());
  INVARIANT(context.ok());
  context_ = std::move(context).value();
}

std::array<std::optional<StandIn>*, 14> CastRig::stand_ins() {
  return {&swarm,
          &worker,
          &batch_store,
          &signer,
          &mempool,
          &validator,
          &accuser,
          &ledger_writer,
          &ledger_reader,
          &synchronizer,
          &scrubber,
          &archivist,
          &admin,
          &node};
}

void CastRig::end() {
  actors_.push_back(std::exchange(watcher_, nullptr));
  do {
    for (const caf::actor& actor : actors_)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    actors_.clear();
    scheduler().clock().cancel_all();
    run();
  } while (scheduler().has_job());
  for (std::optional<StandIn>* member : stand_ins()) {
    member->reset();
  }
  INVARIANT(system_->registry().running() == 0);  // nobody is left that would keep the system
  chain_.reset();
  context_.reset();
  system_.reset();
  config_.reset();
  environment_.reset();
}

void CastRig::restart(std::optional<simulator::PowerCut> power_cut) {
  end();
  if (power_cut) disk_.power_cut(*power_cut, lives_);
  begin();
}

caf::scheduler::test_coordinator& CastRig::scheduler() const {
  return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
}

const std::shared_ptr<storage::ChainStore>& CastRig::chain() {
  if (chain_) return chain_;
  storage::DatabaseOptions options;
  options.path = directory() + "/database";
  options.owner = {context_->chain(), context_->peer_id().bytes()};
  auto opened = storage::Database::open(*environment_, options);
  INVARIANT(opened.ok());
  chain_ = std::make_shared<storage::ChainStore>(opened->database);
  return chain_;
}

bool CastRig::has_logged(std::string_view text) const {
  return std::any_of(log_->begin(), log_->end(), [text](const std::string& line) {
    return line.find(text) != std::string::npos;
  });
}

void CastRig::run() {
  while (scheduler().has_job())
    scheduler().run_once();
}

void CastRig::advance(Duration span) {
  auto& clock = scheduler().clock();
  const auto end = clock.current_time + span;
  run();
  while (!clock.schedule().empty() && clock.schedule().begin()->first <= end) {
    clock.trigger_timeout();
    run();
  }
  clock.current_time = end;
}

Instant CastRig::now() const {
  const auto since = scheduler().clock().now().time_since_epoch();
  return Instant{std::chrono::duration_cast<Duration>(since)};
}

std::optional<std::string> CastRig::end_of(const caf::actor& actor) const {
  const auto found = ends_->find(actor.id());
  if (found == ends_->end()) return std::nullopt;
  return found->second;
}

void CastRig::watch(const caf::actor& actor) {
  actors_.push_back(actor);
  caf::anon_send(watcher_, Task{[watcher = watcher_, actor] {
                   auto* const self = caf::actor_cast<caf::abstract_actor*>(watcher);
                   dynamic_cast<caf::event_based_actor&>(*self).monitor(actor);
                 }});
  run();
}

void CastRig::fail(const caf::actor& actor, const std::string& text) {
  caf::anon_send(actor,
                 caf::exit_msg{actor.address(), caf::make_error(caf::sec::runtime_error, text)});
  run();
}

actors::Cast CastRig::members() const {
  return {swarm->as<actors::SwarmActor>(),
          {worker->as<actors::WorkerActor>()},
          batch_store->as<actors::BatchStoreActor>(),
          signer->as<actors::SignerActor>(),
          mempool->as<actors::MempoolActor>(),
          validator->as<actors::ValidatorActor>(),
          accuser->as<actors::AccuserActor>(),
          ledger_writer->as<actors::LedgerWriterActor>(),
          ledger_reader->as<actors::LedgerReaderActor>(),
          synchronizer->as<actors::SynchronizerActor>(),
          scrubber->as<actors::ScrubberActor>(),
          archivist->as<actors::ArchivistActor>(),
          admin->as<actors::AdminCore>()};
}

std::vector<Sent> CastRig::take_sent() {
  using actors::Channel;
  using actors::SharedBytes;
  std::vector<Sent> sent;
  for (const Heard& heard : swarm->drain()) {
    if (heard.what.match_elements<actors::send_atom, network::PeerId, Channel, SharedBytes>()) {
      sent.push_back({heard.what.get_as<network::PeerId>(1),
                      heard.what.get_as<Channel>(2),
                      *heard.what.get_as<SharedBytes>(3)});
    } else if (heard.what.match_elements<actors::sendall_atom, Channel, SharedBytes>()) {
      sent.push_back(
          {std::nullopt, heard.what.get_as<Channel>(1), *heard.what.get_as<SharedBytes>(2)});
    } else {
      swarm->keep(heard);
    }
  }
  return sent;
}

}  // namespace troupe::test

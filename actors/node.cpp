#include "actors/node.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "actors/accuser.hpp"
#include "actors/admin.hpp"
#include "actors/archivist.hpp"
#include "actors/batch_store.hpp"
#include "actors/failure.hpp"
#include "actors/history_log.hpp"
#include "actors/joiner.hpp"
#include "actors/joining.hpp"
#include "actors/ledger_reader.hpp"
#include "actors/ledger_writer.hpp"
#include "actors/mempool.hpp"
#include "actors/scrubber.hpp"
#include "actors/synchronizer.hpp"
#include "actors/validator.hpp"
#include "actors/version.hpp"
#include "actors/worker.hpp"
#include "protocol/ledger/membership.hpp"
#include "protocol/proof/accusation.hpp"
#include "storage/state_store.hpp"

namespace troupe::actors {

namespace {

/// A validator learns of blocks through its votes; only what it does not learn so within this time
/// is fetched.
constexpr Duration kValidatorPatience = std::chrono::milliseconds(1000);

/// A read that nobody checked before is refused where it contradicts the state root of its height;
/// so it is the newest roots that must be right from the first moment.
constexpr std::uint64_t kHeightsCheckedAtStart = 8;

/// The meta value that says that this node has had a vote journal.
constexpr const char* kJournalCreatedName = "journal-created";

storage::StorageError unreadable(const storage::StateView& state) {
  if (state.error()) return *state.error();
  return {storage::StorageErrorKind::Corrupt,
          "database",
          "what the state says of a validator is damaged"};
}

storage::Stored<std::vector<proof::Accusation>> read_accusations(const storage::ChainStore& chain) {
  const auto stored = chain.evidence(kValidatorsMax * (kEvidencePerValidatorMax + 1));
  if (!stored) return failure(stored.error());
  std::vector<proof::Accusation> accusations;
  for (const Bytes& encoded : *stored) {
    if (auto decoded = proof::decode_accusation(encoded)) accusations.push_back(*decoded);
  }
  return accusations;
}

consensus::Timing timing_of(const ledger::GenesisRules& rules) {
  consensus::Timing timing;
  timing.delta = rules.delta;
  timing.idle_interval = rules.idle_interval;
  timing.drift = rules.clock_drift;
  timing.factor_steps_max = consensus::Timing::factor_steps_for(rules.delta, rules.view_timer_max);
  return timing;
}

}  // namespace

Node::Node(NodeActor::pointer self, SharedContext context)
    : self_(self), context_(std::move(context)) {}

Node::~Node() {
  dismiss();
}

NodeActor::behavior_type Node::make_behavior() {
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  return {
      [this](start_atom) { return start(); },
      [this](stop_atom) { stop(); },
  };
}

caf::result<NodeStarted> Node::start() {
  if (caf::error error = open_storage()) return error;
  if (caf::error error = recover_signer()) return error;
  cast_ = std::make_shared<Cast>();
  auto promise = self_->make_response_promise<NodeStarted>();
  if (context_->options().from_snapshot && !database_->height()) {
    join(promise);
    return promise;
  }
  if (caf::error error = give_up_joining()) return error;
  play(promise);
  return promise;
}

/// A ledger that begins with the genesis has no use for a snapshot that was on its way in.
caf::error Node::give_up_joining() {
  if (database_->height()) return {};
  const auto is_begun = has_joining(*chain_);
  if (!is_begun) return disk_failure(is_begun.error());
  if (!*is_begun) return {};
  const auto done = forget_joining(*chain_);
  return done ? caf::error{} : disk_failure(done.error());
}

/// Has a ledger brought here, and only then the cast, which starts from a ledger.
void Node::join(caf::typed_response_promise<NodeStarted> promise) {
  spawn_swarm();
  const auto joiner = spawn_hosted<JoinerActor, Joiner>(
      self_->home_system(), context_->ports().blocking, context_, cast_->swarm, chain_);
  joiner_ = caf::actor_cast<caf::strong_actor_ptr>(joiner);
  self_->request(joiner, caf::infinite, join_atom_v)
      .then(
          [this, promise](bool) {
            caf::anon_send_exit(joiner_, caf::exit_reason::user_shutdown);
            joiner_ = nullptr;
            play(promise);
          },
          [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
}

void Node::play(caf::typed_response_promise<NodeStarted> promise) {
  if (caf::error error = spawn_cast()) {
    promise.deliver(std::move(error));
    return;
  }
  introduce(promise);
}

storage::DataOwner Node::owner() const {
  return {context_->chain(), context_->peer_id().bytes()};
}

caf::error Node::open_storage() {
  storage::Environment& environment = *context_->ports().environment;
  auto directory = storage::DataDirectory::open(environment, context_->options().data_dir.string());
  if (!directory) return disk_failure(directory.error());
  directory_ = std::move(directory).value();
  storage::DatabaseOptions options;
  options.path = directory_->database_path();
  options.owner = owner();
  options.block_cache_bytes = context_->options().limits.cache_bytes;
  auto opened = storage::Database::open(environment, options);
  if (!opened) return disk_failure(opened.error());
  database_ = opened->database;
  report_ = opened->report;
  chain_ = std::make_shared<storage::ChainStore>(database_);
  if (!report_.is_complete()) {
    context_->log(LogLevel::Error, name, "the database lost data: " + report_.detail);
  }
  return {};
}

/// The journal decides whether this node may vote; a database that lost data decides it too, since
/// what this node said it holds may be gone. Only a database that nothing was ever committed to
/// excuses a missing journal, so the database is told of the journal before anything is signed.
/// With every block it is told how far the journal has come, which exposes one that was put back.
caf::error Node::recover_signer() {
  if (!context_->own()) return {};
  storage::Environment& environment = *context_->ports().environment;
  const std::string path = directory_->journal_path();
  if (const auto made = environment.create_directory(path); !made)
    return disk_failure(made.error());
  const bool is_new = report_.state == storage::OpenState::Created;
  const auto mark = read_journal_mark(*chain_);
  if (!mark) return disk_failure(mark.error());
  auto journal = recover_journal(*context_, path, is_new, *mark);
  if (!journal) return disk_failure(journal.error());
  journal_ = std::move(journal).value();
  journal_mark_ = *mark;
  if (is_new) {
    storage::WriteSet set;
    storage::put_meta(set, kJournalCreatedName, Bytes{1});
    if (const auto done = database_->commit(set); !done) return disk_failure(done.error());
  }
  if (!report_.is_complete() && journal_->health == consensus::JournalHealth::Intact) {
    journal_->health = consensus::JournalHealth::Damaged;
  }
  return {};
}

void Node::adopt(const caf::strong_actor_ptr& member) {
  self_->monitor(caf::actor_cast<caf::actor_addr>(member));
  members_.push_back(member);
}

caf::error Node::spawn_cast() {
  const auto state = read_chain_state(*chain_, *context_);
  if (!state) return disk_failure(state.error());
  const auto history = complete_history(*chain_, *context_, state->newest.height);
  if (!history) return disk_failure(history.error());
  if (caf::error error = check_tip(*state)) return error;
  auto roots = read_executed_roots(*chain_, *context_, *state);
  if (!roots) return disk_failure(roots.error());
  const auto accusations = read_accusations(*chain_);
  if (!accusations) return disk_failure(accusations.error());
  const storage::StateView values(storage::StateStore(database_), state->newest.height);
  const auto recorded = proof::read_accusations(values, context_->validators().size());
  if (!recorded) return disk_failure(unreadable(values));
  spawn_ledger(*state);
  spawn_consensus(*state, std::move(roots).value(), *accusations);
  if (caf::error error = spawn_mempool(*state, *accusations, *recorded)) return error;
  cast_->accuser = spawn_member<AccuserActor, Accuser>(
      Placement::Pooled, context_, AccuserSeed{state->newest.height, *recorded, *accusations});
  if (!cast_->swarm) spawn_swarm();
  cast_->admin = spawn_member<AdminCore, Admin>(
      Placement::Pooled, context_, NodeActor{self_}, state->newest.height);
  context_->log(LogLevel::Info,
                name,
                context_->options().name + " starts at height " +
                    std::to_string(state->newest.height.number));
  return {};
}

/// Before anything is served or signed, the last blocks are audited and what follows from them is
/// mended. What needs a peer for that is for the operator: the node does not know yet who is right.
caf::error Node::check_tip(const ChainState& state) {
  const LedgerAudit audit({context_->root(), context_->electorate()}, chain_);
  const std::uint64_t newest = state.newest.height.number;
  const auto base = read_base(*chain_);
  if (!base) return disk_failure(base.error());
  const std::uint64_t few =
      newest > kHeightsCheckedAtStart ? newest - kHeightsCheckedAtStart + 1 : 1;
  for (Height height{std::max(few, base->number + 1)}; height.number <= newest;
       height = height.next()) {
    auto fault = mend_height(audit, height);
    // A block is executed upon the state before it, which a much earlier one may have written.
    for (Height below = base->next(); fault && *fault && below < height; below = below.next()) {
      if (const auto other = mend_height(audit, below); !other) return disk_failure(other.error());
      if (below.next() == height) fault = mend_height(audit, height);
    }
    if (!fault) return disk_failure(fault.error());
    if (*fault) {
      return disk_failure({storage::StorageErrorKind::Corrupt, database_->path(), **fault});
    }
  }
  return {};
}

/// Audits one height, mends what follows from its block, and returns what is still wrong with it.
storage::Stored<std::optional<std::string>> Node::mend_height(const LedgerAudit& audit,
                                                              Height height) {
  const auto checked = audit.check(height, {});
  if (!checked) return failure(checked.error());
  if (checked->is_sound()) return std::optional<std::string>();
  for (const std::string& damage : checked->damages) {
    context_->log(LogLevel::Error, name, "ALTERED DATA: " + damage);
    found_at_start_.findings.push_back(damage);
  }
  const std::size_t entries = checked->mending.changes().size();
  found_at_start_.damaged += checked->damages.size();
  found_at_start_.repaired += entries;
  if (const auto done = database_->commit(checked->mending); !done) return failure(done.error());
  if (entries > 0) {
    context_->log(LogLevel::Warn,
                  name,
                  "mended " + std::to_string(entries) + " entries of height " +
                      std::to_string(height.number));
  }
  const auto again = audit.check(height, {});
  if (!again) return failure(again.error());
  if (again->is_sound()) return std::optional<std::string>();
  return std::optional(again->damages.front());
}

void Node::spawn_ledger(const ChainState& state) {
  const Placement blocking = context_->ports().blocking;
  for (std::size_t i = 0; i < std::max<std::size_t>(context_->ports().workers, 1); ++i) {
    cast_->workers.push_back(spawn_member<WorkerActor, Worker>(blocking, context_, chain_));
  }
  cast_->batch_store = spawn_member<BatchStoreActor, BatchStore>(blocking, context_, chain_);
  cast_->ledger_reader = spawn_member<LedgerReaderActor, LedgerReader>(blocking, context_, chain_);
  cast_->scrubber =
      spawn_member<ScrubberActor, Scrubber>(blocking, context_, chain_, found_at_start_);
  cast_->archivist = spawn_member<ArchivistActor, Archivist>(blocking, context_, chain_);
  cast_->ledger_writer =
      spawn_member<LedgerWriterActor, LedgerWriter>(blocking, context_, chain_, state);
  consensus::CatchUpConfig config{context_->electorate(), state.newest, state.history};
  if (context_->own()) config.patience = kValidatorPatience;
  auto seed =
      std::make_shared<SynchronizerSeed>(SynchronizerSeed{std::move(config), state.last_ordering});
  cast_->synchronizer =
      spawn_member<SynchronizerActor, Synchronizer>(Placement::Pooled, context_, std::move(seed));
}

void Node::spawn_consensus(const ChainState& state,
                           std::vector<consensus::ExecutedRoot> roots,
                           const std::vector<proof::Accusation>& accusations) {
  auto seed = std::make_shared<ValidatorSeed>(ValidatorSeed{
      {context_->electorate(), context_->root(), context_->own(), 0, kLaneBatchesMax, {}}, {}});
  seed->config.instance = random_number(context_->ports().randomness);
  seed->config.timing = timing_of(context_->genesis().rules);
  seed->recovered.final_header = state.final_header;
  seed->recovered.history = state.final_history;
  seed->recovered.finalization = state.finalization;
  seed->recovered.executed = std::move(roots);
  seed->recovered.last_ordering = state.last_ordering;
  for (const proof::Accusation& accusation : accusations) {
    if (const auto* votes = std::get_if<consensus::Evidence>(&accusation))
      seed->recovered.evidence.push_back(*votes);
  }
  if (journal_) {
    if (state.finalization) journal_->rules.raise_mark(*state.finalization);
    seed->recovered.journal = journal_->health;
    seed->recovered.records = journal_->rules.live_records();
    auto signer = std::make_shared<SignerSeed>(
        SignerSeed{crypto::KeyPair::from_seed(*context_->options().validator_seed).value(),
                   std::move(journal_->journal),
                   std::move(journal_->rules),
                   directory_->journal_path(),
                   journal_mark_});
    cast_->signer =
        spawn_member<SignerActor, Signer>(context_->ports().blocking, context_, std::move(signer));
    journal_.reset();
  }
  cast_->validator =
      spawn_member<ValidatorActor, Validator>(Placement::Pooled, context_, std::move(seed));
}

caf::error Node::spawn_mempool(const ChainState& state,
                               const std::vector<proof::Accusation>& accusations,
                               const std::vector<proof::RecordedAccusation>& recorded) {
  auto seed = std::make_shared<MempoolSeed>();
  seed->config.root = context_->electorate().binding.root;
  seed->config.validator_count = context_->validators().size();
  seed->config.self = context_->own();
  const storage::StateView values(storage::StateStore(database_), state.newest.height);
  for (std::uint32_t i = 0; i < context_->validators().size(); ++i) {
    const auto life = ledger::read_life(values, ValidatorIndex{i});
    if (!life) return disk_failure(unreadable(values));
    seed->config.incarnations.push_back(*life);
  }
  for (const proof::Accusation& accusation : accusations) {
    const proof::Lie lie = proof::lie_of(accusation);
    if (lie.kind == proof::LieKind::Lane) seed->config.forked.push_back(lie.culprit);
  }
  seed->config.closed = proof::closings_in(recorded);
  seed->recovery.height = state.newest.height;
  seed->recovery.tips = to_lane_tips(state.newest.tips);
  auto batches = load_unordered(*chain_, *context_, seed->recovery.tips);
  if (!batches) return disk_failure(batches.error());
  seed->recovery.batches = std::move(batches).value();
  cast_->mempool =
      spawn_member<MempoolActor, Mempool>(Placement::Pooled, context_, std::move(seed));
  return {};
}

void Node::spawn_swarm() {
  SwarmSeed seed;
  seed.chain = context_->chain();
  seed.node_seed = context_->options().node_seed;
  seed.agent = std::string("troupe/") + kVersion;
  seed.listen = context_->options().listen;
  seed.peers = context_->options().peers;
  seed.connections_max = context_->options().limits.connections_max;
  for (std::uint32_t i = 0; i < context_->validators().size(); ++i) {
    seed.members.push_back(context_->peer_of(ValidatorIndex{i}));
  }
  for (const std::string& follower : context_->options().followers) {
    if (const auto id = network::PeerId::parse(follower)) seed.members.push_back(*id);
  }
  seed.tap = context_->tap();
  cast_->swarm = context_->ports().spawn_swarm(self_->home_system(), seed);
  adopt(caf::actor_cast<caf::strong_actor_ptr>(cast_->swarm));
}

/// Everybody gets to know everybody before anybody acts, so that no message finds its receiver
/// without a cast.
void Node::introduce(caf::typed_response_promise<NodeStarted> promise) {
  const CastPointer cast = cast_;
  introduced_ = 0;
  const auto meet = [&](const auto& member) {
    ++introduced_;
    self_->request(member, caf::infinite, meet_atom_v, cast)
        .then(
            [this, promise](bool) {
              if (--introduced_ == 0) begin(promise);
            },
            [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  };
  meet(cast->mempool);
  meet(cast->validator);
  meet(cast->accuser);
  meet(cast->ledger_writer);
  meet(cast->ledger_reader);
  meet(cast->scrubber);
  meet(cast->synchronizer);
  meet(cast->admin);
}

void Node::begin(caf::typed_response_promise<NodeStarted> promise) {
  self_->send(cast_->mempool, start_atom_v);
  self_->send(cast_->validator, start_atom_v);
  self_->send(cast_->accuser, start_atom_v);
  self_->send(cast_->scrubber, start_atom_v);
  self_->send(cast_->archivist, start_atom_v);
  const auto route = [&](Channel channel, const auto& member) {
    self_->send(cast_->swarm, route_atom_v, channel, caf::actor_cast<ChannelSink>(member));
  };
  route(Channel::Consensus, cast_->validator);
  route(Channel::Lanes, cast_->mempool);
  route(Channel::Sync, cast_->synchronizer);
  self_->request(cast_->swarm, caf::infinite, listen_atom_v)
      .then(
          [this, promise](const network::Multiaddr& address) mutable {
            promise.deliver(NodeStarted{address.text(), caf::actor_cast<AdminActor>(cast_->admin)});
          },
          [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
}

void Node::on_down(const caf::down_msg& down) {
  if (is_stopping_) return;
  const std::string text = failure_text(down.reason);
  context_->log(LogLevel::Error,
                name,
                "stops: " + (text.empty() ? self_->home_system().render(down.reason) : text));
  is_stopping_ = true;
  dismiss();
  self_->quit(down.reason);
}

void Node::stop() {
  is_stopping_ = true;
  dismiss();
  self_->quit(caf::exit_reason::user_shutdown);
}

void Node::dismiss() {
  for (const caf::strong_actor_ptr& member : members_) {
    caf::anon_send_exit(member, caf::exit_reason::user_shutdown);
  }
  members_.clear();
  if (joiner_) caf::anon_send_exit(joiner_, caf::exit_reason::user_shutdown);
  joiner_ = nullptr;
  cast_.reset();
}

}  // namespace troupe::actors

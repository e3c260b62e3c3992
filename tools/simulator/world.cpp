#include "tools/simulator/world.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/transaction.hpp"
#include "tools/simulator/addresses.hpp"
#include "tools/simulator/cheap_signatures.hpp"

namespace troupe::simulator {

namespace {

constexpr std::size_t kAccounts = 3;
constexpr Duration kPartingMax = std::chrono::milliseconds(100);

crypto::KeyPair key_from(std::uint64_t seed) {
  Random random(seed);
  return crypto::KeyPair::from_seed(random.bytes(crypto::KeyPair::kSeedBytes)).value();
}

}  // namespace

std::string_view name(Turn turn) {
  switch (turn) {
    case Turn::Boots: return "boots";
    case Turn::Ready: return "is ready";
    case Turn::Crashes: return "crashes";
    case Turn::LosesPower: return "loses power";
    case Turn::GivesUp: return "gives up";
    case Turn::Stops: return "is stopped";
    case Turn::Continues: return "goes on";
    case Turn::FaultBegins: return "begins";
    case Turn::FaultEnds: return "ends";
  }
  return "";
}

World::World(const WorldOptions& options)
    : options_(options),
      random_(derive_seed(options.seed, "world")),
      links_(options.seed, options.nodes()),
      schedule_(options.strategy, options.seed, options.nodes()) {
  use_cheap_signatures(options.has_cheap_signatures);
  INVARIANT(!options.has_pipes || options.twins.empty());
  INVARIANT(!options.has_pipes || options.versions_talk);
  if (options.has_pipes) pipes_ = std::make_unique<Pipes>(options.seed, links_, options.nodes());
  for (std::size_t i = 0; i < kAccounts; ++i)
    accounts_.push_back(key_from(options.seed * 31 + 17 + i));
  make_nodes(options.validators);
}

World::~World() = default;

void World::make_nodes(std::uint32_t count) {
  const std::uint64_t seed = options_.seed;
  genesis_.network = "simulation";
  genesis_.created = Timestamp{1'700'000'000'000};
  genesis_.development = true;
  genesis_.rules.delta = options_.delta;
  std::vector<crypto::KeyPair> node_keys;
  std::vector<crypto::KeyPair> validator_keys;
  for (std::uint32_t i = 0; i < count; ++i) {
    node_keys.push_back(key_from(seed * 1000 + i));
    validator_keys.push_back(key_from(seed * 1000 + 500 + i));
    genesis_.validators.push_back(
        {"n" + std::to_string(i + 1),
         validator_keys.back().public_key(),
         network::PeerId::from_public_key(node_keys.back().public_key()).bytes()});
  }
  for (std::uint32_t i = 0; i < options_.observers; ++i)
    node_keys.push_back(key_from(seed * 1000 + 800 + i));
  for (std::size_t i = 0; i < node_keys.size(); ++i)
    owners_.push_back(i);
  owners_.insert(owners_.end(), options_.twins.begin(), options_.twins.end());
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    const std::size_t owner = owners_[i];
    actors::NodeOptions options;
    options.name = "n" + std::to_string(owner + 1);
    options.node_seed = node_keys[owner].seed();
    if (owner < count) options.validator_seed = validator_keys[owner].seed();
    options.genesis = ledger::encode(genesis_);
    options.data_dir = "/" + options.name;
    // A walk executes every block of every node once more, which would slow down each simulation.
    options.limits.scrub_heights_per_second = 0;
    options.limits.state_heights_kept = 0;
    options.limits.snapshot_interval_heights = 0;
    options.listen = address_of_node(i).text();
    for (std::size_t other = 0; other < node_keys.size(); ++other) {
      const auto peer = network::PeerId::from_public_key(node_keys[other].public_key());
      if (other != i) options.peers.push_back(address_of_node(other).with_peer(peer).text());
      if (other >= count) options.followers.push_back(peer.text());
    }
    const std::string name = options.name;
    nodes_.push_back(std::make_unique<SimulatedNode>(std::move(options), seed * 64 + i));
    by_peer_.emplace(nodes_.back()->peer_id(), i);
    const std::string half = owner == i ? "" : " again";
    disk_faults_.emplace_back(derive_seed(seed, "disk of " + name + half));
  }
  is_met_.resize(owners_.size());
  deaths_.resize(owners_.size());
  refusals_.resize(owners_.size());
  is_upgraded_.resize(owners_.size());
  busy_until_.resize(owners_.size());
  liars_.resize(owners_.size());
}

void World::note(std::uint64_t value) {
  trace_ = (trace_ ^ value) * 1099511628211ull;
  trace_ ^= trace_ >> 29;
}

void World::note(ByteView bytes) {
  note(crypto::crc32c(bytes));
}

void World::tell(std::size_t index, Turn turn, const std::string& detail) {
  note(1'000'000 * (static_cast<std::uint64_t>(turn) + 1) + (index & 0xff));
  for (Witness* const witness : witnesses_)
    witness->on_happening({now_, index, turn, detail});
}

// --- nodes

void World::boot_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    boot(i);
}

void World::boot(std::size_t index) {
  if (refusals_[index]) {
    given_up_.push_back({index, *refusals_[index]});
    return tell(index, Turn::GivesUp, *refusals_[index]);
  }
  tell(index, Turn::Boots, "");
  is_met_[index] = false;
  busy_until_[index] = now_;
  SimulatedNode& node = *nodes_[index];
  node.boot(now_,
            [this, index](const network::PeerId& to, std::uint8_t channel, const Bytes& message) {
              post(index, to, channel, message);
            },
            {pipes_.get(), index, nodes_.size()});
  node.environment().decide_with(
      [this, index](std::string_view operation, const std::string& path) {
        return disk_faults_[index].decide(operation, path, nodes_[index]->environment());
      });
}

/// What left the node before lives on in the network, and its peers notice a little later that it is
/// gone: a vote that must not have been sent is then really out.
void World::crash(std::size_t index, std::optional<PowerCut> power_cut) {
  tell(index, power_cut ? Turn::LosesPower : Turn::Crashes, "");
  if (pipes_) pipes_->unplug(index, power_cut.has_value(), now_);
  nodes_[index]->crash(power_cut);
  std::erase_if(events_, [index](const auto& entry) {
    const Event& event = entry.second;
    return event.link.to == index || (event.link.from == index && event.kind != EventKind::Arrives);
  });
  for (auto& [id, waiting] : clogged_)
    std::erase_if(waiting, [index](const Outgoing& one) { return one.link.to == index; });
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other == index) continue;
    const auto after =
        static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(kPartingMax.count())));
    schedule_event(now_ + Duration{after}, {EventKind::Part, {index, other}, 0, nullptr});
  }
  for (Witness* const witness : witnesses_)
    witness->on_left(index, *nodes_[index]);
}

void World::set_stopped(std::size_t index, bool is_stopped) {
  tell(index, is_stopped ? Turn::Stops : Turn::Continues, "");
  nodes_[index]->set_stopped(is_stopped);
}

void World::set_clock(std::size_t index, const ClockLaw& law) {
  note(static_cast<std::uint64_t>(law.offset.count()));
  nodes_[index]->set_clock(law, now_);
}

/// What became of a node in what it just did: its links come up once its cast plays, and it is taken
/// down once it died or gave itself up.
void World::look_after(std::size_t index) {
  SimulatedNode& node = *nodes_[index];
  if (node.is_dying()) return crash(index, deaths_[index]);
  if (!node.failure().empty()) {
    given_up_.push_back({index, node.failure()});
    tell(index, Turn::GivesUp, node.failure());
    return crash(index, std::nullopt);
  }
  if (is_met_[index] || !node.is_ready()) return;
  is_met_[index] = true;
  tell(index, Turn::Ready, "");
  // Whoever has not noticed yet that the last life ended does so now.
  std::erase_if(events_, [index](const auto& entry) { return entry.second.link.from == index; });
  for (std::size_t other = 0; other < nodes_.size(); ++other)
    tell_link(other, index, false);
  meet_others(index);
}

// --- clients

/// What a client knows of the height is what it was told last.
Height World::valid_through() const {
  constexpr std::uint64_t kLongest = 900;  // of 1,000 that a transaction may be valid
  const std::uint64_t told = acknowledged_.empty() ? 0 : acknowledged_.back().height.number;
  return Height{std::max<std::uint64_t>(told + kLongest, 1000)};
}

void World::submit(std::size_t index, std::optional<std::size_t> again, bool is_invalid) {
  if (!nodes_[index]->is_ready() || nodes_[index]->is_stopped()) return;
  const crypto::KeyPair& account = accounts_[random_.below(kAccounts)];
  const crypto::PublicKey other = accounts_[random_.below(kAccounts)].public_key();
  const std::uint64_t number = submitted_++;
  const std::string key = "key/" + std::to_string(random_.below(40));
  ledger::Body body;
  body.chain = ledger::chain_id(genesis_);
  body.account = account.public_key();
  body.valid_through = valid_through();
  body.memo = std::to_string(number);
  switch (random_.below(8)) {
    case 0: body.operations.push_back(ledger::Note{to_bytes(as_bytes(key))}); break;
    case 1: body.operations.push_back(ledger::Transfer{key, other}); break;
    case 2: body.operations.push_back(ledger::Retire{key}); break;
    default:
      body.operations.push_back(ledger::Put{key, to_bytes(as_bytes(std::to_string(number)))});
      break;
  }
  const auto transaction = ledger::Transaction::sign(body, account);
  Bytes encoded = to_bytes(transaction.encoded());
  if (is_invalid) encoded.back() ^= 1;
  const auto on_answer = [this, id = transaction.id(), began = now_](const ClientAnswer& answer) {
    note(answer.height.number);
    if (!answer.is_final) return;
    acknowledged_.push_back({id, answer.height, now_ - began});
    for (Witness* const witness : witnesses_)
      witness->on_acknowledged(acknowledged_.back());
  };
  nodes_[index]->submit(encoded, on_answer);
  if (!again || !nodes_[*again]->is_ready() || nodes_[*again]->is_stopped()) return;
  nodes_[*again]->submit(encoded,
                         [this](const ClientAnswer& answer) { note(answer.height.number); });
}

void World::rejoin(std::size_t index, std::size_t through) {
  if (nodes_[index]->is_stopped()) return;
  nodes_[index]->ask_rejoin([this, through](const Bytes& transaction) {
    const bool is_there = nodes_[through]->is_ready() && !nodes_[through]->is_stopped();
    if (!transaction.empty() && is_there) rejoins_.emplace_back(through, transaction);
  });
}

// --- time

bool World::run_one_job() {
  const auto choice = schedule_.choose(nodes_, now_);
  if (!choice) return false;
  note(choice->node * 1024 + choice->job);
  ++jobs_;
  SimulatedNode& node = *nodes_[choice->node];
  mailbox_max_ = std::max(mailbox_max_, node.job_mail(choice->job));
  is_in_job_ = true;
  node.run_job(choice->job, now_);
  is_in_job_ = false;
  // A slow disk holds back what the process did meanwhile, and one thing waits behind the other.
  Instant& busy = busy_until_[choice->node];
  busy = std::max(busy, now_) + node.environment().take_delay();
  for (const Outgoing& one : std::exchange(outgoing_, {}))
    dispatch(one, busy + one.later);
  if (pipes_) pipes_->depart(busy);
  // Spoken between two systems, so not within a job of either.
  for (const auto& [through, transaction] : std::exchange(rejoins_, {})) {
    nodes_[through]->submit(transaction,
                            [this](const ClientAnswer& answer) { note(answer.height.number); });
  }
  look_after(choice->node);
  return true;
}

std::optional<Instant> World::next_event() const {
  std::optional<Instant> next = schedule_.next_release();
  if (!events_.empty() && (!next || events_.begin()->first.first < *next))
    next = events_.begin()->first.first;
  if (const auto piped = pipes_ ? pipes_->next() : std::nullopt; piped && (!next || *piped < *next))
    next = piped;
  for (const auto& node : nodes_) {
    const auto timer = node->next_timer();
    if (timer && (!next || *timer < *next)) next = timer;
  }
  return next;
}

void World::happen(const Event& event) {
  const auto [from, to] = event.link;
  switch (event.kind) {
    case EventKind::Arrives:
      if (liars_[to] == nullptr) {
        nodes_[to]->arrive(nodes_[from]->peer_id(), event.channel, *event.message);
      } else if (const auto told = liars_[to]->hear(event.channel, *event.message)) {
        nodes_[to]->arrive(nodes_[from]->peer_id(), event.channel, *told);
      }
      break;
    case EventKind::Part: tell_link(to, from, false); break;
    case EventKind::Meet:
      if (is_met_[from] && is_met_[to] && nodes_[from]->is_up() && nodes_[to]->is_up() &&
          !is_cut_off(from, to))
        connect(from, to, true);
      break;
  }
}

/// Moves time to the next event and makes exactly that one happen.
void World::pass_to(Instant at) {
  now_ = std::max(now_, at);
  if (!events_.empty() && events_.begin()->first.first <= at) {
    const Event event = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    return happen(event);
  }
  if (pipes_ && pipes_->next() && *pipes_->next() <= at) {
    note(7'000'000 + pipes_->bytes_carried());
    return pipes_->happen();
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto timer = nodes_[i]->next_timer();
    if (!timer || *timer > at) continue;
    note(5'000'000 + i);
    nodes_[i]->fire_timer(now_);
    return;
  }
}

void World::run_for(Duration span) {
  (void)run_until(span, [] { return false; });
}

bool World::run_until(Duration span, const std::function<bool()>& condition) {
  const Instant end = now_ + span;
  for (;;) {
    while (run_one_job()) {
    }
    if (condition()) return true;
    const auto next = next_event();
    if (!next || *next > end) {
      now_ = end;
      return false;
    }
    pass_to(*next);
  }
}

}  // namespace troupe::simulator

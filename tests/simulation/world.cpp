#include "tests/simulation/world.hpp"

#include <algorithm>
#include <utility>

#include "actors/chain_state.hpp"
#include "actors/context.hpp"
#include "protocol/ledger/transaction.hpp"
#include "storage/chain_store.hpp"

namespace troupe::simulation {

namespace {

crypto::KeyPair key_from(std::uint64_t seed) {
  support::Random random = support::Random::silent(seed);
  return crypto::KeyPair::from_seed(random.bytes(crypto::KeyPair::kSeedBytes)).value();
}

actors::NodeOptions::Seed seed_of(const crypto::KeyPair& key) {
  return key.seed();
}

/// Opens what a stopped node stored, on the disk as it is.
std::shared_ptr<storage::ChainStore> open_chain(SimulatedNode& node,
                                                support::SimulatedEnvironment& environment) {
  const auto genesis = ledger::decode_genesis(node.options().genesis);
  storage::DatabaseOptions options;
  options.path = node.options().data_dir.string() + "/database";
  options.owner = {ledger::chain_id(*genesis), node.peer_id().bytes()};
  auto opened = storage::Database::open(environment, options);
  INVARIANT(opened.ok());
  return std::make_shared<storage::ChainStore>(opened->database);
}

}  // namespace

World::World(std::uint64_t seed, std::uint32_t node_count)
    : random_(support::Random::silent(seed)), account_(key_from(seed * 31 + 17)) {
  make_nodes(seed, node_count);
}

World::~World() = default;

void World::make_nodes(std::uint64_t seed, std::uint32_t node_count) {
  genesis_.network = "simulation";
  genesis_.created = Timestamp{1'700'000'000'000};
  genesis_.development = true;
  genesis_.rules.delta = std::chrono::milliseconds(100);
  std::vector<crypto::KeyPair> node_keys;
  std::vector<crypto::KeyPair> validator_keys;
  for (std::uint32_t i = 0; i < node_count; ++i) {
    node_keys.push_back(key_from(seed * 1000 + i));
    validator_keys.push_back(key_from(seed * 1000 + 500 + i));
    genesis_.validators.push_back(
        {"n" + std::to_string(i + 1),
         validator_keys.back().public_key(),
         network::PeerId::from_public_key(node_keys.back().public_key()).bytes()});
  }
  for (std::uint32_t i = 0; i < node_count; ++i) {
    actors::NodeOptions options;
    options.name = genesis_.validators[i].name;
    options.node_seed = seed_of(node_keys[i]);
    options.validator_seed = seed_of(validator_keys[i]);
    options.genesis = ledger::encode(genesis_);
    options.data_dir = "/" + options.name;
    nodes_.push_back(std::make_unique<SimulatedNode>(std::move(options), seed * 64 + i));
    by_peer_.emplace(nodes_.back()->peer_id(), i);
  }
}

void World::note(std::uint64_t value) {
  trace_ = (trace_ ^ value) * 1099511628211ull;
  trace_ ^= trace_ >> 29;
}

void World::note(ByteView bytes) {
  note(crypto::crc32c(bytes));
}

void World::boot(std::size_t index) {
  note(1'000'000 + index);
  nodes_[index]->boot(
      now_,
      [this, index](const network::PeerId& to, actors::Channel channel, const Bytes& message) {
        post(index, to, channel, message);
      });
  // The links come up once the node's cast plays: its swarm is spawned by the node itself.
  const auto is_started = [this, index] { return nodes_[index]->is_ready(); };
  (void)run_until(std::chrono::seconds(1), is_started);
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other != index && nodes_[other]->is_up() && !is_cut(index, other)) {
      connect(index, other, true);
    }
  }
}

void World::boot_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    boot(i);
}

void World::crash(std::size_t index, std::optional<support::PowerCut> power_cut) {
  note(2'000'000 + index);
  nodes_[index]->crash(power_cut);
  std::erase_if(network_, [&](const auto& entry) {
    return entry.second.from == index || entry.second.to == index;
  });
  for (std::size_t other = 0; other < nodes_.size(); ++other) {
    if (other != index) nodes_[other]->link(nodes_[index]->peer_id(), false);
  }
}

bool World::is_cut(std::size_t left, std::size_t right) const {
  return is_partitioned_ && ((cut_side_ >> left) & 1u) != ((cut_side_ >> right) & 1u);
}

void World::connect(std::size_t left, std::size_t right, bool is_up) {
  nodes_[left]->link(nodes_[right]->peer_id(), is_up);
  nodes_[right]->link(nodes_[left]->peer_id(), is_up);
}

void World::partition(std::uint32_t side, bool is_noticed) {
  note(3'000'000 + side);
  cut_side_ = side;
  is_partitioned_ = true;
  std::erase_if(network_,
                [&](const auto& entry) { return is_cut(entry.second.from, entry.second.to); });
  if (!is_noticed) return;
  for (std::size_t left = 0; left < nodes_.size(); ++left) {
    for (std::size_t right = left + 1; right < nodes_.size(); ++right) {
      if (is_cut(left, right)) connect(left, right, false);
    }
  }
}

void World::heal() {
  note(4'000'000);
  is_partitioned_ = false;
  for (std::size_t left = 0; left < nodes_.size(); ++left) {
    for (std::size_t right = left + 1; right < nodes_.size(); ++right) {
      if (nodes_[left]->is_up() && nodes_[right]->is_up()) connect(left, right, true);
    }
  }
}

void World::post(std::size_t from,
                 const network::PeerId& to,
                 actors::Channel channel,
                 const Bytes& message) {
  const auto found = by_peer_.find(to);
  INVARIANT(found != by_peer_.end());
  note(from * 64 + found->second * 8 + actors::index_of(channel));
  note(message);
  if (is_cut(from, found->second)) return;
  if (random_.below(1000) < weather_.loss_per_mille) return;
  const auto spread =
      static_cast<std::uint64_t>((weather_.delay_max - weather_.delay_min).count()) + 1;
  const Duration jitter(static_cast<Duration::rep>(random_.below(spread)));
  Arrival arrival{
      now_ + weather_.delay_min + jitter, next_order_++, from, found->second, channel, message};
  const auto key = std::make_pair(arrival.at, arrival.order);
  network_.emplace(key, std::move(arrival));
}

void World::submit(std::size_t index) {
  if (!nodes_[index]->is_up()) return;
  ledger::Body body;
  body.chain = ledger::chain_id(genesis_);
  body.account = account_.public_key();
  body.valid_through = Height{1000};
  const std::uint64_t number = submitted_++;
  const std::string key = "key/" + std::to_string(number % 50);
  body.operations.push_back(ledger::Put{key, to_bytes(as_bytes(std::to_string(number)))});
  const auto transaction = ledger::Transaction::sign(body, account_);
  nodes_[index]->submit(to_bytes(transaction.encoded()),
                        [this, id = transaction.id()](const actors::TransactionOutcome& outcome) {
                          note(outcome.height);
                          if (outcome.state != "final") return;
                          acknowledged_.push_back({id, Height{outcome.height}});
                        });
}

bool World::run_one_job() {
  std::size_t runnable = 0;
  for (const auto& node : nodes_)
    runnable += node->jobs();
  if (runnable == 0) return false;
  std::size_t choice = random_.below(runnable);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (choice >= nodes_[i]->jobs()) {
      choice -= nodes_[i]->jobs();
      continue;
    }
    note(i * 1024 + choice);
    ++jobs_;
    nodes_[i]->run_job(choice, now_);
    return true;
  }
  return false;
}

std::optional<Instant> World::next_event() const {
  std::optional<Instant> next;
  if (!network_.empty()) next = network_.begin()->first.first;
  for (const auto& node : nodes_) {
    const auto timer = node->next_timer();
    if (timer && (!next || *timer < *next)) next = timer;
  }
  return next;
}

/// Moves time to the next event and makes exactly that one happen.
void World::pass_to(Instant at) {
  now_ = std::max(now_, at);
  if (!network_.empty() && network_.begin()->first.first <= at) {
    const Arrival arrival = std::move(network_.begin()->second);
    network_.erase(network_.begin());
    nodes_[arrival.to]->arrive(nodes_[arrival.from]->peer_id(), arrival.channel, arrival.message);
    return;
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

std::vector<crypto::Digest> stored_chain(SimulatedNode& node) {
  INVARIANT(!node.is_up());
  support::SimulatedEnvironment environment(node.disk(), 1);
  const auto chain = open_chain(node, environment);
  std::vector<crypto::Digest> digests;
  const auto last = chain->last_height();
  INVARIANT(last.ok());
  for (Height height{1}; *last && height <= **last; height = height.next()) {
    const auto record = actors::read_block(*chain, height);
    INVARIANT(record.ok());
    digests.push_back(crypto::sha256(record->header));
  }
  return digests;
}

std::vector<Acknowledged> missing_from(SimulatedNode& node,
                                       const std::vector<Acknowledged>& acknowledged) {
  support::SimulatedEnvironment environment(node.disk(), 1);
  const auto chain = open_chain(node, environment);
  std::vector<Acknowledged> missing;
  for (const Acknowledged& entry : acknowledged) {
    const auto place = chain->transaction(entry.id);
    INVARIANT(place.ok());
    if (!*place || (*place)->height != entry.height) missing.push_back(entry);
  }
  return missing;
}

}  // namespace troupe::simulation

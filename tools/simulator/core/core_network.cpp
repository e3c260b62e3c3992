#include "tools/simulator/core/core_network.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/consensus/message.hpp"

namespace troupe::simulator {

using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kEpochStartMilliseconds = 1'790'000'000'000;

crypto::Digest execute(const crypto::Digest& state,
                       const consensus::Header& header,
                       const consensus::Header& parent) {
  if (header.tips == parent.tips) return state;
  return crypto::sha256({state.view(), header.transactions_root.view()});
}

consensus::Header make_genesis(const consensus::ValidatorSet& validators) {
  consensus::Genesis genesis;
  genesis.chain = crypto::sha256(as_bytes("a chain for tests"));
  genesis.timestamp = Timestamp{kEpochStartMilliseconds - 1000};
  genesis.state_root = crypto::sha256(as_bytes("an empty state"));
  return genesis_header(genesis, validators);
}

crypto::MerkleFrontier history_after(crypto::MerkleFrontier history, const crypto::Digest& block) {
  history.append(crypto::merkle_leaf(block.view()));
  return history;
}

}  // namespace

CoreNetwork::CoreNetwork(CoreOptions options)
    : options_(std::move(options)),
      random_(options_.seed),
      signatures_(options_.validators),
      genesis_(make_genesis(signatures_.validators())),
      binding_{genesis_.chain, Epoch{}, digest(genesis_)},
      oracle_({binding_, signatures_.validators(), KeyedSignatures::verify()},
              genesis_,
              options_.liars),
      nodes_(options_.validators),
      sealed_(options_.validators) {
  const auto skew = static_cast<std::uint64_t>(options_.clock_skew_max.count() / 1000);
  for (std::uint32_t i = 0; i < options_.validators; ++i) {
    nodes_[i].held.resize(options_.validators);
    nodes_[i].skew_milliseconds =
        static_cast<std::int64_t>(random_.below(2 * skew + 1)) - static_cast<std::int64_t>(skew);
  }
  for (std::uint32_t i = 0; i < options_.validators; ++i)
    restart(i);
}

const consensus::Simplex& CoreNetwork::machine(std::uint32_t node) const {
  INVARIANT(nodes_[node].machine != nullptr);
  return *nodes_[node].machine;
}

const consensus::Header& CoreNetwork::header_at(const Node& node, std::uint64_t height) const {
  return height == 0 ? genesis_ : node.chain[height - 1].block.header;
}

std::uint64_t CoreNetwork::ordered(std::uint32_t node, std::uint32_t lane) const {
  for (const consensus::Tip& tip : header_at(nodes_[node], height(node)).tips) {
    if (tip.lane.number == lane) return tip.sequence.number;
  }
  return 0;
}

std::string CoreNetwork::describe() const {
  std::string text;
  for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
    text += "\n  node " + std::to_string(i) + (is_liar(i) ? " (liar)" : "");
    if (!is_alive(i)) {
      text += " is down";
      continue;
    }
    const consensus::Simplex& at = machine(i);
    text += ": view " + std::to_string(at.view().number) + " of leader " +
            std::to_string(at.leader().number) + ", final view " +
            std::to_string(at.final_header().view.number) + ", height " +
            std::to_string(height(i)) + (at.is_voting() ? ", votes" : ", silent") +
            (at.is_clock_running() ? ", clock runs" : "");
    if (at.observer()) text += ", observer: " + std::string(consensus::describe(*at.observer()));
  }
  return text;
}

// --- Time and events

void CoreNetwork::run_for(Duration duration) {
  run_until(now_ + duration);
}

void CoreNetwork::run_until(Instant until) {
  while (!events_.empty() && events_.top().at <= until) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.at;
    deliver(event);
  }
  now_ = until;
}

void CoreNetwork::deliver(const Event& event) {
  Node& node = nodes_[event.node];
  if (node.life != event.life || node.machine == nullptr) return;
  if (event.action) {
    event.action();
  } else if (node.busy_until > now_ && !std::holds_alternative<consensus::Signed>(*event.input) &&
             !std::holds_alternative<consensus::SigningRefused>(*event.input)) {
    // The node awaits its signer: everything else waits behind it.
    post_shared(event.node, node.busy_until - now_, event.input);
  } else {
    step(event.node, *event.input);
  }
  while (!immediate_.empty()) {
    const auto [target, input] = std::move(immediate_.front());
    immediate_.pop_front();
    if (nodes_[target].machine != nullptr) step(target, input);
  }
}

void CoreNetwork::post(std::uint32_t node, Duration after, consensus::Input input) {
  post_shared(node, after, std::make_shared<const consensus::Input>(std::move(input)));
}

void CoreNetwork::post_shared(std::uint32_t node,
                              Duration after,
                              std::shared_ptr<const consensus::Input> input) {
  events_.push({now_ + after, ++order_, node, nodes_[node].life, std::move(input), {}});
}

void CoreNetwork::act(std::uint32_t node, Duration after, std::function<void()> action) {
  events_.push({now_ + after, ++order_, node, nodes_[node].life, {}, std::move(action)});
}

void CoreNetwork::step(std::uint32_t node, const consensus::Input& input) {
  const auto milliseconds =
      static_cast<std::int64_t>(kEpochStartMilliseconds) +
      std::chrono::duration_cast<std::chrono::milliseconds>(now_.since_start).count() +
      nodes_[node].skew_milliseconds;
  const Now now{now_, Timestamp{static_cast<std::uint64_t>(milliseconds)}};
  const auto effects = nodes_[node].machine->step(input, now);
  ++steps_;
  trace_hash_ = (trace_hash_ ^ static_cast<std::uint64_t>(now_.since_start.count()) ^
                 input.index() << 8 ^ node << 16 ^ effects.size() << 24) *
                0x9e3779b97f4a7c15;
  for (const consensus::Effect& effect : effects) {
    if (watch && !is_liar(node)) watch(node, effect);
    perform(node, effect);
    trace_hash_ = (trace_hash_ ^ effect.index()) * 0xd1b54a32d192ed03;
  }
}

void CoreNetwork::perform(std::uint32_t node, const consensus::Effect& effect) {
  if (!is_liar(node)) {
    if (const auto* halt = std::get_if<consensus::Halt>(&effect)) oracle_.note_halt(node, *halt);
    if (const auto* commit = std::get_if<consensus::Commit>(&effect)) {
      oracle_.note_commit(node, *commit);
    }
  }
  std::visit([&](const auto& content) { perform_one(node, content); }, effect);
}

// --- The signer

void CoreNetwork::write_record(Node& node, const consensus::JournalRecord& record) {
  const bool is_consistent = node.journal.remember(record);
  INVARIANT(is_consistent);
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::Sign& effect) {
  Node& state = nodes_[node];
  const auto decision = state.journal.decide(effect.vote);
  consensus::Input answer = consensus::SigningRefused{effect.vote, {}};
  const auto vote = signatures_.sign(binding_, ValidatorIndex{node}, effect.vote);
  if (const auto* refused = std::get_if<consensus::Refused>(&decision); refused && !is_liar(node)) {
    answer = consensus::SigningRefused{effect.vote, refused->reason};
  } else {
    if (!refused) write_record(state, consensus::VoteRecord{vote, effect.basis});
    if (!is_liar(node)) oracle_.note_signature(node, effect.vote);
    answer = consensus::Signed{effect.vote, vote.signature};
  }
  if (options_.sign_delay == 0us) {
    immediate_.emplace_back(node, std::move(answer));
    return;
  }
  state.busy_until = std::max(state.busy_until, now_) + options_.sign_delay;
  post(node, state.busy_until - now_, std::move(answer));
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::RaiseMark& effect) {
  nodes_[node].journal.raise_mark(effect.finalization);
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::SetTimer& effect) {
  const Duration after = effect.at > now_ ? effect.at - now_ : Duration{0};
  post(node, after, consensus::TimerFired{effect.timer, effect.generation});
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::EvidenceFound& effect) {
  nodes_[node].evidence.push_back(effect.evidence);
  if (!is_liar(node)) oracle_.note_evidence(effect.evidence);
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::Observe& effect) {
  if (const auto* entered = std::get_if<consensus::ViewEntered>(&effect.event)) {
    if (!is_liar(node)) oracle_.note_view(node, entered->view, now_);
  }
  if (const auto* became = std::get_if<consensus::BecameObserver>(&effect.event)) {
    // A liar's machine meets votes that it never asked for; the liar just starts it anew.
    if (is_liar(node) && became->reason != consensus::ObserverReason::NotAValidator) {
      act(node, 50ms, [this, node] {
        crash(node);
        nodes_[node].journal = {};
        restart(node);
      });
    }
  }
}

// --- The network

Duration CoreNetwork::draw_latency() {
  const auto span =
      static_cast<std::uint64_t>((options_.latency_max - options_.latency_min).count());
  return options_.latency_min + Duration{static_cast<Duration::rep>(random_.below(span + 1))};
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::Broadcast& effect) {
  if (is_liar(node)) return lie(node, effect.message, std::nullopt);
  const auto input = std::make_shared<const consensus::Input>(
      consensus::MessageReceived{ValidatorIndex{node}, effect.message});
  if (const auto* list = std::get_if<consensus::Certificates>(&effect.message.body)) {
    for (const auto& certificate : list->list)
      oracle_.note_certificate(certificate);
  }
  for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
    if (to != node) transmit(node, to, input);
  }
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::Send& effect) {
  if (is_liar(node)) return lie(node, effect.message, effect.to.number);
  transmit(node,
           effect.to.number,
           std::make_shared<const consensus::Input>(
               consensus::MessageReceived{ValidatorIndex{node}, effect.message}));
}

void CoreNetwork::transmit(std::uint32_t from,
                           std::uint32_t to,
                           const std::shared_ptr<const consensus::Input>& input) {
  if (nodes_[to].machine == nullptr || closed_links_.contains({from, to})) return;
  if (options_.loss_permille > 0 && random_.below(1000) < options_.loss_permille) return;
  auto carried = input;
  const auto& message = std::get<consensus::MessageReceived>(*input).message;
  if (options_.encode_messages) {
    auto decoded = consensus::decode_message(encode(message));
    INVARIANT(decoded.ok());
    carried = std::make_shared<const consensus::Input>(
        consensus::MessageReceived{ValidatorIndex{from}, std::move(decoded).value()});
  }
  if (is_liar(to)) rush(to, message);
  post_shared(to, draw_latency(), carried);
  if (options_.duplicate_permille > 0 && random_.below(1000) < options_.duplicate_permille) {
    post_shared(to, draw_latency() * 3, carried);
  }
}

void CoreNetwork::set_link(std::uint32_t from, std::uint32_t to, bool is_open) {
  if (is_open) {
    closed_links_.erase({from, to});
  } else {
    closed_links_.insert({from, to});
  }
}

void CoreNetwork::heal() {
  closed_links_.clear();
}

void CoreNetwork::set_faults(std::uint32_t loss_permille, Duration latency_max) {
  options_.loss_permille = loss_permille;
  options_.duplicate_permille = loss_permille;
  options_.latency_max = std::max(options_.latency_min, latency_max);
}

// --- Life and death

void CoreNetwork::crash(std::uint32_t node) {
  nodes_[node].machine.reset();
  ++nodes_[node].life;
  nodes_[node].is_work_told = false;
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    if (peer != node && is_alive(peer)) {
      post(peer, 1ms, consensus::PeerDisconnected{ValidatorIndex{node}});
    }
  }
}

void CoreNetwork::damage_journal(std::uint32_t node) {
  nodes_[node].journal = {};
  nodes_[node].health = consensus::JournalHealth::Missing;
}

void CoreNetwork::set_back_journal(std::uint32_t node, const std::function<void()>& meanwhile) {
  const consensus::SignerRules before = nodes_[node].journal;
  meanwhile();
  crash(node);
  nodes_[node].journal = before;
  restart(node);
}

consensus::Recovered CoreNetwork::recovered(const Node& node) const {
  consensus::Recovered recovered;
  recovered.final_header = header_at(node, node.chain.size());
  const std::uint64_t exposed = recovered.final_header.executed_height.number;
  if (node.chain.empty()) {
    recovered.history = history_after({}, binding_.root);
  } else {
    recovered.history = node.chain.back().history;
    recovered.finalization = node.chain.back().finalization;
  }
  for (std::uint64_t height = exposed; height <= node.chain.size(); ++height) {
    const auto& root = height == 0 ? genesis_.executed_root : node.chain[height - 1].state_root;
    recovered.executed.push_back({Height{height}, root});
  }
  for (std::uint64_t height = node.chain.size(); height > 0; --height) {
    if (!orders_something(header_at(node, height), header_at(node, height - 1))) continue;
    recovered.last_ordering = Height{height};
    break;
  }
  recovered.journal = node.health;
  recovered.records = node.journal.live_records();
  recovered.evidence = node.evidence;
  return recovered;
}

void CoreNetwork::restart(std::uint32_t node) {
  INVARIANT(!is_alive(node));
  consensus::Config config{{binding_, signatures_.validators(), KeyedSignatures::verify()},
                           genesis_,
                           ValidatorIndex{node},
                           random_.next(),
                           1024,
                           options_.timing};
  nodes_[node].machine = std::make_unique<consensus::Simplex>(config, recovered(nodes_[node]));
  nodes_[node].busy_until = now_;
  post(node, 0us, consensus::Started{});
  connect(node);
  act(node, 0us, [this, node] { tell_work(node); });
}

void CoreNetwork::connect(std::uint32_t node) {
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    if (peer == node || !is_alive(peer)) continue;
    post(peer, 2ms, consensus::PeerConnected{ValidatorIndex{node}, 1});
    post(node, 2ms, consensus::PeerConnected{ValidatorIndex{peer}, 1});
  }
}

// --- The ledger

void CoreNetwork::perform_one(std::uint32_t node, const consensus::Commit& effect) {
  if (options_.write_delay == 0us) return write(node, effect);
  act(node, options_.write_delay, [this, node, effect] { write(node, effect); });
}

void CoreNetwork::write(std::uint32_t node, const consensus::Commit& commit) {
  Node& state = nodes_[node];
  for (const consensus::FinalBlock& block : commit.blocks) {
    const std::uint64_t height = block.header.height.number;
    if (height <= state.chain.size()) continue;
    INVARIANT(height == state.chain.size() + 1);
    const bool is_last = block.digest == commit.finalization.vote.block;
    const auto& parent = header_at(state, height - 1);
    const auto& before = height == 1 ? genesis_.executed_root : state.chain.back().state_root;
    const auto history =
        height == 1 ? history_after({}, binding_.root) : state.chain.back().history;
    state.chain.push_back({block,
                           is_last ? std::optional(commit.finalization) : std::nullopt,
                           execute(before, block.header, parent),
                           history_after(history, block.digest)});
    post(node, 0us, consensus::Executed{Height{height}, state.chain.back().state_root});
  }
  const consensus::Header& last = commit.blocks.back().header;
  post(node, 0us, consensus::Committed{last.height, last.view});
  act(node, 0us, [this, node] { tell_work(node); });
}

}  // namespace troupe::simulator

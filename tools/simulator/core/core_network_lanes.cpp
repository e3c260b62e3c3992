#include <algorithm>
#include <utility>

#include "protocol/consensus/message.hpp"
#include "tools/simulator/core/core_network.hpp"

// The lanes of a CoreNetwork: batches that are sealed, held, looked for and proposed.
namespace troupe::simulator {

using namespace std::chrono_literals;
using consensus::PayloadVerdict;

namespace {

consensus::Tip tip_of(std::uint32_t lane, std::uint64_t sequence) {
  codec::Writer writer;
  writer.varint(lane).varint(sequence);
  return {ValidatorIndex{lane}, Incarnation{}, Sequence{sequence}, crypto::sha256(writer.view())};
}

crypto::Digest transactions_root(const std::vector<consensus::Tip>& tips,
                                 const std::vector<consensus::Tip>& parent) {
  if (tips == parent) return consensus::empty_transactions_root();
  codec::Writer writer;
  consensus::write(writer, tips);
  return crypto::sha256(writer.view());
}

}  // namespace

void CoreNetwork::add_batch(std::uint32_t lane) {
  if (!is_alive(lane)) return;
  const std::uint64_t sequence = ++sealed_[lane];
  nodes_[lane].held[lane] = sequence;
  tell_work(lane);
  for (std::uint32_t to = 0; to < nodes_.size(); ++to) {
    if (to != lane) stream_batch(lane, sequence, to);
  }
}

/// Streams resume until the batch arrives, whoever restarts in between.
void CoreNetwork::stream_batch(std::uint32_t lane, std::uint64_t sequence, std::uint32_t to) {
  const Duration latency = draw_latency();
  events_.push({now_ + latency, ++order_, lane, nodes_[lane].life, {}, [=, this] {
                  if (!is_alive(to) || closed_links_.contains({lane, to})) {
                    act(lane, 200ms, [=, this] { stream_batch(lane, sequence, to); });
                    return;
                  }
                  Node& node = nodes_[to];
                  node.held[lane] = std::max(node.held[lane], sequence);
                  tell_work(to);
                }});
}

void CoreNetwork::tell_work(std::uint32_t node) {
  if (!is_alive(node)) return;
  bool is_held = false;
  for (std::uint32_t lane = 0; lane < nodes_.size(); ++lane) {
    is_held = is_held || nodes_[node].held[lane] > ordered(node, lane);
  }
  if (!is_held && !nodes_[node].is_work_told) return;
  nodes_[node].is_work_told = is_held;
  post(node, 0us, consensus::WorkChanged{is_held});
}

bool CoreNetwork::holds(const Node& node, const std::vector<consensus::Tip>& tips) const {
  return std::all_of(tips.begin(), tips.end(), [&](const consensus::Tip& tip) {
    return node.held[tip.lane.number] >= tip.sequence.number;
  });
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::CheckPayload& effect) {
  const bool is_right =
      effect.header.transactions_root ==
          transactions_root(effect.header.tips, effect.parent.tips) &&
      std::all_of(effect.header.tips.begin(), effect.header.tips.end(), [&](const auto& tip) {
        return tip == tip_of(tip.lane.number, tip.sequence.number) &&
               tip.sequence.number <= sealed_[tip.lane.number];
      });
  if (!is_right) {
    immediate_.emplace_back(node, consensus::PayloadChecked{effect.block, PayloadVerdict::Invalid});
  } else if (holds(nodes_[node], effect.header.tips)) {
    immediate_.emplace_back(node, consensus::PayloadChecked{effect.block, PayloadVerdict::Valid});
  } else {
    immediate_.emplace_back(node, consensus::PayloadChecked{effect.block, PayloadVerdict::Missing});
    act(node, 2 * draw_latency(), [this, node, effect] { look_for_payload(node, effect); });
  }
}

void CoreNetwork::look_for_payload(std::uint32_t node, const consensus::CheckPayload& check) {
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    const bool is_reachable = is_alive(peer) && !closed_links_.contains({peer, node}) &&
                              !closed_links_.contains({node, peer});
    if (!is_reachable || !holds(nodes_[peer], check.header.tips)) continue;
    for (const consensus::Tip& tip : check.header.tips) {
      auto& held = nodes_[node].held[tip.lane.number];
      held = std::max(held, tip.sequence.number);
    }
    tell_work(node);
    return post(node, 0us, consensus::PayloadChecked{check.block, PayloadVerdict::Valid});
  }
  act(node, 100ms, [this, node, check] { look_for_payload(node, check); });
}

void CoreNetwork::perform_one(std::uint32_t node, const consensus::BuildProposal& effect) {
  std::vector<consensus::Tip> tips;
  for (std::uint32_t lane = 0; lane < nodes_.size(); ++lane) {
    std::uint64_t before = 0;
    for (const auto& tip : effect.parent.tips) {
      if (tip.lane.number == lane) before = tip.sequence.number;
    }
    const std::uint64_t sequence = std::max(before, nodes_[node].held[lane]);
    if (sequence > 0) tips.push_back(tip_of(lane, sequence));
  }
  const crypto::Digest root = transactions_root(tips, effect.parent.tips);
  immediate_.emplace_back(node, consensus::ProposalBuilt{effect.view, std::move(tips), root});
}

}  // namespace troupe::simulator

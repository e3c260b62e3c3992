#include <algorithm>

#include "tools/simulator/core/core_network.hpp"

namespace troupe::simulator {

using namespace std::chrono_literals;

void CoreNetwork::perform_one(std::uint32_t node, const consensus::CatchUp&) {
  act(node, 4 * draw_latency(), [this, node] { catch_up(node); });
}

void CoreNetwork::catch_up(std::uint32_t node) {
  Node& state = nodes_[node];
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    const Node& source = nodes_[peer];
    const bool is_reachable = is_alive(peer) && !closed_links_.contains({peer, node}) &&
                              !closed_links_.contains({node, peer});
    if (!is_reachable || is_liar(peer) || source.chain.size() <= state.chain.size()) continue;
    if (!source.chain.back().finalization) continue;
    for (std::uint64_t height = state.chain.size() + 1; height <= source.chain.size(); ++height) {
      state.chain.push_back(source.chain[height - 1]);
      for (const consensus::Tip& tip : state.chain.back().block.header.tips) {
        auto& held = state.held[tip.lane.number];
        held = std::max(held, tip.sequence.number);
      }
      post(node, 0us, consensus::Executed{Height{height}, state.chain.back().state_root});
    }
    const Stored& last = state.chain.back();
    const auto start = recovered(state);
    post(node,
         0us,
         consensus::Synced{
             last.block.header, last.history, *last.finalization, start.last_ordering});
    return act(node, 0us, [this, node] { tell_work(node); });
  }
}

}  // namespace troupe::simulator

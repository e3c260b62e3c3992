#include <chrono>
#include <utility>

#include "actors/admin.hpp"
#include "actors/version.hpp"

// What the admin says of its node: gathered from the cast, one question after the other.
namespace troupe::actors {

namespace {

PeerReport report_of(const NodeContext& context, const PeerInfo& info) {
  PeerReport report;
  const auto validator = context.validator_of(info.id);
  if (validator) report.name = context.name_of(*validator);
  report.peer_id = info.id.text();
  report.address = info.address.text();
  report.direction = info.direction == network::Direction::Inbound ? "in" : "out";
  report.agent = info.agent;
  report.connected_ms = static_cast<std::uint64_t>(info.connected_for.count() / 1000);
  if (info.rtt) report.rtt_us = static_cast<std::uint64_t>(info.rtt->count());
  report.bytes_in = info.bytes_in;
  report.bytes_out = info.bytes_out;
  for (const std::uint64_t queued : info.queued_bytes)
    report.queued_bytes += queued;
  return report;
}

std::string role_of(const NodeContext& context, const ValidatorStatus& status) {
  if (!context.own()) return "follower";
  if (!status.voting) return "observer";
  return status.leader == context.own() ? "leader" : "validator";
}

}  // namespace

void Admin::add_validator(StatusReport& report, const ValidatorStatus& status) const {
  report.role = role_of(*context_, status);
  report.view = status.view.number;
  report.leader = context_->name_of(status.leader);
  report.last_vote = status.last_vote;
  report.trouble = status.trouble;
  report.accused = names_of(*context_, status.accused);
}

caf::result<StatusReport> Admin::on_status() {
  auto promise = self_->make_response_promise<StatusReport>();
  auto report = std::make_shared<StatusReport>();
  const auto fail = [promise](caf::error& error) mutable { promise.deliver(std::move(error)); };
  report->node = context_->options().name;
  report->chain = context_->chain().hex();
  report->network = context_->genesis().network;
  report->development = context_->genesis().development;
  report->paused = is_paused_;
  report->version = kVersion;
  report->peer_id = context_->peer_id().text();
  report->height = height_.number;
  report->executed_height = height_.number;
  report->validators = context_->validators().size();
  report->quorum = context_->validators().quorum();
  report->uptime_ms = static_cast<std::uint64_t>((now() - started_).count() / 1000);
  report->pid = context_->ports().process_id;
  for (const auto& validator : context_->genesis().validators) {
    report->validator_names.push_back(validator.name);
  }
  const auto with_swarm = [this, promise, report, fail](
                              const std::vector<PeerInfo>& peers) mutable {
    report->peers = static_cast<std::uint32_t>(peers.size());
    self_->request(cast_->ledger_reader, caf::infinite, blocks_atom_v, BlockQuery{0, 1, 0, true})
        .then(
            [promise, report](const BlocksReport& newest) mutable {
              // A block may have been committed since the question came: height and root are one's.
              if (!newest.blocks.empty()) {
                report->height = newest.blocks.front().height;
                report->executed_height = report->height;
                report->state_root = to_hex(newest.blocks.front().state_root);
              }
              promise.deliver(*report);
            },
            fail);
  };
  const auto with_sync = [this, report, fail, with_swarm](const SynchronizerStatus& status) {
    const std::uint64_t claimed = status.claimed.number;
    report->behind = claimed > height_.number ? claimed - height_.number : 0;
    self_->request(cast_->swarm, caf::infinite, peers_atom_v).then(with_swarm, fail);
  };
  const auto with_scrubber = [this, report, fail, with_sync](const ScrubReport& scrubbed) {
    report->damaged = scrubbed.damaged;
    report->repaired = scrubbed.repaired;
    report->quarantined = scrubbed.quarantined;
    report->scrubbed = scrubbed.values;
    report->scrub_height = scrubbed.height;
    report->scrub_passes = scrubbed.passes;
    report->scrub_rested_ms = scrubbed.rested_ms;
    self_->request(cast_->synchronizer, caf::infinite, status_atom_v).then(with_sync, fail);
  };
  const auto with_mempool =
      [this, report, fail, with_scrubber](const ledger::MempoolStatus& status) {
        report->mempool_transactions = status.waiting_transactions;
        self_->request(cast_->scrubber, caf::infinite, scrub_atom_v, ScrubQuery{})
            .then(with_scrubber, fail);
      };
  self_->request(cast_->validator, caf::infinite, status_atom_v)
      .then(
          [this, report, fail, with_mempool](const ValidatorStatus& status) {
            add_validator(*report, status);
            self_->request(cast_->mempool, caf::infinite, status_atom_v).then(with_mempool, fail);
          },
          fail);
  return promise;
}

/// What the validator knows, then the mempool, then the swarm: each adds its part.
caf::result<FactsReport> Admin::on_facts() {
  auto promise = self_->make_response_promise<FactsReport>();
  auto facts = std::make_shared<FactsReport>();
  const auto fail = [promise](caf::error& error) mutable { promise.deliver(std::move(error)); };
  const auto with_counters = [promise, facts](const SwarmStats& stats) mutable {
    facts->wrong_chain = stats.wrong_chain;
    promise.deliver(std::move(*facts));
  };
  const auto with_peers = [this, facts, fail, with_counters](const std::vector<PeerInfo>& peers) {
    for (const PeerInfo& peer : peers) {
      if (!context_->validator_of(peer.id)) continue;
      facts->connected.push_back(context_->name_of(peer.id));
      facts->connected_ms.push_back(static_cast<std::uint64_t>(peer.connected_for.count() / 1000));
    }
    self_->request(cast_->swarm, caf::infinite, counters_atom_v).then(with_counters, fail);
  };
  const auto with_lanes = [this, facts, fail, with_peers](const LanesReport& lanes) {
    facts->lanes = lanes;
    self_->request(cast_->swarm, caf::infinite, peers_atom_v).then(with_peers, fail);
  };
  self_->request(cast_->validator, caf::infinite, facts_atom_v)
      .then(
          [this, facts, fail, with_lanes](const FactsReport& known) {
            *facts = known;
            facts->wall_ms = context_->ports().wall_clock().milliseconds;
            facts->block_age_ms = static_cast<std::uint64_t>((now() - final_at_).count() / 1000);
            self_->request(cast_->mempool, caf::infinite, lanes_atom_v).then(with_lanes, fail);
          },
          fail);
  return promise;
}

caf::result<bool> Admin::on_follow(const std::string& peer, bool is_follower) {
  const auto id = network::PeerId::parse(peer);
  if (!id) return caf::make_error(caf::sec::runtime_error, "'" + peer + "' is no peer id");
  if (context_->validator_of(*id)) {
    return caf::make_error(caf::sec::runtime_error,
                           "that is a validator, which the genesis makes a member for good");
  }
  return self_->delegate(cast_->swarm, admit_atom_v, *id, is_follower);
}

caf::result<bool> Admin::on_cutoff(const std::string& peer, bool is_cut_off) {
  const auto id = network::PeerId::parse(peer);
  if (!id) return caf::make_error(caf::sec::runtime_error, "'" + peer + "' is no peer id");
  if (!context_->genesis().development) {
    return caf::make_error(caf::sec::runtime_error,
                           "faults are for development networks, and this is none");
  }
  return self_->delegate(cast_->swarm, sever_atom_v, *id, is_cut_off);
}

caf::result<PeersReport> Admin::on_peers() {
  auto promise = self_->make_response_promise<PeersReport>();
  self_->request(cast_->swarm, caf::infinite, peers_atom_v)
      .then(
          [this, promise](const std::vector<PeerInfo>& peers) mutable {
            PeersReport report;
            for (const PeerInfo& peer : peers)
              report.peers.push_back(report_of(*context_, peer));
            promise.deliver(std::move(report));
          },
          [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  return promise;
}

}  // namespace troupe::actors

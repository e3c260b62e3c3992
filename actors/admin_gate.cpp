#include "actors/admin_gate.hpp"

#include <utility>

namespace troupe::actors {

std::string name_of(Role role) {
  switch (role) {
    case Role::View: return "view";
    case Role::Operate: return "operate";
    case Role::Break: return "break";
  }
  return {};
}

std::optional<Role> role_named(const std::string& name) {
  for (const Role role : {Role::View, Role::Operate, Role::Break}) {
    if (name_of(role) == name) return role;
  }
  return std::nullopt;
}

AdminGate::AdminGate(AdminActor::pointer self, SharedContext context, AdminActor admin, Role role)
    : self_(self), context_(std::move(context)), admin_(std::move(admin)), role_(role) {}

AdminActor::behavior_type AdminGate::make_behavior() {
  return {
      [this](submit_atom op, const SubmitRequest& request) {
        return pass<SubmitReply>(Role::Operate, op, request);
      },
      [this](outcome_atom op, const OutcomeQuery& query) {
        return pass<SubmitReply>(Role::View, op, query);
      },
      [this](gettx_atom op, const TransactionQuery& query) {
        return pass<TransactionReport>(Role::View, op, query);
      },
      [this](status_atom op) { return pass<StatusReport>(Role::View, op); },
      [this](peerlist_atom op) { return pass<PeersReport>(Role::View, op); },
      [this](blocks_atom op, const BlockQuery& query) {
        return pass<BlocksReport>(Role::View, op, query);
      },
      [this](records_atom op, const RecordQuery& query) {
        return pass<RecordsReport>(Role::View, op, query);
      },
      [this](stop_atom op) { return pass<bool>(Role::Operate, op); },
      [this](actors_atom op, const ActorsQuery& query) {
        return pass<ActorsReport>(Role::View, op, query);
      },
      [this](lanes_atom op) { return pass<LanesReport>(Role::View, op); },
      [this](votes_atom op, const VotesQuery& query) {
        return pass<VotesReport>(Role::View, op, query);
      },
      [this](facts_atom op) { return pass<FactsReport>(Role::View, op); },
      [this](proofs_atom op) { return pass<EvidenceReport>(Role::View, op); },
      [this](config_atom op) { return pass<ConfigReport>(Role::View, op); },
      [this](log_atom op, const LogRequest& request) {
        return pass<bool>(Role::Operate, op, request);
      },
      [this](events_atom op, const EventsQuery& query) {
        return pass<std::uint64_t>(Role::View, op, query);
      },
      [this](credit_atom op, std::uint64_t stream, std::uint32_t events) {
        self_->send(admin_, op, stream, events);
      },
      [this](ping_atom op) { return pass<std::uint64_t>(Role::View, op); },
      [this](prove_atom op, const ProofQuery& query) {
        return pass<ProofReport>(Role::View, op, query);
      },
      [this](scrub_atom op, const ScrubQuery& query) {
        return pass<ScrubReport>(query.now ? Role::Operate : Role::View, op, query);
      },
      [this](snapshot_atom op, const SnapshotQuery& query) {
        return pass<SnapshotReport>(query.take ? Role::Operate : Role::View, op, query);
      },
      [this](follow_atom op, const std::string& peer, bool is_follower) {
        return pass<bool>(Role::Operate, op, peer, is_follower);
      },
      [this](rejoin_atom op) { return pass<RejoinReport>(Role::Operate, op); },
      [this](cutoff_atom op, const std::string& peer, bool is_cut_off) {
        return pass<bool>(Role::Break, op, peer, is_cut_off);
      },
      [this](hinder_atom op, const Hindrance& hindrance) {
        return pass<bool>(Role::Break, op, hindrance);
      },
      [this](pause_atom op, bool is_paused) { return pass<bool>(Role::Operate, op, is_paused); },
      [this](enter_atom, const std::string& role) { return enter(role); },
  };
}

caf::result<caf::strong_actor_ptr> AdminGate::enter(const std::string& role) {
  const auto wanted = role_named(role);
  if (!wanted) {
    return caf::make_error(caf::sec::runtime_error,
                           "'" + role + "' is no role: view, operate, break");
  }
  if (role_ < *wanted) return refusal(*wanted);
  if (role_ == *wanted) return caf::actor_cast<caf::strong_actor_ptr>(self_);
  AdminActor& gate = lesser_[*wanted];
  if (!gate) {
    gate = spawn_hosted<AdminActor, AdminGate>(
        self_->home_system(), Placement::Pooled, context_, admin_, *wanted);
    self_->link_to(gate);
  }
  return caf::actor_cast<caf::strong_actor_ptr>(gate);
}

caf::error AdminGate::refusal(Role needed) const {
  return caf::make_error(
      caf::sec::runtime_error,
      "the role " + name_of(role_) + " may not do this: it takes the role " + name_of(needed));
}

}  // namespace troupe::actors

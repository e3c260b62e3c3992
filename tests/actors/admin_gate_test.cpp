#include "actors/admin_gate.hpp"

#include <string>

#include <boost/test/unit_test.hpp>

#include "actors/failure.hpp"
#include "tests/actors/cast_rig.hpp"

namespace {

using troupe::actors::AdminActor;
using troupe::actors::AdminGate;
using troupe::actors::LogRequest;
using troupe::actors::Role;
using troupe::actors::status_atom;
using troupe::actors::StatusReport;
using troupe::actors::stop_atom;
using troupe::actors::submit_atom;
using troupe::actors::SubmitReply;
using troupe::actors::SubmitRequest;
using troupe::test::CastRig;

struct Bench {
  CastRig rig;

  AdminActor gate(Role role) {
    return rig.spawn<AdminActor, AdminGate>(rig.context(), rig.admin->as<AdminActor>(), role);
  }

  /// What the gate says to someone whom it refuses.
  template <class Reply, class... Args>
  std::string refusal(const AdminActor& gate, const Args&... args) {
    const auto asked = rig.ask<Reply>(gate, args...);
    BOOST_REQUIRE(asked->error.has_value());
    BOOST_TEST(rig.admin->empty());  // the node hears nothing of it
    return troupe::actors::failure_text(*asked->error);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(admin_gate_test)

BOOST_AUTO_TEST_CASE(who_may_view_asks_and_is_answered_by_the_node) {
  Bench bench;
  const auto asked =
      bench.rig.ask<StatusReport>(bench.gate(Role::View), troupe::actors::status_atom_v);

  auto question = bench.rig.admin->take<status_atom>();
  StatusReport report;
  report.node = "n1";
  bench.rig.answer(*bench.rig.admin, question, report);

  BOOST_REQUIRE(asked->reply.has_value());
  BOOST_TEST(asked->reply->node == "n1");
}

BOOST_AUTO_TEST_CASE(who_may_view_cannot_write_stop_or_change_what_is_logged) {
  Bench bench;
  const auto gate = bench.gate(Role::View);

  const auto submitting =
      bench.refusal<SubmitReply>(gate, troupe::actors::submit_atom_v, SubmitRequest{});
  BOOST_TEST(submitting.find("view") != std::string::npos);
  BOOST_TEST(submitting.find("operate") != std::string::npos);
  BOOST_TEST(!bench.refusal<bool>(gate, troupe::actors::stop_atom_v).empty());
  BOOST_TEST(!bench.refusal<bool>(gate, troupe::actors::log_atom_v, LogRequest{}).empty());
}

BOOST_AUTO_TEST_CASE(who_may_operate_writes_and_stops) {
  Bench bench;
  const auto gate = bench.gate(Role::Operate);

  static_cast<void>(
      bench.rig.ask<SubmitReply>(gate, troupe::actors::submit_atom_v, SubmitRequest{}));
  static_cast<void>(bench.rig.ask<bool>(gate, troupe::actors::stop_atom_v));

  BOOST_TEST((bench.rig.admin->count<submit_atom, SubmitRequest>() == 1u));
  BOOST_TEST(bench.rig.admin->count<stop_atom>() == 1u);
}

BOOST_AUTO_TEST_CASE(only_who_may_break_injects_faults_and_who_may_operate_admits_followers) {
  Bench bench;
  const std::string peer = "12D3KooW";
  const auto operating = bench.gate(Role::Operate);
  const auto refused = bench.refusal<bool>(operating, troupe::actors::cutoff_atom_v, peer, true);
  BOOST_TEST(refused.find("break") != std::string::npos);
  BOOST_TEST(!bench.refusal<bool>(bench.gate(Role::View), troupe::actors::follow_atom_v, peer, true)
                  .empty());

  static_cast<void>(bench.rig.ask<bool>(operating, troupe::actors::follow_atom_v, peer, true));
  static_cast<void>(
      bench.rig.ask<bool>(bench.gate(Role::Break), troupe::actors::cutoff_atom_v, peer, true));

  BOOST_TEST((bench.rig.admin->count<troupe::actors::follow_atom, std::string, bool>() == 1u));
  BOOST_TEST((bench.rig.admin->count<troupe::actors::cutoff_atom, std::string, bool>() == 1u));
}

BOOST_AUTO_TEST_CASE(who_may_operate_pauses_the_node_and_only_who_may_break_hinders_it) {
  Bench bench;
  using troupe::actors::Hindrance;
  const auto operating = bench.gate(Role::Operate);
  const auto watching =
      bench.refusal<bool>(bench.gate(Role::View), troupe::actors::pause_atom_v, true);
  BOOST_TEST(watching.find("view") != std::string::npos);
  BOOST_TEST(watching.find("operate") != std::string::npos);
  const auto hindering =
      bench.refusal<bool>(operating, troupe::actors::hinder_atom_v, Hindrance{"clock", "", 1'000});
  BOOST_TEST(hindering.find("break") != std::string::npos);

  static_cast<void>(bench.rig.ask<bool>(operating, troupe::actors::pause_atom_v, true));
  static_cast<void>(bench.rig.ask<bool>(
      bench.gate(Role::Break), troupe::actors::hinder_atom_v, Hindrance{"clock", "", 1'000}));

  BOOST_TEST((bench.rig.admin->count<troupe::actors::pause_atom, bool>() == 1u));
  BOOST_TEST((bench.rig.admin->count<troupe::actors::hinder_atom, Hindrance>() == 1u));
}

BOOST_AUTO_TEST_CASE(a_role_can_be_given_away_but_not_taken) {
  Bench bench;
  const auto enter = [&](const AdminActor& gate, const std::string& role) {
    return bench.rig.ask<caf::strong_actor_ptr>(gate, troupe::actors::enter_atom_v, role);
  };
  const auto operating = bench.gate(Role::Operate);

  const auto lower = enter(operating, "view");
  BOOST_REQUIRE(lower->reply.has_value());
  const auto viewer = caf::actor_cast<AdminActor>(*lower->reply);
  BOOST_TEST(!bench.refusal<bool>(viewer, troupe::actors::stop_atom_v).empty());

  BOOST_TEST(enter(viewer, "operate")->error.has_value());
  BOOST_TEST(enter(operating, "king")->error.has_value());
  BOOST_TEST((*enter(operating, "view")->reply == *lower->reply));  // all viewers share one
}

BOOST_AUTO_TEST_SUITE_END()

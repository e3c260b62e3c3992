#include "protocol/consensus/block_rules.hpp"

#include <functional>

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"

namespace troupe::consensus {

namespace {

crypto::Digest name(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

struct Stage {
  BlockRules rules{{name("chain"), Epoch{}, name("root")}, name("validators"), 4, 8};
  Header parent;
  crypto::Digest history = name("history");
  Header child;

  Stage() {
    parent.chain = name("chain");
    parent.root = name("root");
    parent.validators = name("validators");
    parent.view = View{10};
    parent.height = Height{9};
    parent.timestamp = Timestamp{1000};
    parent.tips = {{ValidatorIndex{1}, Incarnation{3}, Sequence{5}, name("1/5")}};
    parent.executed_height = Height{7};
    parent.executed_root = name("state 7");
    parent.transactions_root = empty_transactions_root();
    child = parent;
    child.view = View{11};
    child.height = Height{10};
    child.parent = digest(parent);
    child.timestamp = Timestamp{1001};
    child.history_root = history;
  }

  std::optional<std::string_view> fault() const {
    const crypto::Digest parent_digest = digest(parent);
    return find_fault(child, {parent, parent_digest, history}, rules);
  }

  void order(std::vector<Tip> tips) {
    child.tips = std::move(tips);
    child.transactions_root = name("transactions");
  }
};

bool is_faulty(const std::function<void(Stage&)>& change) {
  Stage stage;
  change(stage);
  return stage.fault().has_value();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(block_rules_test)

BOOST_AUTO_TEST_CASE(a_block_that_orders_nothing_on_its_parent_is_right) {
  BOOST_CHECK(!Stage().fault());
}

BOOST_AUTO_TEST_CASE(a_block_of_another_chain_epoch_root_or_validator_set_is_wrong) {
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.chain = name("other"); }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.epoch = Epoch{1}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.root = name("other"); }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.validators = name("other"); }));
}

BOOST_AUTO_TEST_CASE(height_view_parent_timestamp_and_history_continue_the_parent) {
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.height = Height{11}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.height = Height{9}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.view = View{10}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.parent = name("other"); }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.timestamp = Timestamp{1000}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.history_root = name("other"); }));
}

BOOST_AUTO_TEST_CASE(the_executed_height_lies_between_the_parents_and_the_parent) {
  BOOST_CHECK(!is_faulty([](Stage& at) { at.child.executed_height = Height{9}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.executed_height = Height{10}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.executed_height = Height{6}; }));
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.executed_root = name("other"); }));
}

BOOST_AUTO_TEST_CASE(tips_continue_the_parents_lane_by_lane) {
  const Tip old{ValidatorIndex{1}, Incarnation{3}, Sequence{5}, name("1/5")};
  const Tip next{ValidatorIndex{1}, Incarnation{3}, Sequence{6}, name("1/6")};
  const Tip first{ValidatorIndex{0}, Incarnation{}, Sequence{1}, name("0/1")};
  const Tip back{ValidatorIndex{1}, Incarnation{3}, Sequence{4}, name("1/4")};
  const Tip changed{ValidatorIndex{1}, Incarnation{3}, Sequence{5}, name("other")};
  const Tip reborn{ValidatorIndex{1}, Incarnation{9}, Sequence{1}, name("1/9/1")};
  const Tip stale{ValidatorIndex{1}, Incarnation{2}, Sequence{6}, name("1/2/6")};
  const Tip foreign{ValidatorIndex{4}, Incarnation{}, Sequence{1}, name("4/1")};

  BOOST_CHECK(!is_faulty([&](Stage& at) { at.order({next}); }));
  BOOST_CHECK(!is_faulty([&](Stage& at) { at.order({first, old}); }));
  BOOST_CHECK(!is_faulty([&](Stage& at) { at.order({reborn}); }));
  BOOST_CHECK(is_faulty([&](Stage& at) { at.order({first}); }));
  BOOST_CHECK(is_faulty([&](Stage& at) { at.order({}); }));
  BOOST_CHECK(is_faulty([&](Stage& at) { at.order({back}); }));
  BOOST_CHECK(is_faulty([&](Stage& at) { at.order({changed}); }));
  BOOST_CHECK(is_faulty([&](Stage& at) { at.order({stale}); }));
  BOOST_CHECK(is_faulty([&](Stage& at) { at.order({old, foreign}); }));
}

BOOST_AUTO_TEST_CASE(a_tip_stays_within_the_lane_bound) {
  BOOST_CHECK(!is_faulty([](Stage& at) {
    at.order({{ValidatorIndex{1}, Incarnation{3}, Sequence{13}, name("1/13")}});
  }));
  BOOST_CHECK(is_faulty([](Stage& at) {
    at.order({{ValidatorIndex{1}, Incarnation{3}, Sequence{14}, name("1/14")}});
  }));
}

BOOST_AUTO_TEST_CASE(a_block_that_orders_nothing_has_no_transactions) {
  BOOST_CHECK(is_faulty([](Stage& at) { at.child.transactions_root = name("transactions"); }));
}

BOOST_AUTO_TEST_CASE(far_behind_in_execution_a_block_orders_nothing) {
  const auto far = [](Stage& at, std::uint64_t lag) {
    at.parent.height = Height{7 + lag - 1};
    at.child.height = Height{7 + lag};
    at.child.parent = digest(at.parent);
  };
  const Tip next{ValidatorIndex{1}, Incarnation{3}, Sequence{6}, name("1/6")};

  BOOST_CHECK(!is_faulty([&](Stage& at) {
    far(at, kExecutionLagHeightsMax);
    at.order({next});
  }));
  BOOST_CHECK(is_faulty([&](Stage& at) {
    far(at, kExecutionLagHeightsMax + 1);
    at.order({next});
  }));
  BOOST_CHECK(!is_faulty([&](Stage& at) { far(at, kExecutionLagHeightsMax + 1); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::consensus

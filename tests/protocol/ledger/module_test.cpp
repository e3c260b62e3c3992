#include "protocol/ledger/module.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/counter_module.hpp"
#include "tests/protocol/ledger/ledger_state.hpp"

namespace troupe::ledger {

namespace {

Modules with_counters() {
  Modules modules;
  modules.add(std::make_shared<samples::CounterModule>());
  return modules;
}

ModuleOperation raise(std::string_view counter) {
  return {9, samples::bytes_of(counter)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(module_test)

BOOST_AUTO_TEST_CASE(the_core_is_always_among_the_modules) {
  const Modules modules;

  BOOST_REQUIRE(modules.find(kCoreModule) != nullptr);
  BOOST_TEST(modules.find(kCoreModule)->name() == "core");
  BOOST_TEST((modules.module_of(Note{}) == modules.find(kCoreModule)));
  BOOST_TEST((modules.module_of(raise("a")) == nullptr));
}

BOOST_AUTO_TEST_CASE(an_added_module_is_found_by_its_operations) {
  const Modules modules = with_counters();

  BOOST_REQUIRE(modules.module_of(raise("a")) != nullptr);
  BOOST_TEST(modules.module_of(raise("a"))->name() == "counter");
}

BOOST_AUTO_TEST_CASE(each_operation_is_checked_by_its_module) {
  const Modules modules = with_counters();
  const auto check = [&modules](std::vector<Operation> operations) {
    return modules.check_stateless(samples::transaction_of("alice", std::move(operations)),
                                   samples::chain());
  };

  BOOST_TEST(check({raise("a"), Note{}}).ok());
  BOOST_TEST((check({raise("too long")}).error() == AdmissionError::BadOperation));
  BOOST_TEST((check({Retire{""}}).error() == AdmissionError::BadRecordKey));
  BOOST_TEST((check({ModuleOperation{8, {}}}).error() == AdmissionError::UnknownModule));
  BOOST_TEST((check({}).error() == AdmissionError::NoOperation));
}

BOOST_AUTO_TEST_CASE(the_signature_is_checked_whatever_the_modules) {
  const Transaction transaction =
      Transaction::sign(samples::body_of("alice", {raise("a")}), samples::key_of("bob"));

  BOOST_TEST((with_counters().check_stateless(transaction, samples::chain()).error() ==
              AdmissionError::BadSignature));
}

BOOST_AUTO_TEST_CASE(operations_of_modules_and_of_the_core_take_effect_together) {
  samples::LedgerState ledger;
  ledger.modules = with_counters();
  const Put put{"k", {1}};

  BOOST_TEST((ledger.run("alice", {raise("a"), put, raise("a")}) == Outcome{Applied{{1}}}));
  BOOST_TEST((ledger.run("bob", {raise("a"), raise("b"), raise("a")}) ==
              Outcome{Refused{2, Refusal::NotAllowed}}));

  BOOST_TEST((ledger.values.values.at(samples::bytes_of("counter/a")) == Bytes{2}));
  BOOST_TEST(!ledger.values.values.contains(samples::bytes_of("counter/b")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

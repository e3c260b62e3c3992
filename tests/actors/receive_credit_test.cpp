#include "actors/receive_credit.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

using troupe::actors::ReceiveCredit;

BOOST_AUTO_TEST_SUITE(receive_credit_test)

BOOST_AUTO_TEST_CASE(a_cast_that_keeps_up_is_never_waited_for) {
  int wakes = 0;
  ReceiveCredit credit{100, [&] { ++wakes; }};

  for (int i = 0; i < 1000; ++i) {
    const auto held = credit.draw(90);
    BOOST_TEST(!credit.must_wait());
  }

  BOOST_TEST(wakes == 0);
  BOOST_TEST(credit.outstanding() == 0U);
}

BOOST_AUTO_TEST_CASE(the_session_is_woken_once_when_half_has_come_back) {
  int wakes = 0;
  ReceiveCredit credit{100, [&] { ++wakes; }};
  std::vector<std::shared_ptr<const void>> held;
  for (int i = 0; i < 10; ++i)
    held.push_back(credit.draw(10));

  BOOST_TEST(credit.must_wait());
  held.resize(6);
  BOOST_TEST(wakes == 0);
  held.resize(5);
  BOOST_TEST(wakes == 1);
  held.clear();

  BOOST_TEST(wakes == 1);
  BOOST_TEST(!credit.must_wait());
}

BOOST_AUTO_TEST_CASE(copies_of_a_credit_count_once) {
  ReceiveCredit credit{100, [] {}};
  auto first = credit.draw(60);
  auto second = first;

  first.reset();
  BOOST_TEST(credit.outstanding() == 60U);
  second.reset();

  BOOST_TEST(credit.outstanding() == 0U);
}

BOOST_AUTO_TEST_CASE(a_credit_may_outlive_its_session) {
  int wakes = 0;
  std::shared_ptr<const void> held;
  {
    ReceiveCredit credit{10, [&] { ++wakes; }};
    held = credit.draw(20);
    BOOST_TEST(credit.must_wait());
  }

  held.reset();

  BOOST_TEST(wakes == 1);
}

BOOST_AUTO_TEST_CASE(no_wake_is_lost_between_threads) {
  std::atomic<bool> is_woken{false};
  ReceiveCredit credit{1, [&] { is_woken = true; }};
  for (int round = 0; round < 300; ++round) {
    is_woken = false;
    auto held = credit.draw(5);
    std::thread cast{[moved = std::move(held)]() mutable { moved.reset(); }};

    const bool must_wait = credit.must_wait();
    cast.join();

    // Either it need not have waited, or somebody woke it.
    BOOST_REQUIRE(must_wait == is_woken);
  }
}

BOOST_AUTO_TEST_SUITE_END()

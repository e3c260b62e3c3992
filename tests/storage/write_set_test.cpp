#include "storage/write_set.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::storage {

BOOST_AUTO_TEST_SUITE(write_set_test)

BOOST_AUTO_TEST_CASE(changes_keep_their_order_and_count_their_bytes) {
  WriteSet set;
  BOOST_CHECK(set.empty());

  set.put({1}, {2, 3}).remove({4});

  BOOST_REQUIRE_EQUAL(set.changes().size(), 2);
  BOOST_CHECK(set.changes()[0].value == Bytes({2, 3}));
  BOOST_CHECK(!set.changes()[1].value);
  BOOST_CHECK_EQUAL(set.size(), 4);
}

BOOST_AUTO_TEST_CASE(a_set_completes_no_block_unless_told) {
  WriteSet set;
  BOOST_CHECK(!set.completed());

  set.completes(Height{3});

  BOOST_CHECK(set.completed() == Height{3});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

#include "tools/troupe/snapshot.hpp"

#include <boost/test/unit_test.hpp>

namespace troupe::tools {

BOOST_AUTO_TEST_SUITE(snapshot_test)

BOOST_AUTO_TEST_CASE(sizes_are_told_in_the_unit_that_people_read) {
  BOOST_TEST(size_text(0) == "0 KiB");
  BOOST_TEST(size_text(2048) == "2 KiB");
  BOOST_TEST(size_text(std::uint64_t{3} << 19) == "1.5 MiB");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

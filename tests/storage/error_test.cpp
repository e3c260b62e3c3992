#include "storage/error.hpp"

#include <set>

#include <boost/test/unit_test.hpp>

namespace troupe::storage {

BOOST_AUTO_TEST_SUITE(error_test)

BOOST_AUTO_TEST_CASE(every_kind_has_a_name_of_its_own_and_a_hint) {
  std::set<std::string_view> names;
  for (int number = 0; number <= static_cast<int>(StorageErrorKind::Io); ++number) {
    const auto kind = static_cast<StorageErrorKind>(number);
    BOOST_CHECK(names.insert(name(kind)).second);
    BOOST_CHECK(hint(kind).ends_with('.'));
  }
}

BOOST_AUTO_TEST_CASE(a_description_says_where_what_and_what_to_do) {
  const std::string text = describe({StorageErrorKind::Foreign, "/data", "not ours"});

  BOOST_CHECK_EQUAL(text.find("/data: not ours (foreign). "), 0);
  BOOST_CHECK_NE(text.find(hint(StorageErrorKind::Foreign)), std::string::npos);
}

BOOST_AUTO_TEST_CASE(of_a_damaged_database_it_says_what_to_type) {
  const std::string path = "/data/database";
  const std::string text = describe({StorageErrorKind::Corrupt, path, "a checksum is wrong"});

  BOOST_CHECK_EQUAL(text.find("/data/database: a checksum is wrong (corrupt). "), 0);
  BOOST_CHECK(text.ends_with("mv /data/database /data/database.damaged && "
                             "mv /data/database.mark /data/database.damaged.mark"));
  BOOST_CHECK(!describe({StorageErrorKind::Io, path, "no answer"}).ends_with(".mark"));
  BOOST_CHECK(!describe({StorageErrorKind::Corrupt, "/data/x", "odd"}).ends_with(".mark"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

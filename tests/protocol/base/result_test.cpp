#include "protocol/base/result.hpp"

#include <memory>
#include <string>

#include <boost/test/unit_test.hpp>

namespace troupe {

namespace {

enum class TestError { Empty, Odd };

Result<int, TestError> half_of(int number) {
  if (number == 0) return failure(TestError::Empty);
  if (number % 2 != 0) return failure(TestError::Odd);
  return number / 2;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(result_test)

BOOST_AUTO_TEST_CASE(a_value_is_ok_and_readable) {
  const auto half = half_of(8);

  BOOST_TEST(half.ok());
  BOOST_TEST(static_cast<bool>(half));
  BOOST_TEST(*half == 4);
  BOOST_TEST(half.value() == 4);
}

BOOST_AUTO_TEST_CASE(a_failure_is_not_ok_and_names_its_error) {
  BOOST_TEST(!half_of(3).ok());
  BOOST_CHECK(half_of(3).error() == TestError::Odd);
  BOOST_CHECK(half_of(0).error() == TestError::Empty);
}

BOOST_AUTO_TEST_CASE(value_and_error_of_one_type_are_told_apart) {
  const Result<std::string, std::string> value(std::string("text"));
  const Result<std::string, std::string> error(failure(std::string("text")));

  BOOST_TEST(value.ok());
  BOOST_TEST(!error.ok());
  BOOST_TEST(error.error() == "text");
}

BOOST_AUTO_TEST_CASE(a_value_that_cannot_be_copied_can_be_moved_out) {
  Result<std::unique_ptr<int>, TestError> result(std::make_unique<int>(7));

  const std::unique_ptr<int> taken = std::move(result).value();

  BOOST_TEST(*taken == 7);
}

BOOST_AUTO_TEST_CASE(a_value_can_be_changed_in_place) {
  Result<std::string, TestError> result(std::string("a"));

  result->push_back('b');
  *result += 'c';

  BOOST_TEST(result.value() == "abc");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe

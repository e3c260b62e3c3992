#include "protocol/base/numbers.hpp"

#include <type_traits>

#include <boost/test/unit_test.hpp>

namespace troupe {

// What numbers.hpp promises is that these do not compile, so it is asked of the compiler.
template <class From, class To>
constexpr bool kConverts = std::is_convertible_v<From, To>;

static_assert(!kConverts<View, Height> && !kConverts<Height, View>);
static_assert(!kConverts<View, std::uint64_t> && !kConverts<Height, std::uint64_t>);
static_assert(!kConverts<Sequence, Height> && !kConverts<Epoch, View>);
static_assert(!kConverts<Incarnation, Sequence>);
static_assert(!kConverts<ValidatorIndex, std::uint32_t>);

BOOST_AUTO_TEST_SUITE(numbers_test)

BOOST_AUTO_TEST_CASE(numbers_start_at_zero_and_count_up_by_one) {
  BOOST_TEST(View{}.number == 0u);
  BOOST_TEST(View{4}.next().number == 5u);
  BOOST_TEST(Height{}.next().number == 1u);
  BOOST_TEST(Sequence{9}.next().number == 10u);
}

BOOST_AUTO_TEST_CASE(numbers_compare_by_their_value) {
  BOOST_CHECK(View{3} < View{4});
  BOOST_CHECK(Height{3} == Height{3});
  BOOST_CHECK(ValidatorIndex{2} != ValidatorIndex{3});
  BOOST_CHECK(Epoch{1} > Epoch{0});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe

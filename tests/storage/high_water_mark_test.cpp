#include "storage/high_water_mark.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::storage {

namespace {

using simulator::PowerCut;
using simulator::SimulatedDisk;
using simulator::SimulatedEnvironment;

struct Marked {
  SimulatedDisk disk;
  SimulatedEnvironment environment{disk, 1};

  std::optional<StoredMark> read() { return require(read_mark(environment, "/mark")); }

  std::unique_ptr<HighWaterMark> create(const MarkValues& values) {
    return require(HighWaterMark::create(environment, "/mark", {sample_owner(), values}));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(high_water_mark_test, Marked)

BOOST_AUTO_TEST_CASE(there_is_no_mark_before_one_is_created) {
  BOOST_CHECK(!read());
}

BOOST_AUTO_TEST_CASE(the_newest_mark_counts) {
  const auto mark = create({1, std::nullopt, true});
  BOOST_CHECK((read()->values == MarkValues{1, std::nullopt, true}));
  BOOST_CHECK(read()->owner == sample_owner());

  for (std::uint64_t commit = 2; commit < 6; ++commit) {
    const MarkValues values{commit, Height{commit * 10}, false};
    require(mark->advance(values));
    BOOST_CHECK(read()->values == values);
  }
}

BOOST_AUTO_TEST_CASE(an_advanced_mark_survives_a_power_cut) {
  require(create({1, std::nullopt, false})->advance({2, Height{7}, false}));

  disk.power_cut(PowerCut::LoseAll, 1);

  BOOST_CHECK(read()->values.height == Height{7});
}

BOOST_AUTO_TEST_CASE(any_single_flipped_bit_costs_the_newest_mark_at_most) {
  const auto mark = create({1, std::nullopt, false});
  require(mark->advance({2, Height{1}, false}));
  require(mark->advance({3, Height{2}, false}));
  const Bytes intact = *disk.content("/mark");

  for (std::size_t byte = 0; byte < intact.size(); ++byte) {
    Bytes damaged = intact;
    damaged[byte] ^= 0x10;
    disk.plant("/mark", damaged);
    const auto found = read();
    BOOST_REQUIRE(found);
    BOOST_CHECK(found->values.commit == 3 || found->values.commit == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_mark_without_a_valid_slot_is_corrupt) {
  create({1, std::nullopt, false});
  for (const std::size_t size : {0, 10, 200}) {
    disk.plant("/mark", Bytes(size, 0x11));
    const auto found = read_mark(environment, "/mark");
    BOOST_REQUIRE(!found.ok());
    BOOST_CHECK(found.error().kind == StorageErrorKind::Corrupt);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::storage

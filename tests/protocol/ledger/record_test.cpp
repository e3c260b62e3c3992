#include "protocol/ledger/record.hpp"

#include <boost/test/unit_test.hpp>

#include "protocol/base/limits.hpp"
#include "tests/protocol/ledger/memory_state.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::ledger {

namespace {

using codec::WireError;

Record sample_record(std::uint64_t version) {
  Record record;
  record.version = version;
  record.status = RecordStatus::Retired;
  record.owner = samples::public_key_of("alice");
  record.height = Height{300 + version};
  record.transaction = crypto::sha256(as_bytes("transaction"));
  record.value = samples::bytes_of("red");
  return record;
}

/// A state that holds a record in these many versions.
samples::MemoryValues state_with(const std::string& key, std::uint64_t versions) {
  samples::MemoryValues state;
  for (std::uint64_t version = 1; version < versions; ++version) {
    state.values[history_state_key(key, version)] = encode(sample_record(version));
  }
  state.values[record_state_key(key)] = encode(sample_record(versions));
  return state;
}

std::vector<std::uint64_t> versions_of(const Result<std::vector<Record>, StateError>& history) {
  BOOST_REQUIRE(history.ok());
  std::vector<std::uint64_t> versions;
  for (const Record& record : *history)
    versions.push_back(record.version);
  return versions;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_test)

BOOST_AUTO_TEST_CASE(records_and_views_decode_to_what_was_encoded) {
  const RecordView view{"bike/17", sample_record(5)};
  const std::vector<RecordView> views{view, {"bike/18", sample_record(1)}};

  const auto record = decode_record(encode(view.record));
  const auto one = decode_record_view(encode(view));
  const auto many = decode_record_views(encode(views));

  BOOST_REQUIRE(record.ok() && one.ok() && many.ok());
  BOOST_TEST((*record == view.record));
  BOOST_TEST((*one == view));
  BOOST_TEST((*many == views));
}

BOOST_AUTO_TEST_CASE(a_view_cut_at_any_length_or_too_long_is_refused) {
  Bytes encoded = encode(std::vector<RecordView>{{"bike/17", sample_record(5)}});

  for (std::size_t size = 0; size < encoded.size(); ++size) {
    BOOST_TEST(!decode_record_views(ByteView(encoded).first(size)).ok());
  }
  encoded.push_back(0);
  BOOST_TEST((decode_record_views(encoded).error() == WireError::TrailingBytes));
}

BOOST_AUTO_TEST_CASE(version_0_and_an_unknown_status_are_refused) {
  Bytes encoded = encode(sample_record(5));
  encoded[0] = 0;
  BOOST_TEST((decode_record(encoded).error() == WireError::OutOfRange));

  encoded = encode(sample_record(5));
  encoded[1] = 2;
  BOOST_TEST((decode_record(encoded).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(a_version_with_a_needless_byte_is_refused) {
  Bytes encoded = encode(sample_record(5));
  encoded[0] = 0x85;
  encoded.insert(encoded.begin() + 1, 0x00);

  BOOST_TEST((decode_record(encoded).error() == WireError::NotMinimal));
}

BOOST_AUTO_TEST_CASE(a_value_or_page_above_its_bound_is_refused) {
  Record record = sample_record(1);
  record.value.resize(kRecordValueBytesMax);
  BOOST_TEST(decode_record(encode(record)).ok());
  BOOST_TEST(encode(record).size() <= kStateValueBytesMax);

  record.value.resize(kRecordValueBytesMax + 1);
  BOOST_TEST((decode_record(encode(record)).error() == WireError::OutOfRange));
  codec::Writer page;
  page.varint(kRecordPageMax + 1).fixed(Bytes(kRecordPageMax * 2));
  BOOST_TEST((decode_record_views(page.view()).error() == WireError::OutOfRange));
}

BOOST_AUTO_TEST_CASE(the_histories_of_different_records_never_share_a_state_key) {
  BOOST_TEST(as_text(record_state_key("a/1")) == "record/a/1");
  BOOST_TEST(as_text(history_state_key("a/1", 2)) == "history/a/1/2");
  BOOST_TEST(!equal(history_state_key("a", 1), history_state_key("a/1", 1)));
  BOOST_TEST(history_state_key(std::string(kRecordKeyBytesMax, 'k'), UINT64_MAX).size() <=
             kStateKeyBytesMax);
}

BOOST_AUTO_TEST_CASE(a_record_is_read_in_each_of_its_versions) {
  const samples::MemoryValues state = state_with("bike/17", 3);

  BOOST_TEST((**read_record(state, "bike/17") == sample_record(3)));
  for (std::uint64_t version = 1; version <= 3; ++version) {
    BOOST_TEST((**read_version(state, "bike/17", version) == sample_record(version)));
  }
  BOOST_TEST(!read_version(state, "bike/17", 4)->has_value());
  BOOST_TEST(!read_version(state, "bike/17", 0)->has_value());
  BOOST_TEST(!read_record(state, "bike/18")->has_value());
  BOOST_TEST(!read_version(state, "bike/18", 1)->has_value());
}

BOOST_AUTO_TEST_CASE(a_history_is_read_page_by_page_from_the_newest_version_down) {
  const samples::MemoryValues state = state_with("bike/17", 5);
  using Versions = std::vector<std::uint64_t>;

  BOOST_TEST((versions_of(read_history(state, "bike/17", {})) == Versions{5, 4, 3, 2, 1}));
  BOOST_TEST((versions_of(read_history(state, "bike/17", {.newest = 5, .count_max = 2})) ==
              Versions{5, 4}));
  BOOST_TEST((versions_of(read_history(state, "bike/17", {.newest = 3, .count_max = 9})) ==
              Versions{3, 2, 1}));
  BOOST_TEST((versions_of(read_history(state, "bike/18", {})) == Versions{}));
}

BOOST_AUTO_TEST_CASE(a_hole_in_a_history_is_reported) {
  samples::MemoryValues state = state_with("bike/17", 5);
  state.values.erase(history_state_key("bike/17", 3));

  BOOST_TEST(!read_history(state, "bike/17", {}).ok());
}

BOOST_AUTO_TEST_CASE(an_unreadable_state_is_reported) {
  samples::MemoryValues broken = state_with("bike/17", 2);
  broken.broken = true;
  samples::MemoryValues rotten = state_with("bike/17", 2);
  rotten.values[record_state_key("bike/17")].push_back(0);

  for (const samples::MemoryValues* state : {&broken, &rotten}) {
    BOOST_TEST(!read_record(*state, "bike/17").ok());
    BOOST_TEST(!read_version(*state, "bike/17", 1).ok());
    BOOST_TEST(!read_history(*state, "bike/17", {}).ok());
  }
}

BOOST_AUTO_TEST_CASE(every_status_has_a_name) {
  BOOST_TEST(name(RecordStatus::Active) == "active");
  BOOST_TEST(name(RecordStatus::Retired) == "retired");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

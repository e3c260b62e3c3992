#include "tools/troupe/proof_file.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/sample_proofs.hpp"

namespace troupe::tools {

namespace {

using support::sample_proofs;

bool is_valid(const std::string& text) {
  const auto proof = read_proof_file(text);
  return proof.ok() && proof::verify(*proof, sample_proofs().chain).ok();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const std::size_t at = text.find(what);
  BOOST_REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), with);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proof_file_test)

BOOST_AUTO_TEST_CASE(a_proof_is_read_back_as_it_was_written) {
  for (const auto& sample : sample_proofs().all()) {
    const auto read = read_proof_file(write_proof_file(sample.proof));

    BOOST_TEST_CONTEXT(sample.name) {
      BOOST_REQUIRE(read.ok());
      BOOST_TEST((*read == sample.proof));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_person_can_read_what_is_claimed) {
  const std::string text = write_proof_file(sample_proofs().record);

  BOOST_TEST(text.find("\"key\": \"bike/17\"") != std::string::npos);
  BOOST_TEST(text.find("\"value\": \"owner=alice\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(another_owner_in_the_text_breaks_the_first_step) {
  const std::string text =
      replaced(write_proof_file(sample_proofs().record), "owner=alice", "owner=mallory");

  const auto proof = read_proof_file(text);

  BOOST_REQUIRE(proof.ok());
  const auto checked = proof::verify(*proof, sample_proofs().chain);
  BOOST_REQUIRE(!checked.ok());
  BOOST_TEST(step_of(checked.error()) == 1u);
}

BOOST_AUTO_TEST_CASE(every_change_of_a_single_bit_of_a_file_is_refused) {
  for (const auto& sample : sample_proofs().all()) {
    std::string text = write_proof_file(sample.proof);
    std::size_t accepted = 0;
    for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
      char& letter = text[bit / 8];
      const char before = letter;
      letter = static_cast<char>(static_cast<unsigned char>(letter) ^ 1u << bit % 8);
      if (is_valid(text)) ++accepted;
      letter = before;
    }
    BOOST_TEST_CONTEXT(sample.name) {
      BOOST_TEST(accepted == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(another_spelling_of_the_same_proof_is_refused) {
  const std::string text = write_proof_file(sample_proofs().record);

  BOOST_TEST(!read_proof_file(text + "\n").ok());
  BOOST_TEST(!read_proof_file(text.substr(0, text.size() - 1)).ok());
  BOOST_TEST(!read_proof_file(replaced(text, "\"version\": 1", "\"version\": 1.0")).ok());
  BOOST_TEST(!read_proof_file(replaced(text, "\"version\": 1", "\"version\":  1")).ok());
  BOOST_TEST(!read_proof_file(replaced(text, "bike/17", "bike\\/17")).ok());
  BOOST_TEST(!read_proof_file(replaced(text, "{\n", "{\n  \"more\": 1,\n")).ok());
}

BOOST_AUTO_TEST_CASE(what_is_no_proof_file_is_refused_with_a_reason) {
  BOOST_TEST(read_proof_file("").error().message == "it is not JSON");
  BOOST_TEST(read_proof_file("[]").error().message == "'format' is missing");
  BOOST_TEST(read_proof_file("\xff").error().message == "it is not plain ASCII");
  BOOST_TEST(read_proof_file(std::string(kProofFileBytesMax + 1, ' ')).error().message ==
             "it is too large");
  BOOST_TEST(read_proof_file(std::string(100'000, '[')).error().message == "it is not JSON");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

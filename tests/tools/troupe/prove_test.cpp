#include "tools/troupe/prove.hpp"

#include <fstream>

#include <boost/test/unit_test.hpp>

#include "tests/support/sample_proofs.hpp"
#include "tests/tools/troupe/stage.hpp"
#include "tools/troupe/proof_file.hpp"
#include "tools/troupe/record.hpp"

namespace troupe::tools {

namespace {

using support::sample_proofs;

/// A stage whose network is that of the sample proofs.
struct ProofStage : Stage {
  ProofStage() {
    std::ofstream(net.genesis(), std::ios::binary | std::ios::trunc)
        << as_text(ledger::encode(sample_proofs().genesis));
    for (const auto& sample : sample_proofs().all())
      ledger.proofs[sample.name] = proof::encode(sample.proof);
  }

  [[nodiscard]] std::string file() const { return (folder.path() / "p.json").string(); }

  Answer<Report> verify(VerifyOptions options) {
    auto context_ = context();
    options.file = file();
    return run_verify(context_, options);
  }

  std::string written(const proof::Proof& proof) {
    BOOST_REQUIRE(save_proof(proof, file()).ok());
    return file();
  }
};

std::string line_of(const Answer<Report>& report) {
  return std::get<Line>(report->parts.front()).text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prove_test)

BOOST_AUTO_TEST_CASE(a_record_is_printed_as_its_proof_has_it_and_the_file_verifies) {
  ProofStage stage;
  auto context = stage.context();

  const auto got = run_record_get(context, {"bike/17", 0, false, stage.file()});

  BOOST_TEST_REQUIRE(got.ok());
  BOOST_TEST(got->fields.at("value") == "owner=alice");
  const auto verified = stage.verify({});
  BOOST_TEST_REQUIRE(verified.ok());
  BOOST_TEST(line_of(verified).starts_with("valid: record bike/17 version 1 -> state root "));
  BOOST_TEST(line_of(verified).find("3 of 4 validators") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_proof_that_comes_too_early_is_asked_for_again_after_the_next_block) {
  ProofStage stage;
  stage.ledger.unproven = 3;
  auto context = stage.context();

  BOOST_TEST(run_record_get(context, {"bike/17", 0, false, stage.file()}).ok());
  BOOST_TEST(stage.ledger.unproven == 0u);
}

BOOST_AUTO_TEST_CASE(an_absent_record_is_not_found_and_proved_so) {
  ProofStage stage;
  stage.ledger.proofs["record"] = proof::encode(sample_proofs().absence);
  auto context = stage.context();

  const auto got = run_record_get(context, {"bike/19", 0, false, stage.file()});

  BOOST_REQUIRE(!got.ok());
  BOOST_TEST((got.error().exit == ExitCode::NotFound));
  BOOST_TEST(line_of(stage.verify({})).starts_with("valid: no record bike/19 -> "));
}

BOOST_AUTO_TEST_CASE(a_node_that_proves_nothing_is_not_believed) {
  ProofStage stage;
  proof::Proof lie = sample_proofs().record;
  std::get<proof::RecordClaim>(lie.claim).record.value = to_bytes(as_bytes("owner=mallory"));
  stage.ledger.proofs["record"] = proof::encode(lie);
  auto context = stage.context();

  const auto got = run_record_get(context, {"bike/17", 0, false, stage.file()});

  BOOST_REQUIRE(!got.ok());
  BOOST_TEST(got.error().code == "bad-proof");
  BOOST_TEST(!fs::exists(stage.file()));
}

BOOST_AUTO_TEST_CASE(a_changed_file_is_not_valid_and_the_step_is_named) {
  ProofStage stage;
  std::string text = write_proof_file(sample_proofs().record);
  text.replace(text.find("alice"), 5, "mallory");
  std::ofstream(stage.file()) << text;

  const auto verified = stage.verify({});

  BOOST_REQUIRE(!verified.ok());
  BOOST_TEST((verified.error().exit == ExitCode::No));
  BOOST_TEST(verified.error().message.starts_with("NOT valid: step 1 of 5 fails."));
}

BOOST_AUTO_TEST_CASE(a_digest_on_the_command_line_takes_the_place_of_the_network) {
  ProofStage stage;
  stage.written(sample_proofs().header);

  VerifyOptions options;
  options.genesis = sample_proofs().chain.hex();
  BOOST_TEST(stage.verify(options).ok());
  options.genesis = std::string(64, '0');
  BOOST_TEST(stage.verify(options).error().code == "other-genesis");
  options.genesis = "5f3a";
  BOOST_TEST((stage.verify(options).error().exit == ExitCode::Usage));
}

BOOST_AUTO_TEST_CASE(an_older_proof_must_rest_on_the_header_that_is_shown_to_be_in_history) {
  ProofStage stage;
  proof::Proof older = sample_proofs().record;
  const std::string old_file = (stage.folder.path() / "old.json").string();
  BOOST_REQUIRE(save_proof(older, old_file).ok());
  stage.written(sample_proofs().header);

  VerifyOptions options;
  options.since = old_file;

  BOOST_TEST(stage.verify(options).error().code == "other-history");
}

BOOST_AUTO_TEST_CASE(the_state_proof_is_exported_for_foreign_verifiers) {
  ProofStage stage;
  stage.written(sample_proofs().record);
  VerifyOptions options;
  options.ics23 = (stage.folder.path() / "p.ics23").string();

  BOOST_TEST(stage.verify(options).ok());
  BOOST_TEST(fs::file_size(options.ics23) > 100u);
  stage.written(sample_proofs().header);
  BOOST_TEST(stage.verify(options).error().code == "no-state-proof");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

#include "actors/accuser.hpp"

#include <chrono>
#include <memory>

#include <boost/test/unit_test.hpp>

#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace {

using namespace std::chrono_literals;
using troupe::Height;
using troupe::View;
using troupe::actors::AccuserActor;
using troupe::actors::BlockCommitted;
using troupe::actors::EvidenceReport;
using troupe::actors::RawSubmission;
using troupe::actors::SignAccusation;
using troupe::actors::SignedTransaction;
using troupe::consensus::VoteKind;
using troupe::proof::Accusation;

/// The accuser of n1, and a lie of n4's, after whom n1 comes.
struct Bench {
  explicit Bench(troupe::actors::AccuserSeed seed = {})
      : chain(rig.context()),
        accuser(rig.spawn<AccuserActor, troupe::actors::Accuser>(rig.context(), std::move(seed))) {
    rig.meet(accuser);
    rig.tell(accuser, troupe::actors::start_atom_v);
  }

  [[nodiscard]] Accusation lie() const {
    const auto vote = [&](std::string_view block) {
      return chain.vote(
          3, VoteKind::Notarize, View{1}, troupe::crypto::sha256(troupe::as_bytes(block)));
    };
    return troupe::consensus::make_evidence(vote("a"), vote("b"));
  }

  void accuse() { rig.tell(accuser, troupe::actors::accuse_atom_v, lie()); }

  /// The signer signs what it is asked to; what then reaches the mempool.
  std::vector<RawSubmission> sign() {
    const auto question = rig.signer->take<troupe::actors::sign_atom, SignAccusation>();
    BOOST_CHECK(question.get().accusation == lie());
    rig.answer(*rig.signer,
               question,
               SignedTransaction{{}, troupe::actors::share(troupe::Bytes{1, 2, 3})});
    return rig.mempool->all<troupe::actors::submit_atom, RawSubmission>();
  }

  void record(std::uint64_t height) {
    BlockCommitted block;
    block.block.header.height = Height{height};
    block.accusations = {{Height{height}, lie()}};
    rig.tell(accuser, troupe::actors::final_atom_v, std::make_shared<const BlockCommitted>(block));
  }

  [[nodiscard]] std::vector<std::string> sentences() {
    return rig.must_answer<EvidenceReport>(accuser, troupe::actors::proofs_atom_v).sentences;
  }

  troupe::test::CastRig rig;
  troupe::test::SampleChain chain;
  AccuserActor accuser;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(accuser_actor_test)

BOOST_AUTO_TEST_CASE(a_lie_is_stored_signed_and_submitted) {
  Bench bench;

  bench.accuse();

  const auto stored = bench.rig.ledger_writer->all<troupe::actors::accuse_atom, Accusation>();
  BOOST_REQUIRE(stored.size() == 1u);
  BOOST_CHECK(stored.front() == bench.lie());
  const auto submitted = bench.sign();
  BOOST_REQUIRE(submitted.size() == 1u);
  BOOST_CHECK((*submitted.front().transactions.at(0) == troupe::Bytes{1, 2, 3}));
  BOOST_TEST(bench.rig.has_logged("n4 lied"));
}

BOOST_AUTO_TEST_CASE(who_asks_hears_of_every_lie_and_whether_the_ledger_knows) {
  Bench bench;
  BOOST_TEST(bench.sentences().empty());

  bench.accuse();
  BOOST_REQUIRE(bench.sentences().size() == 1u);
  BOOST_TEST(bench.sentences().front() ==
             "n4 lied: validator 3 notarized two blocks in view 1 (not on the ledger yet)");

  bench.record(12);
  BOOST_TEST(bench.sentences().front() ==
             "n4 lied: validator 3 notarized two blocks in view 1 (on the ledger since height 12)");
}

BOOST_AUTO_TEST_CASE(it_is_submitted_again_until_the_ledger_records_it) {
  Bench bench;
  bench.accuse();
  (void)bench.sign();

  bench.rig.advance(4s);
  BOOST_TEST(bench.sign().size() == 2u);
  bench.record(12);
  bench.rig.advance(1h);

  BOOST_TEST((bench.rig.signer->count<troupe::actors::sign_atom, SignAccusation>()) == 0u);
}

BOOST_AUTO_TEST_CASE(a_proof_on_the_disk_is_brought_into_the_ledger_after_a_restart) {
  const Accusation lie = Bench().lie();
  Bench bench({Height{5}, {}, {lie}});

  BOOST_TEST(bench.sign().size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_on_the_disk_and_in_the_ledger_is_left_alone) {
  const Accusation lie = Bench().lie();
  Bench bench({Height{5}, {{Height{4}, lie}}, {lie}});

  bench.rig.advance(1h);

  BOOST_TEST((bench.rig.signer->count<troupe::actors::sign_atom, SignAccusation>()) == 0u);
  BOOST_TEST(bench.sentences().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

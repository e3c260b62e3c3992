#include "tools/simulator/liar.hpp"

#include <algorithm>

#include <boost/test/unit_test.hpp>

#include "protocol/consensus/evidence.hpp"
#include "tools/simulator/cheap_signatures.hpp"
#include "tools/simulator/judge.hpp"
#include "tools/simulator/liar_cast.hpp"
#include "tools/simulator/world.hpp"

namespace troupe::simulator {

namespace {

using consensus::VoteKind;
using Lie = scenario::Strategy;

/// The first of four validators, who lies, and what it says to the second one.
struct Stage {
  World world{WorldOptions{}};
  Judge judge{world.genesis(), {0}};
  std::shared_ptr<Coalition> coalition = std::make_shared<Coalition>();
  scenario::Byzantine table;

  Stage() {
    table.id = "liar";
    coalition->keys.emplace(0,
                            *crypto::KeyPair::from_seed(*world.node(0).options().validator_seed));
    coalition->others = {1};
  }

  ~Stage() { use_cheap_signatures(false); }

  Liar liar(Lie strategy) {
    table.strategy = strategy;
    return {table, {0, 4, judge.electorate().binding.chain, judge.electorate()}, coalition, 7};
  }

  consensus::SignedVote vote(VoteKind kind, std::uint64_t view, const char* name) {
    const consensus::Binding& binding = judge.electorate().binding;
    const consensus::Vote what{
        kind,
        binding.epoch,
        View{view},
        kind == VoteKind::Nullify ? crypto::Digest{} : crypto::sha256(as_bytes(name))};
    return {what, ValidatorIndex{0}, coalition->keys.at(0).sign(signed_bytes(binding, what))};
  }

  Bytes encoded(consensus::Body body) {
    const consensus::Binding& binding = judge.electorate().binding;
    return encode(consensus::Message{binding.epoch, binding.root, std::move(body)});
  }

  std::vector<consensus::Body> said(Liar& liar, consensus::Body body, std::size_t to = 1) {
    std::vector<consensus::Body> bodies;
    for (const Utterance& one : liar.say({to, 0, encoded(std::move(body)), {}}, {}))
      bodies.push_back(consensus::decode_message(one.message)->body);
    return bodies;
  }

  std::vector<consensus::SignedVote> votes(Liar& liar, VoteKind kind, std::size_t to = 1) {
    std::vector<consensus::SignedVote> found;
    for (const auto& body : said(liar, consensus::Ballot{vote(kind, 3, "a")}, to))
      found.push_back(std::get<consensus::Ballot>(body).vote);
    return found;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(liar_test, Stage)

BOOST_AUTO_TEST_CASE(two_votes_of_a_double_voter_prove_its_lie) {
  auto one = liar(Lie::DoubleVote);

  const auto both = votes(one, VoteKind::Notarize);

  BOOST_REQUIRE(both.size() == 2u);
  BOOST_TEST(proves(consensus::make_evidence(both[0], both[1]), judge.electorate()));
  BOOST_TEST(one.lies() == 1u);
}

BOOST_AUTO_TEST_CASE(nullify_comes_with_finalize_of_the_same_view) {
  auto one = liar(Lie::NullifyFinalize);

  const auto both = votes(one, VoteKind::Finalize);

  BOOST_REQUIRE(both.size() == 2u);
  BOOST_TEST(proves(consensus::make_evidence(both[0], both[1]), judge.electorate()));
}

BOOST_AUTO_TEST_CASE(who_impersonates_has_only_its_own_key) {
  auto one = liar(Lie::Impersonate);

  const auto both = votes(one, VoteKind::Notarize);

  BOOST_REQUIRE(both.size() == 2u);
  BOOST_TEST(both[1].signer.number == 1u);
  BOOST_TEST(!judge.electorate().accepts(both[1]));
}

BOOST_AUTO_TEST_CASE(some_are_never_told_anything) {
  auto one = liar(Lie::Selective);

  BOOST_TEST(votes(one, VoteKind::Notarize, 1).empty());
  BOOST_TEST(votes(one, VoteKind::Notarize, 2).size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_equivocating_leader_shows_some_another_block_and_stands_by_it) {
  auto one = liar(Lie::Equivocate);
  consensus::Header header;
  header.view = View{3};
  const consensus::Proposal proposal{header, {}, {}};

  const auto meant = std::get<consensus::Proposal>(said(one, proposal, 2).front());
  const auto other = std::get<consensus::Proposal>(said(one, proposal, 1).front());
  const consensus::Vote vote{VoteKind::Finalize, {}, View{3}, digest(header)};
  const auto ballot = said(one, consensus::Ballot{{vote, ValidatorIndex{0}, {}}}, 1);

  BOOST_TEST((meant.header == header));
  BOOST_TEST((other.header != header));
  BOOST_TEST((std::get<consensus::Ballot>(ballot.front()).vote.vote.block == digest(other.header)));
}

BOOST_AUTO_TEST_CASE(a_lie_begins_and_ends_at_its_time) {
  table.at.time = Duration{1000};
  table.lasts = scenario::Span{Duration{1000}, std::nullopt};
  auto one = liar(Lie::Silent);
  const Utterance meant{1, 0, encoded(consensus::BestRequest{}), {}};

  BOOST_TEST(one.say(meant, Instant{Duration{999}}).size() == 1u);
  BOOST_TEST(one.say(meant, Instant{Duration{1000}}).empty());
  BOOST_TEST(one.say(meant, Instant{Duration{2000}}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_liar_is_kept_from_certificates_with_votes_that_it_does_not_know_of) {
  auto one = liar(Lie::DoubleVote);
  const auto both = votes(one, VoteKind::Notarize);
  const auto certificate = [](const consensus::SignedVote& vote) {
    return consensus::Certificate{vote.vote, {{vote.signer, vote.signature}}};
  };

  const auto known = one.hear(0, encoded(consensus::Certificates{{certificate(both[0])}}));
  const auto unknown = one.hear(0, encoded(consensus::Certificates{{certificate(both[1])}}));

  BOOST_TEST(known.has_value());
  BOOST_TEST(!unknown.has_value());
}

BOOST_AUTO_TEST_CASE(a_rule_forks_what_some_are_sent) {
  scenario::Rule rule;
  rule.when.send = scenario::MessageType::Notarize;
  rule.action = {scenario::Action::Fork, {"n2"}, scenario::Part::Payload, {}};
  table.rules = {rule};
  auto one = liar(Lie::Scripted);

  const auto forked = votes(one, VoteKind::Notarize, 1);
  const auto meant = votes(one, VoteKind::Notarize, 2);

  BOOST_REQUIRE(forked.size() == 1u);
  BOOST_TEST(proves(consensus::make_evidence(forked[0], meant[0]), judge.electorate()));
  BOOST_TEST((votes(one, VoteKind::Finalize, 1).front().vote.block == meant[0].vote.block));
}

BOOST_AUTO_TEST_CASE(enumerated_masks_are_all_different) {
  const scenario::Masks masks{scenario::Masks::Order::Enumerate, 2};
  std::set<std::vector<Half>> seen;
  for (std::uint64_t seed = 0; seed < 81; ++seed) {  // 3 halves, 2 validators, 2 rounds
    std::vector<Half> halves;
    for (std::uint64_t round = 0; round < 2; ++round) {
      for (std::size_t validator = 0; validator < 2; ++validator)
        halves.push_back(half_seen(masks, validator, 2, round, seed));
    }
    seen.insert(halves);
  }

  BOOST_TEST(seen.size() == 81u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

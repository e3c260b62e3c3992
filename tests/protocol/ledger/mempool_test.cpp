#include "protocol/ledger/mempool.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/protocol/ledger/lane_samples.hpp"

namespace troupe::ledger {

namespace {

using samples::all_of;
using samples::config_of;
using samples::Node;
using samples::note_of;
using samples::root_tip;
using samples::submission_of;
using samples::tip_of;

constexpr Duration kSealDelay = std::chrono::milliseconds(4);

std::shared_ptr<const std::vector<crypto::Digest>> ids_of(const Batch& batch) {
  auto ids = std::make_shared<std::vector<crypto::Digest>>();
  for (const Transaction& each : batch.transactions())
    ids->push_back(each.id());
  return ids;
}

Ordered ordered(std::uint64_t height, const Batch& batch) {
  return {.height = Height{height}, .tips = {tip_of(batch)}, .ids = ids_of(batch)};
}

/// Node 0 with one own batch held and not ordered, which is returned too.
struct Busy {
  Node node{config_of(0)};
  BatchPointer first;

  Busy() {
    const auto effects = node.run(submission_of({note_of("alice", "first")}));
    first = all_of<StoreSignature>(effects).at(0).batch;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mempool_test)

BOOST_AUTO_TEST_CASE(every_candidate_gets_its_verdict_in_order) {
  Node node(config_of(0));

  const auto effects = node.step(submission_of(
      {note_of("alice", "a"), note_of("alice", "a"), note_of("bob", "b", Height{0})}));

  const auto answer = all_of<SubmissionAnswered>(effects).at(0);
  BOOST_TEST(answer.number == 7u);
  BOOST_REQUIRE(answer.verdicts.size() == 3u);
  BOOST_TEST(answer.verdicts[0].ok());
  BOOST_TEST((answer.verdicts[1].error() == AdmissionError::Duplicate));
  BOOST_TEST((answer.verdicts[2].error() == AdmissionError::Expired));
}

BOOST_AUTO_TEST_CASE(a_node_without_a_lane_takes_nothing_in) {
  Node follower(config_of(std::nullopt));

  const auto effects = follower.step(submission_of({note_of("alice", "a")}));

  BOOST_TEST(!all_of<SubmissionAnswered>(effects).at(0).verdicts[0].ok());
}

BOOST_AUTO_TEST_CASE(an_idle_lane_seals_at_once) {
  Node node(config_of(0));

  const auto stores = all_of<StoreBatch>(node.step(submission_of({note_of("alice", "a")})));

  BOOST_REQUIRE(stores.size() == 1u);
  const BatchPlace& place = stores[0].batch->place();
  BOOST_TEST(place.sequence.number == 1u);
  BOOST_TEST((place.parent == samples::root()));
  BOOST_TEST(!is_signed(*stores[0].batch));
}

BOOST_AUTO_TEST_CASE(a_batch_is_stored_before_it_is_signed_and_signed_before_it_is_streamed) {
  Node node(config_of(0));
  node.step(PeerConnected{PeerNumber{1}});
  const LaneAck ack{.lane = {}, .incarnation = {}, .sequence = {}, .digest = samples::root()};
  node.step(AcksReceived{.from = PeerNumber{1}, .acks = {ack}});
  const auto stored = node.step(submission_of({note_of("alice", "a")}));
  const crypto::Digest digest = all_of<StoreBatch>(stored).at(0).batch->digest();
  BOOST_TEST(all_of<SignBatch>(stored).empty());

  const auto signing = node.step(BatchStored{digest});
  BOOST_TEST((all_of<SignBatch>(signing).at(0).digest == digest));
  BOOST_TEST(all_of<StreamBatch>(signing).empty());

  const auto streaming =
      node.step(BatchSigned{.digest = digest, .signature = samples::signature_of(9)});
  const auto streams = all_of<StreamBatch>(streaming);
  BOOST_REQUIRE(streams.size() == 1u);
  BOOST_TEST((streams[0].batch->signed_header().signature == samples::signature_of(9)));
  BOOST_TEST((streams[0].batch->digest() == digest));
  BOOST_TEST(all_of<StoreSignature>(streaming).size() == 1u);
}

BOOST_AUTO_TEST_CASE(with_an_unordered_batch_the_next_one_waits_for_company) {
  Busy busy;
  Node& node = busy.node;

  BOOST_TEST(all_of<StoreBatch>(node.step(submission_of({note_of("alice", "b")}))).empty());
  BOOST_TEST(all_of<StoreBatch>(node.step(submission_of({note_of("alice", "c")}))).empty());
  BOOST_REQUIRE(node.machine.next_deadline().has_value());
  BOOST_TEST((*node.machine.next_deadline() <= Instant{kSealDelay}));
  node.now = kSealDelay;

  const auto stores = all_of<StoreBatch>(node.step(TimerFired{}));
  BOOST_REQUIRE(stores.size() == 1u);
  BOOST_TEST(stores[0].batch->transactions().size() == 2u);
  BOOST_TEST((stores[0].batch->place().parent == busy.first->digest()));
}

BOOST_AUTO_TEST_CASE(a_full_batch_does_not_wait) {
  Busy busy;
  std::vector<Transaction> notes;
  for (int i = 0; i < 5; ++i) {
    notes.push_back(note_of("alice", std::string(60000, static_cast<char>('a' + i))));
  }

  BOOST_TEST(!all_of<StoreBatch>(busy.node.step(submission_of(notes))).empty());
}

BOOST_AUTO_TEST_CASE(beyond_the_lanes_bound_nothing_is_sealed_until_something_is_ordered) {
  MempoolConfig config = config_of(0);
  config.rules.batches_max = 4;
  Node node(config);
  std::vector<BatchPointer> sealed;
  for (int i = 0; i < 10; ++i) {
    const std::string text = "note " + std::to_string(i);
    auto effects = node.run(submission_of({note_of("alice", text)}));
    node.now += kSealDelay;
    for (MempoolEffect& each : node.run(TimerFired{}))
      effects.push_back(std::move(each));
    for (const StoreSignature& each : all_of<StoreSignature>(effects))
      sealed.push_back(each.batch);
  }
  BOOST_TEST(sealed.size() == 2u);  // the second half is for full batches
  BOOST_TEST(node.machine.status().waiting_transactions == 10u);

  node.now += kSealDelay;
  const auto effects = node.run(ordered(1, *sealed[1]));
  BOOST_TEST(all_of<StoreBatch>(effects).at(0).batch->transactions().size() == 8u);
}

BOOST_AUTO_TEST_CASE(a_refused_signature_halts_the_lane_and_forgets_what_never_left) {
  Node node(config_of(0));
  const auto stored = node.step(submission_of({note_of("alice", "a")}));
  const crypto::Digest digest = all_of<StoreBatch>(stored).at(0).batch->digest();
  node.step(BatchStored{digest});

  const auto effects = node.step(SignatureRefused{digest});

  BOOST_TEST(all_of<OwnLaneHalted>(effects).size() == 1u);
  BOOST_TEST((all_of<ForgetBatches>(effects).at(0).digests.at(0) == digest));
  BOOST_TEST(node.machine.status().own_lane_halted);
  const auto later = node.step(submission_of({note_of("alice", "b")}));
  BOOST_TEST(!all_of<SubmissionAnswered>(later).at(0).verdicts[0].ok());
  BOOST_TEST(all_of<StoreBatch>(later).empty());
}

BOOST_AUTO_TEST_CASE(work_is_announced_from_the_first_held_batch_to_the_last_ordered_one) {
  Node node(config_of(0));
  const auto effects = node.run(submission_of({note_of("alice", "a")}));
  BOOST_REQUIRE(all_of<WorkChanged>(effects).size() == 1u);
  BOOST_TEST(all_of<WorkChanged>(effects)[0].present);
  const BatchPointer batch = all_of<StoreSignature>(effects).at(0).batch;

  const auto after = node.step(ordered(1, *batch));

  BOOST_REQUIRE(all_of<WorkChanged>(after).size() == 1u);
  BOOST_TEST(!all_of<WorkChanged>(after)[0].present);
  BOOST_TEST(node.machine.status().waiting_transactions == 0u);
}

BOOST_AUTO_TEST_CASE(what_others_ordered_leaves_the_queue) {
  Busy busy;
  busy.node.step(submission_of({note_of("alice", "b")}));
  LaneTip other = root_tip(1);
  const auto batch = samples::batch_with({.epoch = {},
                                          .root = samples::root(),
                                          .lane = ValidatorIndex{1},
                                          .incarnation = {},
                                          .sequence = Sequence{1},
                                          .parent = other.digest},
                                         {note_of("alice", "b")});

  busy.node.step(ordered(1, *batch));

  BOOST_TEST(busy.node.machine.status().waiting_transactions == 1u);
}

BOOST_AUTO_TEST_CASE(a_height_that_was_ordered_already_changes_nothing) {
  Busy busy;
  busy.node.step(ordered(1, *busy.first));

  BOOST_TEST(all_of<WorkChanged>(busy.node.step(ordered(1, *busy.first))).empty());
}

BOOST_AUTO_TEST_CASE(a_restarted_lane_goes_on_after_its_last_stored_batch) {
  Busy busy;
  Node again(config_of(0), {.height = {}, .tips = {}, .batches = {busy.first}});

  const auto started = again.run(Started{});
  again.now = kSealDelay;
  const auto effects = again.run(submission_of({note_of("alice", "b")}));
  again.now = 2 * kSealDelay;
  const auto sealed = all_of<StoreBatch>(again.run(TimerFired{}));

  BOOST_TEST(all_of<SignBatch>(started).empty());
  BOOST_TEST(all_of<WorkChanged>(started).size() == 1u);
  BOOST_TEST(all_of<StoreBatch>(effects).empty());
  BOOST_REQUIRE(sealed.size() == 1u);
  BOOST_TEST(sealed[0].batch->place().sequence.number == 2u);
  BOOST_TEST((sealed[0].batch->place().parent == busy.first->digest()));
}

BOOST_AUTO_TEST_CASE(a_crash_between_storing_and_signing_asks_for_the_same_signature_again) {
  Node node(config_of(0));
  const auto stored = node.step(submission_of({note_of("alice", "a")}));
  const BatchPointer unsigned_batch = all_of<StoreBatch>(stored).at(0).batch;
  Node again(config_of(0), {.height = {}, .tips = {}, .batches = {unsigned_batch}});

  const auto started = again.step(Started{});

  BOOST_REQUIRE(all_of<SignBatch>(started).size() == 1u);
  BOOST_TEST((all_of<SignBatch>(started)[0].digest == unsigned_batch->digest()));
  BOOST_TEST(again.machine.held_batch(unsigned_batch->digest()) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_transaction_of_a_recovered_batch_is_a_duplicate) {
  Busy busy;
  Node again(config_of(0), {.height = {}, .tips = {}, .batches = {busy.first}});

  const auto effects = again.step(submission_of({note_of("alice", "first")}));

  BOOST_TEST(
      (all_of<SubmissionAnswered>(effects).at(0).verdicts[0].error() == AdmissionError::Duplicate));
}

BOOST_AUTO_TEST_CASE(stored_batches_below_the_tips_or_without_a_link_are_left_on_disk) {
  const auto chain = samples::chain_after(root_tip(1), 4);
  Node node(config_of(0),
            {.height = Height{3},
             .tips = {tip_of(*chain[0])},
             .batches = {chain[3], chain[0], chain[1]}});

  const auto statuses = node.machine.lane_statuses();

  BOOST_TEST(statuses[1].ordered.sequence.number == 1u);
  BOOST_TEST(statuses[1].held.number == 2u);
}

BOOST_AUTO_TEST_CASE(an_own_batch_that_this_disk_never_had_halts_the_lane) {
  Node node(config_of(0));
  const auto foreign = samples::batch_after(root_tip(0));

  const auto effects = node.step(ordered(1, *foreign));

  BOOST_TEST(all_of<OwnLaneHalted>(effects).size() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_to_do_means_no_deadline) {
  Node node(config_of(0));
  node.step(Started{});

  BOOST_TEST(!node.machine.next_deadline().has_value());
}

/// The block in which node 0 rejoins.
Ordered rejoining(std::uint64_t height) {
  return {.height = Height{height},
          .tips = {},
          .ids = nullptr,
          .lives = {{ValidatorIndex{0}, Incarnation{height}}}};
}

BOOST_AUTO_TEST_CASE(a_new_life_of_the_own_lane_begins_once_the_signer_is_ready) {
  Busy busy;
  busy.node.run(rejoining(5));
  const auto early = busy.node.run(submission_of({note_of("alice", "early")}));
  BOOST_TEST(!all_of<SubmissionAnswered>(early).at(0).verdicts[0].ok());

  busy.node.run(Rejoined{});
  const auto effects = busy.node.run(submission_of({note_of("alice", "late")}));

  const BatchPlace place = all_of<StoreSignature>(effects).at(0).batch->place();
  BOOST_TEST(place.incarnation.number == 5u);
  BOOST_TEST(place.sequence.number == 1u);
  BOOST_TEST((place.parent == samples::root()));
}

BOOST_AUTO_TEST_CASE(what_the_old_life_had_not_signed_is_forgotten_and_closes_no_lane) {
  Node node(config_of(0));
  const auto stored = node.step(submission_of({note_of("alice", "a")}));
  const crypto::Digest digest = all_of<StoreBatch>(stored).at(0).batch->digest();
  node.step(rejoining(5));
  node.step(Rejoined{});

  const auto effects = node.step(BatchStored{digest});

  BOOST_TEST(all_of<SignBatch>(effects).empty());
  BOOST_TEST((all_of<ForgetBatches>(effects).at(0).digests.at(0) == digest));
  BOOST_TEST(!node.machine.status().own_lane_halted);
  BOOST_TEST(node.machine.status().waiting_transactions == 0u);
}

BOOST_AUTO_TEST_CASE(the_old_life_being_ordered_or_dying_closes_no_lane) {
  Busy busy;
  busy.node.run(rejoining(5));
  busy.node.run(Rejoined{});

  busy.node.run(ordered(6, *busy.first));

  BOOST_TEST(!busy.node.machine.status().own_lane_halted);
  const auto effects = busy.node.run(submission_of({note_of("alice", "next")}));
  BOOST_TEST(all_of<StoreSignature>(effects).at(0).batch->place().sequence.number == 2u);
}

BOOST_AUTO_TEST_CASE(a_start_after_a_rejoin_does_not_follow_the_stored_batches_of_the_old_life) {
  Busy busy;
  MempoolConfig config = config_of(0);
  config.incarnations[0] = Incarnation{5};

  Node node(config, {.height = Height{5}, .tips = {}, .batches = {busy.first}});

  const auto effects = node.run(submission_of({note_of("alice", "next")}));
  const BatchPlace place = all_of<StoreSignature>(effects).at(0).batch->place();
  BOOST_TEST(place.incarnation.number == 5u);
  BOOST_TEST(place.sequence.number == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::ledger

#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "actors/mempool.hpp"
#include "actors/worker.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace troupe::test {

enum class Workers {
  Real,  ///< examine, decode and verify as in a node
  Held   ///< the stand-in: the test answers
};

/// The mempool of n1 among stand-ins, with a real worker unless the test is about workers.
struct MempoolBench {
  explicit MempoolBench(Workers workers = Workers::Real) {
    auto seed = std::make_shared<actors::MempoolSeed>();
    seed->config.root = rig.context()->electorate().binding.root;
    seed->config.validator_count = 4;
    seed->config.self = rig.context()->own();
    seed->config.incarnations.assign(4, {0});
    mempool = rig.spawn<actors::MempoolActor, actors::Mempool>(rig.context(), std::move(seed));
    actors::Cast cast = rig.members();
    if (workers == Workers::Real) {
      cast.workers = {rig.spawn<actors::WorkerActor, actors::Worker>(rig.context(), rig.chain())};
    }
    const auto met = rig.ask<bool>(
        mempool, actors::meet_atom_v, std::make_shared<const actors::Cast>(std::move(cast)));
    BOOST_REQUIRE(met->reply.value_or(false));
    rig.tell(mempool, actors::start_atom_v);
  }

  void connect(std::uint32_t peer) {
    rig.tell(mempool, actors::peerup_atom_v, actors::Channel::Lanes, rig.peer(peer));
  }

  std::shared_ptr<Asked<actors::SubmissionVerdicts>> submit(const std::vector<Bytes>& encoded) {
    actors::RawSubmission submission;
    for (const Bytes& one : encoded)
      submission.transactions.push_back(actors::share(one));
    return rig.ask<actors::SubmissionVerdicts>(mempool, actors::submit_atom_v, submission);
  }

  std::shared_ptr<Asked<actors::SubmissionVerdicts>> submit(
      const ledger::Transaction& transaction) {
    return submit({to_bytes(transaction.encoded())});
  }

  void deliver(std::uint32_t from, const Bytes& message) {
    rig.tell(
        mempool,
        actors::deliver_atom_v,
        actors::Delivery{rig.peer(from), actors::Channel::Lanes, actors::share(message), nullptr});
  }

  void deliver(std::uint32_t from, ledger::LaneMessage message) {
    deliver(from, ledger::encode(message));
  }

  void stream(const ledger::BatchPointer& batch) {
    deliver(batch->place().lane.number,
            ledger::LaneMessage{ledger::BatchMessage{batch->encoded()}});
  }

  [[nodiscard]] std::size_t stores() const {
    return rig.batch_store->count<actors::store_atom, actors::StoreBatches>();
  }

  /// The oldest open store is synced; returns what it held.
  actors::StoreBatches store() {
    const auto question = rig.batch_store->take<actors::store_atom, actors::StoreBatches>();
    rig.answer(*rig.batch_store, question, true);
    return question.get();
  }

  [[nodiscard]] std::size_t signings() const {
    return rig.signer->count<actors::sign_atom, actors::SignBatchHeader>();
  }

  /// The signer signs the batch that it is asked for.
  void sign() {
    const auto question = rig.signer->take<actors::sign_atom, actors::SignBatchHeader>();
    const auto bytes = ledger::signed_bytes(question.get().header, rig.context()->chain());
    rig.answer(*rig.signer, question, actors::SignedOrRefused{test::validator_key(0).sign(bytes)});
  }

  /// Lane messages of one kind on their way to a peer; forgets all others.
  template <class Body>
  std::vector<Bytes> take(std::uint32_t peer) {
    std::vector<Bytes> found;
    for (const Sent& one : rig.take_sent()) {
      BOOST_TEST((one.channel == actors::Channel::Lanes));
      const auto message = ledger::decode_lane_message(one.message);
      BOOST_REQUIRE(message.ok());
      if (std::holds_alternative<Body>(*message) && one.to == rig.peer(peer)) {
        found.push_back(one.message);
      }
    }
    return found;
  }

  [[nodiscard]] ledger::MempoolStatus status() {
    return rig.must_answer<ledger::MempoolStatus>(mempool, actors::status_atom_v);
  }

  CastRig rig;
  SampleChain chain{rig.context()};
  actors::MempoolActor mempool;
};

}  // namespace troupe::test

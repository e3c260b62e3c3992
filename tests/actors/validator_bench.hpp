#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/validator.hpp"
#include "tests/actors/cast_rig.hpp"
#include "tests/actors/sample_chain.hpp"

namespace troupe::test {

/// The run of the validator under test.
inline constexpr std::uint64_t kInstance = 77;

inline crypto::Digest named(std::string_view name) {
  return crypto::sha256(as_bytes(name));
}

/// The node that leads neither view 1 nor view 2 of the rig's network.
inline std::uint32_t follower() {
  const CastRig rig;
  const SampleChain chain(rig.context());
  std::uint32_t own = 0;
  while (own == chain.leader(View{1}) || own == chain.leader(View{2}))
    ++own;
  return own;
}

inline std::uint32_t first_leader() {
  const CastRig rig;
  return SampleChain(rig.context()).leader(View{1});
}

/// A validator among stand-ins, whose peers say what the test has them say.
struct ValidatorBench {
  explicit ValidatorBench(std::uint32_t index = follower(),
                          consensus::JournalHealth journal = consensus::JournalHealth::Intact)
      : own(index), rig(rig_options(index)) {
    const auto& context = *rig.context();
    auto seed = std::make_shared<actors::ValidatorSeed>(actors::ValidatorSeed{
        {context.electorate(), context.root(), context.own(), kInstance, kLaneBatchesMax, {}}, {}});
    seed->recovered.final_header = rig.context()->root();
    seed->recovered.history = chain.history();
    seed->recovered.journal = journal;
    seed->recovered.executed = {{Height{0}, rig.context()->root().executed_root}};
    validator =
        rig.spawn<actors::ValidatorActor, actors::Validator>(rig.context(), std::move(seed));
    rig.meet(validator);
  }

  void start() { rig.tell(validator, actors::start_atom_v); }

  /// Starts, connects the others, and has them answer the inquiry: from now on it votes.
  void start_voting() {
    start();
    for (const std::uint32_t peer : others()) {
      rig.tell(validator, actors::peerup_atom_v, actors::Channel::Consensus, rig.peer(peer));
      deliver(peer, consensus::InquiryAnswer{kInstance, false, {}});
    }
    (void)rig.take_sent();
  }

  [[nodiscard]] std::vector<std::uint32_t> others() const {
    std::vector<std::uint32_t> peers;
    for (std::uint32_t peer = 0; peer < 4; ++peer) {
      if (peer != own) peers.push_back(peer);
    }
    return peers;
  }

  void deliver_bytes(const network::PeerId& from,
                     const Bytes& message,
                     std::shared_ptr<const void> credit = nullptr) {
    rig.tell(validator,
             actors::deliver_atom_v,
             actors::Delivery{
                 from, actors::Channel::Consensus, actors::share(message), std::move(credit)});
  }

  void deliver(std::uint32_t from, consensus::Body body) {
    deliver_bytes(rig.peer(from), chain.message(std::move(body)));
  }

  /// The leader of the header's view proposes it, and the mempool holds what it orders.
  void propose(const consensus::Header& header) {
    deliver_bytes(rig.peer(chain.leader(header.view)), chain.proposal(header));
    hold(consensus_digest(header));
  }

  void hold(const crypto::Digest& block) {
    rig.tell(validator,
             actors::payload_atom_v,
             ledger::PayloadChecked{block, ledger::PayloadVerdict::Valid});
  }

  static crypto::Digest consensus_digest(const consensus::Header& header) {
    return consensus::digest(header);
  }

  void certify(consensus::VoteKind kind, const consensus::Header& header) {
    certify(kind, header.view, consensus_digest(header));
  }

  void certify(consensus::VoteKind kind, View view, const crypto::Digest& block) {
    deliver(others().front(), consensus::Certificates{{chain.certify(kind, view, block)}});
  }

  /// Signs whatever is asked now, and what follows from it.
  void sign_all() {
    while (rig.signer->count<actors::sign_atom, actors::SignVote>() > 0) {
      const auto question = rig.signer->take<actors::sign_atom, actors::SignVote>();
      rig.answer(*rig.signer, question, signed_answer(question.get().vote));
    }
  }

  [[nodiscard]] actors::SignedOrRefused signed_answer(const consensus::Vote& vote) const {
    return {chain.vote(own, vote.kind, vote.view, vote.block).signature};
  }

  /// Has a block proposed, notarized and finalized by the others.
  void finalize(const consensus::CertifiedBlock& block) {
    propose(block.header);
    sign_all();
    certify(consensus::VoteKind::Notarize, block.header);
    sign_all();
    certify(consensus::VoteKind::Finalize, block.header);
    sign_all();
  }

  [[nodiscard]] actors::ValidatorStatus status() {
    return rig.must_answer<actors::ValidatorStatus>(validator, actors::status_atom_v);
  }

  std::uint32_t own;
  CastRig rig;
  SampleChain chain{rig.context()};
  actors::ValidatorActor validator;
};

}  // namespace troupe::test

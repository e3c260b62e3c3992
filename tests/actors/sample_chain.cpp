#include "tests/actors/sample_chain.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "tests/actors/cast_rig.hpp"
#include "tests/protocol/ledger/samples.hpp"

namespace troupe::test {

using consensus::CertifiedBlock;
using consensus::Header;
using consensus::VoteKind;

SampleChain::SampleChain(actors::SharedContext context)
    : context_(std::move(context)), newest_(context_->root()) {
  consensus::append_to_history(history_, consensus::digest(newest_));
}

ledger::Transaction SampleChain::transaction(std::string_view account,
                                             std::vector<ledger::Operation> operations) const {
  ledger::Body body = ledger::samples::body_of(account, std::move(operations));
  body.chain = context_->chain();
  return ledger::Transaction::sign(body, ledger::samples::key_of(account));
}

ledger::Transaction SampleChain::put(std::string_view key, std::string_view value) const {
  return transaction("alice", {ledger::Put{std::string(key), to_bytes(as_bytes(value))}});
}

ledger::BatchPointer SampleChain::seal(std::uint32_t lane,
                                       const std::vector<ledger::Transaction>& transactions) {
  const crypto::Digest root = context_->electorate().binding.root;
  const auto before = lanes_.try_emplace(lane, ledger::LaneTip{ValidatorIndex{lane}, {}, {}, root});
  ledger::LaneTip& tip = before.first->second;
  const ledger::BatchPlace place{
      Epoch{0}, root, tip.lane, tip.incarnation, tip.sequence.next(), tip.digest};
  const ledger::BatchDraft draft = ledger::draft_batch(place, transactions);
  const auto signature =
      validator_key(lane).sign(ledger::signed_bytes(draft.header, context_->chain()));
  auto batch = std::make_shared<const ledger::Batch>(ledger::Batch::assemble(draft, signature));
  tip.sequence = place.sequence;
  tip.digest = batch->digest();
  return batch;
}

CertifiedBlock SampleChain::extend(const std::vector<ledger::BatchPointer>& batches,
                                   Finality finality) {
  std::map<ValidatorIndex, consensus::Tip> tips;
  for (const consensus::Tip& tip : newest_.tips)
    tips[tip.lane] = tip;
  std::vector<ledger::BatchPointer> ordered = batches;
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto& left, const auto& right) {
    return left->place().lane < right->place().lane;
  });
  std::vector<ledger::Batch> contents;
  for (const ledger::BatchPointer& batch : ordered) {
    const ledger::BatchPlace& place = batch->place();
    tips[place.lane] = {place.lane, place.incarnation, place.sequence, batch->digest()};
    contents.push_back(*batch);
  }
  Header header = newest_;
  header.root = context_->electorate().binding.root;
  header.view = newest_.view.next();
  header.height = newest_.height.next();
  header.parent = consensus::digest(newest_);
  header.timestamp = Timestamp{newest_.timestamp.milliseconds + 1};
  header.tips.clear();
  for (const auto& [lane, tip] : tips)
    header.tips.push_back(tip);
  header.transactions_root = ledger::transactions_root(contents);
  header.history_root = history_.root();
  if (exposed_) {
    header.executed_height = exposed_->height;
    header.executed_root = exposed_->root;
  }

  const crypto::Digest digest = consensus::digest(header);
  CertifiedBlock block{header, std::nullopt, certify(VoteKind::Notarize, header.view, digest), {}};
  if (finality == Finality::Direct) {
    block.finalization = certify(VoteKind::Finalize, header.view, digest);
  }
  newest_ = header;
  consensus::append_to_history(history_, digest);
  return block;
}

std::vector<CertifiedBlock> SampleChain::extend_by(std::size_t count, Finality finality) {
  std::vector<CertifiedBlock> blocks;
  for (std::size_t i = 1; i <= count; ++i) {
    blocks.push_back(extend({}, i == count ? Finality::Direct : finality));
  }
  return blocks;
}

consensus::Certificate SampleChain::certify(VoteKind kind,
                                            View view,
                                            const crypto::Digest& block) const {
  consensus::Certificate certificate{{kind, Epoch{0}, view, block}, {}};
  for (std::uint32_t signer = 0; signer < context_->validators().quorum(); ++signer) {
    certificate.signatures.push_back(
        {ValidatorIndex{signer}, vote(signer, kind, view, block).signature});
  }
  return certificate;
}

consensus::SignedVote SampleChain::vote(std::uint32_t signer,
                                        VoteKind kind,
                                        View view,
                                        const crypto::Digest& block) const {
  const consensus::Vote vote{kind, Epoch{0}, view, block};
  const Bytes bytes = consensus::signed_bytes(context_->electorate().binding, vote);
  return {vote, ValidatorIndex{signer}, validator_key(signer).sign(bytes)};
}

std::uint32_t SampleChain::leader(View view) const {
  const consensus::LeaderOrder order(context_->validators(), context_->electorate().binding.root);
  return order.leader(view).number;
}

Bytes SampleChain::message(consensus::Body body) const {
  const consensus::Binding& binding = context_->electorate().binding;
  return consensus::encode(consensus::Message{binding.epoch, binding.root, std::move(body)});
}

Bytes SampleChain::proposal(const Header& header) const {
  const auto signed_vote =
      vote(leader(header.view), VoteKind::Notarize, header.view, consensus::digest(header));
  return message(consensus::Proposal{header, signed_vote.signature, {}});
}

}  // namespace troupe::test

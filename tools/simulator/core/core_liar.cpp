// What a liar does with what its machine wants to say. It owns its keys and nobody else's.
#include <algorithm>

#include "tools/simulator/core/core_network.hpp"

namespace troupe::simulator {

using consensus::VoteKind;

void CoreNetwork::send_as(std::uint32_t liar, std::uint32_t to, consensus::Body body) {
  if (to == liar) return;
  transmit(liar,
           to,
           std::make_shared<const consensus::Input>(consensus::MessageReceived{
               ValidatorIndex{liar}, {binding_.epoch, binding_.root, std::move(body)}}));
}

void CoreNetwork::vote_as(std::uint32_t liar, const consensus::Vote& vote, std::uint32_t to) {
  send_as(liar, to, consensus::Ballot{signatures_.sign(binding_, ValidatorIndex{liar}, vote)});
}

/// Plausible most of the time, so that nobody stops listening.
void CoreNetwork::lie(std::uint32_t liar,
                      const consensus::Message& message,
                      std::optional<std::uint32_t> to) {
  const bool is_broadcast = !to.has_value();
  if (const auto* proposal = std::get_if<consensus::Proposal>(&message.body)) {
    if (is_broadcast) return lie_about_proposal(liar, *proposal);
  }
  if (const auto* ballot = std::get_if<consensus::Ballot>(&message.body)) {
    if (is_broadcast) return lie_about_vote(liar, ballot->vote.vote);
  }
  if (const auto* certificates = std::get_if<consensus::Certificates>(&message.body)) {
    if (is_broadcast) return lie_about_certificates(liar, *certificates);
  }
  if (random_.below(4) == 0) return;  // withheld
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    if (!to || *to == peer) send_as(liar, peer, message.body);
  }
}

consensus::Header CoreNetwork::corrupt(const consensus::Header& header) {
  consensus::Header other = header;
  switch (random_.below(9)) {
    case 0: other.transactions_root = crypto::sha256(as_bytes("nothing")); break;
    case 1: other.executed_root = crypto::sha256(as_bytes("another state")); break;
    case 2: other.height = other.height.next(); break;
    case 3: other.timestamp.milliseconds += 1'000'000; break;
    case 4: other.history_root = {}; break;
    case 5: other.parent = binding_.root; break;
    default: other.timestamp.milliseconds += 1; break;  // as good as the first one
  }
  return other;
}

void CoreNetwork::lie_about_proposal(std::uint32_t liar, const consensus::Proposal& proposal) {
  consensus::Proposal other = proposal;
  other.header = corrupt(proposal.header);
  const consensus::Vote vote{
      VoteKind::Notarize, binding_.epoch, other.header.view, digest(other.header)};
  other.signature = signatures_.sign(binding_, ValidatorIndex{liar}, vote).signature;
  seen_blocks_[vote.view.number].insert(vote.block);
  const std::uint64_t plan = random_.below(5);
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    const std::uint64_t choice = random_.below(4);
    if (plan == 0 || choice == 0) send_as(liar, peer, proposal);
    if (plan != 0 && choice >= plan) send_as(liar, peer, other);
    if (choice == 3) send_as(liar, peer, proposal);
  }
}

void CoreNetwork::lie_about_vote(std::uint32_t liar, const consensus::Vote& vote) {
  const auto& blocks = seen_blocks_[vote.view.number];
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    const std::uint64_t choice = random_.below(8);
    if (choice < 5) vote_as(liar, vote, peer);
    if (choice == 5) vote_as(liar, {VoteKind::Nullify, vote.epoch, vote.view, {}}, peer);
    if (choice >= 6 && !blocks.empty()) {
      const VoteKind kind = choice == 6 ? VoteKind::Finalize : VoteKind::Notarize;
      const auto& block = random_.below(2) == 0 ? *blocks.begin() : *blocks.rbegin();
      vote_as(liar, {kind, vote.epoch, vote.view, block}, peer);
    }
  }
}

void CoreNetwork::lie_about_certificates(std::uint32_t liar,
                                         const consensus::Certificates& certificates) {
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    const std::uint64_t choice = random_.below(10);
    if (choice < 5) send_as(liar, peer, certificates);
    if (choice != 9) continue;
    consensus::Certificates forged = certificates;
    consensus::Certificate& first = forged.list.front();
    switch (random_.below(4)) {
      case 0: first.vote.kind = VoteKind::Finalize; break;
      case 1: first.vote.view = first.vote.view.next(); break;
      case 2: first.signatures.pop_back(); break;
      default: first.vote.block = crypto::sha256(as_bytes("another block")); break;
    }
    if (first.vote.kind == VoteKind::Nullify) first.vote.block = {};
    send_as(liar, peer, forged);
  }
}

/// A rushing liar sees what honest nodes send before it arrives, and answers at once.
void CoreNetwork::rush(std::uint32_t liar, const consensus::Message& message) {
  const auto* proposal = std::get_if<consensus::Proposal>(&message.body);
  if (proposal == nullptr) return;
  const consensus::Header& header = proposal->header;
  const crypto::Digest block = digest(header);
  seen_blocks_[header.view.number].insert(block);
  if (seen_blocks_.size() > 64) seen_blocks_.erase(seen_blocks_.begin());
  for (std::uint32_t peer = 0; peer < nodes_.size(); ++peer) {
    const std::uint64_t choice = random_.below(12);
    if (choice < 3) vote_as(liar, {VoteKind::Notarize, binding_.epoch, header.view, block}, peer);
    if (choice == 3) vote_as(liar, {VoteKind::Finalize, binding_.epoch, header.view, block}, peer);
    if (choice == 4) vote_as(liar, {VoteKind::Nullify, binding_.epoch, header.view, {}}, peer);
    if (choice == 5) {
      const View far{header.view.number + random_.below(40)};
      vote_as(liar, {VoteKind::Nullify, binding_.epoch, far, {}}, peer);
    }
    if (choice == 6) send_as(liar, peer, consensus::BestRequest{});
    if (choice == 7) send_as(liar, peer, consensus::HeaderRequest{block});
  }
}

}  // namespace troupe::simulator

#include "protocol/consensus/tally.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/consensus/plant.hpp"

namespace troupe::consensus {

namespace {

constexpr std::array<VoteKind, 3> kKinds = {
    VoteKind::Notarize, VoteKind::Nullify, VoteKind::Finalize};

std::size_t place(VoteKind kind) {
  return static_cast<std::size_t>(kind) - 1;
}

}  // namespace

Tally::Tally(std::uint32_t validator_count) : validator_count_(validator_count) {}

const Tally::Slot* Tally::slot(VoteKind kind, ValidatorIndex signer) const {
  const Slots& slots = kinds_[place(kind)];
  return signer.number < slots.size() ? &slots[signer.number] : nullptr;
}

Tally::Slot& Tally::slot(VoteKind kind, ValidatorIndex signer) {
  INVARIANT(signer.number < validator_count_);
  Slots& slots = kinds_[place(kind)];
  if (slots.empty()) slots.resize(validator_count_);
  return slots[signer.number];
}

bool Tally::has_verified(const SignedVote& vote) const {
  const Slot* known = slot(vote.vote.kind, vote.signer);
  return known != nullptr && std::any_of(known->begin(), known->end(), [&](const Observation& o) {
           return o.is_verified && o.vote == vote;
         });
}

bool Tally::add(const SignedVote& vote, bool is_verified) {
  Slot& known = slot(vote.vote.kind, vote.signer);
  for (Observation& observation : known) {
    if (observation.vote.vote != vote.vote || planted(Plant::DuplicateSignersCount)) continue;
    if (observation.is_verified || !is_verified) return false;
    observation = {vote, true};
    return true;
  }
  if (known.size() == kValuesMax) return false;
  known.push_back({vote, is_verified});
  ++size_;
  return true;
}

void Tally::remove(const SignedVote& vote) {
  size_ -= std::erase_if(slot(vote.vote.kind, vote.signer),
                         [&](const Observation& o) { return o.vote == vote; });
}

std::vector<Observation> Tally::conflicts(const SignedVote& vote) const {
  std::vector<Observation> found;
  for (const VoteKind kind : kKinds) {
    const Slot* known = slot(kind, vote.signer);
    if (known == nullptr) continue;
    for (const Observation& observation : *known) {
      if (is_conflict(observation.vote.vote, vote.vote)) found.push_back(observation);
    }
  }
  return found;
}

std::uint32_t Tally::count(const Vote& vote) const {
  std::uint32_t signers = 0;
  for (const Slot& known : kinds_[place(vote.kind)]) {
    const auto votes = std::count_if(known.begin(), known.end(), [&](const Observation& o) {
      return o.is_verified && o.vote.vote == vote;
    });
    INVARIANT(votes <= 1 || planted(Plant::DuplicateSignersCount));
    signers += static_cast<std::uint32_t>(votes);
  }
  return signers;
}

Certificate Tally::assemble(const Vote& vote) const {
  Certificate certificate{vote, {}};
  for (const Slot& known : kinds_[place(vote.kind)]) {
    for (const Observation& observation : known) {
      if (!observation.is_verified || observation.vote.vote != vote) continue;
      certificate.signatures.push_back({observation.vote.signer, observation.vote.signature});
    }
  }
  return certificate;
}

const SignedVote* Tally::find(VoteKind kind, ValidatorIndex signer) const {
  const Slot* known = slot(kind, signer);
  if (known == nullptr) return nullptr;
  for (const Observation& observation : *known) {
    if (observation.is_verified) return &observation.vote;
  }
  return nullptr;
}

}  // namespace troupe::consensus

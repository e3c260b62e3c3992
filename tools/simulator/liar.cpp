#include "tools/simulator/liar.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace troupe::simulator {

using consensus::VoteKind;
using scenario::Strategy;

namespace {

constexpr std::size_t kOldMax = 16;
constexpr std::size_t kViewsRemembered = 64;
constexpr std::uint8_t kLanes = 1;
constexpr std::uint8_t kSync = 2;

struct ViewOf {
  using View = std::optional<std::uint64_t>;

  View operator()(const consensus::Proposal& proposal) const { return proposal.header.view.number; }

  View operator()(const consensus::Ballot& ballot) const { return ballot.vote.vote.view.number; }

  View operator()(const consensus::Certificates& certificates) const {
    if (certificates.list.empty()) return std::nullopt;
    return certificates.list.front().view().number;
  }

  View operator()(const consensus::TipsHint& hint) const { return hint.view.number; }

  template <class Other>
  View operator()(const Other&) const {
    return std::nullopt;
  }
};

}  // namespace

std::optional<std::uint64_t> view_of(const consensus::Body& body) {
  return std::visit(ViewOf{}, body);
}

Liar::Liar(const scenario::Byzantine& table,
           Setting setting,
           std::shared_ptr<Coalition> coalition,
           std::uint64_t seed)
    : table_(table),
      setting_(std::move(setting)),
      coalition_(std::move(coalition)),
      random_(seed) {}

bool Liar::is_lying(Instant now) {
  const Instant begins = Instant{} + table_.at.time.value_or(Duration{0});
  if (now < begins) return false;
  if (table_.lasts && table_.lasts->time && now >= begins + *table_.lasts->time) return false;
  return table_.share.share >= 1 ||
         random_.below(1'000'000) < static_cast<std::uint64_t>(table_.share.share * 1e6);
}

std::vector<Utterance> Liar::say(Utterance meant, Instant now) {
  const Spoken spoken = understand(meant.channel, meant.message);
  auto& old = old_[spoken.kind];
  if (old.size() < kOldMax) old.push_back(meant.message);
  if (spoken.message) {
    if (const auto* ballot = std::get_if<consensus::Ballot>(&spoken.message->body)) {
      const consensus::Vote& vote = ballot->vote.vote;
      true_votes_.emplace(vote.view, vote.kind, vote.block);
    }
    if (const auto* proposal = std::get_if<consensus::Proposal>(&spoken.message->body))
      true_votes_.emplace(proposal->header.view, VoteKind::Notarize, digest(proposal->header));
  }
  if (!is_lying(now)) return {meant};
  Said said;
  if (const scenario::Rule* rule = rule_for(meant, spoken)) {
    said = obey(*rule, meant, spoken);
  } else if (table_.strategy == Strategy::Silent) {
    said = {};
  } else if (table_.strategy == Strategy::Selective && sees_other(meant.to)) {
    said = {};
  } else if (meant.channel == kLanes) {
    said = say_in_lanes(meant);
  } else if (meant.channel == kSync) {
    said = say_in_sync(meant);
  } else if (spoken.message) {
    said = say_in_consensus(meant, *spoken.message);
  } else {
    said = {meant};
  }
  if (said.size() != 1 || said.front().message != meant.message) ++lies_;
  return said;
}

Liar::Said Liar::say_in_consensus(const Utterance& meant, const consensus::Message& message) {
  if (const auto* proposal = std::get_if<consensus::Proposal>(&message.body))
    return lie_in_proposal(meant, *proposal);
  if (const auto* ballot = std::get_if<consensus::Ballot>(&message.body))
    return lie_in_ballot(meant, ballot->vote.vote);
  if (const auto* certificates = std::get_if<consensus::Certificates>(&message.body))
    return lie_in_certificates(meant, *certificates);
  return {meant};
}

Utterance Liar::with(const Utterance& meant, consensus::Body body) const {
  const consensus::Binding& binding = setting_.electorate.binding;
  Utterance other = meant;
  other.message = encode(consensus::Message{binding.epoch, binding.root, std::move(body)});
  return other;
}

consensus::SignedVote Liar::sign(const consensus::Vote& vote) {
  const crypto::KeyPair& key = coalition_->keys.at(setting_.self);
  return {vote,
          ValidatorIndex{static_cast<std::uint32_t>(setting_.self)},
          key.sign(consensus::signed_bytes(setting_.electorate.binding, vote))};
}

consensus::Proposal Liar::sign(consensus::Header header,
                               std::vector<consensus::Certificate> support) {
  const auto vote = sign({VoteKind::Notarize, header.epoch, header.view, digest(header)});
  return {std::move(header), vote.signature, std::move(support)};
}

/// As good as the block itself: a millisecond later.
consensus::Header Liar::fork_of(const consensus::Header& header) {
  consensus::Header other = header;
  other.timestamp.milliseconds += 1;
  coalition_->forks[digest(header)] = digest(other);
  return other;
}

/// Wrong by a rule of blocks, or merely odd.
consensus::Header Liar::spoilt(consensus::Header header) {
  switch (random_.below(8)) {
    case 0: header.transactions_root = crypto::sha256(as_bytes("nothing")); break;
    case 1: header.executed_root = crypto::sha256(as_bytes("another state")); break;
    case 2: header.height = header.height.next(); break;
    case 3: header.timestamp.milliseconds += 1'000'000; break;
    case 4: header.history_root = {}; break;
    case 5: header.parent = setting_.electorate.binding.root; break;
    case 6: header.validators = {}; break;
    default:
      if (!header.tips.empty()) header.tips.front().sequence = header.tips.front().sequence.next();
      break;
  }
  return header;
}

consensus::Certificate Liar::forged(consensus::Certificate certificate) {
  switch (random_.below(6)) {
    case 0: certificate.vote.kind = VoteKind::Finalize; break;
    case 1: certificate.vote.view = certificate.vote.view.next(); break;
    case 2: certificate.signatures.pop_back(); break;
    case 3: certificate.vote.block = crypto::sha256(as_bytes("another block")); break;
    case 4:
      if (!certificate.signatures.empty()) certificate.signatures.back().signature.bytes[3] ^= 1;
      break;
    default:
      if (certificate.signatures.size() > 1)
        certificate.signatures[0].signature = certificate.signatures[1].signature;
      break;
  }
  if (certificate.is(VoteKind::Nullify)) certificate.vote.block = {};
  return certificate;
}

/// Another block of that view if one was seen, else one that nobody has.
crypto::Digest Liar::another_block(const consensus::Vote& vote) {
  for (const crypto::Digest& block : blocks_[vote.view.number]) {
    if (block != vote.block) return block;
  }
  return crypto::sha256(as_bytes("a block of view " + std::to_string(vote.view.number)));
}

Liar::Said Liar::voted(const Utterance& meant, const consensus::Vote& vote) {
  return {with(meant, consensus::Ballot{sign(vote)})};
}

/// What was said long ago, beside what is meant.
Liar::Said Liar::echo(const Utterance& meant, MessageKind kind) {
  const auto& old = old_[kind];
  if (old.empty()) return {meant};
  Utterance stale = meant;
  stale.message = old[random_.below(old.size())];
  return {meant, stale};
}

Liar::Said Liar::lie_in_proposal(const Utterance& meant, const consensus::Proposal& proposal) {
  const consensus::Header& header = proposal.header;
  blocks_[header.view.number].push_back(digest(header));
  if (blocks_.size() > kViewsRemembered) blocks_.erase(blocks_.begin());
  switch (table_.strategy) {
    case Strategy::Equivocate:
      if (!sees_other(meant.to)) return {meant};
      return {with(meant, sign(fork_of(header), proposal.support))};
    case Strategy::DoubleVote: {
      Utterance other = with(meant, sign(fork_of(header), proposal.support));
      return {meant, std::move(other)};
    }
    case Strategy::NullifyOnly:
      return voted(meant, {VoteKind::Nullify, header.epoch, header.view, {}});
    case Strategy::InvalidProposal:
    case Strategy::Mutate: return {with(meant, sign(spoilt(header), proposal.support))};
    case Strategy::ForgedCertificate: {
      consensus::Proposal other = proposal;
      for (consensus::Certificate& certificate : other.support)
        certificate = forged(certificate);
      return {with(meant, std::move(other))};
    }
    case Strategy::Stale: return echo(meant, MessageKind::Proposal);
    case Strategy::Scripted:
    case Strategy::NullifyFinalize:
    case Strategy::Impersonate:
    case Strategy::WrongEpoch:
    case Strategy::Withhold:
    case Strategy::Selective:
    case Strategy::Silent:
    case Strategy::InvalidBatch:
    case Strategy::Twin:
    case Strategy::Amnesia:
    case Strategy::LyingSync:
    case Strategy::Rush: break;
  }
  return {meant};
}

Liar::Said Liar::lie_in_ballot(const Utterance& meant, const consensus::Vote& vote) {
  const auto fork = coalition_->forks.find(vote.block);
  switch (table_.strategy) {
    case Strategy::Equivocate:
      if (fork == coalition_->forks.end() || !sees_other(meant.to)) return {meant};
      return voted(meant, {vote.kind, vote.epoch, vote.view, fork->second});
    case Strategy::DoubleVote: {
      if (vote.kind == VoteKind::Nullify) return {meant};
      Said both = voted(meant, {vote.kind, vote.epoch, vote.view, another_block(vote)});
      both.insert(both.begin(), meant);
      return both;
    }
    case Strategy::NullifyFinalize: {
      if (vote.kind == VoteKind::Notarize) return {meant};
      const bool is_final = vote.kind == VoteKind::Finalize;
      Said both = voted(meant,
                        {is_final ? VoteKind::Nullify : VoteKind::Finalize,
                         vote.epoch,
                         vote.view,
                         is_final ? crypto::Digest{} : another_block(vote)});
      both.insert(both.begin(), meant);
      return both;
    }
    case Strategy::NullifyOnly: return voted(meant, {VoteKind::Nullify, vote.epoch, vote.view, {}});
    case Strategy::Stale: return echo(meant, MessageKind::Notarize);
    case Strategy::Impersonate: {
      consensus::SignedVote stolen = sign(vote);
      stolen.signer.number = static_cast<std::uint32_t>((setting_.self + 1) % setting_.nodes);
      return {meant, with(meant, consensus::Ballot{stolen})};
    }
    case Strategy::WrongEpoch: {
      consensus::Vote foreign = vote;
      foreign.epoch.number += 1;
      Utterance other = meant;
      other.message = encode(consensus::Message{
          foreign.epoch, setting_.electorate.binding.root, consensus::Ballot{sign(foreign)}});
      return {std::move(other), with(meant, consensus::Ballot{sign(foreign)})};
    }
    case Strategy::Mutate: {
      consensus::Vote changed = vote;
      if (random_.below(2) == 0) {
        changed.view.number += random_.below(3);
      } else if (vote.kind != VoteKind::Nullify) {
        changed.block = another_block(vote);
      }
      return voted(meant, changed);
    }
    case Strategy::Scripted:
    case Strategy::Withhold:
    case Strategy::Selective:
    case Strategy::Silent:
    case Strategy::InvalidProposal:
    case Strategy::InvalidBatch:
    case Strategy::ForgedCertificate:
    case Strategy::Twin:
    case Strategy::Amnesia:
    case Strategy::LyingSync:
    case Strategy::Rush: break;
  }
  return {meant};
}

/// Whoever is shown one block must not learn of the other from the liar itself.
Liar::Said Liar::lie_in_certificates(const Utterance& meant,
                                     const consensus::Certificates& certificates) {
  if (table_.strategy == Strategy::Equivocate && sees_other(meant.to)) {
    const bool betrays = std::ranges::any_of(certificates.list, [this](const auto& one) {
      return coalition_->forks.contains(one.vote.block);
    });
    if (betrays) return {};
  }
  if (table_.strategy == Strategy::Stale) return echo(meant, MessageKind::Certificates);
  if (table_.strategy != Strategy::ForgedCertificate) return {meant};
  consensus::Certificates other = certificates;
  for (consensus::Certificate& certificate : other.list)
    certificate = forged(certificate);
  return {meant, with(meant, std::move(other))};
}

std::vector<Utterance> Liar::rush(const Spoken& spoken, Instant now) {
  if (table_.strategy != Strategy::Rush || !spoken.message || !is_lying(now)) return {};
  const auto* proposal = std::get_if<consensus::Proposal>(&spoken.message->body);
  if (proposal == nullptr) return {};
  const consensus::Header& header = proposal->header;
  const crypto::Digest block = digest(header);
  auto& blocks = blocks_[header.view.number];
  if (std::ranges::find(blocks, block) != blocks.end()) return {};  // to another peer before
  blocks.push_back(block);
  if (blocks_.size() > kViewsRemembered) blocks_.erase(blocks_.begin());
  Said said;
  for (std::size_t to = 0; to < setting_.nodes; ++to) {
    if (coalition_->keys.contains(to)) continue;
    const Utterance blank{to, 0, {}, {}};
    const auto add = [&](const consensus::Vote& vote) {
      said.push_back(with(blank, consensus::Ballot{sign(vote)}));
    };
    switch (random_.below(8)) {
      case 0:
      case 1: add({VoteKind::Notarize, header.epoch, header.view, block}); break;
      case 2: add({VoteKind::Finalize, header.epoch, header.view, block}); break;
      case 3: add({VoteKind::Nullify, header.epoch, header.view, {}}); break;
      case 4:
        add({VoteKind::Nullify, header.epoch, View{header.view.number + random_.below(40)}, {}});
        break;
      case 5: said.push_back(with(blank, consensus::HeaderRequest{block})); break;
      default: break;
    }
  }
  lies_ += said.empty() ? 0 : 1;
  return said;
}

/// What shows the node that its key signs what it does not know: it would stop voting.
consensus::Message Liar::without_own_lies(consensus::Message message, bool& is_empty) {
  const auto self = ValidatorIndex{static_cast<std::uint32_t>(setting_.self)};
  const auto is_lie = [this](const consensus::Vote& vote) {
    return !true_votes_.contains({vote.view, vote.kind, vote.block});
  };
  const auto betrays = [&](const consensus::Certificate& certificate) {
    return is_lie(certificate.vote) &&
           std::ranges::any_of(certificate.signatures,
                               [self](const auto& one) { return one.signer == self; });
  };
  if (auto* list = std::get_if<consensus::Certificates>(&message.body)) {
    std::erase_if(list->list, betrays);
    is_empty = list->list.empty();
  } else if (auto* proposal = std::get_if<consensus::Proposal>(&message.body)) {
    std::erase_if(proposal->support, betrays);
  } else if (auto* answer = std::get_if<consensus::InquiryAnswer>(&message.body)) {
    std::erase_if(answer->newest, [&](const auto& one) { return is_lie(one.vote); });
    if (table_.strategy == Strategy::Amnesia || table_.strategy == Strategy::Twin) {
      answer->newest.clear();
      answer->twin = false;
    }
  } else if (const auto* accusation = std::get_if<consensus::Accusation>(&message.body)) {
    is_empty = accusation->evidence.culprit() == self;
  }
  return message;
}

std::optional<Bytes> Liar::hear(std::uint8_t channel, const Bytes& message) {
  const Spoken spoken = understand(channel, message);
  if (!spoken.message) return message;
  bool is_empty = false;
  const consensus::Message told = without_own_lies(*spoken.message, is_empty);
  if (is_empty) return std::nullopt;
  return encode(told);
}

}  // namespace troupe::simulator

// The rules of a scenario: `when` a message is sent, `do` something else.
#include <algorithm>
#include <utility>
#include <variant>

#include "tools/simulator/fault_means.hpp"
#include "tools/simulator/liar.hpp"

namespace troupe::simulator {

using consensus::VoteKind;
using scenario::Action;
using scenario::Part;

const scenario::Rule* Liar::rule_for(const Utterance& meant, const Spoken& spoken) const {
  const consensus::LeaderOrder leaders(setting_.electorate.validators,
                                       setting_.electorate.binding.root);
  const auto fits = [&](const scenario::Rule& rule) {
    if (!matches(message_kinds({rule.when.send}), spoken.kind)) return false;
    const auto view = spoken.message ? view_of(spoken.message->body) : std::nullopt;
    if (rule.when.view && (!view || *view < rule.when.view->first || *view > rule.when.view->last))
      return false;
    if (rule.when.role == scenario::Role::Any) return true;
    const bool leads = view && leaders.leader(View{*view}).number == setting_.self;
    return leads == (rule.when.role == scenario::Role::Leader);
  };
  const auto found = std::ranges::find_if(table_.rules, fits);
  static_cast<void>(meant);
  return found == table_.rules.end() ? nullptr : &*found;
}

Liar::Said Liar::obey(const scenario::Rule& rule, const Utterance& meant, const Spoken& spoken) {
  const scenario::RuleDo& what = rule.action;
  const auto is_named = [&] {
    return std::ranges::any_of(what.to, [&](const std::string& name) {
      return name == "n" + std::to_string(meant.to + 1);
    });
  };
  const auto other = [&]() -> Said {
    const auto body = spoken.message ? changed(spoken.message->body, what.mutate) : std::nullopt;
    if (!body) return {meant};
    return {with(meant, *body)};
  };
  switch (what.action) {
    case Action::Drop: return {};
    case Action::Delay: {
      Utterance late = meant;
      late.later = what.by;
      return {std::move(late)};
    }
    case Action::Fork: return is_named() ? other() : Said{meant};
    case Action::Mutate: return other();
    case Action::Replay: {
      Said said = echo(meant, spoken.kind);
      return {std::move(said.back())};
    }
    case Action::SignOther: {
      const auto* ballot =
          spoken.message ? std::get_if<consensus::Ballot>(&spoken.message->body) : nullptr;
      if (ballot == nullptr) return {meant};
      Said said{meant};
      for (const auto& [member, key] : coalition_->keys) {
        if (member == setting_.self) continue;
        const consensus::SignedVote vote{
            ballot->vote.vote,
            ValidatorIndex{static_cast<std::uint32_t>(member)},
            key.sign(consensus::signed_bytes(setting_.electorate.binding, ballot->vote.vote))};
        said.push_back(with(meant, consensus::Ballot{vote}));
      }
      return said;
    }
    case Action::SendTo: return is_named() ? Said{meant} : Said{};
  }
  return {meant};
}

namespace {

/// The header with another value in that part; nothing if it has no such part.
bool change(consensus::Header& header, Part part) {
  switch (part) {
    case Part::Payload:
      header.transactions_root = crypto::sha256(header.transactions_root.view());
      return true;
    case Part::Parent: header.parent = crypto::sha256(header.parent.view()); return true;
    case Part::View: header.view = header.view.next(); return true;
    case Part::Height: header.height = header.height.next(); return true;
    case Part::Timestamp: header.timestamp.milliseconds += 1; return true;
    case Part::Signature:
    case Part::Signers: break;
  }
  return false;
}

bool change(consensus::Vote& vote, Part part) {
  if (part == Part::View) vote.view = vote.view.next();
  if (part == Part::Payload && vote.kind != VoteKind::Nullify)
    vote.block = crypto::sha256(vote.block.view());
  return part == Part::View || (part == Part::Payload && vote.kind != VoteKind::Nullify);
}

}  // namespace

/// The message with that part of it another, signed again unless it is the signature.
std::optional<consensus::Body> Liar::changed(const consensus::Body& body, Part part) {
  if (const auto* proposal = std::get_if<consensus::Proposal>(&body)) {
    consensus::Proposal other = *proposal;
    if (part == Part::Signature) {
      other.signature.bytes[0] ^= 1;
      return other;
    }
    if (!change(other.header, part)) return std::nullopt;
    return sign(other.header, other.support);
  }
  if (const auto* ballot = std::get_if<consensus::Ballot>(&body)) {
    consensus::SignedVote vote = ballot->vote;
    if (part == Part::Signature) {
      vote.signature.bytes[0] ^= 1;
      return consensus::Ballot{vote};
    }
    if (!change(vote.vote, part)) return std::nullopt;
    return consensus::Ballot{sign(vote.vote)};
  }
  if (const auto* certificates = std::get_if<consensus::Certificates>(&body)) {
    consensus::Certificates other = *certificates;
    for (consensus::Certificate& certificate : other.list) {
      if (certificate.signatures.empty()) continue;
      if (part == Part::Signers) certificate.signatures.pop_back();
      if (part == Part::Signature) certificate.signatures.back().signature.bytes[0] ^= 1;
      if (part == Part::View) certificate.vote.view = certificate.vote.view.next();
    }
    return other;
  }
  return std::nullopt;
}

}  // namespace troupe::simulator

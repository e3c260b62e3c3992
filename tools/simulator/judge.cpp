#include "tools/simulator/judge.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/consensus/header.hpp"
#include "protocol/consensus/journal.hpp"
#include "protocol/consensus/message.hpp"
#include "protocol/ledger/state_node.hpp"
#include "storage/vote_journal.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::simulator {

namespace {

using consensus::VoteKind;

consensus::Electorate make_electorate(const ledger::Genesis& genesis) {
  std::vector<crypto::PublicKey> keys;
  for (const ledger::GenesisValidator& validator : genesis.validators)
    keys.push_back(validator.key);
  auto validators = consensus::ValidatorSet::from(std::move(keys));
  INVARIANT(validators.ok());
  consensus::Electorate electorate{{ledger::chain_id(genesis), Epoch{0}, {}},
                                   std::move(validators).value()};
  const consensus::Genesis start{
      electorate.binding.chain, genesis.created, ledger::empty_tree_hash()};
  electorate.binding.root = digest(genesis_header(start, electorate.validators));
  return electorate;
}

/// All votes that a dead node's journal holds; nothing if it holds no usable journal.
std::optional<std::vector<consensus::Vote>> journaled_votes(const SimulatedNode& node,
                                                            const storage::JournalOwner& owner) {
  SimulatedDisk disk = node.disk().copy();
  SimulatedEnvironment environment(disk, 1);
  const auto opened =
      storage::VoteJournal::open(environment, node.options().data_dir.string() + "/journal", owner);
  if (!opened || !opened->report.may_sign()) return std::nullopt;
  std::vector<consensus::Vote> votes;
  for (const storage::JournalRecord& record : opened->records) {
    const auto decoded = consensus::decode_journal_record(record.content);
    if (!decoded) return std::nullopt;
    if (const auto* vote = std::get_if<consensus::VoteRecord>(&*decoded))
      votes.push_back(vote->vote.vote);
  }
  return votes;
}

}  // namespace

Judge::Judge(const ledger::Genesis& genesis, std::set<std::size_t> liars, std::uint32_t observers)
    : electorate_(make_electorate(genesis)), liars_(std::move(liars)) {
  for (const ledger::GenesisValidator& validator : genesis.validators)
    names_.push_back(validator.name);
  for (std::uint32_t i = 0; i < observers; ++i)
    names_.push_back("n" + std::to_string(names_.size() + 1));
}

std::string Judge::name_of(std::size_t node) const {
  return node < names_.size() ? names_[node] : "?";
}

std::size_t Judge::leader_of(std::uint64_t view) const {
  const consensus::LeaderOrder leaders(electorate_.validators, electorate_.binding.root);
  return leaders.leader(View{view}).number;
}

bool Judge::is_beyond() const {
  return is_more_than_tolerated(excused_);
}

bool Judge::is_more_than_tolerated(std::set<std::size_t> bad) const {
  bad.insert(liars_.begin(), liars_.end());
  // The second half of a twin is no validator more, and one who follows is none at all.
  std::erase_if(bad, [this](std::size_t node) { return node >= electorate_.validators.size(); });
  return bad.size() > electorate_.validators.size() - quorum();
}

void Judge::forgive_journal(std::size_t node) {
  forgetful_.insert(node);
  forgotten_[node] = signed_view(node);
}

std::uint64_t Judge::signed_view(std::size_t node) const {
  const auto votes = votes_.find(node);
  return votes == votes_.end() || votes->second.empty() ? 0 : votes->second.rbegin()->first.first;
}

bool Judge::may_stall() const {
  std::set<std::size_t> bad = excused_;
  bad.insert(forgetful_.begin(), forgetful_.end());
  return is_more_than_tolerated(std::move(bad));
}

std::set<std::size_t> Judge::accusers_of(std::size_t culprit) const {
  const auto found = accusers_.find(culprit);
  return found == accusers_.end() ? std::set<std::size_t>() : found->second;
}

void Judge::judge_broken_agreement() {
  if (!is_agreement_broken_) return;
  const std::size_t owed = electorate_.validators.size() - quorum() + 1;
  if (guilty_.size() < owed)
    violate(Verdict::Safety,
            "accountability",
            "agreement broke and pins only " + std::to_string(guilty_.size()) + " of the " +
                std::to_string(liars_.size()) + " liars");
}

void Judge::violate(Verdict verdict, const std::string& checker, const std::string& what) {
  if (is_beyond() && checker != "accountability") {
    is_agreement_broken_ = is_agreement_broken_ || checker == "agreement";
    return;
  }
  if (!said_.emplace(checker, what).second) return;
  violations_.push_back({verdict, checker, what, now_});
}

/// The smallest number of which any two sets of n share more than a third of n.
std::uint32_t Judge::quorum() const {
  const std::uint32_t n = electorate_.validators.size();
  std::uint32_t faults = 0;
  while (3 * (faults + 1) + 1 <= n)
    ++faults;
  return n - faults;
}

void Judge::on_happening(const Happening& happening) {
  if (happening.turn == Turn::Boots) {
    answered_[happening.node].clear();
    told_in_this_life_.erase(happening.node);
  }
}

void Judge::on_sent(const Sent& sent) {
  now_ = sent.at;
  if (!sent.spoken.message) return;
  const consensus::Message& message = *sent.spoken.message;
  // A liar's answer is an answer.
  if (std::holds_alternative<consensus::InquiryAnswer>(message.body)) {
    const auto asker = answered_.find(sent.link.to);
    if (asker != answered_.end()) asker->second.insert(sent.link.from);
  }
  if (liars_.contains(sent.link.from)) {
    if (const auto* proposal = std::get_if<consensus::Proposal>(&message.body))
      heights_[digest(proposal->header)] = proposal->header.height.number;
    return;
  }
  const auto own = static_cast<std::uint32_t>(sent.link.from);
  if (const auto* ballot = std::get_if<consensus::Ballot>(&message.body)) {
    if (ballot->vote.signer.number == own) note_vote(sent.link.from, ballot->vote.vote);
  } else if (const auto* proposal = std::get_if<consensus::Proposal>(&message.body)) {
    // The signed proposal is its leader's notarize vote.
    const consensus::Header& header = proposal->header;
    const crypto::Digest block = digest(header);
    heights_[block] = header.height.number;
    note_vote(sent.link.from, {VoteKind::Notarize, header.epoch, header.view, block});
    for (const consensus::Certificate& certificate : proposal->support)
      check_certificate(certificate, name_of(sent.link.from));
  } else if (const auto* list = std::get_if<consensus::Certificates>(&message.body)) {
    for (const consensus::Certificate& certificate : list->list)
      check_certificate(certificate, name_of(sent.link.from));
  } else {
    note_evidence(sent.link.from, message);
  }
}

/// Answers count when they are sent: what the node votes on must at least have left the others.
void Judge::check_inquiry(std::size_t node, std::uint64_t view) {
  const auto answered = answered_.find(node);
  if (answered == answered_.end() || answered->second.size() + 1 >= quorum()) return;
  violate(Verdict::Safety,
          "votes",
          name_of(node) + " votes in view " + std::to_string(view) +
              " before enough others answered its inquiry");
}

/// Views only grow, over all lives: whoever nullified or led a view nullifies none below it.
void Judge::check_order(std::size_t node, const consensus::Vote& vote) {
  const std::uint64_t view = vote.view.number;
  const bool is_led = vote.kind == VoteKind::Notarize && leader_of(view) == node;
  if (vote.kind != VoteKind::Nullify && !is_led) return;
  std::uint64_t& highest = led_[node];
  if (vote.kind == VoteKind::Nullify && view < highest)
    violate(Verdict::Safety,
            "votes",
            name_of(node) + " nullifies view " + std::to_string(view) + " after it was in view " +
                std::to_string(highest));
  highest = std::max(highest, view);
}

void Judge::note_vote(std::size_t node, const consensus::Vote& vote) {
  const std::uint64_t view = vote.view.number;
  auto& votes = votes_[node];
  const auto [known, is_new] = votes.emplace(Slot{view, vote.kind}, vote.block);
  // What waited in a clogged link is sent once more when it opens, by a life that may be over.
  if (is_new) check_inquiry(node, view);
  if (is_trusted(node)) {
    const std::string where = name_of(node) + " in view " + std::to_string(view);
    if (!is_new && known->second != vote.block)
      violate(Verdict::Safety, "votes", where + " signed two values of one kind");
    if (votes.contains({view, VoteKind::Nullify}) && votes.contains({view, VoteKind::Finalize}))
      violate(Verdict::Safety, "votes", where + " signed nullify and finalize");
    const auto forgotten = forgotten_.find(node);
    if (is_new && forgotten != forgotten_.end() && view <= forgotten->second)
      violate(Verdict::Safety, "votes", where + " votes where it may have forgotten a vote");
    if (is_new) forgetful_.erase(node);
    if (is_new) check_order(node, vote);
    view_ = std::max(view_, view);
  }
  if (!is_new || demanded_of_.empty()) return;
  entered_[node].insert(view);
  check_progress();
}

bool Judge::check_certificate(const consensus::Certificate& certificate, const std::string& where) {
  const auto identity = crypto::sha256(encode(certificate));
  if (good_certificates_.contains(identity)) return true;
  const std::uint64_t view = certificate.view().number;
  std::set<std::uint32_t> signers;
  for (std::size_t i = 0; i < certificate.signatures.size(); ++i) {
    const consensus::SignedVote vote = certificate.signed_vote(i);
    if (electorate_.accepts(vote)) signers.insert(vote.signer.number);
  }
  if (signers.size() != certificate.signatures.size() || signers.size() < quorum()) {
    violate(Verdict::Safety,
            "certificates",
            where + " holds a certificate of view " + std::to_string(view) + " with " +
                std::to_string(signers.size()) + " good signers");
    return false;
  }
  good_certificates_.insert(identity);
  note_contradictions(certificate);
  const auto [known, is_new] =
      certified_.emplace(Slot{view, certificate.vote.kind}, certificate.vote.block);
  if (!is_new && known->second != certificate.vote.block)
    violate(Verdict::Safety,
            "certificates",
            "two certificates of one kind for different blocks in view " + std::to_string(view));
  if (certified_.contains({view, VoteKind::Finalize}) &&
      certified_.contains({view, VoteKind::Nullify}))
    violate(Verdict::Safety,
            "certificates",
            "view " + std::to_string(view) + " is both final and nullified");
  if (certificate.is(VoteKind::Finalize)) {
    final_view_ = std::max(final_view_, view);
    const auto height = heights_.find(certificate.vote.block);
    if (height != heights_.end()) final_height_ = std::max(final_height_, height->second);
  }
  check_progress();
  return true;
}

/// Two finalizations of one view break agreement by themselves; across views, disks show it.
void Judge::note_contradictions(const consensus::Certificate& certificate) {
  auto& others = by_view_[certificate.view().number];
  for (const consensus::Certificate& other : others) {
    const bool are_same_kind = other.vote.kind == certificate.vote.kind;
    const bool contradict =
        are_same_kind ? other.vote.block != certificate.vote.block
                      : !other.is(VoteKind::Notarize) && !certificate.is(VoteKind::Notarize);
    if (!contradict) continue;
    if (are_same_kind && other.is(VoteKind::Finalize)) is_agreement_broken_ = true;
    const auto signers = other.signers();
    for (const ValidatorIndex signer : certificate.signers()) {
      if (std::ranges::find(signers, signer) == signers.end()) continue;
      guilty_.insert(signer.number);
      if (is_trusted(signer.number))
        violate(Verdict::Safety,
                "accountability",
                name_of(signer.number) + " is honest and signed two certificates that contradict");
    }
  }
  others.push_back(certificate);
}

void Judge::note_evidence(std::size_t node, const consensus::Message& message) {
  const auto* accusation = std::get_if<consensus::Accusation>(&message.body);
  if (accusation == nullptr) return;
  const std::size_t culprit = accusation->evidence.culprit().number;
  accused_.insert(culprit);
  accusers_[culprit].insert(node);
  told_in_this_life_[node].insert(culprit);
  if (is_trusted(culprit))
    violate(Verdict::Safety,
            "accountability",
            name_of(node) + " accuses " + name_of(culprit) + ", who is honest");
}

/// A vote that left the node must be in its journal, whatever its disk was allowed to lose.
void Judge::on_left(std::size_t node, const SimulatedNode& left) {
  if (!is_trusted(node)) return;
  const auto& sent = votes_[node];
  const auto forgotten = forgotten_.find(node);
  const std::uint64_t lost = forgotten == forgotten_.end() ? 0 : forgotten->second;
  if (sent.empty() || (lost > 0 && sent.rbegin()->first.first <= lost)) return;
  const auto key = electorate_.validators.key(ValidatorIndex{static_cast<std::uint32_t>(node)});
  const auto journaled =
      journaled_votes(left, {to_bytes(electorate_.binding.chain.view()), to_bytes(key.view())});
  if (!journaled) {
    violate(Verdict::Safety, "votes", name_of(node) + " lost the journal of the votes it sent");
    return;
  }
  std::map<Slot, crypto::Digest> kept;
  for (const consensus::Vote& vote : *journaled)
    kept.emplace(Slot{vote.view.number, vote.kind}, vote.block);
  // The journal forgets what lies below its oldest vote, and it keeps that in order of views.
  const std::uint64_t oldest = kept.empty() ? 0 : kept.begin()->first.first;
  for (const auto& [slot, block] : sent) {
    if (slot.first < oldest || slot.first <= lost) continue;
    const auto found = kept.find(slot);
    if (found != kept.end() && found->second == block) continue;
    violate(Verdict::Safety,
            "votes",
            name_of(node) + " sent a vote in view " + std::to_string(slot.first) +
                " that its journal does not hold");
  }
}

void Judge::demand_progress(std::set<std::size_t> nodes) {
  demanded_of_ = std::move(nodes);
  entered_.clear();
}

/// The finalization may come two views after the f + 2, while the next ones are being voted on.
void Judge::check_progress() {
  if (demanded_of_.empty()) return;
  std::optional<std::uint64_t> first;
  for (const std::uint64_t view : entered_[*demanded_of_.begin()]) {
    const bool is_common = std::ranges::all_of(
        demanded_of_, [&](std::size_t node) { return entered_[node].contains(view); });
    if (!is_common) continue;
    first = view;
    break;
  }
  if (!first) return;
  if (final_view_ >= *first) return demanded_of_.clear();
  const std::uint64_t faults = electorate_.validators.size() - quorum();
  for (const auto& [node, views] : entered_) {
    if (views.empty() || *views.rbegin() <= *first + faults + 4) continue;
    violate(Verdict::Liveness,
            "liveness",
            "no finalization from view " + std::to_string(*first) + ", which all entered, to " +
                std::to_string(*views.rbegin()));
    return demanded_of_.clear();
  }
}

}  // namespace troupe::simulator

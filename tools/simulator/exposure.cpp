#include "tools/simulator/exposure.hpp"

#include <algorithm>
#include <variant>

#include "protocol/consensus/evidence.hpp"

namespace troupe::simulator {

void Exposure::on_sent(const Sent& sent) {
  if (!sent.spoken.message || sent.passage.arrivals.empty()) return;
  const auto& body = sent.spoken.message->body;
  if (const auto* ballot = std::get_if<consensus::Ballot>(&body)) {
    note(sent.link.to, ballot->vote.signer.number, ballot->vote.vote);
  } else if (const auto* proposal = std::get_if<consensus::Proposal>(&body)) {
    // The signed proposal is its leader's notarize vote; only the leader itself sends it unasked.
    const consensus::Header& header = proposal->header;
    note(sent.link.to,
         sent.link.from,
         {consensus::VoteKind::Notarize, header.epoch, header.view, digest(header)});
  } else if (const auto* certificates = std::get_if<consensus::Certificates>(&body)) {
    note_finality(sent, *certificates);
  }
}

/// Whoever says that a view is final knows it, and so does whoever is told.
void Exposure::note_finality(const Sent& sent, const consensus::Certificates& certificates) {
  for (const consensus::Certificate& certificate : certificates.list) {
    if (!certificate.is(consensus::VoteKind::Finalize)) continue;
    for (const std::size_t node : {sent.link.from, sent.link.to}) {
      std::uint64_t& view = final_views_[node];
      view = std::max(view, certificate.view().number);
    }
  }
}

void Exposure::note(std::size_t to, std::size_t signer, const consensus::Vote& vote) {
  if (vote.view.number <= final_views_[to]) return;
  auto& known = votes_[signer][{to, vote.view.number}];
  if (std::ranges::find(known, vote) != known.end()) return;
  const bool contradicts = std::ranges::any_of(
      known, [&](const consensus::Vote& other) { return is_conflict(other, vote); });
  if (contradicts) shown_[signer].insert(to);
  known.push_back(vote);
}

std::set<std::size_t> Exposure::shown(std::size_t validator) const {
  const auto found = shown_.find(validator);
  return found == shown_.end() ? std::set<std::size_t>{} : found->second;
}

}  // namespace troupe::simulator

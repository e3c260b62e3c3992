#include "tools/simulator/planted/plants.hpp"

namespace troupe::consensus {

namespace {

Plant chosen = Plant::None;

}  // namespace

#ifdef TROUPE_PLANTS
bool planted(Plant rule) {
  return chosen == rule && rule != Plant::None;
}
#endif

}  // namespace troupe::consensus

namespace troupe::simulator {

using consensus::Plant;

const std::vector<PlantedBug>& planted_bugs() {
  static const std::vector<PlantedBug> bugs{
      {Plant::VotesWithoutHolding, "votes for what it does not hold"},
      {Plant::ParentNeedsNoCertificates, "parents need no certificates"},
      {Plant::ParentPlusOneNotAcceptable, "a clock can refuse the parent's next millisecond"},
      {Plant::ProposalCanHalt, "a mere proposal stops a node"},
      {Plant::OnlyNextCertificateEnters, "only the next view's certificate enters"},
      {Plant::AnyViewResetsFactor, "any view resets the timers' factor"},
      {Plant::NoLateNotarize, "no late notarize"},
      {Plant::VoteRestsOnNothing, "votes rest on nothing that is durable"},
      {Plant::CertificatesStay, "certificates are not forwarded"},
      {Plant::FarVotesKept,
       "votes for views far ahead are kept",
       false,
       "scenarios/votes-from-the-future"},
      {Plant::FinalizeAfterNullify, "finalize after nullify"},
      {Plant::NullifyAfterFinalize, "nullify after finalize"},
      {Plant::AnyMessageResetsTimer, "any message resets the view timer"},
      {Plant::ViewForgottenAtRestart, "the view is forgotten at a restart"},
      {Plant::QuorumOfTwoThirdsFloored, "a quorum of two thirds, floored"},
      {Plant::DuplicateSignersCount, "duplicate signers count"},
      {Plant::KindNotSigned, "the kind of a vote is not signed"},
      {Plant::VotesBeforeInquiry,
       "votes before its inquiry is answered",
       false,
       "simulation/grounds/slow-answers"},
      {Plant::SignerForgetsVotes, "votes are forgotten at a restart"},
      {Plant::MarkForgetsVotesAbove, "pruning forgets votes above the mark"},
      {Plant::CertificateObservesNothing, "certificates observe nothing"},
      {Plant::CommitWithoutCertificates, "blocks are stored without certificates"},
      {Plant::VoteUnsynced, "votes leave before they are synced"},
      {Plant::SyncErrorIgnored,
       "a failed sync is taken for success",
       false,
       "simulation/grounds/failed-journal-sync"},
      {Plant::UnprovenRunStored, "fetched blocks are stored unproven"},
      {Plant::EvidenceNotKept,
       "evidence is forgotten at a restart",
       false,
       "scenarios/twin-leader-evidence"},
      {Plant::AckedBeforeDurable, "clients are told before the block is durable"},
      {Plant::DuplicatesExecuted,
       "a transaction takes effect twice",
       false,
       "simulation/grounds/sent-twice"}};
  return bugs;
}

void plant(Plant rule) {
  consensus::chosen = rule;
}

}  // namespace troupe::simulator

#pragma once

#include <cstdint>

// Rules that can be taken out, to show that a test notices (consensus.md, the rules marked *, and
// faults.md, section 6). Only the builds that define TROUPE_PLANTS can take one out: that of the
// tests, and that of the simulator (troupe sim plants). In every other build `planted` is the
// constant false and the questions vanish.
namespace troupe::consensus {

enum class Plant : std::uint8_t {
  None = 0,
  // consensus.md, section 1
  RootDigestNotSigned = 1,
  VotesWithoutHolding = 2,
  // section 2
  ProposalIsNoVote = 3,
  ParentNeedsNoCertificates = 4,
  ParentPlusOneNotAcceptable = 5,
  ProposalCanHalt = 6,
  FinalHeaderCannotHalt = 7,
  // section 3
  OnlyNextCertificateEnters = 8,
  AnyViewResetsFactor = 9,
  ClockAlwaysRuns = 10,
  NoLateNotarize = 11,
  VoteRestsOnNothing = 12,
  CertificatesStay = 13,
  FarVotesKept = 14,
  FinalizeAfterNullify = 15,
  NullifyAfterFinalize = 16,
  AnyMessageResetsTimer = 17,
  ViewForgottenAtRestart = 18,
  // section 1 again: what a quorum and a certificate are
  QuorumOfTwoThirdsFloored = 19,
  DuplicateSignersCount = 20,
  KindNotSigned = 21,
  // section 5
  VotesBeforeInquiry = 22,
  SignerForgetsVotes = 23,
  MarkForgetsVotesAbove = 24,
  // section 7
  CertificateObservesNothing = 25,
  CommitWithoutCertificates = 26,
  // What storage and actors owe to these rules (faults.md, section 6)
  VoteUnsynced = 27,
  SyncErrorIgnored = 28,
  UnprovenRunStored = 29,
  EvidenceNotKept = 30,
  AckedBeforeDurable = 31,
  DuplicatesExecuted = 32,
};

#ifdef TROUPE_PLANTS
/// Defined by whoever plants: true for the one rule that this process runs without.
[[nodiscard]] bool planted(Plant rule);
#else
[[nodiscard]] constexpr bool planted(Plant) {
  return false;
}
#endif

}  // namespace troupe::consensus

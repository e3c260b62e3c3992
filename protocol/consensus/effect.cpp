#include "protocol/consensus/effect.hpp"

namespace troupe::consensus {

std::string_view describe(HaltReason reason) {
  switch (reason) {
    case HaltReason::StateDiverged:
      return "a quorum or a final block names another state root than this node computed";
    case HaltReason::InvalidFinalBlock: return "a final block breaks the rules of this node";
    case HaltReason::AgreementBroken:
      return "two certificates contradict each other: more validators lie than can be tolerated";
  }
  return "unknown reason";
}

std::string_view describe(ObserverReason reason) {
  switch (reason) {
    case ObserverReason::NotAValidator: return "this node is not in the validator set; it follows";
    case ObserverReason::JournalDamaged:
      return "the vote journal is damaged: restore nothing, have this validator rejoin";
    case ObserverReason::JournalMissing:
      return "the vote journal is missing although the ledger is not: have this validator rejoin";
    case ObserverReason::OwnItemUnknown:
      return "a peer holds a signature of this key that the journal lacks: have this validator "
             "rejoin";
    case ObserverReason::LiveTwin:
      return "another process runs under this key: stop one of them, then have this validator "
             "rejoin";
    case ObserverReason::SignerRefused:
      return "the vote journal contradicts what this node remembers: restart it, or have this "
             "validator rejoin";
  }
  return "unknown reason";
}

}  // namespace troupe::consensus

#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "actors/alarm.hpp"
#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "protocol/proof/accuser.hpp"

namespace troupe::actors {

/// What an accuser starts from.
struct AccuserSeed {
  Height height;                                    ///< of the newest executed block
  std::vector<proof::RecordedAccusation> recorded;  ///< that its state knows
  std::vector<proof::Accusation> found;             ///< proofs on this disk
};

/// Drives the accuser machine: has each proof stored, announces it, and submits it to this node's own
/// mempool in a transaction of the validator key until the ledger records it. What the mempool refuses
/// comes again with the machine's next turn.
class Accuser {
 public:
  static constexpr const char* name = "accuser";

  Accuser(AccuserActor::pointer self, SharedContext context, AccuserSeed seed);

  AccuserActor::behavior_type make_behavior();

 private:
  void on_start();
  void on_accusation(const proof::Accusation& accusation);
  void on_final(const BlockCommitted& block);
  void on_input(const proof::AccuserInput& input);
  void submit(const proof::SubmitAccusation& submission);

  [[nodiscard]] std::string sentence(const proof::Accusation& accusation) const;
  [[nodiscard]] EvidenceReport report() const;

  AccuserActor::pointer self_;
  SharedContext context_;
  CastPointer cast_;
  proof::Accuser machine_;
  std::vector<proof::Accusation> found_;  // until the start
  Alarm alarm_;
};

}  // namespace troupe::actors

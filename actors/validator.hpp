#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "actors/alarm.hpp"
#include "actors/context.hpp"
#include "actors/messages.hpp"
#include "protocol/consensus/simplex.hpp"

namespace troupe::actors {

/// What a validator starts from.
struct ValidatorSeed {
  consensus::Config config;
  consensus::Recovered recovered;
};

/// Drives Simplex for one epoch: turns what happens into inputs of the machine and performs its
/// effects front to back. While the signer works on a vote nothing else enters the machine, so no
/// message overtakes the vote that it may depend on.
///
/// A validator that may not vote rejoins in three steps: the signer signs a rejoin, which somebody
/// submits to another node; a final block orders it, and the signer begins a new journal; the others
/// say that they know nothing above its mark, and the machine votes. The rejoin is remembered by this
/// process alone: after a restart it is worth nothing, since the next process might have forgotten
/// what this one signed after it.
class Validator {
 public:
  static constexpr const char* name = "validator";

  Validator(ValidatorActor::pointer self,
            SharedContext context,
            std::shared_ptr<ValidatorSeed> seed);

  ValidatorActor::behavior_type make_behavior();

 private:
  void on_delivery(const Delivery& delivery);
  void on_peer_up(const network::PeerId& peer);
  void on_peer_down(const network::PeerId& peer);
  void on_final(const BlockCommitted& block);
  void on_synced(const consensus::Synced& synced);
  void on_life(const BlockCommitted& block);
  caf::result<RejoinReport> on_rejoin();
  void renew_journal();
  void on_renewed(const consensus::Certificate& finalization);
  void on_input(consensus::Input input, std::shared_ptr<const void> credit = nullptr);
  void on_tick();
  void on_signed(const consensus::Vote& vote, const SignedOrRefused& answer);
  void on_start();
  void drain();
  void step(const consensus::Input& input);

  void perform(const consensus::Effect& effect);
  void perform_sign(const consensus::Sign& sign);
  void perform_broadcast(const consensus::Broadcast& broadcast);
  void perform_send(const consensus::Send& send);
  void perform_timer(const consensus::SetTimer& timer);
  void perform_check(const consensus::CheckPayload& check);
  void perform_build(const consensus::BuildProposal& build);
  void perform_tips(const consensus::SendTips& tips);
  void perform_commit(const consensus::Commit& commit);
  void perform_halt(const consensus::Halt& halt);
  void observe(const consensus::Event& event);

  [[nodiscard]] Now now() const;
  [[nodiscard]] ValidatorStatus status() const;
  [[nodiscard]] VotesReport votes(View view) const;
  [[nodiscard]] FactsReport facts() const;
  [[nodiscard]] SharedBytes encoded(const consensus::Message& message) const;

  ValidatorActor::pointer self_;
  SharedContext context_;
  CastPointer cast_;
  consensus::Simplex machine_;

  /// An input that waits for the signer, with the credit of the message that brought it.
  struct Waiting {
    consensus::Input input;
    std::shared_ptr<const void> credit;
  };

  /// A life that began for this process: the journal waits for a finalization that covers it.
  struct NewLife {
    View view;
    Incarnation life;
  };

  std::deque<Waiting> waiting_;
  std::optional<SignedTransaction> rejoin_;  // not ordered yet
  Height rejoin_valid_through_;
  std::optional<NewLife> new_life_;
  bool is_reborn_ = false;  // the mempool learns of it once the machine votes
  std::map<consensus::Timer, consensus::SetTimer> timers_;  // those that run, by name
  Alarm alarm_;                                             // one tick serves them all
  bool is_started_ = false;
  std::size_t signing_ = 0;  // votes that the signer works on
  ValidatorStatus status_;
  std::set<ValidatorIndex> accused_;
};

}  // namespace troupe::actors

#pragma once

#include <deque>
#include <memory>
#include <set>
#include <string>

#include "actors/context.hpp"
#include "actors/ledger_audit.hpp"
#include "actors/messages.hpp"
#include "actors/state_walk.hpp"

namespace troupe::actors {

/// Walks the stored ledger from the first height to the newest, then over the state values, then
/// over the newest and the oldest state as a whole if there are values in them that no block can be
/// executed again for, then rests. A damaged height is in quarantine until it is mended: by executing its block
/// again, or with a block, batch, receipts or part of the state that a peer gave and that proves
/// itself. Every mending is checked by another audit of the same height; what was mended in the state,
/// by the next pass.
class Scrubber {
 public:
  static constexpr const char* name = "scrubber";

  /// `before` is what was found and mended before the cast played.
  Scrubber(ScrubberActor::pointer self,
           SharedContext context,
           std::shared_ptr<storage::ChainStore> chain,
           ScrubReport before);

  ScrubberActor::behavior_type make_behavior();

 private:
  /// What a pass walks over, in order.
  enum class Stage : std::uint8_t { Heights, Values, NewestState, OldestState };

  void start();
  void on_tick();
  void on_suspect(Height height);
  caf::result<ScrubReport> on_question(const ScrubQuery& query);

  void hurry();
  void begin_pass();
  void walk();
  void walk_heights(std::uint64_t count);
  void walk_values();
  void end_values();
  void walk_state();
  void begin_state(Stage stage);
  void finish_pass();
  void check(Height height);
  void on_damage(Height height, HeightAudit audit);
  void fetch_block(Height height);
  void fetch_batch(Height height, const crypto::Digest& digest);
  void fetch_receipts(Height height, const crypto::Digest& root);
  void fetch_part(const ledger::NibblePath& path);
  void on_part(const std::optional<Bytes>& answer);
  void mend(Height height, HeightAudit audit);
  void give_up(Height height);
  void forget_parts();
  void announce(Height height, const std::vector<std::string>& damages);
  void tell(CustodyNews news);
  void go_on();
  void tick_after(Duration delay);
  [[nodiscard]] Height newest() const;
  void fail(const storage::StorageError& error);

  ScrubberActor::pointer self_;
  SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
  LedgerAudit audit_;
  CastPointer cast_;
  ScrubReport report_;
  Instant rested_since_;  // if a pass was finished
  Height base_;       // what lies up to here came as a snapshot, and has no blocks to compare with
  Height next_{1};    // of the pass
  Bytes next_value_;  // where the walk over the state values goes on
  StateWalk state_walk_;
  Stage stage_ = Stage::Heights;
  bool is_hurrying_ = false;
  bool is_mending_ = false;  // something was asked of another actor
  bool has_timer_ = false;
  std::deque<Height> suspects_;
  AuditParts parts_;  // for the height that is being mended
  std::set<crypto::Digest> asked_batches_;
  bool has_asked_block_ = false;
  bool has_asked_receipts_ = false;
  bool has_mended_ = false;
  std::set<Height> quarantine_;
  std::size_t parts_lost_ = 0;  // of the state, in this pass, which nobody gave
};

}  // namespace troupe::actors

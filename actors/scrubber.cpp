#include "actors/scrubber.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "actors/alarm.hpp"
#include "actors/chain_state.hpp"
#include "actors/event_stream.hpp"
#include "actors/failure.hpp"
#include "protocol/ledger/snapshot_message.hpp"

namespace troupe::actors {

namespace {

/// How often a walk at the usual rate goes on.
constexpr Duration kTick = std::chrono::milliseconds(200);
constexpr std::uint64_t kTicksPerSecond = 5;
static_assert(kCustodian == Scrubber::name);

/// Between the end of a pass and the next one.
constexpr Duration kRest = std::chrono::minutes(10);
/// What a hurrying walk does before it looks at its mailbox.
constexpr std::uint64_t kHeightsAtOnce = 16;
constexpr std::size_t kValuesAtOnce = 256;
constexpr std::size_t kFindingsKept = 16;
constexpr std::size_t kSuspectsMax = 64;

using What = CustodyNews::What;

std::string text_of(Height height) {
  return height.number == 0 ? "the state" : "height " + std::to_string(height.number);
}

}  // namespace

Scrubber::Scrubber(ScrubberActor::pointer self,
                   SharedContext context,
                   std::shared_ptr<storage::ChainStore> chain,
                   ScrubReport before)
    : self_(self),
      context_(std::move(context)),
      chain_(chain),
      audit_({context_->root(), context_->electorate()}, std::move(chain)),
      report_(std::move(before)),
      state_walk_(chain_) {
  if (const auto base = read_base(*chain_)) base_ = *base;
}

ScrubberActor::behavior_type Scrubber::make_behavior() {
  return {
      [this](meet_atom, const CastPointer& cast) {
        cast_ = cast;
        return true;
      },
      [this](start_atom) { start(); },
      [this](tick_atom) { on_tick(); },
      [this](suspect_atom, Height height) { on_suspect(height); },
      [this](scrub_atom, const ScrubQuery& query) { return on_question(query); },
  };
}

void Scrubber::start() {
  if (context_->options().limits.scrub_heights_per_second == 0) return;
  begin_pass();
  tick_after(kTick);
}

void Scrubber::on_tick() {
  has_timer_ = false;
  if (is_mending_) return;
  if (!suspects_.empty()) {
    const Height height = suspects_.front();
    suspects_.pop_front();
    check(height);
    // Whoever suspected it was refused something: it must lie elsewhere, or below.
    if (!is_mending_) hurry();
  } else {
    if (!report_.walking) begin_pass();
    walk();
  }
  if (!is_mending_) go_on();
}

/// The damage is known, whatever the walk is doing: it is looked at next. Height 0 stands for damage
/// that nobody can place.
void Scrubber::on_suspect(Height height) {
  if (height <= base_) return hurry();
  if (suspects_.size() >= kSuspectsMax) return;
  if (std::find(suspects_.begin(), suspects_.end(), height) != suspects_.end()) return;
  suspects_.push_back(height);
  if (!is_mending_) self_->send(self_, tick_atom_v);
}

/// Walks as fast as it can to the end of a pass; one that is under way already finds it too.
void Scrubber::hurry() {
  if (is_hurrying_ && report_.walking) return;
  is_hurrying_ = true;
  begin_pass();
  if (!is_mending_) self_->send(self_, tick_atom_v);
}

caf::result<ScrubReport> Scrubber::on_question(const ScrubQuery& query) {
  if (query.now) {
    is_hurrying_ = true;
    begin_pass();
    if (!is_mending_) self_->send(self_, tick_atom_v);
  }
  ScrubReport report = report_;
  report.quarantined = quarantine_.size() + parts_lost_;
  if (report.passes > 0) {
    const Duration rested = instant_of(self_) - rested_since_;
    report.rested_ms = static_cast<std::uint64_t>(rested.count() / 1000);
  }
  return report;
}

void Scrubber::begin_pass() {
  report_.walking = true;
  report_.height = 0;
  report_.newest = newest().number;
  next_ = base_.next();
  next_value_.clear();
  stage_ = Stage::Heights;
}

void Scrubber::walk() {
  if (stage_ == Stage::Values) return walk_values();
  if (stage_ != Stage::Heights) return walk_state();
  const std::uint64_t rate = context_->options().limits.scrub_heights_per_second;
  walk_heights(is_hurrying_ ? kHeightsAtOnce : std::max<std::uint64_t>(rate / kTicksPerSecond, 1));
}

void Scrubber::walk_heights(std::uint64_t count) {
  for (; count > 0 && !is_mending_; --count) {
    report_.newest = newest().number;
    if (next_.number > report_.newest) {
      stage_ = Stage::Values;
      return;
    }
    const Height height = next_;
    next_ = next_.next();
    report_.height = height.number;
    check(height);
  }
}

void Scrubber::walk_values() {
  auto audit = audit_.check_values(next_value_, kValuesAtOnce);
  if (!audit) return fail(audit.error());
  report_.values += audit->values;
  if (next_value_.empty()) end_values();
  if (audit->is_sound()) return;
  announce(Height{0}, audit->damages);
  mend(Height{0}, std::move(audit).value());
}

/// Where every state is kept, each value was compared with the block that wrote it.
void Scrubber::end_values() {
  parts_lost_ = 0;
  const auto pruned_below = storage::StateStore(chain_->database()).pruned_below();
  if (!pruned_below) return fail(pruned_below.error());
  if (pruned_below->number == 0) return finish_pass();
  begin_state(Stage::NewestState);
}

void Scrubber::begin_state(Stage stage) {
  stage_ = stage;
  const auto begun = state_walk_.begin(stage == Stage::NewestState ? StateWalk::Which::Newest
                                                                   : StateWalk::Which::Oldest);
  // What is damaged on the way to it, its own height shows.
  if (!begun && begun.error().kind != storage::StorageErrorKind::Corrupt) fail(begun.error());
}

void Scrubber::walk_state() {
  if (state_walk_.is_done()) {
    return stage_ == Stage::NewestState ? begin_state(Stage::OldestState) : finish_pass();
  }
  auto step = state_walk_.step();
  if (!step) return fail(step.error());
  report_.values += step->values;
  announce(Height{0}, step->damages);
  if (!step->mending.empty()) {
    HeightAudit audit;
    audit.mending = std::move(step->mending);
    mend(Height{0}, std::move(audit));
  } else if (step->damaged) {
    fetch_part(*step->damaged);
  } else if (!step->damages.empty()) {
    ++parts_lost_;
    tell({What::Unmended,
          Height{0},
          0,
          "the state cannot be mended: stop the node, remove its database, and start it; it "
          "fetches all of it anew"});
  }
}

void Scrubber::fetch_part(const ledger::NibblePath& path) {
  is_mending_ = true;
  const ledger::SnapshotQuestion question = ledger::PartQuestion{state_walk_.height(), path};
  WantedAnswer wanted{ledger::encode(question),
                      [path, root = state_walk_.root()](const Bytes& answer) {
                        return StateWalk::is_part(answer, path, root);
                      }};
  self_->request(cast_->synchronizer, caf::infinite, fetch_atom_v, std::move(wanted))
      .then([this](const FetchedAnswer& fetched) { on_part(fetched.answer); },
            [](const caf::error&) {});
}

void Scrubber::on_part(const std::optional<Bytes>& answer) {
  is_mending_ = false;
  if (answer) {
    auto mending = state_walk_.mend(ledger::decode_state_chunk(*answer).value());
    if (!mending) return fail(mending.error());
    if (!mending->empty()) {
      HeightAudit audit;
      audit.mending = std::move(mending).value();
      return mend(Height{0}, std::move(audit));
    }
  } else {
    ++parts_lost_;
    tell({What::Unmended, Height{0}, 0, "no peer gave what is damaged of the state"});
  }
  go_on();
}

void Scrubber::finish_pass() {
  report_.walking = false;
  ++report_.passes;
  rested_since_ = instant_of(self_);
  is_hurrying_ = false;
  stage_ = Stage::Heights;
}

void Scrubber::check(Height height) {
  if (height > newest()) return;
  auto audit = audit_.check(height, parts_);
  if (!audit) return fail(audit.error());
  report_.values += audit->values;
  if (audit->is_sound() && quarantine_.erase(height) > 0) {
    tell({What::Whole, height, 0, text_of(height) + " is whole again"});
  }
  if (!audit->is_complete()) return on_damage(height, std::move(audit).value());
  forget_parts();
}

/// What was asked and got for one height is nothing to the next one.
void Scrubber::forget_parts() {
  parts_ = {};
  asked_batches_.clear();
  has_asked_block_ = false;
  has_asked_receipts_ = false;
  has_mended_ = false;
}

void Scrubber::on_damage(Height height, HeightAudit audit) {
  if (!audit.is_sound() && quarantine_.insert(height).second) {
    announce(height, audit.damages);
    tell({What::Quarantined,
          height,
          0,
          text_of(height) + " is in quarantine: what is altered of it is not served"});
  }
  if (audit.wants_block && !has_asked_block_) return fetch_block(height);
  for (const crypto::Digest& digest : audit.wants_batches) {
    if (!asked_batches_.contains(digest)) return fetch_batch(height, digest);
  }
  if (audit.wants_receipts && !has_asked_receipts_) {
    return fetch_receipts(height, *audit.wants_receipts);
  }
  if (!audit.mending.empty() && !has_mended_) return mend(height, std::move(audit));
  give_up(height);
}

void Scrubber::fetch_block(Height height) {
  has_asked_block_ = true;
  is_mending_ = true;
  self_->request(cast_->synchronizer, caf::infinite, fetch_atom_v, WantedBlock{height})
      .then(
          [this, height](const FetchedBlock& fetched) {
            is_mending_ = false;
            parts_.block = fetched.block;
            check(height);
            if (!is_mending_) go_on();
          },
          [](const caf::error&) {});
}

void Scrubber::fetch_batch(Height height, const crypto::Digest& digest) {
  asked_batches_.insert(digest);
  is_mending_ = true;
  self_->request(cast_->synchronizer, caf::infinite, fetch_atom_v, WantedBatch{digest})
      .then(
          [this, height](const FetchedBatch& fetched) {
            is_mending_ = false;
            if (fetched.batch) parts_.batches[fetched.batch->digest()] = fetched.batch;
            check(height);
            if (!is_mending_) go_on();
          },
          [](const caf::error&) {});
}

void Scrubber::fetch_receipts(Height height, const crypto::Digest& root) {
  has_asked_receipts_ = true;
  is_mending_ = true;
  const ledger::SnapshotQuestion question = ledger::ReceiptsQuestion{height, height};
  WantedAnswer wanted{ledger::encode(question), [root](const Bytes& answer) {
                        const auto lists = ledger::decode_receipt_lists(answer);
                        return lists && lists->size() == 1 &&
                               ledger::receipts_root(lists->front()) == root;
                      }};
  self_->request(cast_->synchronizer, caf::infinite, fetch_atom_v, std::move(wanted))
      .then(
          [this, height](const FetchedAnswer& fetched) {
            is_mending_ = false;
            if (fetched.answer) {
              parts_.receipts = ledger::decode_receipt_lists(*fetched.answer)->front();
            }
            check(height);
            if (!is_mending_) go_on();
          },
          [](const caf::error&) {});
}

/// Has the differing entries written as they must be. Height 0 stands for the state.
void Scrubber::mend(Height height, HeightAudit audit) {
  has_mended_ = true;
  is_mending_ = true;
  const std::size_t count = audit.mending.changes().size();
  const auto entries = std::make_shared<const storage::WriteSet>(std::move(audit.mending));
  self_->request(cast_->ledger_writer, caf::infinite, mend_atom_v, Mending{entries})
      .then(
          [this, height, count](bool) {
            is_mending_ = false;
            report_.repaired += count;
            tell({What::Mended,
                  height,
                  count,
                  "mended " + std::to_string(count) + " entries of " + text_of(height)});
            has_mended_ = height.number > 0;
            if (height.number > 0) check(height);
            if (!is_mending_) go_on();
          },
          [](const caf::error&) {});
}

/// What is damaged stays in quarantine until the next pass.
void Scrubber::give_up(Height height) {
  if (quarantine_.contains(height)) {
    tell({What::Unmended, height, 0, text_of(height) + " cannot be mended now"});
  }
  forget_parts();
}

void Scrubber::announce(Height height, const std::vector<std::string>& damages) {
  report_.damaged += damages.size();
  for (const std::string& what : damages) {
    report_.findings.push_back(what);
    tell({What::Altered, height, 0, "ALTERED DATA: " + what});
  }
  while (report_.findings.size() > kFindingsKept)
    report_.findings.erase(report_.findings.begin());
}

void Scrubber::tell(CustodyNews news) {
  context_->log(level_of(news.what), name, news.text);
  self_->send(cast_->admin, custody_atom_v, std::make_shared<const CustodyNews>(std::move(news)));
}

void Scrubber::go_on() {
  if (!suspects_.empty() || (is_hurrying_ && report_.walking)) {
    self_->send(self_, tick_atom_v);
  } else if (context_->options().limits.scrub_heights_per_second > 0) {
    tick_after(report_.walking ? kTick : kRest);
  }
}

void Scrubber::tick_after(Duration delay) {
  if (has_timer_) return;
  has_timer_ = true;
  self_->delayed_send(self_, delay, tick_atom_v);
}

Height Scrubber::newest() const {
  const auto height = chain_->last_height();
  return height ? height->value_or(Height{0}) : Height{0};
}

void Scrubber::fail(const storage::StorageError& error) {
  self_->quit(disk_failure(error));
}

}  // namespace troupe::actors

#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/consensus/journal.hpp"
#include "protocol/consensus/vote.hpp"

// What the holder of a validator key never signs (consensus.md, sections 3 "Never" and 5):
//
//   - two different notarize, finalize or proposal values for one (epoch, view); a proposal is the
//     leader's notarize vote, so the first two cover it,
//   - finalize and nullify of one view,
//   - two batches for one (epoch, lane, incarnation, sequence),
//   - a vote at or below the last final view, which is the view of the highest finalization shown.
//
// Notarize after nullify, and finalize of another block than the one notarized, are allowed.
// The same value asked again returns the same signature.
//
// The order of work of the actor that owns the key: decide; on Sign make the signature, write the
// record, sync it, then call `remember`, and only then hand the signature out.
namespace troupe::consensus {

enum class Refusal : std::uint8_t {
  AnotherNotarize,  ///< a different block is notarized or proposed in this view
  AnotherFinalize,  ///< a different block is finalized in this view
  NullifiedBefore,  ///< finalize of a view that was nullified
  FinalizedBefore,  ///< nullify of a view in which something was finalized
  AtOrBelowFinal,   ///< of a view at or below the mark
  AnotherBatch,     ///< a different batch has this sequence
  BatchBehind,      ///< a sequence below the newest signed one of this lane
  JournalUnusable,  ///< the journal is damaged or missing; the signer signs nothing
};

[[nodiscard]] std::string_view describe(Refusal refusal);

/// Go on and sign: nothing speaks against it.
struct MaySign {};

/// This very value was signed before: hand out the same signature.
struct SameAgain {
  crypto::Signature signature;
};

struct Refused {
  Refusal reason = Refusal::JournalUnusable;
};

using Decision = std::variant<MaySign, SameAgain, Refused>;

/// The journal's meaning. Invariants:
/// (1) at most one notarize, one nullify and one finalize value per (epoch, view) is remembered;
/// (2) no view holds both a nullify and a finalize;
/// (3) no remembered vote lies at or below the mark;
/// (4) of each lane the newest kLaneBatchesMax batches are remembered, which are all that its author
///     may still hold unsigned: a power cut can take several signatures that were not stored yet.
class SignerRules {
 public:
  [[nodiscard]] Decision decide(const Vote& vote) const;
  [[nodiscard]] Decision decide(const BatchIdentity& batch) const;

  /// Takes a durable record into account: one just written, or at a start each record of the
  /// journal in order. False if it contradicts what is remembered, which means that the journal
  /// is damaged: then nothing may be signed any more.
  [[nodiscard]] bool remember(const JournalRecord& record);

  /// Raises the mark; a lower finalization changes nothing. What lies at or below it is forgotten.
  void raise_mark(const Certificate& finalization);

  /// The highest finalization shown, if any.
  [[nodiscard]] const std::optional<Certificate>& mark() const { return mark_; }

  /// The records that must outlive a rewrite of the journal, in an order that `remember` accepts:
  /// the mark, the votes above it with what they rest on, and the newest batches of each lane.
  [[nodiscard]] std::vector<JournalRecord> live_records() const;

  [[nodiscard]] bool empty() const { return votes_.empty() && batches_.empty() && !mark_; }

 private:
  using ViewKey = std::pair<Epoch, View>;
  using LaneKey = std::pair<Epoch, ValidatorIndex>;

  [[nodiscard]] const VoteRecord* find(const ViewKey& key, VoteKind kind) const;
  [[nodiscard]] bool is_at_or_below_mark(const Vote& vote) const;
  [[nodiscard]] bool take(const VoteRecord& record);
  [[nodiscard]] bool take(const BatchRecord& record);
  void check_invariants() const;

  std::map<ViewKey, std::map<VoteKind, VoteRecord>> votes_;
  using BatchKey = std::pair<Incarnation, Sequence>;
  std::map<LaneKey, std::map<BatchKey, BatchRecord>> batches_;
  std::optional<Certificate> mark_;
};

}  // namespace troupe::consensus

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"
#include "protocol/proof/accusation.hpp"

// Brings proofs of lies into the ledger (consensus.md, section 7).
//
// Every validator that can prove a lie wants it recorded, and one that does is enough. So they take
// turns: the validator that follows the liar in the set submits at once, the next one `patience`
// later, and so on; whoever sees it recorded stops. Each goes on until then, since a submission is
// lost when the process that took it stops: after one turn of all it submits again, the same
// transaction as long as that can still be ordered.
namespace troupe::proof {

/// Of one lie: the proof was found here, at the start or while the node runs. A second proof of the
/// same lie is of no use.
struct Accused {
  Accusation accusation;
};

/// A final block was executed, and recorded these.
struct Recorded {
  Height height;
  std::vector<RecordedAccusation> accusations;
};

struct AccuserTimerFired {};

using AccuserInput = std::variant<Accused, Recorded, AccuserTimerFired>;

/// Submit the accusation in a transaction that can be ordered up to this height. The same pair comes
/// again when it seems lost.
struct SubmitAccusation {
  Accusation accusation;
  Height valid_through;
};

struct AccuserConfig {
  std::uint32_t validator_count = 0;
  /// This node's place in the set; nothing if it only follows, and then it submits nothing.
  std::optional<ValidatorIndex> self;
  Duration patience = std::chrono::seconds(1);
};

/// What is known of one lie.
struct KnownLie {
  Accusation accusation;
  std::optional<Height> recorded;  ///< by the block of this height
};

/// Keeps one accusation for each lie: at most two for each validator.
class Accuser {
 public:
  /// `height`: of the newest executed block; `recorded`: what its state knows.
  Accuser(AccuserConfig config, Height height, const std::vector<RecordedAccusation>& recorded);

  [[nodiscard]] std::vector<SubmitAccusation> step(const AccuserInput& input, Instant now);

  /// When to send AccuserTimerFired next, if at all. Ask after every step.
  [[nodiscard]] std::optional<Instant> next_deadline() const;

  /// Ascending by lie.
  [[nodiscard]] std::vector<KnownLie> known() const;

 private:
  struct Case {
    Accusation accusation;
    std::optional<Height> recorded;
    std::optional<Instant> due;  // nothing once recorded, and on a node that only follows
    Height valid_through;        // of what was submitted last; 0: nothing was
  };

  void on(const Accused& input, Instant now);
  void on(const Recorded& input, Instant now);
  void on(const AccuserTimerFired& input, Instant now);
  void take(const RecordedAccusation& recorded);
  [[nodiscard]] Duration turn_of(const Lie& lie) const;

  AccuserConfig config_;
  Height height_;
  std::map<Lie, Case> cases_;
};

}  // namespace troupe::proof

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/base/numbers.hpp"
#include "protocol/base/time.hpp"

namespace troupe::consensus {

/// What one does at most once per peer and retry interval.
enum class Courtesy : std::uint8_t {
  AnswerNullify,  ///< with my best certificate
  AskBest,        ///< because it votes far ahead of me
};

/// What this node knows about the other validators as peers: sessions, when they were last heard,
/// and how much they asked for lately.
class Peers {
 public:
  Peers(std::uint32_t validator_count, std::optional<ValidatorIndex> own);

  void connect(ValidatorIndex peer, std::uint32_t sessions);
  void disconnect(ValidatorIndex peer);

  [[nodiscard]] bool is_connected(ValidatorIndex peer) const;
  [[nodiscard]] bool has_twin(ValidatorIndex peer) const;
  /// Ascending, without this node.
  [[nodiscard]] std::vector<ValidatorIndex> connected() const;

  /// A message of this validator for this view was received, even if it came too late to count.
  void hear(ValidatorIndex validator, View view);
  /// Everybody counts as heard in this view: nobody is silent before he had a chance to speak.
  void hear_all(View view);
  [[nodiscard]] bool is_heard_since(ValidatorIndex validator, View view) const;
  [[nodiscard]] std::uint32_t heard_since(View view) const;

  /// True, and the interval begins anew, if the last time lies at least one interval back.
  [[nodiscard]] bool may(Courtesy courtesy, ValidatorIndex peer, Instant now, Duration interval);

  /// True for the first kAnswersPerRetryMax requests of this peer within one interval.
  [[nodiscard]] bool may_answer(ValidatorIndex peer, Instant now, Duration interval);

 private:
  struct Peer {
    std::uint32_t sessions = 0;
    View heard;
    std::optional<Instant> nullify_answered;
    std::optional<Instant> best_asked;
    Instant allowance_since;
    std::uint32_t answers = 0;
  };

  std::vector<Peer> peers_;
  std::optional<ValidatorIndex> own_;
};

}  // namespace troupe::consensus

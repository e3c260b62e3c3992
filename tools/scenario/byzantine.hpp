#pragma once

#include <string>
#include <vector>

#include "tools/scenario/values.hpp"

// Validators that lie (family B): a strategy, scripted rules, or both. A liar is a whole node whose
// messages are rewritten, so that it stays plausible.
namespace troupe::scenario {

enum class Strategy : std::uint8_t {
  Scripted,           ///< nothing but the rules
  Equivocate,         ///< B1: as a leader, two proposals
  DoubleVote,         ///< B2: two notarize votes in one view
  NullifyFinalize,    ///< B3: nullify and finalize in one view
  NullifyOnly,        ///< B4
  Stale,              ///< B5: votes and certificates of views long gone
  Impersonate,        ///< B6: messages in the name of others, without their keys
  WrongEpoch,         ///< B7
  Withhold,           ///< B8: proposals without the batches they name
  Selective,          ///< B8: to some, never to others
  Silent,             ///< B8: connected, and never a word
  InvalidProposal,    ///< B9
  InvalidBatch,       ///< B9: batches of transactions that no node may admit
  ForgedCertificate,  ///< B10: short, with a signer twice, or stale
  Twin,               ///< B11: two nodes with one key, behind masks
  Amnesia,            ///< B12: forgets its votes when it restarts
  Mutate,             ///< B13: a value changed by one or repeated, signed again
  LyingSync,          ///< B14: answers for final blocks with others
  Rush,               ///< B16: sees the honest messages of a step before it chooses its own
};

/// Which halves of a twin each participant sees, round by round: drawn from the seed, or the nth of
/// all distinct ones: "random(rounds=3)", "enumerate(rounds=3)".
struct Masks {
  enum class Order : std::uint8_t { Random, Enumerate };

  Order order = Order::Random;
  std::uint32_t rounds = 3;
  friend bool operator==(const Masks&, const Masks&) = default;
};

enum class Role : std::uint8_t { Any, Leader, Follower };

/// When a rule acts: { send = "proposal", role = "leader", view = "3..9" }.
struct RuleWhen {
  MessageType send = MessageType::Any;
  Role role = Role::Any;
  std::optional<Range> view;
  friend bool operator==(const RuleWhen&, const RuleWhen&) = default;
};

enum class Action : std::uint8_t {
  Drop,
  Delay,      ///< `by`
  Fork,       ///< `to` get a version that differs in `mutate`, the others the real one
  Mutate,     ///< everybody gets the version that differs in `mutate`
  Replay,     ///< an old message of the type instead
  SignOther,  ///< with the key of another member of its coalition
  SendTo,     ///< to `to` alone
};

/// The part of a message that differs.
enum class Part : std::uint8_t { Payload, Parent, View, Height, Timestamp, Signature, Signers };

/// What a rule does: { action = "fork", to = ["n2"], mutate = "payload" }.
struct RuleDo {
  Action action = Action::Drop;
  Nodes to;
  Part mutate = Part::Payload;
  Duration by{0};
  friend bool operator==(const RuleDo&, const RuleDo&) = default;
};

struct Rule {
  RuleWhen when;
  RuleDo action;  ///< key: do
  friend bool operator==(const Rule&, const Rule&) = default;
};

/// One [[byzantine]] table.
struct Byzantine {
  std::string id;
  Selector on;
  Strategy strategy = Strategy::Scripted;
  bool coalition = false;  ///< the nodes share their keys
  Ratio share{1};          ///< of occasions on which it lies
  Nodes victims;           ///< selective: who is not told; empty: drawn
  std::optional<Masks> masks;
  Trigger at;
  std::optional<Span> lasts;  ///< key: for
  std::vector<Rule> rules;    ///< key: rule
  friend bool operator==(const Byzantine&, const Byzantine&) = default;
};

}  // namespace troupe::scenario

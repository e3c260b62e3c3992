#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "protocol/consensus/message.hpp"
#include "protocol/consensus/sync_message.hpp"
#include "protocol/consensus/vote.hpp"
#include "protocol/crypto/signature.hpp"
#include "tools/scenario/byzantine.hpp"
#include "tools/simulator/core/random.hpp"
#include "tools/simulator/message_kind.hpp"

// Validators that lie. A liar is a whole, honest node behind a mouth that rewrites what it says and
// an ear that keeps from it what would make it notice, so that it stays plausible for ever. It
// signs with its own key, with those of its coalition if there is one, and with nobody else's.
namespace troupe::simulator {

/// A message to one peer, and how much later it leaves than it was meant to.
struct Utterance {
  std::size_t to = 0;
  std::uint8_t channel = 0;
  Bytes message;
  Duration later{0};
};

/// What the liars of one [[byzantine]] table share: keys, and which blocks are forks of which.
struct Coalition {
  std::map<std::size_t, crypto::KeyPair> keys;
  std::map<crypto::Digest, crypto::Digest> forks;  // the block that was meant, the other one
  std::set<std::size_t> others;                    // who is shown the other one
};

class Liar {
 public:
  struct Setting {
    std::size_t self = 0;
    std::size_t nodes = 0;
    crypto::Digest chain;
    consensus::Electorate electorate;
  };

  /// The table and the coalition must outlive the liar or be shared with it.
  Liar(const scenario::Byzantine& table,
       Setting setting,
       std::shared_ptr<Coalition> coalition,
       std::uint64_t seed);

  /// What is really said when the node means to say this.
  [[nodiscard]] std::vector<Utterance> say(Utterance meant, Instant now);

  /// What the node is told of what arrives; nothing if it is kept from it.
  [[nodiscard]] std::optional<Bytes> hear(std::uint8_t channel, const Bytes& message);

  /// A rushing liar sees what honest nodes send before it arrives, and speaks first.
  [[nodiscard]] std::vector<Utterance> rush(const Spoken& spoken, Instant now);

  /// How often it said something else than was meant.
  [[nodiscard]] std::uint64_t lies() const { return lies_; }

 private:
  using Said = std::vector<Utterance>;

  [[nodiscard]] bool is_lying(Instant now);

  [[nodiscard]] bool sees_other(std::size_t to) const { return coalition_->others.contains(to); }

  // liar.cpp
  [[nodiscard]] Said say_in_consensus(const Utterance& meant, const consensus::Message& message);
  [[nodiscard]] Said lie_in_proposal(const Utterance& meant, const consensus::Proposal& proposal);
  [[nodiscard]] Said lie_in_ballot(const Utterance& meant, const consensus::Vote& vote);
  [[nodiscard]] Said lie_in_certificates(const Utterance& meant, const consensus::Certificates&);
  [[nodiscard]] Said echo(const Utterance& meant, MessageKind kind);
  [[nodiscard]] Said voted(const Utterance& meant, const consensus::Vote& vote);
  [[nodiscard]] consensus::SignedVote sign(const consensus::Vote& vote);
  [[nodiscard]] consensus::Proposal sign(consensus::Header header,
                                         std::vector<consensus::Certificate> support);
  [[nodiscard]] Utterance with(const Utterance& meant, consensus::Body body) const;
  [[nodiscard]] consensus::Header fork_of(const consensus::Header& header);
  [[nodiscard]] consensus::Header spoilt(consensus::Header header);
  [[nodiscard]] consensus::Certificate forged(consensus::Certificate certificate);
  [[nodiscard]] crypto::Digest another_block(const consensus::Vote& vote);
  [[nodiscard]] consensus::Message without_own_lies(consensus::Message message, bool& is_empty);

  // liar_bulk.cpp
  [[nodiscard]] Said say_in_lanes(const Utterance& meant);
  [[nodiscard]] Said say_in_sync(const Utterance& meant);
  [[nodiscard]] std::optional<Bytes> spoilt_batch(ByteView encoded);
  void spoil(std::vector<consensus::CertifiedBlock>& run);

  // liar_rules.cpp
  [[nodiscard]] const scenario::Rule* rule_for(const Utterance& meant, const Spoken& spoken) const;
  [[nodiscard]] Said obey(const scenario::Rule& rule, const Utterance& meant, const Spoken& spoken);
  [[nodiscard]] std::optional<consensus::Body> changed(const consensus::Body& body,
                                                       scenario::Part part);

  scenario::Byzantine table_;
  Setting setting_;
  std::shared_ptr<Coalition> coalition_;
  Random random_;
  std::map<std::uint64_t, std::vector<crypto::Digest>> blocks_;  // seen, by view
  std::map<MessageKind, std::vector<Bytes>> old_;                // said before, a few of each kind
  std::set<std::tuple<View, consensus::VoteKind, crypto::Digest>> true_votes_;
  std::uint64_t lies_ = 0;
};

/// The view that a message of consensus is about; nothing if it is about none.
[[nodiscard]] std::optional<std::uint64_t> view_of(const consensus::Body& body);

}  // namespace troupe::simulator

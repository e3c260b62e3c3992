#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/consensus/config.hpp"
#include "protocol/consensus/effect.hpp"
#include "protocol/consensus/input.hpp"
#include "protocol/consensus/signer_rules.hpp"
#include "protocol/consensus/simplex.hpp"
#include "protocol/crypto/merkle.hpp"
#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::support {

struct RigOptions {
  std::uint32_t validators = 4;
  std::optional<std::uint32_t> own = 0;
  bool is_voting = true;  ///< started, and the inquiry answered
  consensus::Timing timing = {};
};

/// One Simplex machine on a bench: the test plays the network, the clock, the mempool and the
/// ledger; only the signer answers by itself. Everything the machine asks for is kept in order.
class SimplexRig {
 public:
  explicit SimplexRig(RigOptions options = {});

  /// A machine that leads this view, and no other one of the first n.
  [[nodiscard]] static SimplexRig leading(std::uint64_t view, RigOptions options = {});
  /// A machine that leads none of the views 1 to n - 1.
  [[nodiscard]] static SimplexRig following(RigOptions options = {});

  // --- The stage
  void start();
  void answer_inquiry();
  void step(const consensus::Input& input);
  void deliver(std::uint32_t from, consensus::Body body);
  void advance(Duration duration);  ///< fires every timer that comes due on the way
  /// A new machine over what the journal and, if given, the ledger kept.
  void restart(bool is_voting = true);

  consensus::Simplex& machine() { return *machine_; }

  consensus::SignerRules& journal() { return journal_; }

  consensus::Recovered& disk() { return disk_; }

  // --- The other validators
  [[nodiscard]] std::uint32_t leader(std::uint64_t view) const;

  [[nodiscard]] std::uint32_t own() const { return *options_.own; }

  /// Ascending, without this node.
  [[nodiscard]] std::vector<std::uint32_t> others() const;
  void vote(std::uint32_t from,
            consensus::VoteKind kind,
            std::uint64_t view,
            const crypto::Digest&);

  void nullify(std::uint32_t from, std::uint64_t view) {
    vote(from, consensus::VoteKind::Nullify, view, {});
  }

  /// A certificate of q others.
  [[nodiscard]] consensus::Certificate certify(consensus::VoteKind kind,
                                               std::uint64_t view,
                                               const crypto::Digest& block = {}) const;
  void deliver_certificate(const consensus::Certificate& certificate);

  // --- Blocks
  [[nodiscard]] const consensus::Header& genesis() const { return genesis_; }

  /// A valid child that orders nothing; the test changes what it wants and calls `seal`.
  [[nodiscard]] consensus::Header child(const consensus::Header& parent, std::uint64_t view);
  /// The same, ordering one batch of lane 0.
  [[nodiscard]] consensus::Header ordering_child(const consensus::Header& parent,
                                                 std::uint64_t view);
  void propose(const consensus::Header& header, std::vector<consensus::Certificate> support = {});
  /// Proposes, notarizes by the others and holds its data.
  void notarize(const consensus::Header& header);
  void check_payload(const consensus::Header& header, consensus::PayloadVerdict verdict);

  // --- What the machine did
  void forget() { effects_.clear(); }

  [[nodiscard]] const std::vector<consensus::Effect>& effects() const { return effects_; }

  template <class T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> found;
    for (const consensus::Effect& effect : effects_) {
      if (const T* one = std::get_if<T>(&effect)) found.push_back(*one);
    }
    return found;
  }

  /// Bodies of this kind that were broadcast.
  template <class T>
  [[nodiscard]] std::vector<T> broadcasts() const {
    std::vector<T> found;
    for (const auto& effect : all<consensus::Broadcast>()) {
      if (const T* one = std::get_if<T>(&effect.message.body)) found.push_back(*one);
    }
    return found;
  }

  /// Bodies of this kind that were sent, with their receivers.
  template <class T>
  [[nodiscard]] std::vector<std::pair<std::uint32_t, T>> sent() const {
    std::vector<std::pair<std::uint32_t, T>> found;
    for (const auto& effect : all<consensus::Send>()) {
      if (const T* one = std::get_if<T>(&effect.message.body)) {
        found.emplace_back(effect.to.number, *one);
      }
    }
    return found;
  }

  template <class T>
  [[nodiscard]] std::vector<T> events() const {
    std::vector<T> found;
    for (const auto& effect : all<consensus::Observe>()) {
      if (const T* one = std::get_if<T>(&effect.event)) found.push_back(*one);
    }
    return found;
  }

  /// True if the signer was asked for this vote.
  [[nodiscard]] bool has_signed(consensus::VoteKind kind,
                                std::uint64_t view,
                                const crypto::Digest& block = {}) const;
  [[nodiscard]] std::optional<Instant> timer(consensus::Timer timer) const;

  [[nodiscard]] Now now() const { return now_; }

  void set_wall_clock(Timestamp timestamp) { now_.timestamp = timestamp; }

  [[nodiscard]] const consensus::Config& config() const { return config_; }

  [[nodiscard]] const simulator::KeyedSignatures& signatures() const { return signatures_; }

  [[nodiscard]] consensus::Binding binding() const { return config_.electorate.binding; }

  /// How many signatures the machine has checked so far.
  [[nodiscard]] std::uint64_t verified() const { return *verified_; }

 private:
  void perform(const consensus::Effect& effect);

  RigOptions options_;
  simulator::KeyedSignatures signatures_;
  consensus::Header genesis_;
  std::shared_ptr<std::uint64_t> verified_;
  consensus::Config config_;
  consensus::Recovered disk_;
  std::unique_ptr<consensus::Simplex> machine_;
  consensus::SignerRules journal_;
  std::map<crypto::Digest, crypto::MerkleFrontier> histories_;
  std::map<consensus::Timer, consensus::SetTimer> timers_;
  std::vector<consensus::Input> answers_;
  std::vector<consensus::Effect> effects_;
  Now now_;
};

}  // namespace troupe::support

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/ledger/mempool.hpp"
#include "tests/protocol/ledger/samples.hpp"

// What the tests of lanes are made of. Signatures are numbers here: whoever verifies them is not part
// of the machines under test.
namespace troupe::ledger::samples {

inline crypto::Digest root() {
  return crypto::sha256(as_bytes("a root block for tests"));
}

inline crypto::Signature signature_of(std::uint8_t number) {
  crypto::Signature signature;
  signature.bytes[0] = number;
  return signature;
}

/// The body of an account's note. Keys are derived once, since some tests need very many notes.
inline Body note_body_of(std::string_view account, std::string_view text) {
  static std::map<std::string, Body, std::less<>> bodies;
  auto position = bodies.find(account);
  if (position == bodies.end()) {
    position = bodies.emplace(std::string(account), body_of(account, {})).first;
  }
  Body body = position->second;
  body.operations = {Note{bytes_of(text)}};
  return body;
}

/// A transaction whose signature nobody checks.
inline Transaction note_of(std::string_view account,
                           std::string_view text,
                           Height valid_through = Height{100}) {
  Body body = note_body_of(account, text);
  body.valid_through = valid_through;
  return Transaction(body, {signature_of(1)});
}

inline LaneTip root_tip(std::uint32_t lane) {
  return {.lane = ValidatorIndex{lane}, .incarnation = {}, .sequence = {}, .digest = root()};
}

inline LaneTip tip_of(const Batch& batch) {
  const BatchPlace& place = batch.place();
  return {.lane = place.lane,
          .incarnation = place.incarnation,
          .sequence = place.sequence,
          .digest = batch.digest()};
}

inline BatchPointer batch_with(const BatchPlace& place,
                               const std::vector<Transaction>& transactions,
                               std::uint8_t signature = 1) {
  const BatchDraft draft = draft_batch(place, transactions);
  return std::make_shared<const Batch>(Batch::assemble(draft, signature_of(signature)));
}

/// The batch after this tip of a lane, with one note in it.
inline BatchPointer batch_after(const LaneTip& tip, std::string_view text = "note") {
  return batch_with({.epoch = {},
                     .root = root(),
                     .lane = tip.lane,
                     .incarnation = tip.incarnation,
                     .sequence = tip.sequence.next(),
                     .parent = tip.digest},
                    {note_of("alice", text)});
}

/// A chain of batches after this tip, with one note each.
inline std::vector<BatchPointer> chain_after(LaneTip tip,
                                             std::size_t length,
                                             const std::string& text = "note") {
  std::vector<BatchPointer> batches;
  for (std::size_t i = 0; i < length; ++i) {
    batches.push_back(batch_after(tip, text + std::to_string(i)));
    tip = tip_of(*batches.back());
  }
  return batches;
}

inline Now at(Duration time) {
  return Now{.instant = Instant{time}, .timestamp = Timestamp{}};
}

/// The effects of one kind, in their order.
template <class Effect>
std::vector<Effect> all_of(const MempoolEffects& effects) {
  std::vector<Effect> found;
  for (const MempoolEffect& effect : effects) {
    if (const auto* match = std::get_if<Effect>(&effect)) found.push_back(*match);
  }
  return found;
}

inline MempoolConfig config_of(std::optional<std::uint32_t> self, std::uint32_t validators = 4) {
  MempoolConfig config;
  config.root = root();
  config.validator_count = validators;
  if (self) config.self = ValidatorIndex{*self};
  config.incarnations.resize(validators);
  return config;
}

inline Submission submission_of(const std::vector<Transaction>& transactions) {
  Submission submission{.number = 7, .candidates = {}};
  for (const Transaction& transaction : transactions) {
    submission.candidates.push_back({.transaction = transaction, .ordered_at = {}});
  }
  return submission;
}

/// One machine, and the performer of its effects as far as disk, workers and signer go.
class Node {
 public:
  explicit Node(MempoolConfig config, const MempoolRecovery& recovery = {})
      : machine(std::move(config), recovery) {}

  /// Steps, and answers nothing.
  MempoolEffects step(MempoolInput input) { return machine.step(std::move(input), at(now)); }

  /// Steps, and answers stores, signatures and verifications at once, until nothing is asked any
  /// more. Returns all effects in their order.
  MempoolEffects run(MempoolInput input) {
    MempoolEffects all;
    std::vector<MempoolInput> inputs{std::move(input)};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      for (MempoolEffect& effect : step(MempoolInput(inputs[i]))) {
        if (const auto* store = std::get_if<StoreBatch>(&effect)) {
          inputs.push_back(BatchStored{store->batch->digest()});
        } else if (const auto* sign = std::get_if<SignBatch>(&effect)) {
          inputs.push_back(BatchSigned{.digest = sign->digest, .signature = signature_of(1)});
        } else if (const auto* verify = std::get_if<VerifyBatch>(&effect)) {
          inputs.push_back(BatchVerified{.batch = verify->batch, .verdict = BatchVerdict::Valid});
        }
        all.push_back(std::move(effect));
      }
    }
    return all;
  }

  /// Streams a batch to this node from its author, and performs what follows.
  MempoolEffects receive(const BatchPointer& batch) {
    return run(BatchReceived{.from = peer_of(batch->place().lane), .batch = batch});
  }

  Mempool machine;
  Duration now{0};
};

}  // namespace troupe::ledger::samples

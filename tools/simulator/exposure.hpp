#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "protocol/consensus/message.hpp"
#include "protocol/consensus/vote.hpp"
#include "tools/simulator/witness.hpp"

namespace troupe::simulator {

/// Who was shown what. A twin that keeps its halves apart shows every honest node one of its two
/// votes at most, and then nobody can prove anything; so evidence is owed only of those who showed
/// one node both, before the node took the view for final: what comes later is not looked at.
class Exposure final : public Witness {
 public:
  void on_sent(const Sent& sent) override;

  /// The nodes to which two votes of that validator were sent, and not lost, that contradict each
  /// other.
  [[nodiscard]] std::set<std::size_t> shown(std::size_t validator) const;

 private:
  using Shown = std::pair<std::size_t, std::uint64_t>;  // to whom, and the view

  void note_finality(const Sent& sent, const consensus::Certificates& certificates);
  void note(std::size_t to, std::size_t signer, const consensus::Vote& vote);

  std::map<std::size_t, std::map<Shown, std::vector<consensus::Vote>>> votes_;  // by signer
  std::map<std::size_t, std::set<std::size_t>> shown_;                          // by signer
  std::map<std::size_t, std::uint64_t> final_views_;                            // by node
};

}  // namespace troupe::simulator

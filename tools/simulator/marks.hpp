#pragma once

#include <set>
#include <string>
#include <vector>

#include "tools/simulator/witness.hpp"

namespace troupe::simulator {

/// Notes what came about at least once in a run. A swarm adds the runs up and says what never did:
/// a simulation that cannot reach a state says nothing about it.
class Marks final : public Witness {
 public:
  /// Everything that some run of a large swarm should reach.
  [[nodiscard]] static const std::vector<std::string>& sometimes();

  void on_sent(const Sent& sent) override;
  void on_happening(const Happening& happening) override;
  /// A line of a node's log, by the words in it.
  void on_log(const std::string& actor, const std::string& line);

  [[nodiscard]] std::set<std::string> reached() const;

 private:
  std::set<MessageKind> kinds_;
  std::set<std::string> reached_;
  bool is_lost_ = false;  // a message; so are the others
  bool is_clogged_ = false;
  bool is_twice_ = false;
  bool is_broken_ = false;
};

}  // namespace troupe::simulator

#pragma once

#include <vector>

#include "protocol/base/time.hpp"
#include "protocol/consensus/config.hpp"
#include "protocol/consensus/effect.hpp"
#include "protocol/consensus/input.hpp"

namespace troupe::consensus {

class Simplex {
 public:
  Simplex(Config config, Recovered recovered);

  /// Advances by one input. Performs nothing; the caller runs the effects in order.
  [[nodiscard]] std::vector<Effect> step(const Input& input, const Now& now);

  [[nodiscard]] View view() const;
  [[nodiscard]] const Header& final_header() const;
  /// True if this node may sign: a validator whose inquiry was answered and that is no observer.
  [[nodiscard]] bool is_voting() const;
};

}  // namespace troupe::consensus

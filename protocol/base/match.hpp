#pragma once

namespace troupe {

/// One lambda per alternative of a variant, for std::visit: the compiler lists what a new
/// alternative breaks.
template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};

// clang 14 does not derive it for aggregates.
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

}  // namespace troupe

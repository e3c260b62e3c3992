#pragma once

namespace troupe {

/// Reports a broken invariant on stderr and aborts. Never returns.
[[noreturn]] void invariant_failed(const char* condition, const char* file, int line);

}  // namespace troupe

/// A fact that only a bug of ours can falsify. Checked in every build: a node that stops is a
/// liveness problem, a node that goes on with a wrong belief writes it down for ever.
/// Never used on anything that came from outside.
#define INVARIANT(condition)                                                    \
  do {                                                                          \
    if (!(condition)) ::troupe::invariant_failed(#condition, __FILE__, __LINE__); \
  } while (false)

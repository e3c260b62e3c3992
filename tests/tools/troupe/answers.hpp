#pragma once

#include <string>

#include "tools/troupe/command.hpp"

namespace troupe::tools {

/// Why there is no value, for the message of a failed test; empty if there is one.
template <class T>
std::string message_of(const Answer<T>& answer) {
  return answer.ok() ? std::string() : answer.error().message;
}

}  // namespace troupe::tools

#pragma once

#include <string>

#include <caf/all.hpp>

#include "storage/error.hpp"

namespace troupe::actors {

/// The reason with which an actor quits that lost its disk: the node stops and prints it.
[[nodiscard]] inline caf::error disk_failure(const storage::StorageError& error) {
  return caf::make_error(caf::sec::runtime_error, storage::describe(error));
}

/// The text that a failure was made with; empty for a reason of CAF's own, such as a normal exit.
[[nodiscard]] inline std::string failure_text(const caf::error& error) {
  std::string text;
  if (error.category() == caf::atom("system") && error.context().size() == 1 &&
      error.context().match_element<std::string>(0)) {
    text = error.context().get_as<std::string>(0);
  }
  return text;
}

}  // namespace troupe::actors

#pragma once

#include <memory>

#include "storage/environment.hpp"

namespace troupe::storage {

/// The disk of this machine. Its background thread ends with it, so everything opened through it
/// must be closed before.
[[nodiscard]] std::unique_ptr<Environment> make_posix_environment();

}  // namespace troupe::storage

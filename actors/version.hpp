#pragma once

namespace troupe::actors {

/// What this program calls itself, as in CMakeLists.txt and in the agent version of identify.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace troupe::actors

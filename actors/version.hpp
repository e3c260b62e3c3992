#pragma once

namespace troupe::actors {

/// What this program calls itself, as in CMakeLists.txt and in the agent version of identify.
#ifdef TROUPE_NEXT_VERSION  // for tests: a program of another version (tests/end_to_end)
inline constexpr const char* kVersion = "0.2.0";
#elif defined(TROUPE_PATCH_VERSION)  // the same, and its nodes talk to ours
inline constexpr const char* kVersion = "0.1.1";
#else
inline constexpr const char* kVersion = "0.1.0";
#endif

}  // namespace troupe::actors

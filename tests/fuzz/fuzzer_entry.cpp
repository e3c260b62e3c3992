#include "tests/fuzz/targets.hpp"

// libFuzzer's entry point, compiled once for each target: TROUPE_FUZZ_TARGET is its function.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  troupe::fuzz::TROUPE_FUZZ_TARGET(troupe::ByteView(data, size));
  return 0;
}

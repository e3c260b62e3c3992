#pragma once

#include <array>
#include <string_view>

#include "protocol/base/bytes.hpp"

// One fuzz target for each parser of foreign bytes: tests/fuzz/<name>_fuzz.cpp, with a corpus in
// tests/fuzz/corpus/<name>/. A target takes any bytes, and aborts if the parser breaks its promise.
//
// The same targets run in two ways:
//   - fuzz_replay <corpus> replays every corpus, its inputs cut at each length and altered at random
//     places. It needs no special compiler, and CTest runs it always.
//   - with cmake -DTROUPE_FUZZ=ON and clang++, <name>_fuzz is a libFuzzer program that looks for new
//     inputs: build/fuzz/tests/fuzz/wire_fuzz tests/fuzz/corpus/wire
namespace troupe::fuzz {

void fuzz_signature(ByteView input);
void fuzz_wire(ByteView input);

struct Target {
  std::string_view name;
  void (*run)(ByteView input);
};

inline constexpr std::array kTargets{Target{"signature", fuzz_signature},
                                     Target{"wire", fuzz_wire}};

}  // namespace troupe::fuzz

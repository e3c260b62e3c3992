#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"

// One fuzz target for each family of parsers of foreign bytes: tests/fuzz/<name>_fuzz.cpp. A target
// takes any bytes, and aborts if a parser breaks its promise.
//
// It starts from two kinds of inputs: seeds, which the target makes with the real encoders, so that
// they follow every change of a format; and the files of tests/fuzz/corpus/<name>/, where whatever
// once broke a promise stays for ever.
//
// The same targets run in two ways:
//   - `fuzz_replay TARGET FOLDER` runs the seeds and the corpus, cut at each length and altered at
//     random places. It needs no special compiler, and CTest runs it always.
//   - with cmake -DTROUPE_FUZZ=ON and clang++, <name>_fuzz is a libFuzzer program that looks for new
//     inputs. `fuzz_replay --seeds TARGET FOLDER` writes the seeds for it to start from.
namespace troupe::fuzz {

/// A family of parsers: declared here, defined in <name>_fuzz.cpp.
struct Target {
  std::string_view name;
  void (*run)(ByteView input);
  std::vector<Bytes> (*seeds)();
};

void fuzz_consensus(ByteView input);
void fuzz_ledger(ByteView input);
void fuzz_signature(ByteView input);
void fuzz_wire(ByteView input);

std::vector<Bytes> consensus_seeds();
std::vector<Bytes> ledger_seeds();
std::vector<Bytes> signature_seeds();
std::vector<Bytes> wire_seeds();

inline constexpr std::array kTargets{Target{"consensus", fuzz_consensus, consensus_seeds},
                                     Target{"ledger", fuzz_ledger, ledger_seeds},
                                     Target{"signature", fuzz_signature, signature_seeds},
                                     Target{"wire", fuzz_wire, wire_seeds}};

}  // namespace troupe::fuzz

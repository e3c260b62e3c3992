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
  std::size_t alterations;  ///< of each input in a replay: fewer where a run takes milliseconds
};

inline constexpr std::size_t kManyAlterations = 200;
inline constexpr std::size_t kFewAlterations = 20;

void fuzz_accusation(ByteView input);
void fuzz_address(ByteView input);
void fuzz_consensus(ByteView input);
void fuzz_identify(ByteView input);
void fuzz_journal(ByteView input);
void fuzz_ledger(ByteView input);
void fuzz_link(ByteView input);
void fuzz_noise(ByteView input);
void fuzz_proof(ByteView input);
void fuzz_scenario(ByteView input);
void fuzz_signature(ByteView input);
void fuzz_stream(ByteView input);
void fuzz_wire(ByteView input);
void fuzz_yamux(ByteView input);

std::vector<Bytes> accusation_seeds();
std::vector<Bytes> address_seeds();
std::vector<Bytes> consensus_seeds();
std::vector<Bytes> identify_seeds();
std::vector<Bytes> journal_seeds();
std::vector<Bytes> ledger_seeds();
std::vector<Bytes> link_seeds();
std::vector<Bytes> noise_seeds();
std::vector<Bytes> proof_seeds();
std::vector<Bytes> scenario_seeds();
std::vector<Bytes> signature_seeds();
std::vector<Bytes> stream_seeds();
std::vector<Bytes> wire_seeds();
std::vector<Bytes> yamux_seeds();

inline constexpr std::array kTargets{
    Target{"accusation", fuzz_accusation, accusation_seeds, kFewAlterations},
    Target{"address", fuzz_address, address_seeds, kManyAlterations},
    Target{"consensus", fuzz_consensus, consensus_seeds, kManyAlterations},
    Target{"identify", fuzz_identify, identify_seeds, kManyAlterations},
    Target{"journal", fuzz_journal, journal_seeds, kManyAlterations},
    Target{"ledger", fuzz_ledger, ledger_seeds, kManyAlterations},
    Target{"link", fuzz_link, link_seeds, kManyAlterations},
    Target{"noise", fuzz_noise, noise_seeds, kFewAlterations},
    Target{"proof", fuzz_proof, proof_seeds, kFewAlterations},
    Target{"scenario", fuzz_scenario, scenario_seeds, kManyAlterations},
    Target{"signature", fuzz_signature, signature_seeds, kFewAlterations},
    Target{"stream", fuzz_stream, stream_seeds, kManyAlterations},
    Target{"wire", fuzz_wire, wire_seeds, kManyAlterations},
    Target{"yamux", fuzz_yamux, yamux_seeds, kManyAlterations}};

}  // namespace troupe::fuzz

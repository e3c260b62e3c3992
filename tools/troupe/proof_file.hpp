#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/base/result.hpp"
#include "protocol/proof/proof.hpp"

// Proofs as files (protocol/proof/proof.hpp says what they prove): JSON that a person can read, with
// one spelling for every proof. A reader builds the proof, spells it again, and refuses a file that
// differs in a single byte. tools/verify-js reads the same files.
//
//   file        := {"format": "troupe-proof/1", "claim": claim, "header": hex or null,
//                   "history": [digest ...], "anchor": hex, "finalization": hex, "genesis": hex}
//   claim       := {"kind": "record", "key": text, "version": number, "status": "active"|"retired",
//                   "owner": hex, "height": number, "transaction": digest, value,
//                   "siblings": [digest ...]}
//                | {"kind": "absence", "key": text, "key_digest": digest, "left": neighbour or null,
//                   "right": neighbour or null}
//                | {"kind": "transaction", "id": digest, "transaction": hex, "path": [step ...],
//                   "receipt": hex, "receipt_path": [step ...], "siblings": [digest ...]}
//                | {"kind": "header", "consistency": [digest ...]}
//   neighbour   := {"key_hex": hex, "value_hex": hex, "siblings": [digest ...]}
//   value       := "value": text | "value_hex": hex         text if it is printable ASCII throughout
//   step        := "left DIGEST" | "right DIGEST"           where the sibling stands
//
// Members stand in this order, indented by two blanks, one line end at the end of the file; ASCII
// throughout. `hex` and `digest` are lower-case hexadecimal, of the encodings that proof.hpp names.
// Numbers are at most 2^53 - 1, so that every JSON reader gets them right.
namespace troupe::tools {

inline constexpr std::size_t kProofFileBytesMax = 2 * 1024 * 1024 + 64 * 1024;

[[nodiscard]] std::string write_proof_file(const proof::Proof& proof);

/// Why a text is no proof file, as a clause.
struct ProofFileError {
  std::string message;
};

[[nodiscard]] Result<proof::Proof, ProofFileError> read_proof_file(std::string_view text);

}  // namespace troupe::tools

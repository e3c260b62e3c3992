#pragma once

#include <string>

#include "protocol/proof/proof.hpp"
#include "tools/troupe/context.hpp"

// Getting proofs from a node, and checking them without one.
namespace troupe::tools {

/// Asks for a proof and waits, block by block, until there is one. It is verified against the
/// network's own genesis: a node is asked, not trusted. Errors: not-found and refused with the
/// node's reason, timed-out, unreachable, bad-proof.
[[nodiscard]] Answer<proof::Proof> obtain_proof(Context& context,
                                                const Net& net,
                                                NodeClient& client,
                                                const actors::ProofQuery& query);

/// Writes it as a file (proof_file.hpp) in place of an older one.
[[nodiscard]] Answer<Done> save_proof(const proof::Proof& proof, const std::string& path);

struct VerifyOptions {
  std::string file;
  std::string genesis;  ///< hexadecimal digest; empty: that of the chosen network
  std::string since;    ///< an older proof file whose anchor this one must contain
  std::string ics23;    ///< where to write the state proof for foreign verifiers
};

/// `troupe verify FILE`: offline. Exit 1 if the proof does not hold, with the step that fails.
[[nodiscard]] Answer<Report> run_verify(Context& context, const VerifyOptions& options);

}  // namespace troupe::tools

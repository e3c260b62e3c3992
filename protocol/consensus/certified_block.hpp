#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "protocol/base/result.hpp"
#include "protocol/consensus/certificate.hpp"
#include "protocol/consensus/header.hpp"

// A block with the certificates that made it final, as it is stored and handed to nodes that are
// behind (consensus.md, sections 7 and 8).
//
// A directly final block has a finalization of its own; any other is final because a directly final
// block descends from it. Each keeps its notarization and the nullifications of the views it skips,
// since later evidence may need any of their signatures; a node that learnt of finality late may
// lack some of these.
namespace troupe::consensus {

struct CertifiedBlock {
  Header header;
  std::optional<Certificate> finalization;
  std::optional<Certificate> notarization;
  std::vector<Certificate> nullifications;  ///< ascending by view

  friend bool operator==(const CertifiedBlock&, const CertifiedBlock&) = default;
};

/// Why a run of blocks proves nothing.
enum class RunError {
  Empty,             ///< there is no block in it
  NotLinked,         ///< a block is not the child of the one before it
  NotFinal,          ///< the last block is not directly final
  WrongCertificate,  ///< a certificate does not belong to its block or to a view that it skips
  BadCertificate,    ///< a certificate fails its check
};

[[nodiscard]] std::string_view describe(RunError error);

/// Checks consecutive blocks that end in a directly final one: each links to the one before it, the
/// last carries a valid finalization, and every other certificate is valid and in its place. Says
/// nothing about the parent of the first. Verifies every signature: what passes may be stored and
/// served.
[[nodiscard]] Result<Done, RunError> check_run(const std::vector<CertifiedBlock>& run,
                                               const Electorate& electorate);

}  // namespace troupe::consensus

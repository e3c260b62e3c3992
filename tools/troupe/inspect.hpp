#pragma once

#include <string>

#include "tools/troupe/context.hpp"

namespace troupe::tools {

struct InspectOptions {
  std::string folder;
  std::string against;  ///< another node's folder to compare with
  std::string genesis;  ///< a file; empty: the one beside the node
};

/// `troupe inspect DIR`: everything that can be checked of a stopped node's ledger without a peer,
/// on a copy. Exit 0 if all of it holds, 1 if not, 8 if two nodes finalized different blocks.
[[nodiscard]] Answer<Report> run_inspect(Context& context, const InspectOptions& options);

struct TamperOptions {
  std::string folder;
  std::string key;
  std::string value;
  std::string genesis;
};

/// `troupe tamper DIR --key K --value V`: changes a record of a stopped node of a development
/// network as an attacker with full access does, who computes every checksum anew.
[[nodiscard]] Answer<Report> run_tamper(Context& context, const TamperOptions& options);

}  // namespace troupe::tools

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <caf/all.hpp>

#include "actors/node_options.hpp"
#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/consensus/certified_block.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/ledger/mempool_messages.hpp"
#include "storage/write_set.hpp"

// What the cast says to each other about a ledger that is damaged here and whole elsewhere, and what
// it is asked of its own (messages.hpp has the rest).
namespace troupe::actors {

/// Asks the peers for a final block that is damaged here, for a batch, or for an answer about the
/// state (protocol/ledger/snapshot_message.hpp).
struct WantedBlock {
  Height height;
};

struct WantedBatch {
  crypto::Digest digest;
};

struct WantedAnswer {
  Bytes question;
  std::function<bool(const Bytes&)> is_right;  ///< pure: it is called by whoever asks the peers
};

/// What a peer gave and its proof bore out; nothing if nobody gave it.
struct FetchedBlock {
  std::optional<consensus::CertifiedBlock> block;
};

struct FetchedBatch {
  ledger::BatchPointer batch;
};

struct FetchedAnswer {
  std::optional<Bytes> answer;
};

/// What a node found out about its own copy of the ledger.
struct CustodyNews {
  enum class What : std::uint8_t {
    Altered,      ///< something stored is not what was agreed on
    Quarantined,  ///< nothing of that height is served until it is mended
    Mended,       ///< entries were written as they must be
    Whole,        ///< a height that was in quarantine no longer is
    Unmended,     ///< nobody gave what would mend it
  };

  What what = What::Altered;
  Height height;            ///< 0: the state, or something that has no one height
  std::size_t entries = 0;  ///< that were mended
  std::string text;         ///< a sentence
};

/// How loudly a log says it.
[[nodiscard]] constexpr LogLevel level_of(CustodyNews::What what) {
  switch (what) {
    case CustodyNews::What::Altered:
    case CustodyNews::What::Quarantined:
    case CustodyNews::What::Unmended: return LogLevel::Error;
    case CustodyNews::What::Mended:
    case CustodyNews::What::Whole: break;
  }
  return LogLevel::Warn;
}

using CustodyNewsPointer = std::shared_ptr<const CustodyNews>;

/// Entries of the ledger as they must be, for those that are not.
struct Mending {
  std::shared_ptr<const storage::WriteSet> entries;
};

/// A peer's question about a snapshot (protocol/ledger/snapshot_message.hpp).
struct AskedOfSnapshot {
  Bytes question;
};

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::WantedBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::WantedBatch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::WantedAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::FetchedBlock)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::FetchedBatch)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::FetchedAnswer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::CustodyNewsPointer)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::Mending)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::AskedOfSnapshot)

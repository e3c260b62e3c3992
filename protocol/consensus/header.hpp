#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/numbers.hpp"
#include "protocol/base/result.hpp"
#include "protocol/base/time.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/consensus/validators.hpp"
#include "protocol/crypto/hash.hpp"
#include "protocol/crypto/merkle.hpp"

// A block is its header: it carries references to batches, never payloads (consensus.md, 2).
//
//   header := version: varint              1
//             chain: fixed[32]             digest of the genesis encoding
//             epoch: varint
//             root: fixed[32]              digest of the epoch's root block; zero in a root block
//             view: varint
//             height: varint
//             parent: fixed[32]            digest of the parent's header; zero at height 0
//             timestamp: varint            milliseconds since 1970
//             tips: list(tip)              strictly ascending by lane
//             transactions_root: fixed[32] RFC 6962 root of everything that this block orders
//             executed_height: varint      a final block, at or below the parent
//             executed_root: fixed[32]     the state root after executing it
//             history_root: fixed[32]      RFC 6962 root of the digests of headers 0 to height - 1
//             validators: fixed[32]        digest of the validator set
//   tip    := lane: varint  incarnation: varint  sequence: varint  digest: fixed[32]
//
// Tips are cumulative: every lane that has ever ordered something is listed, whether or not this
// block orders from it. What a block orders is, lane by lane, what lies after the parent's tip.
namespace troupe::consensus {

/// The last batch of a lane that is ordered up to and including a block.
struct Tip {
  ValidatorIndex lane;
  Incarnation incarnation;
  Sequence sequence;
  crypto::Digest digest;

  friend auto operator<=>(const Tip&, const Tip&) = default;
};

inline constexpr std::uint64_t kHeaderVersion = 1;

struct Header {
  std::uint64_t version = kHeaderVersion;
  crypto::Digest chain;
  Epoch epoch;
  crypto::Digest root;
  View view;
  Height height;
  crypto::Digest parent;
  Timestamp timestamp;
  std::vector<Tip> tips;
  crypto::Digest transactions_root;
  Height executed_height;
  crypto::Digest executed_root;
  crypto::Digest history_root;
  crypto::Digest validators;

  friend bool operator==(const Header&, const Header&) = default;
};

void write(codec::Writer& writer, const std::vector<Tip>& tips);
[[nodiscard]] std::vector<Tip> read_tips(codec::Reader& reader);
[[nodiscard]] Bytes encode(const Header& header);
void write(codec::Writer& writer, const Header& header);
[[nodiscard]] Header read_header(codec::Reader& reader);
[[nodiscard]] Result<Header, codec::WireError> decode_header(ByteView bytes);

/// The block's name: SHA-256 of its canonical encoding. Signatures are not part of it.
[[nodiscard]] crypto::Digest digest(const Header& header);

/// Adds a block to the log over all headers whose root each later header carries: RFC 6962, the
/// leaves are the digests of headers 0, 1, 2 and so on.
void append_to_history(crypto::MerkleFrontier& history, const crypto::Digest& block);

/// True if a child of the parent with these tips orders anything.
[[nodiscard]] bool orders_something(const Header& header, const Header& parent);

/// The transactions root of a block that orders nothing: RFC 6962's root of no leaves.
[[nodiscard]] const crypto::Digest& empty_transactions_root();

/// What the genesis block depends on.
struct Genesis {
  crypto::Digest chain;
  Timestamp timestamp;
  crypto::Digest state_root;
};

/// The root block of epoch 0: view 0, height 0, no tips, executed_height 0 with the state that the
/// genesis file describes. Its digest is the root digest of epoch 0.
[[nodiscard]] Header genesis_header(const Genesis& genesis, const ValidatorSet& validators);

}  // namespace troupe::consensus

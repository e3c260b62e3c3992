#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/database.hpp"
#include "storage/keys.hpp"

// Blocks, certificates, batches, receipts and their indices. Values are opaque here:
// protocol/ledger and protocol/consensus own their encodings.
namespace troupe::storage {

/// A batch to be held: its bytes, its digest, and its place in the lane that this node follows.
/// Without a place it is stored by digest only (the other side of an equivocation, a fetched one).
struct HeldBatch {
  crypto::Digest digest;
  std::optional<LanePosition> position;
  Bytes content;
};

/// A header to be held before it is final.
struct HeldHeader {
  crypto::Digest digest;
  Bytes content;
};

/// A certificate to be held.
struct HeldCertificate {
  CertificatePosition position;
  Bytes content;
};

/// What one final block adds, beside its state.
struct FinalBlock {
  Height height;
  crypto::Digest header_digest;
  Bytes record;  ///< what `block(height)` returns: header, tips, whatever the caller keeps
  std::optional<Bytes> receipts;  ///< nothing if it is not executed yet
};

/// Adds the entries of a final block, and marks the set as completing it.
void put_final_block(WriteSet& set, FinalBlock block);
void put_receipts(WriteSet& set, Height height, Bytes receipts);
void put_transaction(WriteSet& set, const crypto::Digest& id, const TransactionPosition& position);
void put_header(WriteSet& set, HeldHeader header);
void put_certificate(WriteSet& set, HeldCertificate certificate);
void put_batch(WriteSet& set, HeldBatch batch);
void put_history_node(WriteSet& set, const crypto::MerkleNode& node);
void put_evidence(WriteSet& set, const crypto::Digest& digest, Bytes evidence);
/// A small value under a name of the caller's own; it cannot meet the database's own meta keys.
void put_meta(WriteSet& set, std::string_view name, Bytes value);

/// Reads of the chain, and the writes that happen apart from a block's own set. Safe to share
/// between threads. Errors of every function: Corrupt, Io; of the writes also Full.
class ChainStore {
 public:
  explicit ChainStore(std::shared_ptr<Database> database);

  /// Synced together before it returns: from then on the node *holds* them (`consensus.md` 1).
  Stored<Done> hold_batches(std::vector<HeldBatch> batches);
  Stored<Done> hold_headers(std::vector<HeldHeader> headers);
  Stored<Done> hold_certificates(std::vector<HeldCertificate> certificates);

  [[nodiscard]] Stored<std::optional<Bytes>> block(Height height) const;
  /// The records of heights in [first, last], ascending, without gaps: it ends at the first height
  /// that is not there, or once `bytes_max` is exceeded (at least one record).
  [[nodiscard]] Stored<std::vector<Bytes>> blocks(Height first,
                                                  Height last,
                                                  std::size_t bytes_max) const;
  [[nodiscard]] Stored<std::optional<Height>> height_of(const crypto::Digest& header_digest) const;
  /// The last final height, or nothing before the first one.
  [[nodiscard]] Stored<std::optional<Height>> last_height() const;

  /// A node of the log over all final headers.
  [[nodiscard]] Stored<std::optional<crypto::Digest>> history_node(
      const crypto::MerklePlace& place) const;

  [[nodiscard]] Stored<std::optional<Bytes>> header(const crypto::Digest& digest) const;

  [[nodiscard]] Stored<std::optional<Bytes>> certificate(const CertificatePosition& position) const;
  /// Certificates of one epoch in views [first, last], ascending, at most `bytes_max` (or one).
  [[nodiscard]] Stored<std::vector<HeldCertificate>> certificates(Epoch epoch,
                                                                  View first,
                                                                  View last,
                                                                  std::size_t bytes_max) const;

  [[nodiscard]] Stored<std::optional<Bytes>> batch(const crypto::Digest& digest) const;
  [[nodiscard]] Stored<bool> has_batch(const crypto::Digest& digest) const;
  [[nodiscard]] Stored<std::optional<crypto::Digest>> lane_digest(
      const LanePosition& position) const;
  /// The digests that this node follows in one lane life, from `first` on, ascending, without gaps.
  [[nodiscard]] Stored<std::vector<crypto::Digest>> lane_digests(const LanePosition& first,
                                                                 std::size_t count_max) const;
  /// The highest position followed in one lane life, whatever gaps are below it.
  [[nodiscard]] Stored<std::optional<LanePosition>> lane_end(const LanePosition& life) const;

  [[nodiscard]] Stored<std::optional<Bytes>> receipts(Height height) const;
  [[nodiscard]] Stored<std::optional<TransactionPosition>> transaction(
      const crypto::Digest& id) const;

  [[nodiscard]] Stored<std::vector<Bytes>> evidence(std::size_t count_max) const;
  [[nodiscard]] Stored<std::optional<Bytes>> meta(std::string_view name) const;

  [[nodiscard]] const std::shared_ptr<Database>& database() const { return database_; }

 private:
  std::shared_ptr<Database> database_;
};

}  // namespace troupe::storage

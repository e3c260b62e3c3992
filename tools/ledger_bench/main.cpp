#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "actors/joining.hpp"
#include "protocol/ledger/record.hpp"
#include "protocol/ledger/snapshot_fetch.hpp"
#include "protocol/ledger/state_chunk.hpp"
#include "protocol/ledger/state_proof.hpp"
#include "storage/keys.hpp"
#include "storage/posix_environment.hpp"
#include "storage/state_pruning.hpp"

// Measures the authenticated state on a real disk, without a network around it: blocks of random
// updates of a large state, proofs of random keys, joining from a snapshot of it, and how much disk
// overwriting the same few keys takes while old states are pruned. `troupe-bench-ledger --help`.
namespace troupe::bench {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

// As a node does it (actors/archivist.cpp).
constexpr std::uint64_t kPieceBytes = 16 * 1024 * 1024;
constexpr std::uint64_t kGiveBackBytes = 16 * 1024 * 1024;
constexpr std::size_t kBlocksPerPruning = 64;

struct Options {
  std::string folder;
  std::size_t keys = 1'000'000;
  std::size_t updates = 10'000;
  std::size_t blocks = 10;
  std::size_t reads = 20'000;
  bool joins = false;
  std::size_t value_bytes = 100;
  std::size_t overwrites = 0;
  std::size_t hot_keys = 1'000;
  std::size_t heights_kept = 100;
  std::uint64_t seed = 1;
};

template <class T>
T must(storage::Stored<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", storage::describe(result.error()));
    std::exit(70);
  }
  return std::move(result).value();
}

double milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

/// Of this thread, unless the database's own is meant too: it compacts long after what made it
/// necessary.
double cpu_milliseconds(clockid_t of = CLOCK_THREAD_CPUTIME_ID) {
  timespec now{};
  clock_gettime(of, &now);
  return 1000.0 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e6;
}

double mebibytes(std::uintmax_t bytes) {
  return static_cast<double>(bytes) / (1024 * 1024);
}

std::uintmax_t bytes_below(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(folder, ignored)) {
    if (entry.is_regular_file(ignored)) bytes += entry.file_size(ignored);
  }
  return bytes;
}

/// One state and its disk.
class Ledger {
 public:
  explicit Ledger(const Options& options)
      : options_(options), random_(options.seed), environment_(storage::make_posix_environment()) {
    storage::DatabaseOptions database;
    database.path = (fs::path(options.folder) / "database").string();
    database.owner = {crypto::sha256(as_bytes("bench")), {1}};
    database_ = must(storage::Database::open(*environment_, database)).database;
    store_.emplace(database_);
    tree_.emplace(database_, storage::kWriterTreeCache);
  }

  static Bytes key_of(std::size_t number) {
    return ledger::record_state_key("bench/" + std::to_string(number));
  }

  /// A record of this block, as a node stores it.
  Bytes random_record() {
    ledger::Record record;
    record.height = height_.next();
    record.value = random_value();
    return ledger::encode(record);
  }

  Bytes random_value() {
    Bytes value(options_.value_bytes);
    for (std::uint8_t& byte : value)
      byte = static_cast<std::uint8_t>(random_());
    return value;
  }

  std::size_t below(std::size_t end) { return random_() % end; }

  /// What one block cost.
  struct Cost {
    double cpu_ms = 0;
    double write_ms = 0;
    std::size_t bytes = 0;
  };

  /// Writes fresh values for these keys in one block, as the ledger's writer does.
  Cost write(const std::vector<std::size_t>& numbers) {
    std::vector<ledger::StateWrite> writes;
    for (const std::size_t number : numbers) {
      Bytes key = key_of(number);
      const crypto::Digest digest = crypto::sha256(key);
      writes.push_back({std::move(key), digest, random_record()});
    }
    const double from = cpu_milliseconds();
    std::ranges::sort(writes, {}, &ledger::StateWrite::key_digest);
    std::vector<ledger::TreeWrite> tree_writes;
    for (const ledger::StateWrite& write : writes) {
      const auto before = values_.find(write.key_digest);
      tree_writes.push_back(
          {write.key_digest,
           crypto::sha256(*write.value),
           before == values_.end() ? std::nullopt : std::optional(before->second)});
    }
    height_ = height_.next();
    const auto update = ledger::apply(*tree_, state_, height_, tree_writes);
    INVARIANT(update.ok());
    storage::WriteSet set;
    storage::put_state(set, {height_, writes, *update, {}});
    Cost cost{cpu_milliseconds() - from, 0, set.size()};
    state_ = update->state;
    const auto begin = Clock::now();
    must(database_->commit(set.completes(height_)));
    cost.write_ms = milliseconds(Clock::now() - begin);
    tree_->adopt(*update);
    for (const ledger::TreeWrite& write : tree_writes)
      values_.insert_or_assign(write.key_digest, *write.value_digest);
    return cost;
  }

  /// A random key with its value and what proves it.
  ledger::PresenceProof prove(std::size_t number) {
    Bytes key = key_of(number);
    const auto way = ledger::find_way(*tree_, state_, crypto::sha256(key));
    INVARIANT(way.ok());
    auto value = must(store_->value_on(*way, key, height_));
    INVARIANT(value.has_value());
    return {std::move(key), *std::move(value), way->siblings};
  }

  /// A part of a snapshot as it is sent (actors/snapshots.cpp).
  Bytes part(const ledger::NibblePath& path) {
    auto place = ledger::find_place(*tree_, state_, path);
    INVARIANT(place.ok() && place->has_value());
    ledger::StateChunk chunk{path, std::move((*place)->siblings), {}};
    auto entries = must(store_->entries_below(path, height_));
    if (entries) {
      chunk.content = *std::move(entries);
    } else {
      chunk.content = std::get<ledger::InternalNode>(*(*place)->node);
    }
    INVARIANT(ledger::verify(chunk, state_.root));
    return ledger::encode(chunk);
  }

  storage::Pruned prune() {
    storage::Pruned all;
    if (height_.number <= options_.heights_kept) return all;
    const Height from{height_.number - options_.heights_kept};
    while (true) {
      const storage::Pruned pruned = must(storage::prune(*store_, from, 4096));
      if (pruned.nodes == 0) return all;
      all.nodes += pruned.nodes;
      all.values += pruned.values;
      all.bytes += pruned.bytes;
    }
  }

  void give_back() {
    if (height_.number <= options_.heights_kept) return;
    const Height from{height_.number - options_.heights_kept};
    for (const storage::KeyRange& range : storage::pruned_ranges(*database_, from, kPieceBytes))
      database_->compact(range.first, range.end);
  }

  [[nodiscard]] double kind_mebibytes(storage::KeyPrefix prefix) const {
    const Bytes first = storage::keys::first_of(prefix);
    return mebibytes(database_->approximate_size(first, storage::keys::after_prefix(first)));
  }

  [[nodiscard]] const crypto::Digest& root() const { return state_.root; }

  [[nodiscard]] Height height() const { return height_; }

 private:
  const Options& options_;
  std::mt19937_64 random_;
  std::unique_ptr<storage::Environment> environment_;
  std::shared_ptr<storage::Database> database_;
  std::optional<storage::StateStore> store_;
  std::optional<storage::StoredTree> tree_;
  ledger::TreeState state_;
  Height height_;
  /// What a node's writer knows of the values that it replaces, having read them.
  std::map<crypto::Digest, crypto::Digest> values_;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[values.size() / 2];
}

void fill(Ledger& ledger, const Options& options) {
  constexpr std::size_t kAtOnce = 20'000;
  const auto begin = Clock::now();
  for (std::size_t first = 0; first < options.keys; first += kAtOnce) {
    std::vector<std::size_t> numbers;
    for (std::size_t i = first; i < std::min(first + kAtOnce, options.keys); ++i)
      numbers.push_back(i);
    ledger.write(numbers);
  }
  fmt::print("{} keys written in {:.1f} s, {:.0f} MiB on disk\n",
             options.keys,
             milliseconds(Clock::now() - begin) / 1000,
             mebibytes(bytes_below(options.folder)));
}

void measure_blocks(Ledger& ledger, const Options& options) {
  std::vector<double> cpu;
  std::vector<double> write;
  std::size_t bytes = 0;
  for (std::size_t block = 0; block < options.blocks; ++block) {
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < options.updates; ++i)
      numbers.push_back(ledger.below(options.keys));
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    const Ledger::Cost cost = ledger.write(numbers);
    cpu.push_back(cost.cpu_ms);
    write.push_back(cost.write_ms);
    bytes = cost.bytes;
  }
  fmt::print(
      "{} random updates in a block: CPU {:.0f} ms median, {:.0f} ms least; one synced write "
      "of {:.1f} MiB: {:.0f} ms median\n",
      options.updates,
      median(cpu),
      *std::ranges::min_element(cpu),
      mebibytes(bytes),
      median(write));
}

void measure_proofs(Ledger& ledger, const Options& options) {
  std::vector<ledger::PresenceProof> proofs;
  const double from = cpu_milliseconds();
  for (std::size_t i = 0; i < options.reads; ++i)
    proofs.push_back(ledger.prove(ledger.below(options.keys)));
  const double read_ms = cpu_milliseconds() - from;
  std::vector<double> sizes;
  for (const ledger::PresenceProof& proof : proofs) {
    // Raw: what proves a value to who has it already.
    sizes.push_back(
        static_cast<double>(ledger::encode(proof).size() - proof.key.size() - proof.value.size()));
  }
  const double checking = cpu_milliseconds();
  for (const ledger::PresenceProof& proof : proofs)
    INVARIANT(ledger::verify(proof, ledger.root()));
  const double verify_ms = cpu_milliseconds() - checking;
  fmt::print(
      "random reads with proof: {:.0f} a second and core; {:.0f} B raw median, {:.0f} B "
      "most; {:.0f} verified a second\n",
      1000.0 * static_cast<double>(options.reads) / read_ms,
      median(sizes),
      *std::ranges::max_element(sizes),
      1000.0 * static_cast<double>(options.reads) / verify_ms);
}

/// What takes up a snapshot as a node that joins does (actors/joiner.cpp), in a database of its own.
class Arrival {
 public:
  Arrival(const Options& options, const crypto::Digest& root, Height height)
      : environment_(storage::make_posix_environment()), fetch_({root, {{}}}), gathered_(height) {
    storage::DatabaseOptions database;
    database.path = (fs::path(options.folder) / "joined").string();
    database.owner = {crypto::sha256(as_bytes("bench")), {2}};
    database_ = must(storage::Database::open(*environment_, database)).database;
    step(ledger::PartPeerFound{kPeer});
  }

  /// What is asked for and not answered yet, the first one first.
  std::optional<ledger::RequestPart> next() {
    if (asked_.empty()) return std::nullopt;
    ledger::RequestPart request = asked_.front();
    asked_.erase(asked_.begin());
    return request;
  }

  void take(const ledger::RequestPart& request, const Bytes& answer) {
    auto part = ledger::decode_state_chunk(answer);
    INVARIANT(part.ok());
    step(ledger::PartReceived{kPeer, request.request, std::move(part).value()});
  }

  [[nodiscard]] bool is_done() const { return fetch_.is_done(); }

  [[nodiscard]] std::uint64_t parts() const { return fetch_.parts_stored(); }

 private:
  static constexpr ledger::SnapshotPeer kPeer{1};

  void step(const ledger::SnapshotInput& input) {
    for (const ledger::SnapshotEffect& effect : fetch_.step(input, Instant{})) {
      if (const auto* request = std::get_if<ledger::RequestPart>(&effect)) {
        asked_.push_back(*request);
      } else if (const auto* part = std::get_if<ledger::StorePart>(&effect)) {
        gathered_.add(*part);
        if (gathered_.is_full()) must(gathered_.commit(*database_));
      }
    }
    if (fetch_.is_done()) must(gathered_.commit(*database_));
  }

  std::unique_ptr<storage::Environment> environment_;
  std::shared_ptr<storage::Database> database_;
  ledger::SnapshotFetch fetch_;
  actors::GatheredParts gathered_;
  std::vector<ledger::RequestPart> asked_;
};

/// Without a network between the two, and one after the other: each has a core to itself.
void measure_joining(Ledger& ledger, const Options& options) {
  Arrival arrival(options, ledger.root(), ledger.height());
  double given_ms = 0;  // CPU
  double taken_ms = 0;  // CPU
  double joined_ms = 0;
  const double from = cpu_milliseconds(CLOCK_PROCESS_CPUTIME_ID);
  while (const auto request = arrival.next()) {
    const double giving = cpu_milliseconds();
    const Bytes answer = ledger.part(request->path);
    const double taking = cpu_milliseconds();
    const auto begin = Clock::now();
    arrival.take(*request, answer);
    given_ms += taking - giving;
    taken_ms += cpu_milliseconds() - taking;
    joined_ms += milliseconds(Clock::now() - begin);
  }
  const double all_ms = cpu_milliseconds(CLOCK_PROCESS_CPUTIME_ID) - from;
  INVARIANT(arrival.is_done());
  fmt::print(
      "{} keys in {} parts of a snapshot: CPU {:.1f} s to give; verified and stored in {:.1f} s, "
      "CPU {:.1f} s and the database's {:.1f} s\n",
      options.keys,
      arrival.parts(),
      given_ms / 1000,
      joined_ms / 1000,
      taken_ms / 1000,
      (all_ms - given_ms - taken_ms) / 1000);
}

void measure_overwrites(Ledger& ledger, const Options& options) {
  const std::size_t blocks = options.overwrites / options.hot_keys;
  std::vector<std::size_t> numbers(options.hot_keys);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = i;
  std::size_t nodes = 0;
  std::size_t values = 0;
  double most = 0;
  std::uint64_t unclaimed = 0;
  fmt::print("overwrites   disk MiB   state nodes   stale marks   state values\n");
  for (std::size_t block = 1; block <= blocks; ++block) {
    ledger.write(numbers);
    if (block % kBlocksPerPruning == 0) {
      const storage::Pruned pruned = ledger.prune();
      nodes += pruned.nodes;
      values += pruned.values;
      unclaimed += pruned.bytes;
      most = std::max(most, mebibytes(bytes_below(options.folder)));
    }
    if (unclaimed >= kGiveBackBytes) {
      ledger.give_back();
      unclaimed = 0;
    }
    if (block % std::max<std::size_t>(blocks / 10, 1) != 0) continue;
    fmt::print("{:10}   {:8.1f}   {:11.1f}   {:11.1f}   {:12.1f}\n",
               block * options.hot_keys,
               mebibytes(bytes_below(options.folder)),
               ledger.kind_mebibytes(storage::KeyPrefix::TreeNode),
               ledger.kind_mebibytes(storage::KeyPrefix::StaleNode),
               ledger.kind_mebibytes(storage::KeyPrefix::StateValue));
  }
  fmt::print(
      "{} tree nodes and {} values pruned, the states of the last {} heights kept; at most "
      "{:.1f} MiB on disk\n",
      nodes,
      values,
      options.heights_kept,
      most);
}

int run(int count, char** words) {
  Options options;
  CLI::App app("measures the authenticated state", "troupe-bench-ledger");
  app.add_option("folder", options.folder, "an empty folder on the disk to measure")->required();
  app.add_option("--keys", options.keys, "size of the state")->check(CLI::PositiveNumber);
  app.add_option("--updates", options.updates, "random updates in one block");
  app.add_option("--blocks", options.blocks, "such blocks");
  app.add_option("--reads", options.reads, "random reads with proof");
  app.add_flag("--join", options.joins, "then have another database join from a snapshot");
  app.add_option("--value-bytes", options.value_bytes, "of each value")->check(CLI::PositiveNumber);
  app.add_option("--overwrites", options.overwrites, "instead: so many writes of the hot keys");
  app.add_option("--hot-keys", options.hot_keys, "how many those are")->check(CLI::PositiveNumber);
  app.add_option("--heights-kept", options.heights_kept, "states that stay provable meanwhile");
  app.add_option("--seed", options.seed, "of all that is random");
  CLI11_PARSE(app, count, words);
  Ledger ledger(options);
  if (options.overwrites > 0) {
    measure_overwrites(ledger, options);
    return 0;
  }
  fill(ledger, options);
  if (options.blocks > 0) measure_blocks(ledger, options);
  if (options.reads > 0) measure_proofs(ledger, options);
  if (options.joins) measure_joining(ledger, options);
  return 0;
}

}  // namespace

}  // namespace troupe::bench

int main(int count, char** words) {
  return troupe::bench::run(count, words);
}

#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "protocol/ledger/state_proof.hpp"
#include "storage/state_store.hpp"
#include "tests/storage/scratch.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

namespace troupe::storage {

using Values = std::map<std::string, std::optional<std::string>>;

/// A state on a simulated disk, changed block by block.
struct StoredState {
  simulator::SimulatedDisk disk;
  simulator::SimulatedEnvironment environment{disk, 1};
  std::shared_ptr<Database> database =
      require(Database::open(environment, sample_options("/database"))).database;
  StateStore store{database};
  StoredTree tree{database};

  /// Writes the block of that height, as the ledger's writer does.
  ledger::TreeState write(std::uint64_t height, const Values& values) {
    std::vector<ledger::StateWrite> writes;
    std::vector<std::string> listed;
    for (const auto& [key, value] : values) {
      std::optional<Bytes> bytes;
      if (value) bytes = text(*value);
      writes.push_back({text(key), digest_of(key), std::move(bytes)});
      listed.push_back(key);
    }
    std::ranges::sort(writes, {}, &ledger::StateWrite::key_digest);
    std::vector<ledger::TreeWrite> tree_writes;
    for (const auto& write : writes) {
      std::optional<crypto::Digest> digest;
      if (write.value) digest = crypto::sha256(*write.value);
      tree_writes.push_back({write.key_digest, digest});
    }
    const auto base = require(store.state_at(Height{height - 1}));
    const auto update = ledger::apply(tree, base, Height{height}, tree_writes);
    BOOST_REQUIRE(update.ok());
    WriteSet set;
    put_state(set, {Height{height}, writes, *update, listed});
    require(database->commit(set.completes(Height{height})));
    return update->state;
  }

  std::string value(std::string_view key, std::uint64_t height) {
    const auto found = require(store.value_at(as_bytes(key), Height{height}));
    return found ? std::string(as_text(*found)) : "nothing";
  }

  bool leads_to_value(std::string_view key, std::uint64_t height) {
    const auto state = require(store.state_at(Height{height}));
    const auto way = ledger::find_way(tree, state, digest_of(key));
    return way.ok() && way->leaf && way->leaf->key_digest == digest_of(key);
  }
};

}  // namespace troupe::storage

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "storage/database.hpp"
#include "storage/environment.hpp"
#include "storage/write_set.hpp"

namespace troupe::storage {

enum class Checks : std::uint8_t {
  Paranoid,  ///< refuse everything that is not in order, a torn end of the log too
  Lenient,   ///< leave out records that cannot be read
};

enum class Durability : std::uint8_t { Synced, Lazy };

/// An open LevelDB over our own environment: the only file that talks to it is engine.cpp.
/// Every value passes checked_value.hpp on its way in and out. Safe to share between threads.
class Engine : public std::enable_shared_from_this<Engine> {
 public:
  /// Opens or creates the directory. Errors: Corrupt, Full, ReadOnly, Denied, Io.
  static Stored<std::shared_ptr<Engine>> open(Environment& environment,
                                              const DatabaseOptions& options,
                                              Checks checks);

  ~Engine();

  /// `moment` may be null: the present. Errors: Corrupt, Io.
  [[nodiscard]] Stored<std::optional<Bytes>> get(ByteView key, const Moment* moment) const;
  [[nodiscard]] Stored<std::vector<Entry>> range(const RangeQuery& query,
                                                 const Moment* moment) const;

  [[nodiscard]] std::shared_ptr<const Moment> moment();

  using Changes = std::span<const WriteSet::Change>;

  /// Applies all changes, then `more` of them, or none at all.
  Stored<Done> write(Changes changes, Changes more, Durability durability);

  void compact(ByteView first, ByteView end);

  [[nodiscard]] std::uint64_t approximate_size(ByteView first, ByteView end) const;

  /// How much of the log was left out when it was opened.
  [[nodiscard]] std::uint64_t bytes_dropped() const;

 private:
  friend struct Moment;
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace troupe::storage

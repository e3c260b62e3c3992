#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.hpp"

// A disk in memory that keeps what POSIX says a disk must keep, and loses the rest on demand.
//
// A file has the bytes that a reader sees now, the bytes that are on the platter, and the writes
// between the two, in order. A directory likewise has its names now, its durable names, and the
// changes between. A kill loses nothing. A power cut draws, from a seed, which of the changes
// between reached the platter. Nothing here depends on time, addresses or hash order.
namespace troupe::simulator {

/// How much freedom a power cut has with what was not synced.
enum class PowerCut : std::uint8_t {
  LoseAll,  ///< nothing that was not synced survives
  Ordered,  ///< a prefix of each file's writes, the next one torn; names in their order
  Strict,   ///< any set of 512-byte sectors of each file, any set of a directory's changes
};

class SimulatedDisk {
 public:
  struct Write {
    std::uint64_t offset = 0;
    Bytes content;
    bool empties = false;  ///< the file was cut to nothing instead
  };

  struct Node;
  using NodePointer = std::shared_ptr<Node>;

  /// One change of a directory: `name` is bound to `node`, or unbound; a rename also unbinds `from`.
  struct NameChange {
    std::string name;
    NodePointer node;
    std::string from;
  };

  /// A file or a directory.
  struct Node {
    std::uint64_t number = 0;  ///< in the order of creation
    bool is_directory = false;
    Bytes visible;
    Bytes durable;
    std::vector<Write> unsynced;
    std::map<std::string, NodePointer> names;
    std::map<std::string, NodePointer> durable_names;
    std::vector<NameChange> unsynced_names;
  };

  /// An empty disk with the directory "/".
  SimulatedDisk();

  /// A disk of its own with the same content, durable or not: for looking without touching.
  [[nodiscard]] SimulatedDisk copy() const;

  /// Loses what a power cut may lose. Every environment over this disk must be gone.
  void power_cut(PowerCut freedom, std::uint64_t seed);

  /// Bounds the bytes of all files; writing beyond fails as Full. Unbounded at first.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }

  [[nodiscard]] std::uint64_t capacity() const { return capacity_; }

  [[nodiscard]] std::uint64_t bytes_used() const;

  /// The paths of all files, sorted.
  [[nodiscard]] std::vector<std::string> files() const;
  [[nodiscard]] std::optional<Bytes> content(const std::string& path) const;
  /// Replaces a file's bytes behind everybody's back, durably: rot, a misdirected write, an old
  /// backup. Creates the file, but not its directory.
  void plant(const std::string& path, ByteView content);
  void erase(const std::string& path);

  // What SimulatedEnvironment works with.
  [[nodiscard]] NodePointer find(const std::string& path) const;
  [[nodiscard]] NodePointer find_parent(const std::string& path) const;
  NodePointer create(Node& parent, const std::string& name, bool is_directory);

  static void write(Node& file, std::uint64_t offset, ByteView content);
  static void empty(Node& file);
  static void sync(Node& file);
  /// The disk fails to sync: the writes are never tried again, though readers still see them.
  static void fail_sync(Node& file);
  static void change_name(Node& directory, NameChange change);
  static void sync_directory(Node& directory);

 private:
  NodePointer root_;
  std::uint64_t nodes_created_ = 0;
  std::uint64_t capacity_ = UINT64_MAX;
};

/// The last part of a path.
[[nodiscard]] std::string name_in(const std::string& path);

}  // namespace troupe::simulator

#include "tools/simulator/disk/simulated_disk.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "storage/environment.hpp"

namespace troupe::simulator {

namespace {

using Node = SimulatedDisk::Node;
using Write = SimulatedDisk::Write;

constexpr std::size_t kSectorBytes = 512;

/// A stream of draws (SplitMix64) of its own for every file, so that one file's fate does not
/// change another's.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint64_t node) : state_(seed ^ (node * 0x9e3779b97f4a7c15)) {}

  std::uint64_t below(std::uint64_t bound) {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return (mixed ^ (mixed >> 31)) % bound;
  }

  bool coin() { return below(2) == 0; }

 private:
  std::uint64_t state_;
};

void apply_to(Bytes& bytes, const Write& write) {
  if (write.empties) {
    bytes.clear();
    return;
  }
  const auto end = static_cast<std::size_t>(write.offset) + write.content.size();
  if (bytes.size() < end) bytes.resize(end);
  std::copy(write.content.begin(),
            write.content.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(write.offset));
}

/// The part of a write in [from, to), counted from its own start.
Write part_of(const Write& write, std::size_t from, std::size_t to) {
  const ByteView part = ByteView(write.content).subspan(from, to - from);
  return Write{write.offset + from, to_bytes(part)};
}

/// Some of the sectors that a write touches.
void apply_sectors(Bytes& bytes, const Write& write, Draws& draws) {
  for (std::size_t from = 0; from < write.content.size();) {
    const std::size_t in_sector = (write.offset + from) % kSectorBytes;
    const std::size_t to = std::min(write.content.size(), from + kSectorBytes - in_sector);
    if (draws.coin()) apply_to(bytes, part_of(write, from, to));
    from = to;
  }
}

void cut_ordered(Node& file, Draws& draws) {
  const std::size_t survivors = draws.below(file.unsynced.size() + 1);
  for (std::size_t i = 0; i < survivors; ++i)
    apply_to(file.durable, file.unsynced[i]);
  if (survivors == file.unsynced.size()) return;
  const Write& torn = file.unsynced[survivors];
  const std::size_t kept = draws.below(torn.content.size() + 1);
  if (kept > 0) apply_to(file.durable, part_of(torn, 0, kept));
}

/// One time in four everything survives, one time in four nothing does.
void cut_strictly(Node& file, Draws& draws) {
  const std::uint64_t mood = draws.below(4);
  for (const Write& write : file.unsynced) {
    if (mood == 0 || (write.empties && draws.coin())) {
      apply_to(file.durable, write);
    } else if (mood > 1 && !write.empties) {
      apply_sectors(file.durable, write, draws);
    }
  }
}

void apply_to(std::map<std::string, SimulatedDisk::NodePointer>& names,
              const SimulatedDisk::NameChange& change) {
  if (!change.from.empty()) names.erase(change.from);
  if (change.node) {
    names[change.name] = change.node;
  } else {
    names.erase(change.name);
  }
}

void cut_names(Node& directory, PowerCut freedom, Draws& draws) {
  const std::size_t prefix = draws.below(directory.unsynced_names.size() + 1);
  for (std::size_t i = 0; i < directory.unsynced_names.size(); ++i) {
    const bool survives = freedom == PowerCut::Ordered ? i < prefix : draws.coin();
    if (freedom != PowerCut::LoseAll && survives)
      apply_to(directory.durable_names, directory.unsynced_names[i]);
  }
}

void cut(Node& node, PowerCut freedom, std::uint64_t seed) {
  Draws draws(seed, node.number);
  if (node.is_directory) {
    cut_names(node, freedom, draws);
    node.unsynced_names.clear();
    node.names = node.durable_names;
    for (const auto& [name, child] : node.names)
      cut(*child, freedom, seed);
    return;
  }
  if (freedom == PowerCut::Ordered) cut_ordered(node, draws);
  if (freedom == PowerCut::Strict) cut_strictly(node, draws);
  node.unsynced.clear();
  node.visible = node.durable;
}

void visit(const Node& directory,
           const std::string& path,
           const std::function<void(const std::string&, const Node&)>& file) {
  for (const auto& [name, child] : directory.names) {
    const std::string full = path + "/" + name;
    child->is_directory ? visit(*child, full, file) : file(full, *child);
  }
}

}  // namespace

namespace {

using Copies = std::map<const Node*, SimulatedDisk::NodePointer>;

/// A node may be reached by its visible, its durable and its pending names: it is copied once.
SimulatedDisk::NodePointer copy_node(const SimulatedDisk::NodePointer& node, Copies& copies) {
  if (!node) return nullptr;
  const auto [place, is_new] = copies.try_emplace(node.get());
  if (!is_new) return place->second;
  const auto twin = std::make_shared<Node>(*node);
  place->second = twin;
  for (auto& [name, child] : twin->names)
    child = copy_node(child, copies);
  for (auto& [name, child] : twin->durable_names)
    child = copy_node(child, copies);
  for (SimulatedDisk::NameChange& change : twin->unsynced_names)
    change.node = copy_node(change.node, copies);
  return twin;
}

}  // namespace

SimulatedDisk SimulatedDisk::copy() const {
  SimulatedDisk twin;
  Copies copies;
  twin.root_ = copy_node(root_, copies);
  twin.nodes_created_ = nodes_created_;
  twin.capacity_ = capacity_;
  return twin;
}

SimulatedDisk::SimulatedDisk() : root_(std::make_shared<Node>()) {
  root_->is_directory = true;
}

void SimulatedDisk::power_cut(PowerCut freedom, std::uint64_t seed) {
  cut(*root_, freedom, seed);
}

std::uint64_t SimulatedDisk::bytes_used() const {
  std::uint64_t bytes = 0;
  visit(*root_, "", [&](const std::string&, const Node& file) { bytes += file.visible.size(); });
  return bytes;
}

std::vector<std::string> SimulatedDisk::files() const {
  std::vector<std::string> paths;
  visit(*root_, "", [&](const std::string& path, const Node&) { paths.push_back(path); });
  return paths;
}

std::optional<Bytes> SimulatedDisk::content(const std::string& path) const {
  const NodePointer node = find(path);
  if (!node || node->is_directory) return {};
  return node->visible;
}

void SimulatedDisk::plant(const std::string& path, ByteView content) {
  NodePointer node = find(path);
  if (!node) {
    const NodePointer parent = find_parent(path);
    INVARIANT(parent != nullptr);
    node = create(*parent, name_in(path), false);
    sync_directory(*parent);
  }
  node->visible = to_bytes(content);
  node->durable = node->visible;
  node->unsynced.clear();
}

void SimulatedDisk::erase(const std::string& path) {
  const NodePointer parent = find_parent(path);
  INVARIANT(parent != nullptr);
  change_name(*parent, {name_in(path), nullptr, {}});
  sync_directory(*parent);
}

SimulatedDisk::NodePointer SimulatedDisk::find(const std::string& path) const {
  NodePointer node = root_;
  std::size_t at = 0;
  while (at < path.size()) {
    if (path[at] == '/') {
      ++at;
      continue;
    }
    const std::size_t end = std::min(path.find('/', at), path.size());
    const auto found = node->names.find(path.substr(at, end - at));
    if (!node->is_directory || found == node->names.end()) return nullptr;
    node = found->second;
    at = end;
  }
  return node;
}

SimulatedDisk::NodePointer SimulatedDisk::find_parent(const std::string& path) const {
  const NodePointer parent = find(storage::directory_of(path));
  return parent && parent->is_directory ? parent : nullptr;
}

SimulatedDisk::NodePointer SimulatedDisk::create(Node& parent,
                                                 const std::string& name,
                                                 bool is_directory) {
  auto node = std::make_shared<Node>();
  node->number = ++nodes_created_;
  node->is_directory = is_directory;
  change_name(parent, {name, node, {}});
  return node;
}

void SimulatedDisk::write(Node& file, std::uint64_t offset, ByteView content) {
  file.unsynced.push_back({offset, to_bytes(content)});
  apply_to(file.visible, file.unsynced.back());
}

void SimulatedDisk::empty(Node& file) {
  file.unsynced.push_back({0, {}, true});
  file.visible.clear();
}

void SimulatedDisk::sync(Node& file) {
  for (const Write& write : file.unsynced)
    apply_to(file.durable, write);
  file.unsynced.clear();
}

void SimulatedDisk::fail_sync(Node& file) {
  file.unsynced.clear();
}

void SimulatedDisk::change_name(Node& directory, NameChange change) {
  apply_to(directory.names, change);
  directory.unsynced_names.push_back(std::move(change));
}

void SimulatedDisk::sync_directory(Node& directory) {
  directory.durable_names = directory.names;
  directory.unsynced_names.clear();
}

std::string name_in(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace troupe::simulator

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tests/fuzz/targets.hpp"
#include "tests/support/random.hpp"

// Runs one fuzz target on its seeds and its corpus without a fuzzer: each input as it is, cut at each
// length, and altered at random. A broken promise aborts, and so fails the test.
namespace troupe::fuzz {

namespace {

constexpr std::size_t kCutsMax = 512;
constexpr std::size_t kChangesMax = 4;

std::optional<Target> target_named(std::string_view name) {
  const auto* const found = std::ranges::find(kTargets, name, &Target::name);
  if (found == kTargets.end()) return std::nullopt;
  return *found;
}

int unknown_target(std::string_view name) {
  std::cerr << "no fuzz target is called " << name << "\n";
  return 2;
}

// In the order of their names, so that a run is the same on every machine.
std::vector<Bytes> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Bytes> inputs;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    inputs.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return inputs;
}

// One small change: a byte set, a bit flipped, a byte inserted or removed.
void change_once(Bytes& input, support::Random& random) {
  const std::uint64_t kind = random.below(4);
  const std::uint64_t place = random.below(input.size() + 1);
  const auto at = input.begin() + static_cast<std::ptrdiff_t>(place);
  const auto byte = static_cast<std::uint8_t>(random.next());
  if (kind == 0 || at == input.end()) {
    input.insert(at, byte);
  } else if (kind == 1) {
    input.erase(at);
  } else if (kind == 2) {
    *at = byte;
  } else {
    *at ^= static_cast<std::uint8_t>(1U << (byte % 8));
  }
}

Bytes altered(Bytes input, support::Random& random) {
  const std::uint64_t changes = 1 + random.below(kChangesMax);
  for (std::uint64_t i = 0; i < changes; ++i)
    change_once(input, random);
  return input;
}

std::size_t replay(const Target& target, const std::vector<Bytes>& inputs) {
  support::Random random;
  std::size_t runs = 0;
  for (const Bytes& input : inputs) {
    target.run(input);
    const std::size_t cuts = std::min(input.size(), kCutsMax);
    for (std::size_t size = 0; size < cuts; ++size)
      target.run(ByteView(input).first(size));
    for (std::size_t i = 0; i < target.alterations; ++i)
      target.run(altered(input, random));
    runs += 1 + cuts + target.alterations;
  }
  return runs;
}

int replay_target(std::string_view name, const std::filesystem::path& corpus) {
  const auto target = target_named(name);
  if (!target) return unknown_target(name);
  std::vector<Bytes> inputs = target->seeds();
  if (std::filesystem::is_directory(corpus)) {
    for (Bytes& input : read_corpus(corpus))
      inputs.push_back(std::move(input));
  }
  const std::size_t runs = replay(*target, inputs);
  std::cout << name << ": " << runs << " runs on " << inputs.size() << " inputs\n";
  return inputs.empty() ? 1 : 0;
}

int write_seeds(std::string_view name, const std::filesystem::path& folder) {
  const auto target = target_named(name);
  if (!target) return unknown_target(name);
  std::filesystem::create_directories(folder);
  std::size_t number = 0;
  for (const Bytes& seed : target->seeds()) {
    std::ofstream file(folder / ("seed-" + std::to_string(number)), std::ios::binary);
    file << as_text(seed);
    ++number;
  }
  return 0;
}

}  // namespace

}  // namespace troupe::fuzz

int main(int argc, char** argv) {
  const std::span<char* const> arguments(argv, static_cast<std::size_t>(argc));
  if (argc == 3) return troupe::fuzz::replay_target(arguments[1], arguments[2]);
  if (argc == 4 && std::string_view(arguments[1]) == "--seeds") {
    return troupe::fuzz::write_seeds(arguments[2], arguments[3]);
  }
  std::cerr << "usage: fuzz_replay TARGET CORPUS-FOLDER\n"
               "       fuzz_replay --seeds TARGET FOLDER\n";
  return 2;
}

#include "tests/architecture/rules.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace troupe::architecture {

namespace {

using Words = std::vector<std::string_view>;

struct Layer {
  std::string_view folder;
  Words may_include;
};

// tools -> actors -> {storage, protocol}, storage -> protocol; inside protocol,
// base <- codec <- crypto <- {network, consensus, ledger}, and those three do not see each other;
// proof joins what consensus and the ledger each know.
const std::vector<Layer> kLayers{
    {"protocol/base/", {"protocol/base/"}},
    {"protocol/codec/", {"protocol/base/", "protocol/codec/"}},
    {"protocol/crypto/", {"protocol/base/", "protocol/codec/", "protocol/crypto/"}},
    {"protocol/network/",
     {"protocol/base/", "protocol/codec/", "protocol/crypto/", "protocol/network/"}},
    {"protocol/consensus/",
     {"protocol/base/", "protocol/codec/", "protocol/crypto/", "protocol/consensus/"}},
    {"protocol/ledger/",
     {"protocol/base/", "protocol/codec/", "protocol/crypto/", "protocol/ledger/"}},
    {"protocol/proof/",
     {"protocol/base/",
      "protocol/codec/",
      "protocol/crypto/",
      "protocol/consensus/",
      "protocol/ledger/",
      "protocol/proof/"}},
    {"storage/", {"protocol/", "storage/"}},
    {"actors/", {"protocol/", "storage/", "actors/"}},
    {"tools/", {"protocol/", "storage/", "actors/", "tools/"}},
    {"tests/", {"protocol/", "storage/", "actors/", "tools/", "tests/"}}};

// Where a library's headers may be included: below one of the folders.
struct Library {
  std::string_view name;
  std::string_view headers;
  Words folders;
};

const std::vector<Library> kLibraries{
    {"Crypto++", "cryptopp/", {"protocol/crypto/", "tests/protocol/crypto/", "tests/support/"}},
    {"protobuf", "google/", {"protocol/network/", "tests/protocol/network/"}},
    {"LevelDB", "leveldb/", {"storage/", "tests/storage/", "tests/support/", "tests/simulation/"}},
    {"CAF",
     "caf/",
     {"actors/",
      "tools/",
      "tests/actors/",
      "tests/simulation/",
      "tests/support/",
      "tests/tools/"}}};

// Standard headers by which a pure file would see the world or share state.
const Words kImpureHeaders{"thread",
                           "mutex",
                           "shared_mutex",
                           "condition_variable",
                           "future",
                           "semaphore",
                           "latch",
                           "barrier",
                           "stop_token",
                           "atomic",
                           "random",
                           "fstream",
                           "filesystem",
                           "iostream",
                           "cstdio",
                           "ctime",
                           "csignal",
                           "cstdlib"};

const std::vector<Exemption> kImpureFiles{
    {"protocol/base/invariant.cpp", "reports a bug on stderr and aborts"}};

// Headers of the machine, not of the standard.
const std::vector<Exemption> kMachineHeaderFiles{
    {"protocol/crypto/crc32c.cpp", "the CRC-32C instruction"}};

const Words kWorldWords{"system_clock",
                        "steady_clock",
                        "high_resolution_clock",
                        "clock_gettime",
                        "gettimeofday",
                        "make_timestamp",
                        "random_device",
                        "getrandom",
                        "getentropy",
                        "arc4random",
                        "srand",
                        "getenv",
                        "secure_getenv",
                        "environ",
                        "this_thread"};

const Words kSleepWords{"sleep_for", "sleep_until", "usleep", "nanosleep"};

// Written in two halves, so that this file does not accuse itself.
const Words kNoteWords{
    "TO"
    "DO",
    "FIX"
    "ME",
    "XX"
    "X",
    "HA"
    "CK"};

const Words kLiteralNamespaces{"std::literals",
                               "std::chrono_literals",
                               "std::string_literals",
                               "std::string_view_literals",
                               "std::literals::chrono_literals",
                               "std::literals::string_literals",
                               "std::literals::string_view_literals"};

struct Include {
  std::string_view header;
  bool is_quoted = false;
};

bool is_listed(const std::vector<Exemption>& list, std::string_view path) {
  return std::ranges::any_of(list, [path](const Exemption& exemption) {
    return exemption.path == path ||
           (exemption.path.ends_with('/') && path.starts_with(exemption.path));
  });
}

bool is_below_any(std::string_view path, const Words& folders) {
  return std::ranges::any_of(folders,
                             [path](std::string_view folder) { return path.starts_with(folder); });
}

std::string_view trimmed(std::string_view line) {
  const std::size_t from = line.find_first_not_of(" \t");
  return from == std::string_view::npos ? std::string_view{} : line.substr(from);
}

// What stands after `#name`, however it is spaced.
std::optional<std::string_view> directive(std::string_view line, std::string_view name) {
  line = trimmed(line);
  if (!line.starts_with('#')) return std::nullopt;
  line = trimmed(line.substr(1));
  if (!line.starts_with(name)) return std::nullopt;
  return trimmed(line.substr(name.size()));
}

std::optional<Include> include_of(std::string_view line) {
  const auto rest = directive(line, "include");
  if (!rest || rest->empty()) return std::nullopt;
  const bool is_quoted = rest->front() == '"';
  const std::size_t end = rest->find(is_quoted ? '"' : '>', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return Include{.header = rest->substr(1, end - 1), .is_quoted = is_quoted};
}

const Layer* layer_of(std::string_view path) {
  const auto found = std::ranges::find_if(
      kLayers, [path](const Layer& layer) { return path.starts_with(layer.folder); });
  return found == kLayers.end() ? nullptr : &*found;
}

// Checks one file against every rule that needs no other file.
class FileCheck {
 public:
  FileCheck(const SourceFile& file, std::vector<Violation>& violations)
      : file_(file), violations_(violations) {}

  void run() {
    check_text();
    if (!file_.is_cpp() && !file_.is_header()) return;
    check_includes();
    check_code();
  }

 private:
  void report(HouseRule rule, std::size_t line, std::string what) {
    violations_.push_back({rule, file_.path, line, std::move(what)});
  }

  void check_text() {
    const auto lines = lines_of(file_.text);
    if (lines.size() > kFileLinesMax && !file_.path.ends_with(".md")) {
      report(HouseRule::Length, 0, "has " + std::to_string(lines.size()) + " lines");
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (const std::string_view word : kNoteWords) {
        if (has_word(lines[i], word)) report(HouseRule::Note, i + 1, std::string(word));
      }
    }
  }

  void check_includes() {
    const std::string text = without_comments(file_.text);
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const auto include = include_of(lines[i]);
      if (!include) continue;
      if (include->is_quoted) check_own_header(include->header, i + 1);
      check_library(include->header, i + 1);
      if (!include->is_quoted) check_system_header(include->header, i + 1);
    }
  }

  void check_own_header(std::string_view header, std::size_t line) {
    const Layer* const layer = layer_of(file_.path);
    if (layer != nullptr && is_below_any(header, layer->may_include)) return;
    report(HouseRule::Layer, line, std::string(header));
  }

  void check_library(std::string_view header, std::size_t line) {
    const bool is_generated = header.ends_with(".pb.h");
    for (const Library& library : kLibraries) {
      const bool is_protobuf = is_generated && library.name == "protobuf";
      if (!header.starts_with(library.headers) && !is_protobuf) continue;
      const bool is_hidden = library.name != "Crypto++" || file_.is_cpp();
      if (is_below_any(file_.path, library.folders) && is_hidden) continue;
      report(HouseRule::Library, line, std::string(library.name) + ": " + std::string(header));
    }
  }

  void check_system_header(std::string_view header, std::size_t line) {
    if (!file_.is_below("protocol/")) return;
    if (std::ranges::find(kImpureHeaders, header) != kImpureHeaders.end()) {
      if (!is_listed(kImpureFiles, file_.path)) {
        report(HouseRule::Purity, line, std::string(header));
      }
      return;
    }
    const bool is_library = std::ranges::any_of(kLibraries, [header](const Library& library) {
      return header.starts_with(library.headers);
    });
    const bool is_standard = header.find_first_of("./") == std::string_view::npos;
    if (is_library || is_standard || is_listed(kMachineHeaderFiles, file_.path)) return;
    report(HouseRule::Purity, line, std::string(header));
  }

  void check_code() {
    const std::string code = without_comments_and_literals(file_.text);
    const auto lines = lines_of(code);
    bool is_guarded = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      is_guarded = is_guarded || directive(lines[i], "pragma") == "once";
      check_world(lines[i], i + 1);
      check_sleep(lines[i], i + 1);
      check_using(lines[i], i + 1);
      check_macro(lines[i], i + 1);
    }
    if (file_.is_header() && !is_guarded) report(HouseRule::Guard, 0, "no #pragma once");
  }

  void check_world(std::string_view line, std::size_t number) {
    if (file_.is_below("tests/")) return;
    const bool is_pure = file_.is_below("protocol/");
    if (!is_pure && is_listed(edge_files(), file_.path)) return;
    for (const std::string_view word : kWorldWords) {
      if (!has_word(line, word)) continue;
      report(is_pure ? HouseRule::Purity : HouseRule::Edge, number, std::string(word));
    }
  }

  void check_sleep(std::string_view line, std::size_t number) {
    if (is_listed(edge_files(), file_.path)) return;
    for (const std::string_view word : kSleepWords) {
      if (has_word(line, word)) report(HouseRule::Sleep, number, std::string(word));
    }
  }

  void check_using(std::string_view line, std::size_t number) {
    const std::string_view phrase = "using namespace ";
    const std::size_t at = line.find(phrase);
    if (at == std::string_view::npos) return;
    std::string_view name = trimmed(line.substr(at + phrase.size()));
    name = name.substr(0, name.find_first_of("; "));
    if (std::ranges::find(kLiteralNamespaces, name) != kLiteralNamespaces.end()) return;
    report(HouseRule::Namespace, number, std::string(name));
  }

  void check_macro(std::string_view line, std::size_t number) {
    const auto macro = directive(line, "define");
    if (!macro) return;
    const bool is_ours = file_.path == "protocol/base/invariant.hpp" && macro->starts_with("INV");
    if (is_ours || macro->starts_with("BOOST_TEST_")) return;
    report(HouseRule::Macro, number, std::string(*macro));
  }

  const SourceFile& file_;
  std::vector<Violation>& violations_;
};

using Paths = std::set<std::string_view>;

// tests/<unit>_test.cpp, or several: tests/<unit>_<part>_test.cpp.
bool has_test(const std::string& unit, const Paths& paths) {
  const std::string stem = "tests/" + unit;
  if (paths.contains(stem + "_test.cpp")) return true;
  const std::string part = stem + "_";
  for (auto path = paths.lower_bound(part); path != paths.end(); ++path) {
    if (!path->starts_with(part)) return false;
    if (path->ends_with("_test.cpp")) return true;
  }
  return false;
}

// The headers of its own folder that a file includes, without their ending.
std::vector<std::string> included_units(const SourceFile& source) {
  const std::string folder = source.path.substr(0, source.path.rfind('/') + 1);
  const std::string text = without_comments(source.text);
  std::vector<std::string> units;
  for (const std::string_view line : lines_of(text)) {
    const auto include = include_of(line);
    if (!include || !include->is_quoted || !include->header.ends_with(".hpp")) continue;
    const std::string unit(include->header.substr(0, include->header.size() - 4));
    if (unit.rfind('/') + 1 == folder.size() && unit.starts_with(folder)) units.push_back(unit);
  }
  return units;
}

// A source without a header of its own defines what other headers of its folder declare: the test
// of one of these is its test too.
bool is_mirrored(const SourceFile& source, const Paths& paths) {
  const std::string own = source.path.substr(0, source.path.size() - 4);
  if (has_test(own, paths)) return true;
  if (paths.contains(own + ".hpp")) return false;
  return std::ranges::any_of(included_units(source),
                             [&paths](const std::string& unit) { return has_test(unit, paths); });
}

void check_mirror(const std::vector<SourceFile>& tree, std::vector<Violation>& violations) {
  std::set<std::string_view> paths;
  for (const SourceFile& file : tree)
    paths.insert(file.path);
  for (const SourceFile& file : tree) {
    const bool needs_test =
        file.is_below("protocol/") || file.is_below("storage/") || file.is_below("actors/");
    if (!file.is_cpp() || !needs_test || is_listed(files_without_mirror(), file.path)) continue;
    if (is_mirrored(file, paths)) continue;
    violations.push_back({HouseRule::Mirror, file.path, 0, "has no test file below tests/"});
  }
}

std::string_view name_of(HouseRule rule) {
  switch (rule) {
    case HouseRule::Layer: return "layer";
    case HouseRule::Library: return "library";
    case HouseRule::Purity: return "purity";
    case HouseRule::Edge: return "edge";
    case HouseRule::Sleep: return "sleep";
    case HouseRule::Length: return "length";
    case HouseRule::Note: return "note";
    case HouseRule::Namespace: return "namespace";
    case HouseRule::Macro: return "macro";
    case HouseRule::Guard: return "guard";
    case HouseRule::Mirror: return "mirror";
    case HouseRule::Unlisted: return "unlisted";
  }
  return "unknown";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Violation& violation) {
  out << violation.path;
  if (violation.line > 0) out << ':' << violation.line;
  return out << ": " << name_of(violation.rule) << ": " << violation.what;
}

std::vector<Violation> check_architecture(const std::vector<SourceFile>& tree) {
  std::vector<Violation> violations;
  for (const SourceFile& file : tree)
    FileCheck(file, violations).run();
  check_mirror(tree, violations);
  return violations;
}

std::vector<Violation> check_listed(const std::vector<SourceFile>& tree,
                                    const std::vector<std::string>& compiled) {
  const std::set<std::string_view> listed(compiled.begin(), compiled.end());
  std::vector<Violation> violations;
  for (const SourceFile& file : tree) {
    if (!file.is_cpp() || listed.contains(file.path)) continue;
    violations.push_back({HouseRule::Unlisted, file.path, 0, "is compiled by no target"});
  }
  return violations;
}

}  // namespace troupe::architecture

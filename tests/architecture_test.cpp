#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tests/architecture/rules.hpp"
#include "tests/architecture/source_tree.hpp"

namespace troupe::architecture {

namespace {

// A tree in a folder of its own, which goes with it.
class PlantedTree {
 public:
  PlantedTree() {
    std::string pattern = (std::filesystem::temp_directory_path() / "troupe-tree-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }

  ~PlantedTree() { std::filesystem::remove_all(root_); }

  PlantedTree(const PlantedTree&) = delete;
  PlantedTree& operator=(const PlantedTree&) = delete;

  PlantedTree& plant(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
    return *this;
  }

  [[nodiscard]] std::vector<SourceFile> read() const { return read_source_tree(root_); }

 private:
  std::filesystem::path root_;
};

std::vector<Violation> violations_of(const std::string& path, const std::string& text) {
  PlantedTree tree;
  tree.plant(path, text);
  // Whether it has a test file is asked by the cases that are about that.
  std::vector<Violation> found = check_architecture(tree.read());
  std::erase_if(found, [](const Violation& one) { return one.rule == HouseRule::Mirror; });
  return found;
}

// True if the text at that path breaks this rule, on this line, and breaks nothing else.
bool breaks_only(HouseRule rule, std::size_t line, const SourceFile& file) {
  const auto found = violations_of(file.path, file.text);
  for (const Violation& one : found)
    BOOST_TEST_MESSAGE(one);
  return found.size() == 1 && found.front().rule == rule && found.front().line == line &&
         found.front().path == file.path;
}

bool is_clean(const std::string& path, const std::string& text) {
  const auto found = violations_of(path, text);
  for (const Violation& one : found)
    BOOST_TEST_MESSAGE(one);
  return found.empty();
}

// The paths, relative to the root, of what the build compiles.
std::vector<std::string> compiled_sources(const std::filesystem::path& root) {
  std::ifstream file(std::string(TROUPE_BUILD) + "/compile_commands.json");
  BOOST_REQUIRE(file.good());
  std::vector<std::string> paths;
  for (const auto& command : nlohmann::json::parse(file)) {
    const std::filesystem::path path(command.at("file").get<std::string>());
    paths.push_back(path.lexically_relative(root).generic_string());
  }
  return paths;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(architecture_test)

BOOST_AUTO_TEST_CASE(the_tree_keeps_every_rule_of_the_house) {
  const auto tree = read_source_tree(TROUPE_ROOT);
  BOOST_TEST_REQUIRE(tree.size() > 50u);

  for (const Violation& one : check_architecture(tree))
    BOOST_ERROR(one);
}

BOOST_AUTO_TEST_CASE(a_target_compiles_every_source_file) {
  const auto tree = read_source_tree(TROUPE_ROOT);

  for (const Violation& one : check_listed(tree, compiled_sources(TROUPE_ROOT)))
    BOOST_ERROR(one);
}

BOOST_AUTO_TEST_CASE(every_exempt_file_exists_and_says_why) {
  const std::filesystem::path root(TROUPE_ROOT);
  for (const auto* list : {&edge_files(), &files_without_mirror()}) {
    for (const Exemption& exemption : *list) {
      BOOST_TEST(std::filesystem::exists(root / exemption.path), exemption.path);
      BOOST_TEST(!exemption.reason.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_forbidden_include_between_layers_is_found) {
  const auto breaks = [](const std::string& path, const std::string& header) {
    return breaks_only(HouseRule::Layer, 2, {path, "\n#include \"" + header + "\"\n"});
  };

  BOOST_TEST(breaks("protocol/base/a.cpp", "protocol/codec/wire.hpp"));
  BOOST_TEST(breaks("protocol/codec/a.cpp", "protocol/crypto/hash.hpp"));
  BOOST_TEST(breaks("protocol/crypto/a.cpp", "protocol/ledger/block.hpp"));
  BOOST_TEST(breaks("protocol/network/a.cpp", "protocol/consensus/vote.hpp"));
  BOOST_TEST(breaks("protocol/consensus/a.cpp", "protocol/ledger/block.hpp"));
  BOOST_TEST(breaks("protocol/ledger/a.cpp", "protocol/network/peer_id.hpp"));
  BOOST_TEST(breaks("protocol/ledger/a.cpp", "storage/database.hpp"));
  BOOST_TEST(breaks("storage/a.cpp", "actors/messages.hpp"));
  BOOST_TEST(breaks("actors/a.cpp", "tools/troupe/main.hpp"));
  BOOST_TEST(breaks("tools/a.cpp", "tests/support/vectors.hpp"));
  BOOST_TEST(breaks("actors/a.cpp", "messages.hpp"));
  BOOST_TEST(breaks("protocol/a.cpp", "protocol/base/bytes.hpp"));
}

BOOST_AUTO_TEST_CASE(an_allowed_include_is_not_found) {
  BOOST_TEST(is_clean("protocol/ledger/a.cpp", "#include \"protocol/crypto/hash.hpp\"\n"));
  BOOST_TEST(is_clean("storage/a.cpp", "#include \"protocol/ledger/block.hpp\"\n"));
  BOOST_TEST(is_clean("actors/a.cpp", "#include \"storage/database.hpp\"\n"));
  BOOST_TEST(is_clean("tools/a.cpp", "#include \"actors/node.hpp\"\n"));
  BOOST_TEST(is_clean("tests/a.cpp", "#include \"tools/a.hpp\"\n"));
  BOOST_TEST(is_clean("protocol/base/a.cpp", "// #include \"storage/database.hpp\"\n"));
}

BOOST_AUTO_TEST_CASE(an_include_is_found_however_it_is_spaced) {
  const std::string path = "storage/a.cpp";

  BOOST_TEST(breaks_only(HouseRule::Layer, 1, {path, "  #  include  \"actors/node.hpp\"\n"}));
  BOOST_TEST(breaks_only(HouseRule::Library, 1, {path, "#include<caf/all.hpp>"}));
}

BOOST_AUTO_TEST_CASE(a_library_outside_its_place_is_found) {
  const auto breaks = [](const std::string& path, const std::string& header) {
    return breaks_only(HouseRule::Library, 1, {path, "#include <" + header + ">\n"});
  };

  BOOST_TEST(breaks("protocol/ledger/a.cpp", "cryptopp/sha.h"));
  BOOST_TEST(breaks("storage/a.cpp", "cryptopp/sha.h"));
  BOOST_TEST(breaks("storage/a.cpp", "google/protobuf/message.h"));
  BOOST_TEST(breaks("actors/a.cpp", "leveldb/db.h"));
  BOOST_TEST(breaks("tests/actors/a.cpp", "leveldb/db.h"));
  BOOST_TEST(breaks("storage/a.cpp", "caf/all.hpp"));
  BOOST_TEST(breaks("tests/protocol/ledger/a.cpp", "caf/all.hpp"));
  BOOST_TEST(breaks_only(HouseRule::Library,
                         2,
                         {"protocol/crypto/a.hpp", "#pragma once\n#include <cryptopp/sha.h>\n"}));
  BOOST_TEST(breaks_only(
      HouseRule::Library, 1, {"actors/a.cpp", "#include \"protocol/network/noise.pb.h\"\n"}));
}

BOOST_AUTO_TEST_CASE(a_library_in_its_place_is_not_found) {
  BOOST_TEST(is_clean("protocol/crypto/a.cpp", "#include <cryptopp/sha.h>\n"));
  BOOST_TEST(is_clean("protocol/network/a.cpp", "#include \"protocol/network/noise.pb.h\"\n"));
  BOOST_TEST(is_clean("storage/a.cpp", "#include <leveldb/db.h>\n"));
  BOOST_TEST(is_clean("tools/a.cpp", "#include <caf/all.hpp>\n"));
  BOOST_TEST(is_clean("tests/simulation/a.cpp", "#include <caf/all.hpp>\n"));
}

BOOST_AUTO_TEST_CASE(a_header_that_lets_protocol_see_the_world_is_found) {
  for (const char* header : {"thread",
                             "mutex",
                             "random",
                             "fstream",
                             "filesystem",
                             "iostream",
                             "atomic",
                             "sys/socket.h",
                             "unistd.h",
                             "spdlog/spdlog.h"}) {
    const std::string text = "#include <" + std::string(header) + ">\n";
    BOOST_TEST(breaks_only(HouseRule::Purity, 1, {"protocol/ledger/a.cpp", text}), header);
    BOOST_TEST(is_clean("actors/a.cpp", text), header);
  }
  BOOST_TEST(is_clean("protocol/ledger/a.cpp", "#include <vector>\n#include <chrono>\n"));
}

BOOST_AUTO_TEST_CASE(a_clock_randomness_or_the_environment_is_found_outside_the_edge) {
  for (const char* code : {"auto t = std::chrono::system_clock::now();\n",
                           "auto t = std::chrono::steady_clock::now();\n",
                           "std::random_device device;\n",
                           "auto home = std::getenv(\"HOME\");\n",
                           "auto id = std::this_thread::get_id();\n",
                           "getrandom(data, size, 0);\n"}) {
    BOOST_TEST(breaks_only(HouseRule::Purity, 1, {"protocol/base/a.cpp", code}), code);
    BOOST_TEST(breaks_only(HouseRule::Edge, 1, {"actors/a.cpp", code}), code);
    BOOST_TEST(breaks_only(HouseRule::Edge, 1, {"storage/a.cpp", code}), code);
    BOOST_TEST(is_clean(std::string(edge_files().front().path), code), code);
    BOOST_TEST(is_clean("tests/a.cpp", code), code);
  }
}

BOOST_AUTO_TEST_CASE(words_in_comments_and_texts_are_no_code) {
  BOOST_TEST(is_clean("protocol/base/a.cpp",
                      "// steady_clock\n/* random_device\n getenv */\n"
                      "const char* text = \"steady_clock\";\n"
                      "const char* raw = R\"x(getenv \" )\" )x\";\n"
                      "int number = 1'000; char quote = '\"'; int getenv_count = 0;\n"));
  BOOST_TEST(breaks_only(HouseRule::Purity,
                         3,
                         {"protocol/base/a.cpp",
                          "int number = 1'000;\nconst char* text = \"\\\"\";  // '\n"
                          "using Clock = std::chrono::steady_clock;\n"}));
}

BOOST_AUTO_TEST_CASE(a_sleep_is_found_in_tests_too) {
  BOOST_TEST(
      breaks_only(HouseRule::Sleep, 1, {"tests/a.cpp", "std::this_thread::sleep_for(x);\n"}));
  BOOST_TEST(breaks_only(HouseRule::Sleep, 1, {"storage/a.cpp", "::usleep(5);\n"}));
}

BOOST_AUTO_TEST_CASE(a_file_of_more_than_500_lines_is_found) {
  std::string text;
  for (std::size_t i = 0; i < kFileLinesMax; ++i)
    text += "int a;\n";
  BOOST_TEST(is_clean("actors/a.cpp", text));

  text += "int b;\n";

  BOOST_TEST(breaks_only(HouseRule::Length, 0, {"actors/a.cpp", text}));
  BOOST_TEST(breaks_only(HouseRule::Length, 0, {"tests/interop/peer.mjs", text}));
}

BOOST_AUTO_TEST_CASE(a_note_to_oneself_is_found_in_every_kind_of_file) {
  const std::string note = std::string("x\n// TO") + "DO: later\n";
  for (const char* path : {"actors/a.cpp",
                           "CMakeLists.txt",
                           "README.md",
                           "tools/check",
                           "protocol/network/a.proto",
                           "tests/interop/peer.mjs"}) {
    BOOST_TEST(breaks_only(HouseRule::Note, 2, {path, note}), path);
  }
  BOOST_TEST(is_clean("actors/a.cpp",
                      "// A todo list, and two MASTO"
                      "DONS.\n"));
}

BOOST_AUTO_TEST_CASE(using_a_namespace_is_found_unless_it_is_for_literals) {
  BOOST_TEST(breaks_only(HouseRule::Namespace, 1, {"tests/a.cpp", "using namespace std;\n"}));
  BOOST_TEST(breaks_only(HouseRule::Namespace, 1, {"actors/a.cpp", "  using namespace caf;\n"}));
  BOOST_TEST(is_clean("actors/a.cpp", "using namespace std::chrono_literals;\n"));
  BOOST_TEST(is_clean("actors/a.cpp", "using namespace std::literals;\n"));
}

BOOST_AUTO_TEST_CASE(a_macro_besides_invariant_is_found) {
  BOOST_TEST(breaks_only(HouseRule::Macro, 1, {"actors/a.cpp", "#define TWICE(x) x x\n"}));
  BOOST_TEST(is_clean("protocol/base/invariant.hpp", "#pragma once\n#define INVARIANT(x) x\n"));
  BOOST_TEST(is_clean("tests/support/a.cpp", "#define BOOST_TEST_MODULE troupe\n"));
}

BOOST_AUTO_TEST_CASE(a_header_without_pragma_once_is_found) {
  BOOST_TEST(breaks_only(HouseRule::Guard, 0, {"actors/a.hpp", "// #pragma once\nint a();\n"}));
  BOOST_TEST(is_clean("actors/a.hpp", "#pragma once\nint a();\n"));
}

BOOST_AUTO_TEST_CASE(a_source_without_a_test_file_is_found) {
  PlantedTree tree;
  tree.plant("protocol/ledger/block.cpp", "int a;\n");
  tree.plant("protocol/ledger/blocks.cpp", "int a;\n");
  tree.plant("storage/database.cpp", "int a;\n");
  tree.plant("tools/main.cpp", "int a;\n");
  tree.plant("tests/protocol/ledger/blocks_test.cpp", "int a;\n");
  tree.plant("tests/storage/database_crash_test.cpp", "int a;\n");

  const auto found = check_architecture(tree.read());

  BOOST_REQUIRE(found.size() == 1u);
  BOOST_CHECK(found.front().rule == HouseRule::Mirror);
  BOOST_TEST(found.front().path == "protocol/ledger/block.cpp");
}

BOOST_AUTO_TEST_CASE(a_source_without_a_header_shares_the_test_of_a_header_it_includes) {
  const std::string include = "#include \"storage/database.hpp\"\n";
  PlantedTree tree;
  tree.plant("storage/database.hpp", "#pragma once\n");
  tree.plant("storage/opening.cpp", include);
  tree.plant("storage/files.hpp", "#pragma once\n").plant("storage/files.cpp", include);
  tree.plant("storage/other.cpp", "// " + include);
  tree.plant("tests/storage/database_test.cpp", "int a;\n");

  const auto found = check_architecture(tree.read());

  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].path == "storage/files.cpp");
  BOOST_TEST(found[1].path == "storage/other.cpp");
}

BOOST_AUTO_TEST_CASE(a_source_that_no_target_compiles_is_found) {
  PlantedTree tree;
  tree.plant("tools/main.cpp", "int a;\n").plant("tests/lost_test.cpp", "int a;\n");

  const auto found = check_listed(tree.read(), {"tools/main.cpp"});

  BOOST_REQUIRE(found.size() == 1u);
  BOOST_CHECK(found.front().rule == HouseRule::Unlisted);
  BOOST_TEST(found.front().path == "tests/lost_test.cpp");
}

BOOST_AUTO_TEST_CASE(folders_that_others_fill_are_not_read) {
  PlantedTree tree;
  tree.plant("tests/interop/node_modules/a.mjs",
             "// FIX"
             "ME\n");
  tree.plant("tests/vectors/a.txt",
             "// FIX"
             "ME\n");
  tree.plant("build/a.cpp",
             "// FIX"
             "ME\n");

  BOOST_TEST(tree.read().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::architecture

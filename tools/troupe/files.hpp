#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "tools/troupe/command.hpp"

// Files as the program reads and writes them: whole, with the errors named, and private. Folders
// are 0700 and files 0600, because most of what lies there is a key or leads to one.
namespace troupe::tools {

namespace fs = std::filesystem;

/// The whole content. Errors: not-found, unreadable, too-large (above `size_max`).
[[nodiscard]] Answer<std::string> read_file(const fs::path& path, std::size_t size_max = 64u << 20);

/// Everything on stdin up to its end. Errors: unreadable, too-large.
[[nodiscard]] Answer<std::string> read_stdin(std::size_t size_max);

/// Creates a file that does not exist yet, mode 0600, synced with its folder before it returns.
/// Errors: exists, unwritable.
[[nodiscard]] Answer<Done> create_file(const fs::path& path, std::string_view content);

/// Puts a file in place of an older one, whole or not at all: write aside, sync, rename.
[[nodiscard]] Answer<Done> replace_file(const fs::path& path, std::string_view content);

/// Creates a folder and its parents, those that are missing with mode 0700. Error: unwritable.
[[nodiscard]] Answer<Done> create_folder(const fs::path& path);

/// The permission bits, or nothing if there is no such file.
[[nodiscard]] std::optional<unsigned> mode_of(const fs::path& path);

/// The value of VALUE on a command line: the text itself, stdin for "-", a file for "@FILE".
[[nodiscard]] Answer<std::string> read_argument(const std::string& argument, std::size_t size_max);

/// A path for people: relative to the home folder as ~/..., if it lies there.
[[nodiscard]] std::string shown(const fs::path& path);

}  // namespace troupe::tools

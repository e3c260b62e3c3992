#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/crypto/signature.hpp"
#include "tools/troupe/files.hpp"

// Private keys are files, mode 0600, one key each:
//
//   troupe-key 1
//   kind account                     account | node | validator
//   name alice
//   purpose development              development | production
//   public 3b6a27bc...               64 hexadecimal digits
//   seed 000102...                   64 hexadecimal digits: the private part
//
// The lines stand in this order, each exactly once. A file that others may read is refused, and so
// is one whose public key does not belong to its seed.
namespace troupe::tools {

enum class KeyKind : std::uint8_t { Account, Node, Validator };

using Seed = std::array<std::uint8_t, 32>;

struct KeyFile {
  KeyKind kind = KeyKind::Account;
  std::string name;
  bool development = false;
  Seed seed{};

  [[nodiscard]] crypto::KeyPair pair() const;
};

/// "account", "node" or "validator".
[[nodiscard]] std::string_view name_of(KeyKind kind);

[[nodiscard]] std::string format_key(const KeyFile& key);

/// Errors: bad-key, naming path and line.
[[nodiscard]] Answer<KeyFile> parse_key(const std::string& content, const fs::path& path);

/// Reads a key of this kind. Errors: no-key, open-key (others may read it), bad-key.
[[nodiscard]] Answer<KeyFile> load_key(const fs::path& path, KeyKind kind);

/// Writes a new key file. Error: exists; a key is never overwritten.
[[nodiscard]] Answer<Done> save_key(const fs::path& path, const KeyFile& key);

/// 32 bytes from the system's random source.
[[nodiscard]] Seed random_seed();

/// 32 bytes that follow from a text and a purpose alone: development networks that tests repeat.
[[nodiscard]] Seed derived_seed(const std::string& text, const std::string& purpose);

/// True for 1 to 64 letters, digits, '-', '_' and '.', not beginning with '-' or '.'.
[[nodiscard]] bool is_plain_name(std::string_view name);

}  // namespace troupe::tools

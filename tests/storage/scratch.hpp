#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <boost/test/unit_test.hpp>

#include "storage/database.hpp"
#include "storage/posix_environment.hpp"
#include "storage/vote_journal.hpp"

namespace troupe::storage {

/// A directory of its own on the real disk, removed with it.
class Scratch {
 public:
  Scratch() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "troupe-storage-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }

  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string operator/(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline crypto::Digest digest_of(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

inline Bytes text(std::string_view content) {
  return to_bytes(as_bytes(content));
}

inline DataOwner sample_owner() {
  return {digest_of("a ledger"), text("a node's public key")};
}

inline JournalOwner sample_journal_owner() {
  return {to_bytes(digest_of("a ledger").view()), text("a validator's public key")};
}

inline DatabaseOptions sample_options(std::string path) {
  DatabaseOptions options;
  options.path = std::move(path);
  options.owner = sample_owner();
  options.write_buffer_bytes = 64 * 1024;
  options.block_cache_bytes = 64 * 1024;
  return options;
}

/// The value of a Result that must be one; its error is the test's message otherwise.
template <class T>
T require(Stored<T> stored) {
  BOOST_REQUIRE_MESSAGE(stored.ok(), (stored.ok() ? std::string() : describe(stored.error())));
  return std::move(stored).value();
}

}  // namespace troupe::storage

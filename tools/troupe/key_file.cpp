#include "tools/troupe/key_file.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>

#include <fmt/format.h>
#include <sys/random.h>

#include "protocol/base/limits.hpp"
#include "protocol/crypto/hash.hpp"

namespace troupe::tools {

namespace {

constexpr std::array<std::string_view, 6> kFields = {
    "troupe-key", "kind", "name", "purpose", "public", "seed"};
constexpr std::size_t kKeyFileBytesMax = 4096;

CommandError bad_key(const fs::path& path, std::size_t line, const std::string& what) {
  return {ExitCode::Usage,
          "bad-key",
          fmt::format("{}:{}: not a key file of troupe: {}", shown(path), line, what),
          "restore the file from a copy, or create a new key with: troupe keys new NAME"};
}

std::optional<KeyKind> kind_of(std::string_view word) {
  for (const auto kind : {KeyKind::Account, KeyKind::Node, KeyKind::Validator}) {
    if (name_of(kind) == word) return kind;
  }
  return std::nullopt;
}

/// The six values, checked for nothing but their names and order.
Answer<std::array<std::string, kFields.size()>> read_fields(const std::string& content,
                                                            const fs::path& path) {
  std::array<std::string, kFields.size()> values;
  std::string_view rest = content;
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos)
      return refuse(bad_key(path, i + 1, "the file ends too early"));
    const std::string_view line = rest.substr(0, end);
    const std::string prefix = std::string(kFields[i]) + " ";
    if (!line.starts_with(prefix)) {
      return refuse(bad_key(path, i + 1, fmt::format("expected a line '{}...'", prefix)));
    }
    values[i] = line.substr(prefix.size());
    rest.remove_prefix(end + 1);
  }
  if (!rest.empty()) return refuse(bad_key(path, kFields.size() + 1, "there is more than one key"));
  return values;
}

}  // namespace

crypto::KeyPair KeyFile::pair() const {
  return *crypto::KeyPair::from_seed(seed);
}

std::string_view name_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::Account: return "account";
    case KeyKind::Node: return "node";
    case KeyKind::Validator: return "validator";
  }
  return "";
}

std::string format_key(const KeyFile& key) {
  return fmt::format("troupe-key 1\nkind {}\nname {}\npurpose {}\npublic {}\nseed {}\n",
                     name_of(key.kind),
                     key.name,
                     key.development ? "development" : "production",
                     key.pair().public_key().hex(),
                     to_hex(key.seed));
}

Answer<KeyFile> parse_key(const std::string& content, const fs::path& path) {
  const auto fields = read_fields(content, path);
  if (!fields.ok()) return refuse(fields.error());
  const auto& [version, kind, name, purpose, public_key, seed] = fields.value();
  if (version != "1")
    return refuse(bad_key(path, 1, fmt::format("version '{}' is not known", version)));
  KeyFile key;
  const auto known = kind_of(kind);
  if (!known) return refuse(bad_key(path, 2, fmt::format("kind '{}' is not known", kind)));
  key.kind = *known;
  if (!is_plain_name(name)) return refuse(bad_key(path, 3, "the name is not a plain name"));
  key.name = name;
  if (purpose != "development" && purpose != "production") {
    return refuse(bad_key(path, 4, "the purpose is development or production"));
  }
  key.development = purpose == "development";
  const auto bytes = from_hex(seed);
  if (!bytes || bytes->size() != key.seed.size()) {
    return refuse(bad_key(path, 6, "the seed is not 64 hexadecimal digits"));
  }
  std::copy(bytes->begin(), bytes->end(), key.seed.begin());
  if (key.pair().public_key().hex() != public_key) {
    return refuse(bad_key(path, 5, "the public key does not belong to the seed"));
  }
  return key;
}

Answer<KeyFile> load_key(const fs::path& path, KeyKind kind) {
  const auto mode = mode_of(path);
  if (!mode) {
    return refuse(
        {ExitCode::NotFound,
         "no-key",
         fmt::format("there is no {} key {}", name_of(kind), shown(path)),
         "restore the file from a copy; the keys that exist show with: troupe keys list"});
  }
  if ((*mode & 077u) != 0) {
    return refuse(
        {ExitCode::Refused,
         "open-key",
         fmt::format("others may read the private key {} (mode {:04o})", shown(path), *mode),
         fmt::format("close it with: chmod 600 {}", shown(path))});
  }
  const auto content = read_file(path, kKeyFileBytesMax);
  if (!content.ok()) return refuse(content.error());
  auto key = parse_key(*content, path);
  if (key.ok() && key->kind != kind) {
    return refuse(bad_key(
        path,
        2,
        fmt::format("it is a {} key, and a {} key is needed", name_of(key->kind), name_of(kind))));
  }
  return key;
}

Answer<Done> save_key(const fs::path& path, const KeyFile& key) {
  return create_file(path, format_key(key));
}

Seed random_seed() {
  Seed seed{};
  ssize_t size = -1;
  do {
    size = getrandom(seed.data(), seed.size(), 0);
  } while (size < 0 && errno == EINTR);
  INVARIANT(size == static_cast<ssize_t>(seed.size()));
  return seed;
}

Seed derived_seed(const std::string& text, const std::string& purpose) {
  return crypto::sha256({as_bytes("troupe/derived-seed/1"),
                         as_bytes(std::string_view("\0", 1)),
                         as_bytes(purpose),
                         as_bytes(std::string_view("\0", 1)),
                         as_bytes(text)})
      .bytes;
}

bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax || name[0] == '-' || name[0] == '.') return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  });
}

}  // namespace troupe::tools

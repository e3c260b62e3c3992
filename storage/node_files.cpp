#include "storage/node_files.hpp"

#include <algorithm>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::storage {

namespace {

Stored<Done> write_new_file(Environment& environment, const std::string& path, ByteView content) {
  auto file = environment.open(path, OpenMode::Replace);
  if (!file) return failure(file.error());
  if (auto written = (*file)->write_at(0, content); !written) return written;
  return (*file)->sync();
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

}  // namespace

Stored<Done> write_durably(Environment& environment, const std::string& path, ByteView content) {
  const std::string temporary = path + ".new";
  if (auto written = write_new_file(environment, temporary, content); !written) return written;
  if (auto renamed = environment.rename(temporary, path); !renamed) return renamed;
  return environment.sync_directory(directory_of(path));
}

Stored<Bytes> read_whole(Environment& environment, const std::string& path, std::size_t size_max) {
  const auto file = environment.open(path, OpenMode::Read);
  if (!file) return failure(file.error());
  const auto size = (*file)->size();
  if (!size) return failure(size.error());
  if (*size > size_max)
    return failure(StorageError{StorageErrorKind::Corrupt,
                                path,
                                "the file is larger than " + std::to_string(size_max) + " bytes"});
  Bytes content(static_cast<std::size_t>(*size));
  const auto got = (*file)->read_at(0, content);
  if (!got) return failure(got.error());
  content.resize(*got);
  return content;
}

DataDirectory::DataDirectory(Environment& environment,
                             std::string path,
                             std::unique_ptr<FileLock> lock)
    : environment_(&environment), path_(std::move(path)), lock_(std::move(lock)) {}

Stored<DataDirectory> DataDirectory::open(Environment& environment, std::string path) {
  if (auto made = environment.create_directory(path); !made) return failure(made.error());
  auto lock = environment.lock(path + "/lock");
  if (!lock) return failure(lock.error());
  if (auto made = environment.create_directory(path + "/journal"); !made)
    return failure(made.error());
  if (auto synced = environment.sync_directory(path); !synced) return failure(synced.error());
  if (auto synced = environment.sync_directory(directory_of(path)); !synced)
    return failure(synced.error());
  return DataDirectory(environment, std::move(path), std::move(lock).value());
}

Stored<Bytes> DataDirectory::read_secret(std::string_view name) const {
  INVARIANT(is_plain_name(name));
  const std::string path = path_ + "/" + std::string(name);
  const auto is_private = environment_->is_private(path);
  if (!is_private) return failure(is_private.error());
  if (!*is_private)
    return failure(
        StorageError{StorageErrorKind::Denied, path, "others may read this secret file"});
  return read_whole(*environment_, path, kSecretBytesMax);
}

Stored<Done> DataDirectory::write_secret(std::string_view name, ByteView content) {
  INVARIANT(is_plain_name(name));
  INVARIANT(content.size() <= kSecretBytesMax);
  const std::string path = path_ + "/" + std::string(name);
  if (environment_->exists(path))
    return failure(
        StorageError{StorageErrorKind::AlreadyExists, path, "a secret is there already"});
  return write_durably(*environment_, path, content);
}

Stored<Bytes> DataDirectory::read_file(std::string_view name, std::size_t size_max) const {
  INVARIANT(is_plain_name(name));
  return read_whole(*environment_, path_ + "/" + std::string(name), size_max);
}

Stored<Done> DataDirectory::write_file(std::string_view name, ByteView content) {
  INVARIANT(is_plain_name(name));
  return write_durably(*environment_, path_ + "/" + std::string(name), content);
}

}  // namespace troupe::storage

#include "tools/troupe/files.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::tools {

namespace {

/// A file descriptor that is closed at the end of its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}

  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }

  [[nodiscard]] int get() const { return fd_; }

  [[nodiscard]] bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

CommandError unwritable(const fs::path& path, int error) {
  return {ExitCode::Usage,
          "unwritable",
          fmt::format("cannot write {}: {}", shown(path), std::strerror(error)),
          fmt::format("check the folder's owner, mode and free space: ls -ld {}",
                      shown(path.parent_path()))};
}

CommandError unreadable(std::string_view what, int error) {
  if (error == ENOENT) {
    return {ExitCode::NotFound,
            "no-file",
            fmt::format("there is no file {}", what),
            "check the path; the folder's content shows with: ls"};
  }
  return {ExitCode::Usage,
          "unreadable",
          fmt::format("cannot read {}: {}", what, std::strerror(error)),
          fmt::format("check its owner and mode: ls -l {}", what)};
}

CommandError too_large(std::string_view what, std::size_t size_max) {
  return {ExitCode::BoundExceeded,
          "too-large",
          fmt::format("{} is larger than the {} bytes that are allowed here", what, size_max),
          "split it into several smaller ones"};
}

Answer<std::string> read_all(int fd, std::string_view what, std::size_t size_max) {
  std::string content;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t size = read(fd, chunk.data(), chunk.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return refuse(unreadable(what, errno));
    if (size == 0) return content;
    content.append(chunk.data(), static_cast<std::size_t>(size));
    if (content.size() > size_max) return refuse(too_large(what, size_max));
  }
}

int write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t size = write(fd, content.data(), content.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(size));
  }
  return fsync(fd) == 0 ? 0 : errno;
}

void sync_folder(const fs::path& folder) {
  const Descriptor fd(
      open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (fd.ok()) fsync(fd.get());
}

}  // namespace

Answer<std::string> read_file(const fs::path& path, std::size_t size_max) {
  const Descriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return refuse(unreadable(shown(path), errno));
  return read_all(fd.get(), shown(path), size_max);
}

Answer<std::string> read_stdin(std::size_t size_max) {
  return read_all(STDIN_FILENO, "standard input", size_max);
}

Answer<Done> create_file(const fs::path& path, std::string_view content) {
  const Descriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok() && errno == EEXIST) {
    return refuse({ExitCode::Refused,
                   "exists",
                   fmt::format("{} exists already and is never overwritten", shown(path)),
                   "choose another name, or move the file away first"});
  }
  if (!fd.ok()) return refuse(unwritable(path, errno));
  if (const int error = write_all(fd.get(), content); error != 0) {
    unlink(path.c_str());
    return refuse(unwritable(path, error));
  }
  sync_folder(path.parent_path());
  return Done{};
}

Answer<Done> replace_file(const fs::path& path, std::string_view content) {
  const fs::path aside = path.string() + ".new";
  unlink(aside.c_str());
  if (const auto created = create_file(aside, content); !created.ok()) return created;
  if (rename(aside.c_str(), path.c_str()) != 0) return refuse(unwritable(path, errno));
  sync_folder(path.parent_path());
  return Done{};
}

Answer<Done> create_folder(const fs::path& path) {
  if (path.empty()) return Done{};
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return Done{};
  if (const auto parent = create_folder(path.parent_path()); !parent.ok()) return parent;
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return refuse(unwritable(path, errno));
  return Done{};
}

std::optional<unsigned> mode_of(const fs::path& path) {
  struct stat status {};

  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return status.st_mode & 07777u;
}

Answer<std::string> read_argument(const std::string& argument, std::size_t size_max) {
  if (argument == "-") return read_stdin(size_max);
  if (argument.starts_with('@')) return read_file(argument.substr(1), size_max);
  if (argument.size() > size_max) return refuse(too_large("the argument", size_max));
  return argument;
}

std::string shown(const fs::path& path) {
  const char* home = std::getenv("HOME");
  const std::string text = path.string();
  if (home == nullptr || *home == '\0') return text;
  const std::string prefix = std::string(home) + "/";
  return prefix != "/" && text.starts_with(prefix) ? "~/" + text.substr(prefix.size()) : text;
}

}  // namespace troupe::tools

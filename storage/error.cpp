#include "storage/error.hpp"

namespace troupe::storage {

namespace {

/// What to type, where that is known. The ledger is on every other node; the mark goes with its
/// database, since it says what that one held.
std::string advice(const StorageError& error) {
  if (error.kind != StorageErrorKind::Corrupt || !error.path.ends_with("/database"))
    return std::string(hint(error.kind));
  const std::string& path = error.path;
  return "Keep it for study, start the node, and it fetches the ledger from the others: mv " +
         path + " " + path + ".damaged && mv " + path + ".mark " + path + ".damaged.mark";
}

}  // namespace

std::string_view name(StorageErrorKind kind) {
  switch (kind) {
    case StorageErrorKind::Corrupt: return "corrupt";
    case StorageErrorKind::Foreign: return "foreign";
    case StorageErrorKind::NewerFormat: return "newer-format";
    case StorageErrorKind::Locked: return "locked";
    case StorageErrorKind::Full: return "full";
    case StorageErrorKind::ReadOnly: return "read-only";
    case StorageErrorKind::Denied: return "denied";
    case StorageErrorKind::NotFound: return "not-found";
    case StorageErrorKind::AlreadyExists: return "already-exists";
    case StorageErrorKind::Io: return "io";
  }
  return "io";
}

std::string_view hint(StorageErrorKind kind) {
  switch (kind) {
    case StorageErrorKind::Corrupt:
      return "Keep the directory for study, move it aside and let the node fetch the ledger again.";
    case StorageErrorKind::Foreign:
      return "Point the node at its own data directory, or start it with an empty one.";
    case StorageErrorKind::NewerFormat: return "Run the version that wrote it, or a later one.";
    case StorageErrorKind::Locked:
      return "Another node is running on this directory: stop it first.";
    case StorageErrorKind::Full: return "Free some space on this file system, then start the node.";
    case StorageErrorKind::ReadOnly:
      return "Remount the file system for writing, then start the node.";
    case StorageErrorKind::Denied:
      return "Give the directory to the user that runs the node, and secrets mode 0600.";
    case StorageErrorKind::NotFound: return "Check the path.";
    case StorageErrorKind::AlreadyExists: return "It is never overwritten: move it away first.";
    case StorageErrorKind::Io:
      return "Check the device and the system log; the node reads everything again at its start.";
  }
  return "";
}

std::string describe(const StorageError& error) {
  return error.path + ": " + error.detail + " (" + std::string(name(error.kind)) + "). " +
         advice(error);
}

}  // namespace troupe::storage

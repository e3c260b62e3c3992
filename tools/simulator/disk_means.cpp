#include "tools/simulator/disk_means.hpp"

#include <algorithm>
#include <variant>

namespace troupe::simulator {

namespace {

storage::StorageErrorKind error_of(scenario::Errno error) {
  switch (error) {
    case scenario::Errno::Enospc:
    case scenario::Errno::Edquot: return storage::StorageErrorKind::Full;
    case scenario::Errno::Erofs: return storage::StorageErrorKind::ReadOnly;
    case scenario::Errno::Eio:
    case scenario::Errno::Enomem:
    case scenario::Errno::Emfile: break;
  }
  return storage::StorageErrorKind::Io;
}

std::string operation_of(scenario::DiskOperation operation) {
  switch (operation) {
    case scenario::DiskOperation::Open: return "open";
    case scenario::DiskOperation::Read: return "read";
    case scenario::DiskOperation::Sync: return "sync";
    case scenario::DiskOperation::Rename: return "rename";
    case scenario::DiskOperation::Remove: return "remove";
    case scenario::DiskOperation::List: return "list";
    case scenario::DiskOperation::Write:
    case scenario::DiskOperation::Resize: break;
  }
  return "write";
}

scenario::Files files_of(const scenario::FaultKind& kind) {
  return std::visit(
      [](const auto& one) {
        if constexpr (requires { one.files; }) return one.files;
        return scenario::Files{};
      },
      kind);
}

}  // namespace

std::optional<DiskFault> disk_fault(const scenario::FaultKind& kind, const std::string& directory) {
  DiskFault fault;
  fault.files = files_of(kind);
  for (std::string& pattern : fault.files)
    pattern.insert(0, directory + "/");
  if (const auto* io = std::get_if<scenario::IoError>(&kind)) {
    fault.operation = operation_of(io->operation);
    fault.error = error_of(io->error);
    fault.ratio = io->ratio.share;
    return fault;
  }
  if (std::holds_alternative<scenario::DiskFull>(kind) ||
      std::holds_alternative<scenario::ReadOnly>(kind)) {
    fault.operation = "write";
    fault.error = std::holds_alternative<scenario::DiskFull>(kind)
                      ? storage::StorageErrorKind::Full
                      : storage::StorageErrorKind::ReadOnly;
    return fault;
  }
  if (const auto* sync = std::get_if<scenario::FsyncError>(&kind)) {
    fault.operation = "sync";
    fault.error = error_of(sync->error);
    if (sync->then == scenario::FsyncError::Then::Succeed) fault.kind = DiskFault::Kind::FailOnce;
    return fault;
  }
  if (const auto* rot = std::get_if<scenario::BitRot>(&kind)) {
    fault.kind = DiskFault::Kind::Rot;
    fault.operation = "read";
    fault.share = rot->ratio.share;
    fault.is_unreadable = rot->unreadable;
    return fault;
  }
  if (std::holds_alternative<scenario::FsyncLie>(kind)) {
    fault.kind = DiskFault::Kind::Lie;
    fault.operation = "sync";
    return fault;
  }
  if (const auto* slow = std::get_if<scenario::SlowDisk>(&kind)) {
    fault.kind = DiskFault::Kind::Slow;
    fault.operation = "sync";
    fault.delay = slow->delay;
    return fault;
  }
  return std::nullopt;
}

std::optional<DiskFault> death_at(scenario::Event event, std::uint64_t nth) {
  DiskFault fault;
  fault.kind = DiskFault::Kind::Die;
  fault.nth = nth;
  switch (event) {
    case scenario::Event::VoteBeforeSync:
      fault.operation = "sync";
      fault.path = "votes.a";
      return fault;
    case scenario::Event::VoteAfterSync:
      // The copy that is written last is synced; whatever comes next on the disk never happens.
      fault.operation = "write";
      fault.path = "votes.a";
      return fault;
    case scenario::Event::StoreSync:
      fault.operation = "sync";
      fault.path = "/database/";
      return fault;
    case scenario::Event::BlockBeforeCommit:
      fault.operation = "write";
      fault.path = "/database/";
      return fault;
    case scenario::Event::BlockAfterCommit:
    case scenario::Event::BatchStored:
    case scenario::Event::VoteSent:
    case scenario::Event::ProposalSent:
    case scenario::Event::ViewEntered:
    case scenario::Event::BlockFinalized:
    case scenario::Event::EvidenceSeen:
    case scenario::Event::SyncStarted:
    case scenario::Event::NodeStarted: break;
  }
  return std::nullopt;
}

PowerCut freedom_of(const scenario::PowerCut& cut) {
  if (cut.unsynced == scenario::Unsynced::LoseAll) return PowerCut::LoseAll;
  return cut.mode == scenario::DiskMode::Ext4Ordered ? PowerCut::Ordered : PowerCut::Strict;
}

bool breaks_disk(const scenario::FaultKind& kind) {
  return std::holds_alternative<scenario::FsyncLie>(kind) ||
         std::holds_alternative<scenario::FileCorrupt>(kind) ||
         std::holds_alternative<scenario::BitRot>(kind) ||
         std::holds_alternative<scenario::Wipe>(kind);
}

bool loses_journal(const scenario::FaultKind& kind) {
  const auto* rot = std::get_if<scenario::FileCorrupt>(&kind);
  return rot != nullptr && rot->mode == scenario::FileCorrupt::Mode::Remove &&
         std::ranges::all_of(rot->files,
                             [](const std::string& pattern) { return pattern == "journal/*"; });
}

namespace {

void corrupt_at(Bytes& bytes, std::size_t at, scenario::FileCorrupt::Mode mode) {
  constexpr std::size_t kZeroed = 64;
  switch (mode) {
    case scenario::FileCorrupt::Mode::Flip: bytes[at] ^= 0x40; break;
    case scenario::FileCorrupt::Mode::Zero:
      std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                  std::min(kZeroed, bytes.size() - at),
                  std::uint8_t{0});
      break;
    case scenario::FileCorrupt::Mode::Truncate:
    case scenario::FileCorrupt::Mode::Rollback: bytes.resize(at); break;
    case scenario::FileCorrupt::Mode::Swap:
    case scenario::FileCorrupt::Mode::Misdirect:
      std::swap_ranges(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                       bytes.begin() + static_cast<std::ptrdiff_t>(
                                           std::min(at + kZeroed, (at + bytes.size()) / 2)),
                       bytes.begin() + static_cast<std::ptrdiff_t>((at + bytes.size()) / 2));
      break;
    case scenario::FileCorrupt::Mode::Remove: break;
  }
}

}  // namespace

void corrupt_files(SimulatedDisk& disk,
                   const std::string& directory,
                   const scenario::FileCorrupt& what,
                   std::size_t stripe,
                   std::size_t stripes,
                   Random& random) {
  for (const std::string& path : disk.files()) {
    if (!path.starts_with(directory + "/")) continue;
    const std::string_view below = std::string_view(path).substr(directory.size() + 1);
    const bool is_meant = std::ranges::any_of(
        what.files, [&](const std::string& pattern) { return matches_path(pattern, below); });
    if (!is_meant) continue;
    if (what.mode == scenario::FileCorrupt::Mode::Remove) {
      disk.erase(path);
      continue;
    }
    Bytes bytes = *disk.content(path);
    const bool is_helix = what.pattern == scenario::FileCorrupt::Pattern::Helix;
    const std::size_t from = is_helix ? bytes.size() * stripe / stripes : 0;
    const std::size_t to = is_helix ? bytes.size() * (stripe + 1) / stripes : bytes.size();
    for (std::uint32_t place = 0; place < what.places && from < std::min(to, bytes.size()); ++place)
      corrupt_at(bytes, from + random.below(std::min(to, bytes.size()) - from), what.mode);
    disk.plant(path, bytes);
  }
}

}  // namespace troupe::simulator

#pragma once

#include <array>
#include <string_view>
#include <variant>

#include "tools/scenario/scenario.hpp"

// The words by which the file names the values of enums, kinds of faults and checks: one list each,
// in the order of the enum or variant.
namespace troupe::scenario {

/// The words of an enum E.
template <class E>
inline constexpr std::array<std::string_view, 0> kWords{};

template <>
inline constexpr auto kWords<Engine> = std::to_array<std::string_view>({"sim", "proc"});

template <>
inline constexpr auto kWords<LoadKind> =
    std::to_array<std::string_view>({"none", "transfer", "note", "put", "mixed"});

template <>
inline constexpr auto kWords<Event> = std::to_array<std::string_view>({"vote.before_sync",
                                                                       "vote.after_sync",
                                                                       "vote.sent",
                                                                       "proposal.sent",
                                                                       "store.sync",
                                                                       "block.before_commit",
                                                                       "block.after_commit",
                                                                       "batch.stored",
                                                                       "view.entered",
                                                                       "block.finalized",
                                                                       "evidence.seen",
                                                                       "sync.started",
                                                                       "node.started"});

template <>
inline constexpr auto kWords<MessageType> = std::to_array<std::string_view>({"any",
                                                                             "proposal",
                                                                             "notarize",
                                                                             "nullify",
                                                                             "finalize",
                                                                             "vote",
                                                                             "certificates",
                                                                             "request",
                                                                             "header",
                                                                             "inquiry",
                                                                             "inquiry-answer",
                                                                             "tips",
                                                                             "accusation",
                                                                             "batch",
                                                                             "batch-answer",
                                                                             "sync-request",
                                                                             "sync-answer"});

template <>
inline constexpr auto kWords<Direction> =
    std::to_array<std::string_view>({"both", "inbound", "outbound"});

template <>
inline constexpr auto kWords<DelayLaw> = std::to_array<std::string_view>({"uniform",
                                                                          "exponential"});

template <>
inline constexpr auto kWords<Cut> = std::to_array<std::string_view>({"noticed", "silent"});

template <>
inline constexpr auto kWords<Corrupt::Mode> =
    std::to_array<std::string_view>({"flip", "zero", "shuffle"});

template <>
inline constexpr auto kWords<DiskMode> =
    std::to_array<std::string_view>({"ext4-ordered", "writeback", "strict-posix"});

template <>
inline constexpr auto kWords<Unsynced> =
    std::to_array<std::string_view>({"lose-any", "lose-all", "keep-all"});

template <>
inline constexpr auto kWords<FileCorrupt::Pattern> = std::to_array<std::string_view>({"random",
                                                                                      "helix"});

template <>
inline constexpr auto kWords<FileCorrupt::Mode> = std::to_array<std::string_view>(
    {"flip", "zero", "truncate", "swap", "rollback", "misdirect", "remove"});

template <>
inline constexpr auto kWords<Errno> =
    std::to_array<std::string_view>({"EIO", "ENOSPC", "EROFS", "EDQUOT", "ENOMEM", "EMFILE"});

template <>
inline constexpr auto kWords<DiskOperation> = std::to_array<std::string_view>(
    {"open", "read", "write", "sync", "rename", "remove", "resize", "list"});

template <>
inline constexpr auto kWords<FsyncError::Then> = std::to_array<std::string_view>({"succeed",
                                                                                  "fail"});

template <>
inline constexpr auto kWords<Starve::What> =
    std::to_array<std::string_view>({"cpu", "memory", "descriptors"});

template <>
inline constexpr auto kWords<Garbage::Where> =
    std::to_array<std::string_view>({"handshake", "frame", "api"});

template <>
inline constexpr auto kWords<HostileFile::What> =
    std::to_array<std::string_view>({"config", "genesis", "node-key", "validator-key"});

template <>
inline constexpr auto kWords<HostileFile::Mode> =
    std::to_array<std::string_view>({"empty", "truncate", "flip", "random", "huge"});

template <>
inline constexpr auto kWords<Strategy> = std::to_array<std::string_view>({"scripted",
                                                                          "equivocate",
                                                                          "double_vote",
                                                                          "nullify_finalize",
                                                                          "nullify_only",
                                                                          "stale",
                                                                          "impersonate",
                                                                          "wrong_epoch",
                                                                          "withhold",
                                                                          "selective",
                                                                          "silent",
                                                                          "invalid_proposal",
                                                                          "invalid_batch",
                                                                          "forged_certificate",
                                                                          "twin",
                                                                          "amnesia",
                                                                          "mutate",
                                                                          "lying_sync",
                                                                          "rush"});

template <>
inline constexpr auto kWords<Masks::Order> = std::to_array<std::string_view>({"random",
                                                                              "enumerate"});

template <>
inline constexpr auto kWords<Role> = std::to_array<std::string_view>({"any", "leader", "follower"});

template <>
inline constexpr auto kWords<Action> = std::to_array<std::string_view>(
    {"drop", "delay", "fork", "mutate", "replay", "sign-other", "send-to"});

template <>
inline constexpr auto kWords<Part> = std::to_array<std::string_view>(
    {"payload", "parent", "view", "height", "timestamp", "signature", "signers"});

template <>
inline constexpr auto kWords<ExitReason> =
    std::to_array<std::string_view>({"storage-fault", "bad-config", "requested", "crash"});

template <>
inline constexpr auto kWords<Phase> = std::to_array<std::string_view>({"always", "budget_ok"});

static_assert(kWords<Event>.size() == static_cast<std::size_t>(Event::NodeStarted) + 1);
static_assert(kWords<MessageType>.size() == static_cast<std::size_t>(MessageType::SyncAnswer) + 1);
static_assert(kWords<Strategy>.size() == static_cast<std::size_t>(Strategy::Rush) + 1);
static_assert(kWords<Action>.size() == static_cast<std::size_t>(Action::SendTo) + 1);
static_assert(kWords<Part>.size() == static_cast<std::size_t>(Part::Signers) + 1);

/// The word of one value.
template <class E>
[[nodiscard]] constexpr std::string_view word_of(E value) {
  return kWords<E>[static_cast<std::size_t>(value)];
}

/// `kind` of a fault, by the place of its type in FaultKind.
inline constexpr auto kFaultKindNames = std::to_array<std::string_view>(
    {"delay",         "loss",         "duplicate", "replay",    "reorder",
     "partition",     "clog",         "rate",      "filter",    "corrupt",
     "reset",         "half_open",    "crash",     "restart",   "pause",
     "upgrade",       "join",         "wipe",      "rejoin",    "file_corrupt",
     "tamper",        "bit_rot",      "io_error",  "disk_full", "read_only",
     "fsync_error",   "fsync_lie",    "slow_disk", "clock",     "flood",
     "slow_consumer", "future_votes", "starve",    "churn",     "compaction_stall",
     "garbage",       "hostile_file"});

/// `check` of an expectation, by the place of its type in Check.
inline constexpr auto kCheckNames = std::to_array<std::string_view>({"finalizes",
                                                                     "halts",
                                                                     "keeps_finalizing",
                                                                     "view_rate_after_heal",
                                                                     "converges",
                                                                     "reaches_height",
                                                                     "evidence",
                                                                     "accused_honest",
                                                                     "culprits",
                                                                     "exit_reason",
                                                                     "stays_up",
                                                                     "observes",
                                                                     "repaired_from_peers",
                                                                     "acked_durable",
                                                                     "bounded",
                                                                     "ack_latency",
                                                                     "reconnects"});

static_assert(kFaultKindNames.size() == std::variant_size_v<FaultKind>);
static_assert(kCheckNames.size() == std::variant_size_v<Check>);

[[nodiscard]] inline std::string_view name_of(const FaultKind& kind) {
  return kFaultKindNames[kind.index()];
}

[[nodiscard]] inline std::string_view name_of(const Check& check) {
  return kCheckNames[check.index()];
}

}  // namespace troupe::scenario

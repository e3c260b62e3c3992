#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tools/scenario/values.hpp"

// Every kind of fault with its own parameters. Families: N network, P process, D disk, C clock,
// O overload, H hostile input; B, lies, is in byzantine.hpp. A fault without `for` lasts until the
// end of its storm, unless its kind is an event (crash, reset, wipe, file_corrupt, ...).
namespace troupe::scenario {

/// Which of a node's links a network fault acts on.
enum class Direction : std::uint8_t { Both, Inbound, Outbound };

/// Where the links of a network fault end: between `on` and `peers` (default: all others).
struct Links {
  Direction direction = Direction::Both;
  std::optional<Selector> peers;

  friend bool operator==(const Links&, const Links&) = default;
};

enum class DelayLaw : std::uint8_t { Uniform, Exponential };

// N1. Every message is held for delay +- jitter (uniform), or for a time of that mean (exponential).
struct Delay {
  Links links;
  Duration delay{0};
  Duration jitter{0};
  DelayLaw law = DelayLaw::Uniform;
  friend bool operator==(const Delay&, const Delay&) = default;
};

// N2. On real TCP a lost segment shows as a stall of one retransmission time.
struct Loss {
  Links links;
  Ratio ratio;
  friend bool operator==(const Loss&, const Loss&) = default;
};

// N3. A message arrives twice, or again up to `within` later.
struct Duplicate {
  Links links;
  Ratio ratio;
  Duration within{0};
  friend bool operator==(const Duplicate&, const Duplicate&) = default;
};

// N3. What was recorded before is sent once more.
struct Replay {
  Links links;
  Ratio ratio;
  Duration age{10'000'000};  ///< of the oldest message that is sent again
  friend bool operator==(const Replay&, const Replay&) = default;
};

// N4. A message may be overtaken by those sent up to `window` later.
struct Reorder {
  Links links;
  Ratio ratio;
  Duration window{50'000};
  friend bool operator==(const Reorder&, const Reorder&) = default;
};

/// Whether the ends of a cut connection are told, or believe for a while that it stands.
enum class Cut : std::uint8_t { Noticed, Silent };

// N5. Nothing passes between `on` and all others; with `sides`, none between two of the sides.
struct Partition {
  Direction direction = Direction::Both;
  std::vector<Nodes> sides;  ///< instead of `on`
  Cut cut = Cut::Silent;
  friend bool operator==(const Partition&, const Partition&) = default;
};

// N6. Messages wait, in order, until the link opens again. With `stagger`, links open one by one in
// a drawn order (swizzle).
struct Clog {
  Links links;
  friend bool operator==(const Clog&, const Clog&) = default;
};

// N7. At most so many bytes a second, and so many waiting: what is beyond that is refused.
struct Rate {
  Links links;
  ByteRate rate{65'536};
  std::optional<Size> queue;
  friend bool operator==(const Rate&, const Rate&) = default;
};

// N8. Messages of these types are lost, others pass.
struct Filter {
  Links links;
  std::vector<MessageType> messages;
  Ratio ratio{1};
  friend bool operator==(const Filter&, const Filter&) = default;
};

// N9. Bytes on the wire are changed.
struct Corrupt {
  enum class Mode : std::uint8_t { Flip, Zero, Shuffle };

  Links links;
  Ratio ratio{0.01};  ///< of messages (sim) or of reads from the socket (proc)
  Mode mode = Mode::Flip;
  friend bool operator==(const Corrupt&, const Corrupt&) = default;
};

// N10. Connections are torn down (RST).
struct Reset {
  Links links;
  friend bool operator==(const Reset&, const Reset&) = default;
};

// N10. Connections stand and carry nothing more, even after the fault: as if the other machine had
// lost its power. What is dialled meanwhile hangs.
struct HalfOpen {
  Links links;
  friend bool operator==(const HalfOpen&, const HalfOpen&) = default;
};

/// What a file system does with what was not synced when the power goes.
enum class DiskMode : std::uint8_t { Ext4Ordered, Writeback, StrictPosix };

/// Files of a node by patterns of their paths below its data_dir, in which * stands for any part of a
/// name: "journal/*". Where a fault of the disk names none, it may hit any.
using Files = std::vector<std::string>;

/// Which of the legal states after a power cut is left.
enum class Unsynced : std::uint8_t { LoseAny, LoseAll, KeepAll };

/// A crash of the whole machine, not of the process alone.
struct PowerCut {
  Unsynced unsynced = Unsynced::LoseAny;
  bool torn = false;  ///< the last write may be there in part
  DiskMode mode = DiskMode::Ext4Ordered;
  friend bool operator==(const PowerCut&, const PowerCut&) = default;
};

// P1, P3; with `disk` D1 to D4. kill -9; the node is back after restart_after, or when all heals.
struct Crash {
  std::optional<PowerCut> disk;
  friend bool operator==(const Crash&, const Crash&) = default;
};

// P1. An orderly stop (SIGTERM) and a start after restart_after.
struct Restart {
  friend bool operator==(const Restart&, const Restart&) = default;
};

// P2. SIGSTOP, and SIGCONT at the end.
struct Pause {
  friend bool operator==(const Pause&, const Pause&) = default;
};

// P4. The node stops, and starts as the network's target version. With `for` the occurrence lasts that
// long; the version stays.
struct Upgrade {
  friend bool operator==(const Upgrade&, const Upgrade&) = default;
};

// P5. The node does not run before `at`.
struct Join {
  friend bool operator==(const Join&, const Join&) = default;
};

// P6. The node dies, everything it stored is lost, and it starts with its keys alone.
struct Wipe {
  friend bool operator==(const Wipe&, const Wipe&) = default;
};

// No fault, but what an operator does about one: a validator that does not vote asks the ledger to
// let it vote again, through another node. Nothing happens to one that votes.
struct Rejoin {
  friend bool operator==(const Rejoin&, const Rejoin&) = default;
};

// D5, D6, D11. The node is stopped, bytes of its files are changed, and it starts again after
// restart_after (default: at once). Helix: a different part on every node, so that one sound copy
// of everything is left.
struct FileCorrupt {
  enum class Pattern : std::uint8_t { Random, Helix };
  enum class Mode : std::uint8_t { Flip, Zero, Truncate, Swap, Rollback, Misdirect, Remove };

  Files files;
  Mode mode = Mode::Flip;
  Pattern pattern = Pattern::Random;
  std::uint32_t places = 1;  ///< in each file
  friend bool operator==(const FileCorrupt&, const FileCorrupt&) = default;
};

// D6. Somebody with full access stops the node, gives a record another value, recomputes every
// checksum on the way, and starts it again after restart_after (default: at once). Such a node is to
// be believed as before: it finds that out by itself, and until it is mended serves nothing of it.
struct Tamper {
  std::optional<std::string>
      key;  ///< default: drawn anew for each occurrence, one for all its nodes
  std::string value = "tampered";
  friend bool operator==(const Tamper&, const Tamper&) = default;
};

// D5. Reads of stored bytes return others, or fail, for a part of all places.
struct BitRot {
  Ratio ratio{0.01};
  bool unreadable = false;
  Files files{};
  friend bool operator==(const BitRot&, const BitRot&) = default;
};

enum class Errno : std::uint8_t { Eio, Enospc, Erofs, Edquot, Enomem, Emfile };

enum class DiskOperation : std::uint8_t { Open, Read, Write, Sync, Rename, Remove, Resize, List };

// D7. One operation on files fails with this ratio.
struct IoError {
  DiskOperation operation = DiskOperation::Write;
  Errno error = Errno::Eio;  ///< key: errno
  Ratio ratio{1};
  Files files{};
  friend bool operator==(const IoError&, const IoError&) = default;
};

// D8.
struct DiskFull {
  friend bool operator==(const DiskFull&, const DiskFull&) = default;
};

// D8.
struct ReadOnly {
  friend bool operator==(const ReadOnly&, const ReadOnly&) = default;
};

// D9. One sync fails; the next ones succeed (and may have dropped what was dirty), or fail too.
struct FsyncError {
  enum class Then : std::uint8_t { Succeed, Fail };

  Errno error = Errno::Eio;  ///< key: errno
  Then then = Then::Succeed;
  Files files{};
  friend bool operator==(const FsyncError&, const FsyncError&) = default;
};

// D9. Syncs return without having synced; a later power cut shows it. The node counts in f.
struct FsyncLie {
  Files files{};
  friend bool operator==(const FsyncLie&, const FsyncLie&) = default;
};

// D10. Every write or sync takes longer.
struct SlowDisk {
  Duration delay{100'000};
  Files files{};
  friend bool operator==(const SlowDisk&, const SlowDisk&) = default;
};

/// A step of a clock, and how often it comes.
struct ClockStep {
  Duration by{0};  ///< may be negative
  std::optional<Duration> every;
  friend bool operator==(const ClockStep&, const ClockStep&) = default;
};

// C1 to C5, of the wall clock and the timers: an offset, a drift (1e-3: a second gains a
// millisecond), steps, strobe (there and back), or a clock that stands still.
struct Clock {
  Duration offset{0};
  double drift = 0;
  std::optional<ClockStep> jump;
  std::optional<ClockStep> strobe;
  bool freeze = false;
  friend bool operator==(const Clock&, const Clock&) = default;
};

// O1. Clients without number.
struct Flood {
  LoadRate rate{1000, false};
  Size bytes{256};
  Ratio invalid;  ///< part that no node may admit
  friend bool operator==(const Flood&, const Flood&) = default;
};

// O2. The node's peers (or clients) read so slowly that its queues fill.
struct SlowConsumer {
  Links links;
  ByteRate rate{4'096};
  friend bool operator==(const SlowConsumer&, const SlowConsumer&) = default;
};

// O3. A member sends valid votes for views that are far ahead.
struct FutureVotes {
  std::uint64_t ahead = 1'000'000;
  std::uint32_t per_second = 1000;
  friend bool operator==(const FutureVotes&, const FutureVotes&) = default;
};

// O4. A node gets little of what it needs.
struct Starve {
  enum class What : std::uint8_t { Cpu, Memory, Descriptors };

  What what = What::Cpu;
  Ratio share{0.1};  ///< that is left of what it has
  friend bool operator==(const Starve&, const Starve&) = default;
};

// O5. Strangers connect, say little, and go.
struct Churn {
  std::uint32_t per_second = 50;
  friend bool operator==(const Churn&, const Churn&) = default;
};

// O6. Everything waits for a compaction of the database.
struct CompactionStall {
  friend bool operator==(const CompactionStall&, const CompactionStall&) = default;
};

// H1 to H3. Bytes that nobody should send: to the port for peers before (handshake) or after
// (frame) encryption, or to the admin socket (api).
struct Garbage {
  enum class Where : std::uint8_t { Handshake, Frame, Api };

  Where where = Where::Handshake;
  std::uint32_t per_second = 50;
  Size bytes{1024};
  friend bool operator==(const Garbage&, const Garbage&) = default;
};

// H4. The node is started with a damaged file beside its data; it must refuse in words, and start
// with the sound one after `for`.
struct HostileFile {
  enum class What : std::uint8_t { Config, Genesis, NodeKey, ValidatorKey };
  enum class Mode : std::uint8_t { Empty, Truncate, Flip, Random, Huge };

  What what = What::Config;
  Mode mode = Mode::Random;
  friend bool operator==(const HostileFile&, const HostileFile&) = default;
};

using FaultKind = std::variant<Delay,
                               Loss,
                               Duplicate,
                               Replay,
                               Reorder,
                               Partition,
                               Clog,
                               Rate,
                               Filter,
                               Corrupt,
                               Reset,
                               HalfOpen,
                               Crash,
                               Restart,
                               Pause,
                               Upgrade,
                               Join,
                               Wipe,
                               Rejoin,
                               FileCorrupt,
                               Tamper,
                               BitRot,
                               IoError,
                               DiskFull,
                               ReadOnly,
                               FsyncError,
                               FsyncLie,
                               SlowDisk,
                               Clock,
                               Flood,
                               SlowConsumer,
                               FutureVotes,
                               Starve,
                               Churn,
                               CompactionStall,
                               Garbage,
                               HostileFile>;

}  // namespace troupe::scenario

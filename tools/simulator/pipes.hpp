#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"
#include "tools/simulator/core/random.hpp"
#include "tools/simulator/links.hpp"

// Connections between nodes as streams of bytes in virtual time, the way TCP keeps them:
//
//   dial -> knock at the far node -> accepted there, dialled here | refused | no answer in time
//   write -> waiting -> on its way -> bytes at the far end -> taken by its reader
//   finish, or the end of the process -> closed at the far end, after all that was written
//
// What a link does to messages it does to pieces of a stream, as far as TCP lets it show: bytes
// arrive in order, once and whole, or the connection ends. A lost piece is sent again a little later
// and everything behind it waits; a changed one arrives changed, for the cipher above to notice.
namespace troupe::simulator {

/// One end of a connection.
struct PipeEnd {
  std::uint64_t pipe = 0;
  std::size_t side = 0;  ///< 0: the end that dialled

  friend auto operator<=>(const PipeEnd&, const PipeEnd&) = default;
};

enum class DialFailure : std::uint8_t {
  Unreachable,  ///< the machine answers that nobody listens
  Timeout,      ///< nothing answers
};

/// A node, as its pipes see it. Called between jobs only.
class PipeUser {
 public:
  virtual ~PipeUser() = default;

  [[nodiscard]] virtual bool is_listening() const = 0;
  /// `from` is a node's place, or kStranger.
  virtual void on_accepted(PipeEnd end, std::size_t from) = 0;
  virtual void on_dialled(std::uint64_t ticket, std::variant<PipeEnd, DialFailure> outcome) = 0;
  virtual void on_bytes(PipeEnd end, const Bytes& bytes) = 0;
  /// So many bytes of what was written need not be kept any longer.
  virtual void on_wrote(PipeEnd end, std::size_t bytes) = 0;
  /// The far end says no more, or is gone.
  virtual void on_closed(PipeEnd end) = 0;
};

/// Whoever connects and is no node.
inline constexpr std::size_t kStranger = SIZE_MAX;

/// All connections of a world. A node's calls take effect when the job that made them departs.
class Pipes {
 public:
  /// `links` must outlive the pipes.
  Pipes(std::uint64_t seed, Links& links, std::size_t nodes);

  // --- the life of a node

  /// A process begins. `user` must live until the node is unplugged.
  void plug_in(std::size_t node, PipeUser& user);
  /// It ends. Its machine still says so to the far ends, unless it lost its power.
  void unplug(std::size_t node, bool loses_power, Instant now);

  // --- from a node

  void dial(std::size_t from, std::uint64_t ticket, std::size_t to);
  void write(PipeEnd end, Bytes bytes);
  /// The reader at this end is done with so many bytes.
  void take(PipeEnd end, std::size_t bytes);
  /// Nothing more is written or read at this end; what was written still arrives.
  void finish(PipeEnd end);

  /// Makes what nodes have asked for happen.
  void depart(Instant at);

  // --- from the world

  /// Somebody connects who is no node, says that and goes.
  void knock(std::size_t to, const Bytes& words, Instant now);

  /// While it is full a machine has nothing to hold another connection with: it hangs up on who comes,
  /// and cannot dial.
  void set_full(std::size_t node, bool is_full) { is_full_[node] = is_full; }

  /// Ends all connections between two nodes at once; what is on its way is lost.
  void reset(std::size_t left, std::size_t right);

  [[nodiscard]] std::optional<Instant> next() const;
  /// Makes the next thing happen. REQUIRES: next() is due.
  void happen();

  /// Connections with an end that is open, and bytes that arrived since the beginning.
  [[nodiscard]] std::size_t open() const { return pipes_.size(); }

  /// True if there is a connection between the two of which neither end is closed.
  [[nodiscard]] bool connects(std::size_t left, std::size_t right) const;

  /// The most open ends that any node had at one time.
  [[nodiscard]] std::size_t ends_max() const { return ends_max_; }

  [[nodiscard]] std::uint64_t bytes_carried() const { return bytes_carried_; }

 private:
  struct Piece {
    Bytes bytes;  // none: the stream ends
  };

  /// What one end writes.
  struct Stream {
    std::deque<Piece> waiting;   // for its turn on the link
    std::size_t untaken = 0;     // bytes written and not taken by the reader
    std::size_t unanswered = 0;  // bytes of which the writer has not heard
    Instant last_arrival;
    bool will_retry = false;
  };

  struct Pipe {
    std::array<std::size_t, 2> nodes{};  // by side
    std::array<bool, 2> is_open{true, true};
    std::array<Stream, 2> streams;  // by the writer's side
  };

  struct Dial {
    std::size_t from = 0;
    std::uint64_t life = 0;  // of the process that dials
    std::uint64_t ticket = 0;
    std::size_t to = 0;
    Instant deadline;
  };

  struct Write {
    PipeEnd end;
    Bytes bytes;
  };

  struct Take {
    PipeEnd end;
    std::size_t bytes = 0;
  };

  struct Finish {
    PipeEnd end;
  };

  // What happens by itself.
  struct Retries {  // a piece that was lost, or held up
    PipeEnd writer;
  };

  struct Arrives {
    PipeEnd reader;
    Piece piece;
  };

  struct Knocks {
    Dial dial;
  };

  struct Answers {
    Dial dial;
    std::variant<PipeEnd, DialFailure> outcome;
  };

  using Event = std::variant<Dial, Retries, Arrives, Knocks, Answers>;
  using Asked = std::variant<Dial, Write, Take, Finish>;

  void ask(Dial dial, Instant now);
  void ask(Write write, Instant now);
  void ask(const Take& take, Instant now);
  void ask(const Finish& finish, Instant now);
  void on(const Dial& dial, Instant now);
  void on(const Retries& retries, Instant now);
  void on(const Arrives& arrives, Instant now);
  void on(const Knocks& knocks, Instant now);
  void on(const Answers& answers, Instant now);

  void schedule(Instant at, Event event);
  /// Sends what waits, as far as the link lets it.
  void transmit(PipeEnd writer, Instant now);
  /// This end is gone; the far one hears of it.
  void end_stream(PipeEnd end, Instant now);
  void hang_up(PipeEnd end);
  void forget_if_closed(std::uint64_t pipe);
  /// A connection between the two; side 0 is the first.
  [[nodiscard]] PipeEnd connect(std::size_t from, std::size_t to);
  [[nodiscard]] Pipe* find(std::uint64_t pipe);
  [[nodiscard]] PipeUser* user_of(const Pipe& pipe, std::size_t side);
  /// When something this large gets through; nothing if it does not. Between strangers and nodes
  /// everything does.
  [[nodiscard]] std::optional<Instant> pass(std::size_t from,
                                            std::size_t to,
                                            Instant now,
                                            Bytes* bytes);

  Links& links_;
  Random random_;
  std::vector<PipeUser*> users_;      // null: no process
  std::vector<bool> has_power_;       // a machine without power does not even refuse
  std::vector<bool> is_full_;         // no descriptors left
  std::vector<std::uint64_t> lives_;  // processes begun
  std::map<std::uint64_t, Pipe> pipes_;
  std::uint64_t last_pipe_ = 0;
  std::vector<Asked> asked_;
  std::map<std::pair<Instant, std::uint64_t>, Event> events_;
  std::uint64_t next_order_ = 0;
  std::uint64_t bytes_carried_ = 0;
  std::size_t ends_max_ = 0;
};

}  // namespace troupe::simulator

#include "tools/simulator/pipes.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

/// What the kernels of both ends keep of one stream before its writer must wait.
constexpr std::size_t kBufferBytes = 256 * 1024;
/// A lost piece is sent again after this.
constexpr Duration kRetryAfter = 200ms;
constexpr Duration kDialRetryAfter = 500ms;
/// No link is faster; strangers live near by.
constexpr Duration kShortest = 100us;
/// As actors::kDialDeadline.
constexpr Duration kDialMax = 5s;
/// What a link carries to open a connection, or to end one.
constexpr std::size_t kHandshakeBytes = 64;

std::size_t far_side(std::size_t side) {
  return 1 - side;
}

PipeEnd far_end(PipeEnd end) {
  return {end.pipe, far_side(end.side)};
}

}  // namespace

Pipes::Pipes(std::uint64_t seed, Links& links, std::size_t nodes)
    : links_(links),
      random_(derive_seed(seed, "pipes")),
      users_(nodes, nullptr),
      has_power_(nodes, false),
      is_full_(nodes, false),
      lives_(nodes, 0) {}

// --- the life of a node

void Pipes::plug_in(std::size_t node, PipeUser& user) {
  INVARIANT(users_[node] == nullptr);
  users_[node] = &user;
  has_power_[node] = true;
  ++lives_[node];
}

void Pipes::unplug(std::size_t node, bool loses_power, Instant now) {
  users_[node] = nullptr;
  has_power_[node] = !loses_power;
  std::vector<PipeEnd> ends;
  for (const auto& [id, pipe] : pipes_) {
    for (std::size_t side = 0; side < 2; ++side)
      if (pipe.nodes[side] == node && pipe.is_open[side]) ends.push_back({id, side});
  }
  for (const PipeEnd end : ends) {
    if (loses_power) {
      Pipe& pipe = pipes_.at(end.pipe);
      pipe.is_open[end.side] = false;
      pipe.streams[end.side].waiting.clear();
      forget_if_closed(end.pipe);
    } else {
      end_stream(end, now);
    }
  }
}

// --- from a node

void Pipes::dial(std::size_t from, std::uint64_t ticket, std::size_t to) {
  asked_.push_back(Dial{from, lives_[from], ticket, to, {}});
}

void Pipes::write(PipeEnd end, Bytes bytes) {
  asked_.push_back(Write{end, std::move(bytes)});
}

void Pipes::take(PipeEnd end, std::size_t bytes) {
  asked_.push_back(Take{end, bytes});
}

void Pipes::finish(PipeEnd end) {
  asked_.push_back(Finish{end});
}

void Pipes::depart(Instant at) {
  for (Asked& asked : std::exchange(asked_, {}))
    std::visit([&](auto& what) { ask(std::move(what), at); }, asked);
}

void Pipes::ask(Dial dial, Instant now) {
  if (is_full_[dial.from])
    return schedule(now + kShortest, Answers{dial, DialFailure::Unreachable});
  dial.deadline = now + kDialMax;
  on(dial, now);
}

void Pipes::ask(Write write, Instant now) {
  Pipe* const pipe = find(write.end.pipe);
  const std::size_t side = write.end.side;
  if (pipe == nullptr || !pipe->is_open[side] || write.bytes.empty()) return;
  Stream& stream = pipe->streams[side];
  const std::size_t size = write.bytes.size();
  stream.untaken += size;
  stream.waiting.push_back({std::move(write.bytes)});
  if (stream.untaken > kBufferBytes) {
    stream.unanswered += size;
  } else if (PipeUser* const user = user_of(*pipe, side)) {
    user->on_wrote(write.end, size);
  }
  transmit(write.end, now);
}

void Pipes::ask(const Take& take, Instant) {
  Pipe* const pipe = find(take.end.pipe);
  if (pipe == nullptr) return;
  const std::size_t writer = far_side(take.end.side);
  Stream& stream = pipe->streams[writer];
  INVARIANT(take.bytes <= stream.untaken);
  stream.untaken -= take.bytes;
  if (stream.untaken > kBufferBytes || stream.unanswered == 0 || !pipe->is_open[writer]) return;
  if (PipeUser* const user = user_of(*pipe, writer))
    user->on_wrote({take.end.pipe, writer}, std::exchange(stream.unanswered, 0));
}

void Pipes::ask(const Finish& finish, Instant now) {
  const Pipe* const pipe = find(finish.end.pipe);
  if (pipe != nullptr && pipe->is_open[finish.end.side]) end_stream(finish.end, now);
}

// --- from the world

void Pipes::knock(std::size_t to, const Bytes& words, Instant now) {
  if (users_[to] == nullptr || !users_[to]->is_listening()) return;
  const PipeEnd end = connect(kStranger, to);
  if (is_full_[to]) {
    end_stream(far_end(end), now);
  } else {
    users_[to]->on_accepted(far_end(end), kStranger);
  }
  ask(Write{end, words}, now);
  if (find(end.pipe) != nullptr) end_stream(end, now);
}

void Pipes::reset(std::size_t left, std::size_t right) {
  std::vector<std::uint64_t> torn;
  for (const auto& [id, pipe] : pipes_) {
    const bool is_between = (pipe.nodes[0] == left && pipe.nodes[1] == right) ||
                            (pipe.nodes[0] == right && pipe.nodes[1] == left);
    if (is_between) torn.push_back(id);
  }
  for (const std::uint64_t id : torn) {
    hang_up({id, 0});
    hang_up({id, 1});
    forget_if_closed(id);
  }
}

std::optional<Instant> Pipes::next() const {
  if (events_.empty()) return std::nullopt;
  return events_.begin()->first.first;
}

void Pipes::happen() {
  INVARIANT(!events_.empty());
  const Instant now = events_.begin()->first.first;
  const Event event = std::move(events_.begin()->second);
  events_.erase(events_.begin());
  std::visit([&](const auto& what) { on(what, now); }, event);
}

void Pipes::schedule(Instant at, Event event) {
  events_.emplace(std::make_pair(at, next_order_++), std::move(event));
}

bool Pipes::connects(std::size_t left, std::size_t right) const {
  return std::ranges::any_of(pipes_, [&](const auto& entry) {
    const Pipe& pipe = entry.second;
    return pipe.is_open[0] && pipe.is_open[1] &&
           std::minmax(pipe.nodes[0], pipe.nodes[1]) == std::minmax(left, right);
  });
}

// --- opening

PipeEnd Pipes::connect(std::size_t from, std::size_t to) {
  const PipeEnd end{++last_pipe_, 0};
  pipes_[end.pipe].nodes = {from, to};
  for (const std::size_t node : {from, to}) {
    const auto ends =
        static_cast<std::size_t>(std::ranges::count_if(pipes_, [&](const auto& entry) {
          const Pipe& pipe = entry.second;
          return (pipe.nodes[0] == node && pipe.is_open[0]) ||
                 (pipe.nodes[1] == node && pipe.is_open[1]);
        }));
    if (node != kStranger) ends_max_ = std::max(ends_max_, ends);
  }
  return end;
}

void Pipes::on(const Dial& dial, Instant now) {
  if (now >= dial.deadline) return schedule(now, Answers{dial, DialFailure::Timeout});
  const auto there = pass(dial.from, dial.to, now, nullptr);
  const auto back = pass(dial.to, dial.from, now, nullptr);
  if (there && back) return schedule(*there, Knocks{dial});
  schedule(std::min(now + kDialRetryAfter, dial.deadline), dial);
}

void Pipes::on(const Knocks& knocks, Instant now) {
  const Dial& dial = knocks.dial;
  PipeUser* const user = users_[dial.to];
  if (user == nullptr && !has_power_[dial.to])
    return schedule(dial.deadline, Answers{dial, DialFailure::Timeout});
  if (user == nullptr || !user->is_listening())
    return schedule(now + kShortest, Answers{dial, DialFailure::Unreachable});
  const PipeEnd end = connect(dial.from, dial.to);
  schedule(now + kShortest, Answers{dial, end});
  if (is_full_[dial.to]) return end_stream(far_end(end), now);
  user->on_accepted(far_end(end), dial.from);
}

/// Whoever dialled may be gone by now.
void Pipes::on(const Answers& answers, Instant now) {
  const Dial& dial = answers.dial;
  PipeUser* const user = users_[dial.from];
  const bool is_there = user != nullptr && lives_[dial.from] == dial.life;
  if (is_there) return user->on_dialled(dial.ticket, answers.outcome);
  const PipeEnd* const end = std::get_if<PipeEnd>(&answers.outcome);
  if (end != nullptr && find(end->pipe) != nullptr) end_stream(*end, now);
}

// --- bytes

std::optional<Instant> Pipes::pass(std::size_t from, std::size_t to, Instant now, Bytes* bytes) {
  if (from == kStranger || to == kStranger) return now + kShortest;
  const std::size_t size = bytes == nullptr ? kHandshakeBytes : bytes->size();
  const Passage passage = links_.pass({now, {from, to}, MessageKind::Other, size});
  if (passage.ends_connection && bytes != nullptr) {
    (*bytes)[random_.below(bytes->size())] ^= static_cast<std::uint8_t>(1 + random_.below(255));
    return now + kShortest;
  }
  if (passage.clogged_by || passage.arrivals.empty()) return std::nullopt;
  return passage.arrivals.front();
}

void Pipes::transmit(PipeEnd writer, Instant now) {
  Pipe* const pipe = find(writer.pipe);
  INVARIANT(pipe != nullptr);
  Stream& stream = pipe->streams[writer.side];
  if (stream.will_retry) return;
  while (!stream.waiting.empty()) {
    Piece& piece = stream.waiting.front();
    const auto arrival = pass(pipe->nodes[writer.side],
                              pipe->nodes[far_side(writer.side)],
                              now,
                              piece.bytes.empty() ? nullptr : &piece.bytes);
    if (!arrival) {
      stream.will_retry = true;
      return schedule(now + kRetryAfter, Retries{writer});
    }
    stream.last_arrival = std::max(stream.last_arrival, *arrival);
    schedule(stream.last_arrival, Arrives{far_end(writer), std::move(piece)});
    stream.waiting.pop_front();
  }
}

void Pipes::on(const Retries& retries, Instant now) {
  Pipe* const pipe = find(retries.writer.pipe);
  if (pipe == nullptr) return;
  pipe->streams[retries.writer.side].will_retry = false;
  transmit(retries.writer, now);
}

void Pipes::on(const Arrives& arrives, Instant now) {
  const PipeEnd reader = arrives.reader;
  Pipe* const pipe = find(reader.pipe);
  if (pipe == nullptr) return;
  if (!pipe->is_open[reader.side]) {
    // A machine that lost its power and has none again knows nothing of the connection; one that
    // has some says so.
    const std::size_t node = pipe->nodes[reader.side];
    if (node != kStranger && !has_power_[node]) return;
    hang_up(far_end(reader));
    return forget_if_closed(reader.pipe);
  }
  if (arrives.piece.bytes.empty()) {
    hang_up(reader);
    pipe->streams[reader.side].waiting.clear();
    return forget_if_closed(reader.pipe);
  }
  bytes_carried_ += arrives.piece.bytes.size();
  if (PipeUser* const user = user_of(*pipe, reader.side)) {
    user->on_bytes(reader, arrives.piece.bytes);
  } else {
    ask(Take{reader, arrives.piece.bytes.size()}, now);  // a stranger reads and forgets
  }
}

// --- ending

void Pipes::end_stream(PipeEnd end, Instant now) {
  Pipe& pipe = pipes_.at(end.pipe);
  pipe.is_open[end.side] = false;
  pipe.streams[end.side].waiting.push_back({});
  transmit(end, now);
  forget_if_closed(end.pipe);
}

/// Its user hears that the far end is gone.
void Pipes::hang_up(PipeEnd end) {
  Pipe* const pipe = find(end.pipe);
  if (pipe == nullptr || !std::exchange(pipe->is_open[end.side], false)) return;
  if (PipeUser* const user = user_of(*pipe, end.side)) user->on_closed(end);
}

void Pipes::forget_if_closed(std::uint64_t id) {
  const Pipe& pipe = pipes_.at(id);
  if (!pipe.is_open[0] && !pipe.is_open[1]) pipes_.erase(id);
}

Pipes::Pipe* Pipes::find(std::uint64_t pipe) {
  const auto found = pipes_.find(pipe);
  return found == pipes_.end() ? nullptr : &found->second;
}

PipeUser* Pipes::user_of(const Pipe& pipe, std::size_t side) {
  return pipe.nodes[side] == kStranger ? nullptr : users_[pipe.nodes[side]];
}

}  // namespace troupe::simulator

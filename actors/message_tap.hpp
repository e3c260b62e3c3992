#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/outlet.hpp"
#include "protocol/base/time.hpp"

// The seam at which a node's messages are observed: every hosted actor (hosted.hpp) of a cast holds
// a probe. While the tap is closed a message costs its sender one relaxed read of a flag. While it is
// open each message travels in an envelope that notes when it came, when its handling began and when
// it ended, and what was noted goes in bursts to one observer, the admin.
//
// The flag and the roster of who plays are all that actors share: the roster is locked when an actor
// is born, ends or is asked for, never for a message. Time is the actor clock's, so a tap in a
// simulation shows virtual time, and observing changes nothing that the observed could notice.
namespace troupe::actors {

/// One message that an actor has dealt with.
struct TappedMessage {
  std::uint64_t receiver = 0;
  std::uint64_t sender = 0;  ///< 0: nobody, or an actor of another process
  std::string kind;          ///< its first atom, for example "deliver", or its first type
  std::uint64_t bytes = 0;   ///< of the payloads that it carries, as far as they are known
  std::uint64_t queue = 0;   ///< messages that waited behind it
  Instant received;          ///< when it entered the mailbox
  Duration waited{0};
  Duration handling{0};
};

/// What one actor has dealt with while a tap was open. Written by its own thread and by senders, each
/// with relaxed order: every figure is right by itself.
struct ActorMeter {
  ActorMeter(std::uint64_t actor, std::string actor_name)
      : id(actor), name(std::move(actor_name)) {}

  const std::uint64_t id;
  const std::string name;
  std::atomic<std::uint64_t> arrived{0};
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> busy_us{0};
  std::atomic<std::uint64_t> longest_us{0};
  std::atomic<std::uint64_t> queue{0};  ///< behind the message that was handled last
};

using MeterPointer = std::shared_ptr<ActorMeter>;

/// Messages in the order in which one actor dealt with them, and how many more nobody could take.
struct TapBurst {
  std::vector<TappedMessage> messages;
  std::uint64_t dropped = 0;
};

using TapBurstPointer = std::shared_ptr<const TapBurst>;

}  // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::TapBurstPointer)

namespace troupe::actors {

using tapped_atom = caf::atom_constant<caf::atom("tapped")>;

/// Messages on their way to the observer; of more only the number is told.
inline constexpr std::size_t kTappedMessagesMax = 8192;

/// Whom the tap tells, within kTappedMessagesMax: it gives each burst's room back with took().
using TapSink = caf::typed_actor<caf::reacts_to<tapped_atom, TapBurstPointer>>;

/// The tap of one node. Any thread may use it.
class MessageTap {
 public:
  [[nodiscard]] bool is_open() const { return outlet_.is_open(); }

  /// From now on what the cast deals with goes to the sink. Opening an open tap changes the sink.
  void open(const TapSink& sink) { outlet_.open(sink); }

  void close() { outlet_.close(); }

  /// Hands a burst to the sink, or counts it as dropped. From probes.
  void offer(std::vector<TappedMessage> messages);

  /// The sink has dealt with this many.
  void took(std::size_t messages) { outlet_.release(messages); }

  /// Everyone who plays, by id.
  [[nodiscard]] std::vector<MeterPointer> roster() const;

  void enrol(const MeterPointer& meter);
  void strike(std::uint64_t actor);

 private:
  Outlet<TapSink> outlet_{kTappedMessagesMax};
  mutable std::mutex mutex_;  // of what follows
  std::vector<MeterPointer> roster_;
};

using TapPointer = std::shared_ptr<MessageTap>;

/// One actor's end of the tap. Outlives the actor in envelopes that nobody opened.
class TapProbe : public std::enable_shared_from_this<TapProbe> {
 public:
  TapProbe(TapPointer tap, caf::scheduled_actor& owner, const char* name);

  [[nodiscard]] bool is_open() const { return tap_->is_open(); }

  /// Puts a message into an envelope, on its sender's thread. What the tap itself sends stays as it
  /// is, or observing would never end.
  [[nodiscard]] caf::mailbox_element_ptr wrap(caf::mailbox_element_ptr message);

  // The rest is for the actor's own thread.

  /// Fills in what a message says of itself.
  void describe(TappedMessage& note,
                const caf::type_erased_tuple& content,
                const caf::strong_actor_ptr& sender) const;

  /// A message has been dealt with.
  void note(TappedMessage message);

  /// The actor ends.
  void leave();

  [[nodiscard]] Instant now() const;

  /// How many messages wait.
  [[nodiscard]] std::size_t queue() const;

 private:
  TapPointer tap_;
  caf::scheduled_actor& owner_;
  MeterPointer meter_;
  std::vector<TappedMessage> noted_;
};

using ProbePointer = std::shared_ptr<TapProbe>;

namespace detail {

/// The tap that one of an actor's arguments brings: a context's tap(), or a setup's member.
template <class Arg>
TapPointer tap_in(const Arg& arg) {
  if constexpr (requires { TapPointer{arg->tap()}; }) {
    return arg->tap();
  } else if constexpr (requires { TapPointer{arg.tap}; }) {
    return arg.tap;
  } else {
    return nullptr;
  }
}

/// The first tap among them, nothing if none brings one: then the actor is of no observed cast.
template <class... Args>
TapPointer tap_among(const Args&... args) {
  TapPointer found;
  static_cast<void>(((found = tap_in(args)) || ...));
  return found;
}

}  // namespace detail

}  // namespace troupe::actors

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "protocol/base/time.hpp"
#include "tools/simulator/core/random.hpp"
#include "tools/simulator/message_kind.hpp"

// The links between nodes: one in each direction between any two. What becomes of a message is
// drawn from streams of their own, one for each link and fault, so that taking one fault away leaves
// what the others do to every message as it was. A run can then be made smaller step by step.
namespace troupe::simulator {

/// From one node to another, by their places.
struct Link {
  std::size_t from = 0;
  std::size_t to = 0;

  friend auto operator<=>(const Link&, const Link&) = default;
};

/// What a sound link does to messages. The jitter reorders them.
struct LinkWeather {
  Duration delay{std::chrono::milliseconds(1)};
  Duration jitter{std::chrono::milliseconds(19)};
  double loss = 0;
  double duplicate = 0;
  double reorder = 0;                  ///< held back by up to 50 ms more
  std::uint64_t bytes_per_second = 0;  ///< 0: as many as there are
};

/// What one fault does to messages of some links while it lasts.
struct LinkFault {
  enum class Kind : std::uint8_t {
    Delay,      ///< held for `delay` +- `jitter`, or for a time of mean `delay`
    Loss,       ///< lost
    Duplicate,  ///< arrives again, up to `window` later
    Reorder,    ///< held back for up to `window`
    Cut,        ///< nothing passes
    Clog,       ///< waits, in order, until the fault ends
    Rate,       ///< at most `bytes_per_second`; what would wait for more than `queue_bytes` is lost
    Corrupt,    ///< bytes are changed: the receiver notices, and the connection ends
  };

  Kind kind = Kind::Loss;
  double ratio = 1;  ///< of messages
  Duration delay{0};
  Duration jitter{0};
  bool is_exponential = false;
  Duration window{0};
  std::uint64_t bytes_per_second = 0;
  std::uint64_t queue_bytes = UINT64_MAX;
  std::vector<MessageKind> kinds;  ///< Loss: these alone; empty: all
};

/// A message that enters a link.
struct Parcel {
  Instant at;
  Link link;
  MessageKind kind = MessageKind::Other;
  std::size_t bytes = 0;
};

/// What becomes of it.
struct Passage {
  std::vector<Instant> arrivals;          ///< none: it is lost
  std::optional<std::string> clogged_by;  ///< it waits for the end of this fault
  bool ends_connection = false;
  std::string lost_to;  ///< the fault, or "weather"; empty if it was not lost
};

class Links {
 public:
  Links(std::uint64_t seed, std::size_t nodes) : seed_(seed), nodes_(nodes) {}

  void set_weather(const LinkWeather& weather) { weather_ = weather; }

  /// Has a fault act on these links. Replaces what this id did before.
  void begin(const std::string& id, const LinkFault& fault, const std::vector<Link>& links);
  void end(const std::string& id, const Link& link);

  void end(const std::string& id) { faults_.erase(id); }

  void end_all() { faults_.clear(); }

  [[nodiscard]] bool is_cut(const Link& link) const;

  [[nodiscard]] Passage pass(const Parcel& parcel);

 private:
  struct Acting {
    LinkFault fault;
    std::vector<Link> links;
  };

  /// The stream of one link under one name.
  Random& stream(const std::string& name, const Link& link);
  void pass_weather(const Parcel& parcel, Passage& passage);
  void pass_fault(const std::string& id, const LinkFault& fault, const Parcel& parcel, Passage&);
  /// When a link of that rate has sent these bytes after all those before them.
  [[nodiscard]] Instant send_through(const std::string& name,
                                     const Parcel& parcel,
                                     std::uint64_t bytes_per_second);

  std::uint64_t seed_;
  std::size_t nodes_;
  LinkWeather weather_;
  std::map<std::string, Acting> faults_;
  std::map<std::pair<std::string, Link>, Random> streams_;
  std::map<std::pair<std::string, Link>, Instant> busy_until_;
};

}  // namespace troupe::simulator

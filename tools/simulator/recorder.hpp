#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/simulator/witness.hpp"

namespace troupe::simulator {

/// A message as it was sent, and what became of it.
struct RecordedMessage {
  Instant at;
  Link link;
  MessageKind kind = MessageKind::Other;
  std::optional<std::uint64_t> view;
  std::string certificate;        ///< "finalization 7", if it carries one
  std::vector<Instant> arrivals;  ///< none: lost, or waiting in a clogged link
  std::string lost_to;            ///< the fault, or "weather"
};

/// Keeps everything that a run shows, for people.
class Recorder final : public Witness {
 public:
  void on_sent(const Sent& sent) override;

  void on_happening(const Happening& happening) override { happenings_.push_back(happening); }

  [[nodiscard]] const std::vector<RecordedMessage>& messages() const { return messages_; }

  [[nodiscard]] const std::vector<Happening>& happenings() const { return happenings_; }

 private:
  std::vector<RecordedMessage> messages_;
  std::vector<Happening> happenings_;
};

/// What a violation is about: a node at a moment, in a view if it names one.
struct Focus {
  std::size_t node = 0;
  Instant at;
  std::optional<std::uint64_t> view;
};

/// From the words of a violation: "n2 signed two values in view 7".
[[nodiscard]] Focus focus_of(const std::string& what, Instant at);

/// The places, ascending, of all messages that could have led to the focus: those of consensus and
/// about its view or the two before it that reached its node in time, and those that reached their
/// senders before they were sent, and so on.
[[nodiscard]] std::vector<std::size_t> causal_past(const std::vector<RecordedMessage>& messages,
                                                   const Focus& focus);

/// The last link of each step back, from the earliest to the one that reached the focus; at most so
/// many.
[[nodiscard]] std::vector<std::size_t> causal_chain(const std::vector<RecordedMessage>& messages,
                                                    const Focus& focus,
                                                    std::size_t steps_max);

}  // namespace troupe::simulator

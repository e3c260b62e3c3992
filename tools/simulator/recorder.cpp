#include "tools/simulator/recorder.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <variant>

#include "tools/simulator/liar.hpp"

namespace troupe::simulator {

namespace {

constexpr std::uint64_t kViewsBack = 2;

/// The number that follows these words in a text.
std::optional<std::uint64_t> number_after(const std::string& text, std::string_view words) {
  const std::size_t found = text.find(words);
  if (found == std::string::npos) return std::nullopt;
  std::uint64_t number = 0;
  const char* const begin = text.data() + found + words.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), number);
  return error == std::errc{} && end != begin ? std::optional(number) : std::nullopt;
}

bool is_about(const RecordedMessage& message, const Focus& focus) {
  if (message.kind == MessageKind::Lane || message.kind == MessageKind::Sync) return false;
  if (!focus.view || !message.view) return !focus.view;
  return *message.view <= *focus.view && *message.view + kViewsBack >= *focus.view;
}

std::optional<Instant> first_arrival(const RecordedMessage& message) {
  if (message.arrivals.empty()) return std::nullopt;
  return *std::ranges::min_element(message.arrivals);
}

}  // namespace

void Recorder::on_sent(const Sent& sent) {
  RecordedMessage message;
  message.at = sent.at;
  message.link = sent.link;
  message.kind = sent.spoken.kind;
  message.arrivals = sent.passage.arrivals;
  message.lost_to = sent.passage.lost_to;
  if (sent.passage.clogged_by) message.lost_to = "waits for " + *sent.passage.clogged_by;
  if (sent.passage.ends_connection) message.lost_to = "changed bytes";
  if (sent.spoken.message) {
    const consensus::Body& body = sent.spoken.message->body;
    message.view = view_of(body);
    const auto* list = std::get_if<consensus::Certificates>(&body);
    if (list != nullptr && !list->list.empty()) {
      const consensus::Certificate& first = list->list.front();
      message.certificate = std::string(certificate_name(first.vote.kind)) + " " +
                            std::to_string(first.view().number);
    }
  }
  messages_.push_back(std::move(message));
}

Focus focus_of(const std::string& what, Instant at) {
  Focus focus;
  focus.at = at;
  for (std::size_t i = 0; i + 1 < what.size(); ++i) {
    const bool is_name = what[i] == 'n' && what[i + 1] >= '1' && what[i + 1] <= '9' &&
                         (i == 0 || what[i - 1] == ' ');
    if (!is_name) continue;
    focus.node = number_after(what.substr(i), "n").value_or(1) - 1;
    break;
  }
  focus.view = number_after(what, "in view ");
  if (!focus.view) focus.view = number_after(what, "of view ");
  return focus;
}

std::vector<std::size_t> causal_past(const std::vector<RecordedMessage>& messages,
                                     const Focus& focus) {
  // Until when each node's inputs count: it grows as earlier sends of that node are reached. Going
  // through the messages from the last one back, whatever a message needs was sent before it.
  std::map<std::size_t, Instant> until{{focus.node, focus.at}};
  std::vector<std::size_t> past;
  for (std::size_t i = messages.size(); i-- > 0;) {
    const RecordedMessage& message = messages[i];
    const auto arrival = first_arrival(message);
    const auto receiver = until.find(message.link.to);
    if (!arrival || receiver == until.end() || *arrival > receiver->second) continue;
    if (!is_about(message, focus)) continue;
    past.push_back(i);
    Instant& sender = until.try_emplace(message.link.from, message.at).first->second;
    sender = std::max(sender, message.at);
  }
  std::ranges::reverse(past);
  return past;
}

std::vector<std::size_t> causal_chain(const std::vector<RecordedMessage>& messages,
                                      const Focus& focus,
                                      std::size_t steps_max) {
  std::vector<std::size_t> chain;
  std::size_t node = focus.node;
  Instant at = focus.at;
  while (chain.size() < steps_max) {
    std::optional<std::size_t> last;
    Instant last_arrival;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const auto arrival = first_arrival(messages[i]);
      if (messages[i].link.to != node || !arrival || *arrival > at) continue;
      if (!is_about(messages[i], focus) || (last && *arrival < last_arrival)) continue;
      last = i;
      last_arrival = *arrival;
    }
    if (!last) break;
    chain.push_back(*last);
    node = messages[*last].link.from;
    at = messages[*last].at;
  }
  std::ranges::reverse(chain);
  return chain;
}

}  // namespace troupe::simulator

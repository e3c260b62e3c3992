#include "tools/simulator/diagram.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace troupe::simulator {

namespace {

constexpr double kPixelsPerSecond = 400;
constexpr double kLaneHeight = 90;
constexpr double kLeft = 60;
constexpr double kBandHeight = 16;
constexpr std::size_t kArrowsMax = 6000;
constexpr std::size_t kChainMax = 16;

struct Colour {
  MessageKind kind;
  std::string_view colour;
};

constexpr std::array kColours{Colour{MessageKind::Proposal, "#1f6feb"},
                              Colour{MessageKind::Notarize, "#2da44e"},
                              Colour{MessageKind::Nullify, "#bf8700"},
                              Colour{MessageKind::Finalize, "#8250df"},
                              Colour{MessageKind::Certificates, "#0a7ea4"},
                              Colour{MessageKind::Accusation, "#cf222e"},
                              Colour{MessageKind::Sync, "#777777"},
                              Colour{MessageKind::Lane, "#aaaaaa"}};

std::string_view colour_of(MessageKind kind) {
  for (const Colour& one : kColours) {
    if (one.kind == kind) return one.colour;
  }
  return "#999999";
}

std::string escaped(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    switch (letter) {
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '&': result += "&amp;"; break;
      case '"': result += "&quot;"; break;
      default: result += letter; break;
    }
  }
  return result;
}

double seconds(Instant at) {
  return static_cast<double>((at - Instant{}).count()) / 1e6;
}

std::string node_name(std::size_t node) {
  return "n" + std::to_string(node + 1);
}

std::string what_is(const RecordedMessage& message) {
  if (!message.certificate.empty()) return message.certificate;
  std::string text(name(message.kind));
  if (message.view) text += " of view " + std::to_string(*message.view);
  return text;
}

/// A stretch of time in which something lasts.
struct Stretch {
  Instant from;
  Instant to;
  std::string what;
};

/// From one turn of a node's life to the next one that ends it.
std::vector<std::pair<std::size_t, Stretch>> outages(const std::vector<Happening>& happenings,
                                                     Instant end) {
  std::map<std::size_t, Stretch> open;
  std::vector<std::pair<std::size_t, Stretch>> all;
  for (const Happening& one : happenings) {
    const bool begins = one.turn == Turn::Crashes || one.turn == Turn::LosesPower ||
                        one.turn == Turn::GivesUp || one.turn == Turn::Stops;
    const bool ends = one.turn == Turn::Boots || one.turn == Turn::Continues;
    if (begins) open.insert_or_assign(one.node, Stretch{one.at, end, std::string(name(one.turn))});
    const auto found = open.find(one.node);
    if (!ends || found == open.end()) continue;
    found->second.to = one.at;
    all.emplace_back(one.node, found->second);
    open.erase(found);
  }
  for (const auto& [node, stretch] : open)
    all.emplace_back(node, stretch);
  return all;
}

std::vector<Stretch> faults_in(const std::vector<Happening>& happenings, Instant end) {
  std::map<std::string, Instant> open;
  std::vector<Stretch> all;
  for (const Happening& one : happenings) {
    if (one.turn == Turn::FaultBegins) open.insert_or_assign(one.detail, one.at);
    const auto found = open.find(one.detail);
    if (one.turn != Turn::FaultEnds || found == open.end()) continue;
    all.push_back({found->second, one.at, one.detail});
    open.erase(found);
  }
  for (const auto& [what, from] : open)
    all.push_back({from, end, what});
  std::ranges::stable_sort(all, {}, [](const Stretch& one) { return one.from; });
  return all;
}

const Violation* first_violation(const Outcome& outcome) {
  const Verdict verdict = outcome.verdict();
  const auto found = std::ranges::find_if(
      outcome.violations, [=](const Violation& one) { return one.verdict == verdict; });
  return verdict == Verdict::Passed || found == outcome.violations.end() ? nullptr : &*found;
}

/// Puts the page together.
class Page {
 public:
  Page(const Recorder& recorder, const Outcome& outcome, const DiagramOptions& options)
      : recorder_(recorder), outcome_(outcome), options_(options) {
    if (const Violation* violation = first_violation(outcome)) {
      focus_ = focus_of(violation->what, violation->at);
      const auto past = causal_past(recorder.messages(), *focus_);
      past_.insert(past.begin(), past.end());
    }
    faults_ = faults_in(recorder.happenings(), options.to);
    std::erase_if(faults_, [&](const Stretch& one) { return !is_shown(one); });
    top_ = 40 + kBandHeight * static_cast<double>(faults_.size());
  }

  std::string text() {
    head();
    bands();
    lanes();
    arrows();
    focus();
    html_ += "</svg></div></body></html>\n";
    return std::move(html_);
  }

 private:
  [[nodiscard]] bool is_shown(const Stretch& one) const {
    return one.from <= options_.to && one.to >= options_.from;
  }

  [[nodiscard]] double x(Instant at) const {
    const Instant shown = std::clamp(at, options_.from, options_.to);
    return kLeft + (seconds(shown) - seconds(options_.from)) * kPixelsPerSecond;
  }

  [[nodiscard]] double y(std::size_t node) const {
    return top_ + kLaneHeight * (static_cast<double>(node) + 0.5);
  }

  void head() {
    const double width = x(options_.to) + 40;
    const double height = top_ + kLaneHeight * static_cast<double>(options_.nodes) + 20;
    html_ += "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
             escaped(options_.title) +
             "</title><style>body{font:14px sans-serif;margin:1em}#d{overflow:auto;border:1px "
             "solid #ccc}"
             "svg text{font:11px sans-serif}.m{opacity:.22}.past{opacity:1;stroke-width:2}"
             "label{margin-right:1em}</style></head><body><h1>" +
             escaped(options_.title) + "</h1><p>" +
             escaped(fmt::format("{}: {} nodes, height {}, {} crashes, {} power cuts.",
                                 name(outcome_.verdict()),
                                 outcome_.nodes,
                                 outcome_.height,
                                 outcome_.crashes,
                                 outcome_.power_cuts)) +
             "</p><ul>";
    for (const Violation& one : outcome_.violations)
      html_ += "<li>" + escaped(one.checker + ": " + one.what) + "</li>";
    html_ += "</ul><p>";
    for (const Colour& one : kColours) {
      const std::string kind(name(one.kind));
      html_ += fmt::format(
          "<label style=\"color:{0}\"><input type=\"checkbox\" checked onchange=\"document."
          "querySelectorAll('.{1}').forEach(e=>e.style.display=this.checked?'':'none')\">{1}"
          "</label>",
          one.colour,
          kind);
    }
    html_ += fmt::format(
        "</p><div id=\"d\"><svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.0f}\" "
        "height=\"{:.0f}\">",
        width,
        height);
    for (Instant tick = options_.from; tick <= options_.to; tick = tick + Duration{100'000})
      html_ += fmt::format(
          "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"14\" y2=\"{1:.0f}\" stroke=\"#eee\"/>"
          "<text x=\"{0:.1f}\" y=\"11\" text-anchor=\"middle\">{2:.1f} s</text>",
          x(tick),
          height,
          seconds(tick));
  }

  void bands() {
    double at = 22;
    for (const Stretch& one : faults_) {
      html_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"#ffd8a8\"/>"
          "<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
          x(one.from),
          at,
          std::max(2.0, x(one.to) - x(one.from)),
          kBandHeight - 2,
          x(one.from) + 3,
          at + kBandHeight - 5,
          escaped(one.what));
      at += kBandHeight;
    }
  }

  void lanes() {
    for (std::size_t node = 0; node < options_.nodes; ++node)
      html_ += fmt::format(
          "<text x=\"8\" y=\"{0:.1f}\">{1}</text><line x1=\"{2}\" x2=\"{3:.1f}\" y1=\"{0:.1f}\" "
          "y2=\"{0:.1f}\" stroke=\"#333\"/>",
          y(node),
          node_name(node),
          kLeft,
          x(options_.to));
    for (const auto& [node, one] : outages(recorder_.happenings(), options_.to)) {
      if (!is_shown(one) || node >= options_.nodes) continue;
      html_ += fmt::format(
          "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"14\" fill=\"{}\"><title>{} {} "
          "at {:.3f} s</title></rect>",
          x(one.from),
          y(node) - 7,
          std::max(3.0, x(one.to) - x(one.from)),
          one.what == name(Turn::Stops) ? "#999" : "#cf222e",
          node_name(node),
          one.what,
          seconds(one.from));
    }
  }

  void arrow(const RecordedMessage& message, std::optional<Instant> arrival, bool is_past) {
    const double x1 = x(message.at);
    const double y1 = y(message.link.from);
    double x2 = x(arrival.value_or(message.at + Duration{30'000}));
    double y2 = y(message.link.to);
    if (!arrival) {  // cut off on the way
      x2 = x1 + (x2 - x1) * 0.4;
      y2 = y1 + (y2 - y1) * 0.4;
    }
    html_ += fmt::format(
        "<g class=\"m {} {}\"><line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" "
        "stroke=\"{}\"><title>{}</title></line>",
        name(message.kind),
        is_past ? "past" : "",
        x1,
        y1,
        x2,
        y2,
        colour_of(message.kind),
        escaped(fmt::format("{:.3f} s: {} to {}: {}{}",
                            seconds(message.at),
                            node_name(message.link.from),
                            node_name(message.link.to),
                            what_is(message),
                            message.lost_to.empty() ? "" : ", lost to " + message.lost_to)));
    if (arrival) {
      html_ += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2\" fill=\"{}\"/>",
                           x2,
                           y2,
                           colour_of(message.kind));
    } else {
      html_ += fmt::format(
          "<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"#cf222e\">&#10007;</text>", x2 - 4, y2 + 4);
    }
    html_ += "</g>";
  }

  void arrows() {
    std::set<std::string> badges;
    std::size_t drawn = 0;
    for (std::size_t i = 0; i < recorder_.messages().size() && drawn < kArrowsMax; ++i) {
      const RecordedMessage& message = recorder_.messages()[i];
      const bool is_here = message.at >= options_.from && message.at <= options_.to &&
                           message.link.from < options_.nodes && message.link.to < options_.nodes;
      if (!is_here) continue;
      ++drawn;
      const bool is_past = past_.contains(i);
      if (message.arrivals.empty()) arrow(message, std::nullopt, is_past);
      for (const Instant arrival : message.arrivals)
        arrow(message, arrival, is_past);
      const std::string badge = node_name(message.link.from) + message.certificate;
      if (message.certificate.empty() || !badges.insert(badge).second) continue;
      html_ += fmt::format(
          "<g class=\"certificates\"><circle cx=\"{0:.1f}\" cy=\"{1:.1f}\" r=\"7\" fill=\"#fff\" "
          "stroke=\"{2}\"/><text x=\"{0:.1f}\" y=\"{3:.1f}\" text-anchor=\"middle\">{4}</text>"
          "<title>{5}</title></g>",
          x(message.at),
          y(message.link.from) - 14,
          message.certificate.starts_with("null") ? "#bf8700" : "#8250df",
          y(message.link.from) - 10,
          message.certificate.starts_with("null")    ? "0"
          : message.certificate.starts_with("final") ? "F"
                                                     : "N",
          message.certificate);
    }
  }

  void focus() {
    if (!focus_ || focus_->node >= options_.nodes) return;
    html_ += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"10\" fill=\"none\" stroke=\"#cf222e\" "
        "stroke-width=\"3\"><title>the violation</title></circle>",
        x(focus_->at),
        y(focus_->node));
  }

  const Recorder& recorder_;
  const Outcome& outcome_;
  const DiagramOptions& options_;
  std::optional<Focus> focus_;
  std::set<std::size_t> past_;
  std::vector<Stretch> faults_;
  double top_ = 0;
  std::string html_;
};

std::string sentence(const Happening& one) {
  const std::string who = one.node == SIZE_MAX ? "the network" : node_name(one.node);
  if (one.turn == Turn::FaultBegins || one.turn == Turn::FaultEnds)
    return fmt::format("{:.3f} s: fault {} {}", seconds(one.at), one.detail, name(one.turn));
  return fmt::format("{:.3f} s: {} {}{}",
                     seconds(one.at),
                     who,
                     name(one.turn),
                     one.detail.empty() ? "" : ": " + one.detail);
}

std::string sentence(const RecordedMessage& message) {
  return fmt::format("{:.3f} s: {} sends {} to {}, where it arrives at {:.3f} s",
                     seconds(message.at),
                     node_name(message.link.from),
                     what_is(message),
                     node_name(message.link.to),
                     seconds(*std::ranges::min_element(message.arrivals)));
}

}  // namespace

std::string draw_diagram(const Recorder& recorder,
                         const Outcome& outcome,
                         const DiagramOptions& options) {
  return Page(recorder, outcome, options).text();
}

std::vector<std::string> explain(const Recorder& recorder, const Outcome& outcome) {
  const Violation* violation = first_violation(outcome);
  if (violation == nullptr) return {"Nothing went wrong."};
  const Focus focus = focus_of(violation->what, violation->at);
  const auto chain = causal_chain(recorder.messages(), focus, kChainMax);
  const Instant from = chain.empty() ? Instant{} : recorder.messages()[chain.front()].at;
  std::vector<std::pair<Instant, std::string>> told;
  for (const std::size_t place : chain)
    told.emplace_back(recorder.messages()[place].at, sentence(recorder.messages()[place]));
  for (const Happening& one : recorder.happenings()) {
    if (one.at >= from && one.at <= focus.at) told.emplace_back(one.at, sentence(one));
  }
  std::ranges::stable_sort(told, {}, [](const auto& one) { return one.first; });
  std::vector<std::string> sentences;
  for (auto& [at, text] : told)
    sentences.push_back(std::move(text));
  sentences.push_back(
      fmt::format("{:.3f} s: {}: {}", seconds(focus.at), violation->checker, violation->what));
  return sentences;
}

}  // namespace troupe::simulator

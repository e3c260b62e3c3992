#include "tools/simulator/marks.hpp"

#include <array>
#include <utility>

namespace troupe::simulator {

namespace {

/// What a node says in its log when it gets somewhere that cannot be seen from outside.
struct Saying {
  std::string_view words;
  std::string_view mark;
};

constexpr std::array kSayings{Saying{"may vote", "a validator may vote"},
                              Saying{"timed out", "a view times out"},
                              Saying{"does not vote", "a validator becomes an observer"},
                              Saying{"takes no more transactions", "an own lane is closed"},
                              Saying{"refuses the proposal", "a proposal is refused"},
                              Saying{"forked its lane", "a forked lane is noticed"},
                              Saying{"the ledger records since", "a lie is on the ledger"},
                              Saying{"prove nothing", "a synchronizer refuses blocks"},
                              Saying{"malformed", "a malformed message is refused"}};

constexpr std::array kKinds{MessageKind::Proposal,
                            MessageKind::Notarize,
                            MessageKind::Nullify,
                            MessageKind::Finalize,
                            MessageKind::Certificates,
                            MessageKind::Request,
                            MessageKind::Header,
                            MessageKind::Inquiry,
                            MessageKind::InquiryAnswer,
                            MessageKind::Tips,
                            MessageKind::Accusation,
                            MessageKind::Lane,
                            MessageKind::Sync};

constexpr std::array kTurns{
    Turn::Crashes, Turn::LosesPower, Turn::GivesUp, Turn::Stops, Turn::Continues};

std::string sent_mark(MessageKind kind) {
  return "sent: " + std::string(name(kind));
}

std::string turn_mark(Turn turn) {
  return "a node " + std::string(name(turn));
}

constexpr std::string_view kLost = "a message is lost";
constexpr std::string_view kClogged = "a message waits in a clogged link";
constexpr std::string_view kTwice = "a message arrives twice";
constexpr std::string_view kBroken = "bytes are changed and a connection ends";

std::vector<std::string> make_list() {
  std::vector<std::string> list;
  for (const MessageKind kind : kKinds)
    list.push_back(sent_mark(kind));
  for (const Turn turn : kTurns)
    list.push_back(turn_mark(turn));
  for (const Saying& saying : kSayings)
    list.emplace_back(saying.mark);
  for (const std::string_view mark : {kLost, kClogged, kTwice, kBroken})
    list.emplace_back(mark);
  return list;
}

}  // namespace

const std::vector<std::string>& Marks::sometimes() {
  static const std::vector<std::string> list = make_list();
  return list;
}

void Marks::on_sent(const Sent& sent) {
  kinds_.insert(sent.spoken.kind);
  is_lost_ = is_lost_ || !sent.passage.lost_to.empty();
  is_clogged_ = is_clogged_ || sent.passage.clogged_by.has_value();
  is_twice_ = is_twice_ || sent.passage.arrivals.size() > 1;
  is_broken_ = is_broken_ || sent.passage.ends_connection;
}

void Marks::on_happening(const Happening& happening) {
  reached_.insert(turn_mark(happening.turn));
}

void Marks::on_log(const std::string&, const std::string& line) {
  for (const Saying& saying : kSayings) {
    if (line.find(saying.words) != std::string::npos) reached_.emplace(saying.mark);
  }
}

std::set<std::string> Marks::reached() const {
  std::set<std::string> all = reached_;
  for (const MessageKind kind : kinds_)
    all.insert(sent_mark(kind));
  if (is_lost_) all.emplace(kLost);
  if (is_clogged_) all.emplace(kClogged);
  if (is_twice_) all.emplace(kTwice);
  if (is_broken_) all.emplace(kBroken);
  return all;
}

}  // namespace troupe::simulator

// How each fault of a scenario begins and ends in the world.
#include <algorithm>
#include <utility>
#include <variant>

#include "tools/scenario/words.hpp"
#include "tools/simulator/disk_means.hpp"
#include "tools/simulator/fault_means.hpp"
#include "tools/simulator/hostile_file.hpp"
#include "tools/simulator/insider.hpp"
#include "tools/simulator/player.hpp"

namespace troupe::simulator {

namespace {

using namespace std::chrono_literals;

constexpr Duration kFaultDefault = 2s;
constexpr Duration kRestartDefault = 1s;

/// True for faults that are over in the moment in which they begin.
bool is_event(const scenario::Fault& fault) {
  const scenario::FaultKind& kind = fault.kind;
  if (std::holds_alternative<scenario::Upgrade>(kind)) return !fault.lasts;
  return std::holds_alternative<scenario::Reset>(kind) ||
         std::holds_alternative<scenario::Crash>(kind) ||
         std::holds_alternative<scenario::Restart>(kind) ||
         std::holds_alternative<scenario::Join>(kind) ||
         std::holds_alternative<scenario::Wipe>(kind) ||
         std::holds_alternative<scenario::Rejoin>(kind) ||
         std::holds_alternative<scenario::FileCorrupt>(kind) ||
         std::holds_alternative<scenario::Tamper>(kind);
}

/// Later than any storm: what ends in a view, ends by that.
constexpr Duration kLongest = 120s;

Duration length_of(const std::optional<scenario::Span>& span, Duration otherwise) {
  if (span && span->views) return kLongest;
  return span && span->time ? *span->time : otherwise;
}

/// With both, `for` is the length of the whole series, and each occurrence lasts until the next.
bool is_series(const scenario::Fault& fault) {
  return fault.every && fault.lasts;
}

const std::optional<scenario::Span>& occurrence_of(const scenario::Fault& fault) {
  return is_series(fault) ? fault.every : fault.lasts;
}

/// One node after another. Who joins is held back from the start, and all of them are let in at once.
bool is_one_by_one(const scenario::Fault& fault) {
  return std::holds_alternative<scenario::selector::Each>(fault.on) &&
         !std::holds_alternative<scenario::Join>(fault.kind);
}

}  // namespace

bool Player::has_passed(const std::optional<scenario::Span>& span, const Moment& since) const {
  if (!span) return false;
  if (span->views)
    return judge_.view() >= since.view + span->views->of(scenario_.network.validators);
  return span->time && world_.now() >= since.at + *span->time;
}

/// An occurrence ends when its time is up, or its views are, or the whole series.
bool Player::is_finished(const Standing& standing) const {
  const scenario::Fault& fault = *standing.fault;
  if (!standing.is_active || !standing.ends) return false;
  if (*standing.ends <= world_.now()) return true;
  if (is_event(fault)) return false;
  return has_passed(occurrence_of(fault), standing.began) ||
         (is_series(fault) && has_passed(fault.lasts, standing.series_began));
}

void Player::begin(Standing& standing) {
  const scenario::Fault& fault = *standing.fault;
  ++standing.begun;
  standing.begins.reset();
  standing.begins_again = false;
  standing.began = {world_.now(), judge_.view()};
  if (standing.begun == 1 && standing.member == 0) standing.series_began = standing.began;
  standing.is_active = true;
  if (!std::holds_alternative<scenario::Join>(fault.kind))
    standing.on = choose(fault.on, standing.random);
  if (is_one_by_one(fault)) standing.on = {standing.on[standing.member]};
  if (const auto* tampering = std::get_if<scenario::Tamper>(&fault.kind))
    standing.record = tampering->key;
  world_.tell(standing.on.size() == 1 ? standing.on.front() : SIZE_MAX,
              Turn::FaultBegins,
              fault.id + " " + std::string(scenario::name_of(fault.kind)));
  if (const auto link = link_fault(fault.kind)) {
    begin_on_links(standing, *link);
  } else {
    for (const std::size_t node : standing.on)
      begin_on_node(standing, node);
  }
  // A member that speaks like that is none that the network owes anything, and counts in f.
  if (is_of_insider(fault.kind)) {
    for (const std::size_t node : insiders_of(standing))
      judge_.excuse(node);
  }
  step(standing);
  // A death that waits for its moment is over once it struck, or when its time is.
  const bool waits = fault.at.event && death_at(fault.at.event->event, 1).has_value();
  const Duration length =
      is_event(fault) && !waits ? Duration{0} : length_of(occurrence_of(fault), kFaultDefault);
  standing.ends = world_.now() + length;
}

void Player::begin_on_links(Standing& standing, const LinkFault& fault) {
  const scenario::FaultKind& kind = standing.fault->kind;
  std::vector<std::size_t> peers;
  const auto* partition = std::get_if<scenario::Partition>(&kind);
  if (partition != nullptr && !partition->sides.empty()) {
    standing.links.clear();
    std::vector<std::vector<std::size_t>> sides;
    for (const scenario::Nodes& names : partition->sides) {
      sides.emplace_back();
      for (const std::string& name : names)
        sides.back().push_back(index_of(name));
    }
    for (std::size_t i = 0; i < sides.size(); ++i) {
      for (std::size_t j = 0; j < sides.size(); ++j) {
        for (const std::size_t from : sides[i]) {
          for (const std::size_t to : sides[j])
            if (i != j) standing.links.push_back({from, to});
        }
      }
    }
  } else {
    const auto chosen = std::visit(
        [](const auto& one) -> std::optional<scenario::Selector> {
          if constexpr (requires { one.links.peers; }) return one.links.peers;
          return std::nullopt;
        },
        kind);
    if (chosen) peers = choose(*chosen, standing.random);
    standing.links = links_of(kind, standing.on, peers, world_.size());
  }
  world_.begin_fault(standing.fault->id, fault, standing.links);
  if (partition == nullptr || partition->cut != scenario::Cut::Noticed) return;
  for (const Link& link : standing.links) {
    if (link.from < link.to) world_.reset(link.from, link.to);
  }
}

void Player::begin_crash(Standing& standing,
                         std::size_t node,
                         const std::optional<scenario::PowerCut>& cut) {
  const auto power_cut = cut ? std::optional(freedom_of(*cut)) : std::nullopt;
  const auto& event = standing.fault->at.event;
  if (const auto death = event ? death_at(event->event, 1) : std::nullopt) {
    DiskFault fault = *death;
    fault.nth = nth_of(standing, *event);
    world_.set_death(node, power_cut);
    world_.disk_faults(node).begin(standing.fault->id, fault);
    return;
  }
  if (world_.node(node).is_up()) world_.crash(node, power_cut);
  plan_restart(standing, node, kRestartDefault);
}

std::uint64_t Player::nth_of(const Standing& standing, const scenario::EventAt& event) const {
  const std::uint64_t span = event.nth.last - event.nth.first + 1;
  return event.nth.first + (options_.seed + standing.begun - 1) % span;
}

/// At an event of the disk the fault is of the operation that the event is about.
void Player::begin_disk_fault(const Standing& standing, std::size_t node, DiskFault fault) {
  const auto& event = standing.fault->at.event;
  if (const auto death = event ? death_at(event->event, 1) : std::nullopt) {
    fault.path = death->path;
    fault.nth = nth_of(standing, *event);
  }
  if (fault.kind != DiskFault::Kind::Slow)
    may_give_up_[node] = standing.fault->restart_after.value_or(kRestartDefault);
  world_.disk_faults(node).begin(standing.fault->id, fault);
}

void Player::plan_restart(const Standing& standing, std::size_t node, Duration otherwise) {
  const Duration after = standing.fault->restart_after.value_or(otherwise);
  plan_.emplace(world_.now() + after, Planned{standing.fault->id, node, std::nullopt});
}

void Player::begin_on_node(Standing& standing, std::size_t node) {
  const scenario::FaultKind& kind = standing.fault->kind;
  if (loses_journal(kind)) {
    if (world_.node(node).is_up()) world_.crash(node, std::nullopt);
    judge_.forgive_journal(node);
  } else if (breaks_disk(kind) && !options_.believes_disks) {
    judge_.excuse(node);
  }
  const std::string directory = world_.node(node).options().data_dir.string();
  if (const auto fault = disk_fault(kind, directory)) {
    begin_disk_fault(standing, node, *fault);
  } else if (const auto* crash = std::get_if<scenario::Crash>(&kind)) {
    begin_crash(standing, node, crash->disk);
  } else if (std::holds_alternative<scenario::Restart>(kind)) {
    begin_crash(standing, node, std::nullopt);
  } else if (std::holds_alternative<scenario::Upgrade>(kind)) {
    begin_crash(standing, node, std::nullopt);
    world_.upgrade(node);
  } else if (std::holds_alternative<scenario::Join>(kind)) {
    boot_if_down(node);
  } else if (std::holds_alternative<scenario::Rejoin>(kind)) {
    rejoin(node);
  } else if (std::holds_alternative<scenario::Pause>(kind)) {
    world_.set_stopped(node, true);
  } else if (std::holds_alternative<scenario::Reset>(kind)) {
    for (std::size_t other = 0; other < world_.size(); ++other)
      if (other != node) world_.reset(node, other);
  } else if (const auto* starve = std::get_if<scenario::Starve>(&kind);
             starve != nullptr && starve->what == scenario::Starve::What::Descriptors) {
    world_.set_full(node, true);
  } else if (const auto* rot = std::get_if<scenario::FileCorrupt>(&kind)) {
    if (world_.node(node).is_up()) world_.crash(node, std::nullopt);
    corrupt_files(world_.node(node).disk(), directory, *rot, node, world_.size(), standing.random);
    plan_restart(standing, node, Duration{1});
  } else if (const auto* tampering = std::get_if<scenario::Tamper>(&kind)) {
    tamper(standing, *tampering, node);
    plan_restart(standing, node, Duration{1});
  } else if (const auto* hostile = std::get_if<scenario::HostileFile>(&kind)) {
    if (world_.node(node).is_up()) world_.crash(node, std::nullopt);
    world_.set_refusal(node, refusal_of(world_.node(node).options(), *hostile, standing.random));
    may_give_up_[node] = standing.fault->restart_after.value_or(kRestartDefault);
    world_.boot(node);
  } else if (std::holds_alternative<scenario::CompactionStall>(kind)) {
    if (world_.node(node).is_up()) world_.node(node).environment().set_background_chance(0);
  } else if (std::holds_alternative<scenario::Wipe>(kind)) {
    forget_everything(node);
    plan_restart(standing, node, kRestartDefault);
  }
}

void Player::end_links(Standing& standing) {
  const scenario::Fault& fault = *standing.fault;
  if (!fault.stagger) return world_.end_fault(fault.id);
  // Swizzle: the links open one by one, in a drawn order.
  std::vector<Link> closed = standing.links;
  Instant at = world_.now();
  while (!closed.empty()) {
    const auto place = static_cast<std::ptrdiff_t>(standing.random.below(closed.size()));
    at = at + *fault.stagger;
    plan_.emplace(at, Planned{fault.id, 0, closed[static_cast<std::size_t>(place)]});
    closed.erase(closed.begin() + place);
  }
}

/// With "each" the next node has its turn, once this one is back and the gap has passed. False if it
/// was the last.
bool Player::passes_on(Standing& standing) {
  const scenario::Fault& fault = *standing.fault;
  if (!is_one_by_one(fault) || !is_storming_) return false;
  if (++standing.member == world_.size()) {
    standing.member = 0;
    return false;
  }
  --standing.begun;
  const std::size_t node = standing.on.front();
  const bool is_planned = std::ranges::any_of(
      plan_, [node](const auto& entry) { return !entry.second.link && entry.second.node == node; });
  const Duration back = is_planned ? fault.restart_after.value_or(kRestartDefault) : Duration{0};
  standing.begins = world_.now() + back + fault.gap.value_or(Duration{0});
  return true;
}

void Player::end(Standing& standing) {
  const scenario::Fault& fault = *standing.fault;
  measure_end(standing);
  standing.is_active = false;
  standing.next_step.reset();
  if (!is_event(fault))
    world_.tell(standing.on.size() == 1 ? standing.on.front() : SIZE_MAX,
                Turn::FaultEnds,
                fault.id + " " + std::string(scenario::name_of(fault.kind)));
  if (link_fault(fault.kind)) end_links(standing);
  for (const std::size_t node : standing.on) {
    world_.disk_faults(node).end(fault.id);
    if (std::holds_alternative<scenario::HostileFile>(fault.kind)) {
      world_.set_refusal(node, std::nullopt);
      boot_if_down(node);
    }
    if (std::holds_alternative<scenario::CompactionStall>(fault.kind) && world_.node(node).is_up())
      world_.node(node).environment().set_background_chance(kBackgroundChance);
    if (std::holds_alternative<scenario::Pause>(fault.kind)) world_.set_stopped(node, false);
    if (std::holds_alternative<scenario::Starve>(fault.kind)) {
      world_.set_full(node, false);
      if (world_.node(node).is_stopped()) world_.set_stopped(node, false);
    }
    if (std::holds_alternative<scenario::Clock>(fault.kind)) world_.set_clock(node, {});
    const bool was_deadly = fault.at.event && death_at(fault.at.event->event, 1).has_value();
    if (was_deadly && !world_.node(node).is_up()) plan_restart(standing, node, kRestartDefault);
  }
  for (std::size_t i = 0; i < world_.size(); ++i)
    standing.events_before[i] = fault.at.event ? counter_.count(fault.at.event->event, i) : 0;
  if (passes_on(standing)) return;
  standing.has_ended_once = true;
  const std::uint32_t times = fault.repeat.value_or(fault.every ? UINT32_MAX : 1);
  const bool is_series_over = is_series(fault) && has_passed(fault.lasts, standing.series_began);
  standing.is_over = standing.begun >= times || !is_storming_ || is_series_over;
  if (standing.is_over || !fault.every) return;
  if (fault.every->views) {
    standing.begins_again = true;
  } else {
    standing.begins =
        std::max(world_.now(), standing.began.at + length_of(fault.every, kFaultDefault));
  }
}

// --- the counter

EventCounter::EventCounter(std::size_t nodes) : kept_(nodes) {}

void EventCounter::add(scenario::Event event, std::size_t node) {
  ++counts_[{event, node}];
}

std::uint64_t EventCounter::count(scenario::Event event, std::size_t node) const {
  const auto found = counts_.find({event, node});
  return found == counts_.end() ? 0 : found->second;
}

void EventCounter::on_sent(const Sent& sent) {
  const std::size_t node = sent.link.from;
  if (!sent.spoken.message || sent.spoken.message == kept_[node]) return;
  kept_[node] = sent.spoken.message;
  switch (sent.spoken.kind) {
    case MessageKind::Proposal: add(scenario::Event::ProposalSent, node); break;
    case MessageKind::Notarize:
    case MessageKind::Nullify:
    case MessageKind::Finalize: add(scenario::Event::VoteSent, node); break;
    case MessageKind::Accusation: add(scenario::Event::EvidenceSeen, node); break;
    case MessageKind::Certificates: {
      const auto& list = std::get<consensus::Certificates>(sent.spoken.message->body).list;
      const bool is_final = std::ranges::any_of(
          list, [](const auto& one) { return one.is(consensus::VoteKind::Finalize); });
      add(is_final ? scenario::Event::BlockFinalized : scenario::Event::ViewEntered, node);
      break;
    }
    case MessageKind::Sync: add(scenario::Event::SyncStarted, node); break;
    case MessageKind::Request:
    case MessageKind::Header:
    case MessageKind::Inquiry:
    case MessageKind::InquiryAnswer:
    case MessageKind::Tips:
    case MessageKind::Lane:
    case MessageKind::Other: break;
  }
}

void EventCounter::on_happening(const Happening& happening) {
  if (happening.turn == Turn::Crashes) ++crashes;
  if (happening.turn == Turn::LosesPower) ++power_cuts;
  if (happening.turn == Turn::Ready) add(scenario::Event::NodeStarted, happening.node);
}

}  // namespace troupe::simulator

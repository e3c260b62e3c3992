#include <chrono>
#include <optional>
#include <utility>

#include "actors/admin.hpp"

// What the admin has its node do or suffer: take no part for a while, and faults from within.
namespace troupe::actors {

namespace {

/// Who takes no part is silent where things are decided, and goes on asking for what it misses.
const std::vector<Channel> kChannelsOfPart = {Channel::Consensus, Channel::Lanes};

/// Further off than this no clock is set, which keeps every sum of times far from its bounds.
constexpr std::int64_t kClockShiftMsMax = std::int64_t{366} * 24 * 3600 * 1000;

std::optional<Channel> channel_named(const std::string& name) {
  if (name == "consensus") return Channel::Consensus;
  if (name == "lanes") return Channel::Lanes;
  if (name == "sync") return Channel::Sync;
  return std::nullopt;
}

caf::error refusal(const std::string& text) {
  return caf::make_error(caf::sec::runtime_error, text);
}

}  // namespace

caf::result<bool> Admin::on_hindrance(const Hindrance& hindrance) {
  if (!context_->genesis().development)
    return refusal("faults are for development networks, and this is none");
  if (hindrance.kind == "mute") {
    const auto channel = channel_named(hindrance.target);
    if (!channel)
      return refusal("'" + hindrance.target + "' is no channel: consensus, lanes, sync");
    return mute({*channel}, "fault", hindrance.amount != 0);
  }
  if (hindrance.kind == "stall") {
    self_->send(cast_->ledger_writer, stall_atom_v, hindrance.amount != 0);
    return true;
  }
  if (hindrance.kind != "clock") return refusal("'" + hindrance.kind + "' is no hindrance");
  const auto& shift = context_->ports().shift_clock;
  if (!shift) return refusal("the clock of this node cannot be set");
  if (hindrance.amount < -kClockShiftMsMax || hindrance.amount > kClockShiftMsMax)
    return refusal("a clock is set at most a year off");
  shift(std::chrono::milliseconds(hindrance.amount));
  return true;
}

caf::result<bool> Admin::on_pause(bool is_paused) {
  if (std::exchange(is_paused_, is_paused) == is_paused) return false;
  context_->log(LogLevel::Warn,
                name,
                is_paused ? "an operator paused this node: it follows, and takes no part"
                          : "an operator resumed this node");
  return mute(kChannelsOfPart, "pause", is_paused);
}

caf::result<bool> Admin::mute(const std::vector<Channel>& channels,
                              const std::string& reason,
                              bool is_muted) {
  for (const Channel channel : channels) {
    auto& reasons = muted_[channel];
    if (is_muted) {
      reasons.insert(reason);
    } else {
      reasons.erase(reason);
    }
  }
  auto promise = self_->make_response_promise<bool>();
  auto left = std::make_shared<std::size_t>(channels.size());
  for (const Channel channel : channels) {
    self_->request(cast_->swarm, caf::infinite, mute_atom_v, channel, !muted_[channel].empty())
        .then(
            [promise, left](bool) mutable {
              if (--*left == 0) promise.deliver(true);
            },
            [promise](caf::error& error) mutable { promise.deliver(std::move(error)); });
  }
  return promise;
}

}  // namespace troupe::actors

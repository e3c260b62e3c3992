#include "protocol/consensus/block_rules.hpp"

#include "protocol/base/limits.hpp"

namespace troupe::consensus {

namespace {

using Fault = std::optional<std::string_view>;

/// Tips continue the parent's: no lane disappears, goes back or exceeds its bound.
Fault find_tip_fault(const Header& header, const Header& parent, const BlockRules& rules) {
  auto before = parent.tips.begin();
  for (const Tip& tip : header.tips) {
    if (tip.lane.number >= rules.validator_count) return "a tip names an unknown lane";
    if (before != parent.tips.end() && before->lane < tip.lane) return "a lane's tip is missing";
    std::uint64_t ordered_up_to = 0;
    if (before != parent.tips.end() && before->lane == tip.lane) {
      const Tip& last = *before++;
      if (tip == last) continue;
      if (tip.incarnation < last.incarnation) return "a tip is of an older incarnation";
      if (tip.incarnation == last.incarnation) ordered_up_to = last.sequence.number;
    }
    if (tip.sequence.number <= ordered_up_to) return "a tip goes back or changes what is ordered";
    if (tip.sequence.number - ordered_up_to > rules.lane_batches_max) {
      return "a tip is beyond the lane bound";
    }
  }
  if (before != parent.tips.end()) return "a lane's tip is missing";
  return std::nullopt;
}

Fault find_execution_fault(const Header& header, const Header& parent) {
  if (header.executed_height < parent.executed_height) return "the executed height goes back";
  if (header.executed_height > parent.height) return "it claims execution beyond its parent";
  if (header.executed_height == parent.executed_height &&
      header.executed_root != parent.executed_root) {
    return "it claims another root for the height its parent names";
  }
  return std::nullopt;
}

}  // namespace

Fault find_foreign_field(const Header& header, const BlockRules& rules) {
  if (header.chain != rules.binding.chain) return "it is of another chain";
  if (header.epoch != rules.binding.epoch) return "it is of another epoch";
  if (header.root != rules.binding.root) return "it is of another epoch root";
  if (header.validators != rules.validators) return "it names another validator set";
  return std::nullopt;
}

Fault find_fault(const Header& header, const ParentView& parent, const BlockRules& rules) {
  if (const Fault foreign = find_foreign_field(header, rules)) return foreign;
  if (header.parent != parent.digest) return "it has another parent";
  if (header.view <= parent.header.view) return "its view is not above its parent's";
  if (header.height != parent.header.height.next())
    return "its height is not its parent's plus one";
  if (header.timestamp <= parent.header.timestamp) return "its timestamp is not after its parent's";
  if (header.history_root != parent.history_root) return "its history root is wrong";
  if (const Fault fault = find_execution_fault(header, parent.header)) return fault;
  if (const Fault fault = find_tip_fault(header, parent.header, rules)) return fault;
  if (orders_something(header, parent.header)) {
    const std::uint64_t lag = header.height.number - header.executed_height.number;
    if (lag > kExecutionLagHeightsMax) return "it orders although execution is far behind";
  } else if (header.transactions_root != empty_transactions_root()) {
    return "it orders nothing but has transactions";
  }
  return std::nullopt;
}

}  // namespace troupe::consensus

#include "actors/inbound_gate.hpp"

#include <algorithm>

#include "protocol/base/invariant.hpp"
#include "protocol/base/limits.hpp"

namespace troupe::actors {

namespace {

constexpr std::uint64_t kOneConnection = 1000;
constexpr std::uint64_t kBucketMax = kInboundBurstPerAddress * kOneConnection;

std::uint64_t refilled(std::uint64_t thousandths, Duration passed) {
  constexpr std::uint64_t kSecondsMax = kInboundBurstPerAddress;
  const auto microseconds = static_cast<std::uint64_t>(std::max<Duration::rep>(passed.count(), 0));
  const auto counted = std::min(microseconds, kSecondsMax * 1'000'000);
  return std::min(kBucketMax, thousandths + counted * kInboundPerSecondPerAddress / 1000);
}

}  // namespace

InboundGate::Entry InboundGate::enter(const std::string& address, Ticket ticket, Instant now) {
  if (!is_within_rate(address, now)) return {};
  const Entry entry{.admitted = true, .evicted = make_room(address)};
  pending_.push_back({ticket, address});
  check_invariants();
  return entry;
}

void InboundGate::leave(Ticket ticket) {
  std::erase_if(pending_, [ticket](const Pending& pending) { return pending.ticket == ticket; });
}

bool InboundGate::is_within_rate(const std::string& address, Instant now) {
  auto found = buckets_.find(address);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kInboundAddressesMax) forget_full_buckets(now);
    if (buckets_.size() >= kInboundAddressesMax) return false;
    found = buckets_.emplace(address, Bucket{kBucketMax, now}).first;
  }
  auto& bucket = found->second;
  bucket.thousandths = refilled(bucket.thousandths, now - bucket.refilled);
  bucket.refilled = now;
  if (bucket.thousandths < kOneConnection) return false;
  bucket.thousandths -= kOneConnection;
  return true;
}

void InboundGate::forget_full_buckets(Instant now) {
  std::erase_if(buckets_, [now](const auto& item) {
    return refilled(item.second.thousandths, now - item.second.refilled) == kBucketMax;
  });
}

std::optional<InboundGate::Ticket> InboundGate::make_room(const std::string& address) {
  const auto is_same = [&](const Pending& pending) { return pending.address == address; };
  const auto same = std::count_if(pending_.begin(), pending_.end(), is_same);
  auto oldest = pending_.end();
  if (static_cast<std::size_t>(same) >= kPendingInboundPerAddressMax) {
    oldest = std::find_if(pending_.begin(), pending_.end(), is_same);
  } else if (pending_.size() >= kPendingInboundMax) {
    oldest = pending_.begin();
  }
  if (oldest == pending_.end()) return std::nullopt;
  const auto ticket = oldest->ticket;
  pending_.erase(oldest);
  return ticket;
}

void InboundGate::check_invariants() const {
  INVARIANT(pending_.size() <= kPendingInboundMax);  // (1)
  std::map<std::string, std::size_t> counts;
  for (const auto& pending : pending_)
    ++counts[pending.address];
  for (const auto& [address, count] : counts)
    INVARIANT(count <= kPendingInboundPerAddressMax);  // (2)
}

}  // namespace troupe::actors

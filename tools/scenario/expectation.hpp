#pragma once

#include <string>
#include <variant>

#include "tools/scenario/values.hpp"

// What a run must show beyond safety, which is always checked: agreement, no fork, certificates,
// vote discipline, validity, nothing acknowledged lost, exactly once, no honest node accused.
namespace troupe::scenario {

// A block becomes final on all honest nodes that run, within so long after a fault ended (default:
// after everything healed).
struct Finalizes {
  std::optional<FaultEnd> after;
  Span within;
  friend bool operator==(const Finalizes&, const Finalizes&) = default;
};

// While this fault lasts nothing becomes final: it took away the quorum.
struct Halts {
  std::string during;
  friend bool operator==(const Halts&, const Halts&) = default;
};

// While this fault lasts blocks become final.
struct KeepsFinalizing {
  std::string during;
  friend bool operator==(const KeepsFinalizing&, const KeepsFinalizing&) = default;
};

struct ViewRateAfterHeal {
  double min_per_minute = 0;
  friend bool operator==(const ViewRateAfterHeal&, const ViewRateAfterHeal&) = default;
};

// All honest nodes hold the same chain and state, so long after everything healed.
struct Converges {
  Span within;
  friend bool operator==(const Converges&, const Converges&) = default;
};

struct ReachesHeight {
  std::uint64_t height = 1;
  friend bool operator==(const ReachesHeight&, const ReachesHeight&) = default;
};

// Two honest nodes can prove that these lied.
struct Evidence {
  Nodes against;
  Span within;
  bool survives_restart = false;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

struct AccusedHonest {
  std::uint64_t max = 0;
  friend bool operator==(const AccusedHonest&, const AccusedHonest&) = default;
};

// For coalitions above f, where agreement cannot be asked for: so many are provably guilty.
struct Culprits {
  Count min{Count::Base::F, 1};
  friend bool operator==(const Culprits&, const Culprits&) = default;
};

/// Why a node ended, in its own words.
enum class ExitReason : std::uint8_t { StorageFault, BadConfig, Requested, Crash };

struct Exits {
  Selector on;
  ExitReason is = ExitReason::StorageFault;
  friend bool operator==(const Exits&, const Exits&) = default;
};

// These nodes run at the end, without having been started again by anybody but the scenario.
struct StaysUp {
  Selector on;
  friend bool operator==(const StaysUp&, const StaysUp&) = default;
};

// These nodes follow and do not vote at the end (they lost their vote journal).
struct Observes {
  Selector on;
  friend bool operator==(const Observes&, const Observes&) = default;
};

// Once `by` holds (default: everything healed) every node that runs is asked to walk its whole ledger.
// Afterwards nothing on it is in quarantine, and in the whole run the nodes together have written at
// least `min` entries that were altered, damaged or gone as the peers have them. That no wrong answer
// was served meanwhile is part of safety.
struct RepairedFromPeers {
  Trigger by;
  std::uint64_t min = 1;
  friend bool operator==(const RepairedFromPeers&, const RepairedFromPeers&) = default;
};

// Every acknowledged transaction is on every honest node at the end. Always checked where acks are
// recorded; as an expectation it also fails a run in which nothing was acknowledged.
struct AckedDurable {
  std::uint64_t min = 1;  ///< acknowledged
  friend bool operator==(const AckedDurable&, const AckedDurable&) = default;
};

struct Bounded {
  std::optional<Ratio> rss_growth_per_hour;
  std::optional<std::uint64_t> mailbox_max;
  std::optional<std::uint64_t> fds_max;
  std::optional<Size> rss_max;
  friend bool operator==(const Bounded&, const Bounded&) = default;
};

/// Which phases a figure is taken from: all, or those with no more faults than the network bears.
enum class Phase : std::uint8_t { Always, BudgetOk };

struct AckLatency {
  std::optional<Duration> p50;
  std::optional<Duration> p99;
  Phase when = Phase::Always;
  friend bool operator==(const AckLatency&, const AckLatency&) = default;
};

// Every pair of running nodes is connected, so long after everything healed.
struct Reconnects {
  Span within;
  friend bool operator==(const Reconnects&, const Reconnects&) = default;
};

using Check = std::variant<Finalizes,
                           Halts,
                           KeepsFinalizing,
                           ViewRateAfterHeal,
                           Converges,
                           ReachesHeight,
                           Evidence,
                           AccusedHonest,
                           Culprits,
                           Exits,
                           StaysUp,
                           Observes,
                           RepairedFromPeers,
                           AckedDurable,
                           Bounded,
                           AckLatency,
                           Reconnects>;

}  // namespace troupe::scenario

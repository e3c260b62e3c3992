#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/scenario/scenario.hpp"
#include "tools/simulator/disk_judge.hpp"
#include "tools/simulator/exposure.hpp"
#include "tools/simulator/judge.hpp"
#include "tools/simulator/liar_cast.hpp"
#include "tools/simulator/marks.hpp"
#include "tools/simulator/play.hpp"
#include "tools/simulator/world.hpp"

namespace troupe::simulator {

/// Counts what nodes are caught doing, as far as it shows from outside.
class EventCounter final : public Witness {
 public:
  explicit EventCounter(std::size_t nodes);

  void on_sent(const Sent& sent) override;
  void on_happening(const Happening& happening) override;

  [[nodiscard]] std::uint64_t count(scenario::Event event, std::size_t node) const;

  std::uint64_t crashes = 0;
  std::uint64_t power_cuts = 0;

 private:
  void add(scenario::Event event, std::size_t node);

  std::map<std::pair<scenario::Event, std::size_t>, std::uint64_t> counts_;
  std::vector<std::shared_ptr<const consensus::Message>> kept_;  // a broadcast counts once
};

/// Plays one scenario on one world: begins and ends its faults as their triggers say, keeps the load
/// going, heals, demands progress and has the disks judged.
class Player {
 public:
  Player(const scenario::Scenario& scenario, const PlayOptions& options);

  [[nodiscard]] Outcome run();

 private:
  struct Moment {
    Instant at;
    std::uint64_t view = 0;
  };

  /// Where one fault of the scenario stands.
  struct Standing {
    const scenario::Fault* fault = nullptr;
    Random random{0};
    std::uint32_t begun = 0;
    bool is_active = false;
    bool is_over = false;  // for ever
    bool has_ended_once = false;
    std::optional<Instant> begins;  // nothing: once its trigger holds
    std::optional<Instant> ends;
    std::vector<std::size_t> on;
    std::size_t member = 0;  // of "each": whose turn it is
    std::vector<Link> links;
    std::optional<std::string> record;  // which an occurrence alters, on all its nodes
    std::optional<Instant> next_step;   // of what is done again and again
    std::int64_t steps = 0;
    std::map<std::size_t, std::uint64_t> events_before;
    Moment began;               // the last occurrence
    Moment series_began;        // the first one
    bool begins_again = false;  // so many views after it began
    // How far finality was once the occurrence had taken hold; whether one went by in which it went
    // on, and one in which it did not.
    std::optional<std::uint64_t> held_at;
    bool went_on = false;
    bool stood_still = false;
  };

  struct Planned {
    std::string id;
    std::size_t node = 0;
    std::optional<Link> link;  // a clogged link to be opened; else a node to be booted
    bool forgets = false;      // it loses everything first
  };

  void start();
  void begin_anew();
  void storm();
  void heal();
  void demand_progress();
  void finish();

  void act();
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] std::optional<Instant> next_moment() const;
  [[nodiscard]] bool holds(const Standing& standing) const;
  [[nodiscard]] bool event_holds(const Standing& standing, const scenario::EventAt& at) const;
  [[nodiscard]] bool is_storm_over() const;

  void begin(Standing& standing);
  void begin_on_links(Standing& standing, const LinkFault& fault);
  void begin_on_node(Standing& standing, std::size_t node);
  void begin_disk_fault(const Standing& standing, std::size_t node, DiskFault fault);
  [[nodiscard]] std::uint64_t nth_of(const Standing& standing,
                                     const scenario::EventAt& event) const;
  void begin_crash(Standing& standing,
                   std::size_t node,
                   const std::optional<scenario::PowerCut>& cut);
  void step(Standing& standing);
  void step_clock(Standing& standing);
  void speak_as_insider(Standing& standing);
  [[nodiscard]] std::vector<std::size_t> insiders_of(const Standing& standing) const;
  void step_quota(Standing& standing, const scenario::Starve& starve);
  void end(Standing& standing);
  void end_links(Standing& standing);
  [[nodiscard]] bool passes_on(Standing& standing);
  void plan_restart(const Standing& standing, std::size_t node, Duration otherwise);
  void boot_if_down(std::size_t node);
  void forget_everything(std::size_t node);
  void plan_amnesia();
  void restart_given_up();
  void judge_given_up();
  void rejoin(std::size_t node);
  void rejoin_forgetful();
  void note_progress();
  void keep_loading();
  [[nodiscard]] bool has_passed(const std::optional<scenario::Span>& span,
                                const Moment& since) const;
  [[nodiscard]] bool is_finished(const Standing& standing) const;
  void measure_fault(Standing& standing);
  void measure_end(Standing& standing);
  void measure_view_rate();
  void measure_reconnection();
  void measure_bounds();
  void tamper(Standing& standing, const scenario::Tamper& how, std::size_t node);
  void read_what_was_tampered_with();
  void count_mended(const std::string& line);
  void demand_height();
  void walk_ledgers();
  [[nodiscard]] bool walk_once();
  void judge_repair(const scenario::RepairedFromPeers& expected);
  [[nodiscard]] const Standing* standing_of(const std::string& id) const;
  [[nodiscard]] bool has_exited(std::size_t node, scenario::ExitReason reason) const;
  void judge_latency(const scenario::AckLatency& latency);
  void judge_expectations();
  void judge_while_it_ran(const scenario::Check& check);
  void judge_nodes(const scenario::Check& check);
  void judge_kept_evidence(const std::map<std::size_t, std::set<std::size_t>>& told);
  void judge_evidence(const scenario::Evidence& expected);

  [[nodiscard]] std::vector<std::size_t> choose(const scenario::Selector& selector, Random& random);
  [[nodiscard]] std::size_t index_of(const std::string& name) const;
  [[nodiscard]] std::set<std::size_t> trusted() const;

  /// A record that somebody altered on a node's disk.
  struct Tampered {
    std::size_t node = 0;
    std::string key;
    Bytes value;
  };

  const scenario::Scenario& scenario_;
  PlayOptions options_;
  LiarCast cast_;
  World world_;
  Judge judge_;
  std::vector<std::unique_ptr<Liar>> liars_;
  EventCounter counter_;
  Marks marks_;
  Exposure exposure_;
  Random load_random_;
  Random resend_random_;
  Random hostile_random_;
  std::vector<Standing> standings_;
  std::multimap<Instant, Planned> plan_;
  std::optional<Instant> next_load_;
  bool is_storming_ = false;
  Instant storm_began_;
  Instant healed_;
  Duration progress_took_{0};
  std::optional<double> view_rate_;
  Duration reconnection_took_{0};
  std::map<std::size_t, std::uint64_t> signed_at_heal_;
  std::size_t given_up_judged_ = 0;
  std::map<std::size_t, Duration> may_give_up_;  // and starts again after so long
  std::map<std::size_t, std::set<std::size_t>> stored_evidence_;
  std::size_t height_ = 0;
  std::vector<Tampered> tampered_;
  std::uint64_t mended_ = 0;                // entries, by all nodes in all their lives
  std::map<std::size_t, Custody> custody_;  // at the end of the last walk
};

}  // namespace troupe::simulator

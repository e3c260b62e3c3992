#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/context.hpp"
#include "actors/hosted.hpp"
#include "actors/messages.hpp"
#include "storage/chain_store.hpp"
#include "tests/actors/stand_in.hpp"
#include "tools/simulator/disk/simulated_disk.hpp"
#include "tools/simulator/disk/simulated_environment.hpp"

// One member of a cast under test, in virtual time, over a simulated disk; stand-ins play the
// others. Nothing happens on its own: the scheduler runs when the test says something, asks
// something, or lets time pass.
namespace troupe::test {

/// The well-known keys of the network "rig" with its four validators n1 to n4.
[[nodiscard]] const crypto::KeyPair& validator_key(std::uint32_t index);
[[nodiscard]] const crypto::KeyPair& node_key(std::uint32_t index);
[[nodiscard]] ledger::Genesis rig_genesis();
/// The options of the node of this index; without a validator key it is an observer.
[[nodiscard]] actors::NodeOptions rig_options(std::uint32_t index, bool has_validator_key = true);

/// What became of a question: open, answered, or ended in an error.
template <class Reply>
struct Asked {
  std::optional<Reply> reply;
  std::optional<caf::error> error;

  [[nodiscard]] bool is_open() const { return !reply && !error; }
};

/// A message on its way to a peer; without one, to all of them.
struct Sent {
  std::optional<network::PeerId> to;
  actors::Channel channel;
  Bytes message;
};

class CastRig {
 public:
  explicit CastRig(actors::NodeOptions options = rig_options(0));
  ~CastRig();

  CastRig(const CastRig&) = delete;
  CastRig& operator=(const CastRig&) = delete;

  // --- the stage

  [[nodiscard]] const actors::SharedContext& context() const { return context_; }

  [[nodiscard]] simulator::SimulatedDisk& disk() { return disk_; }

  [[nodiscard]] simulator::SimulatedEnvironment& environment() { return *environment_; }

  /// The node's database; opened at the first use.
  [[nodiscard]] const std::shared_ptr<storage::ChainStore>& chain();

  /// The node's data directory; it exists.
  [[nodiscard]] std::string directory() const { return context_->options().data_dir.string(); }

  /// Ends the process, with `power_cut` also the disk's power, and begins the next life.
  void restart(std::optional<simulator::PowerCut> power_cut);

  /// What was logged so far: "signer: text".
  [[nodiscard]] const std::vector<std::string>& log() const { return *log_; }

  /// True if a logged line contains this text.
  [[nodiscard]] bool has_logged(std::string_view text) const;

  // --- the play

  /// Brings the member under test to life, and watches it.
  template <class Handle, class State, class... Args>
  Handle spawn(Args&&... args) {
    const Handle member = actors::spawn_hosted<Handle, State>(
        *system_, actors::Placement::Pooled, std::forward<Args>(args)...);
    watch(caf::actor_cast<caf::actor>(member));
    return member;
  }

  /// Introduces the stand-ins to a member.
  template <class Handle>
  void meet(const Handle& member) {
    const auto met = ask<bool>(member, actors::meet_atom_v, cast());
    BOOST_REQUIRE(met->reply == true);
  }

  /// Sends one message and runs until nothing happens any more.
  template <class Handle, class... Args>
  void tell(const Handle& member, const Args&... args) {
    caf::anon_send(member, args...);
    run();
  }

  /// Asks one question and runs until nothing happens any more.
  template <class Reply, class Handle, class... Args>
  std::shared_ptr<Asked<Reply>> ask(const Handle& member, const Args&... args) {
    auto asked = std::make_shared<Asked<Reply>>();
    actors_.push_back(system_->spawn([=](caf::event_based_actor* self) {
      self->request(member, caf::infinite, args...)
          .then([asked](const Reply& reply) { asked->reply = reply; },
                [asked](caf::error& error) { asked->error = std::move(error); });
    }));
    run();
    return asked;
  }

  /// The answer to a question that must be answered at once.
  template <class Reply, class Handle, class... Args>
  Reply must_answer(const Handle& member, const Args&... args) {
    const auto asked = ask<Reply>(member, args...);
    BOOST_REQUIRE(asked->reply.has_value());
    return *asked->reply;
  }

  /// Has a stand-in answer, and runs until nothing happens any more.
  template <class Q, class... Answers>
  void answer(StandIn& stand_in, Q question, const Answers&... answers) {
    stand_in.answer(question, answers...);
    run();
  }

  void run();
  /// Lets virtual time pass, timer by timer.
  void advance(Duration span);

  [[nodiscard]] Instant now() const;

  /// The reason with which a watched actor ended; nothing while it plays.
  [[nodiscard]] std::optional<std::string> end_of(const caf::actor& actor) const;

  template <class Handle>
  [[nodiscard]] std::optional<std::string> end_of(const Handle& member) const {
    return end_of(caf::actor_cast<caf::actor>(member));
  }

  void watch(const caf::actor& actor);
  /// Ends an actor as if it had quit with this failure.
  void fail(const caf::actor& actor, const std::string& text);

  [[nodiscard]] caf::actor_system& system() { return *system_; }

  // --- the others

  /// All stand-ins as a cast.
  [[nodiscard]] actors::Cast members() const;

  [[nodiscard]] actors::CastPointer cast() const {
    return std::make_shared<const actors::Cast>(members());
  }

  /// What the swarm was given to send, in order, and forgets.
  [[nodiscard]] std::vector<Sent> take_sent();

  [[nodiscard]] network::PeerId peer(std::uint32_t index) const {
    return context_->peer_of(ValidatorIndex{index});
  }

  std::optional<StandIn> swarm;
  std::optional<StandIn> worker;
  std::optional<StandIn> batch_store;
  std::optional<StandIn> signer;
  std::optional<StandIn> mempool;
  std::optional<StandIn> validator;
  std::optional<StandIn> accuser;
  std::optional<StandIn> ledger_writer;
  std::optional<StandIn> ledger_reader;
  std::optional<StandIn> synchronizer;
  std::optional<StandIn> scrubber;
  std::optional<StandIn> archivist;
  std::optional<StandIn> admin;
  std::optional<StandIn> node;

 private:
  void begin();
  void end();
  /// All of them, in the order of the cast.
  [[nodiscard]] std::array<std::optional<StandIn>*, 14> stand_ins();
  [[nodiscard]] actors::NodePorts ports();
  [[nodiscard]] caf::scheduler::test_coordinator& scheduler() const;

  simulator::SimulatedDisk disk_;
  std::uint64_t lives_ = 0;
  std::shared_ptr<std::vector<std::string>> log_;
  std::unique_ptr<simulator::SimulatedEnvironment> environment_;
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  actors::NodeOptions options_;
  actors::SharedContext context_;
  std::shared_ptr<storage::ChainStore> chain_;
  caf::actor watcher_;
  std::shared_ptr<std::map<caf::actor_id, std::string>> ends_;
  std::vector<caf::actor> actors_;
};

}  // namespace troupe::test

#include "actors/context.hpp"

#include <chrono>
#include <utility>

#include "protocol/base/invariant.hpp"
#include "protocol/ledger/membership.hpp"
#include "protocol/proof/accusation.hpp"

namespace troupe::actors {

namespace {

ContextError genesis_error(const ledger::GenesisProblem& problem) {
  std::string message = "the genesis is not usable: ";
  message += ledger::describe(problem.error);
  if (!problem.subject.empty()) message += " (" + problem.subject + ")";
  return {message, "copy genesis.bin from another node of this network, or make a new network"};
}

}  // namespace

Result<std::shared_ptr<const NodeContext>, ContextError> NodeContext::make(NodeOptions options,
                                                                           NodePorts ports) {
  auto genesis = ledger::decode_genesis(options.genesis);
  if (!genesis) return failure(genesis_error(genesis.error()));
  auto founding = proof::found(*genesis);
  if (!founding) {
    return failure(ContextError{"the genesis names no usable validator set: " +
                                    std::string(consensus::describe(founding.error())),
                                "make a new network"});
  }
  std::shared_ptr<NodeContext> context(new NodeContext(std::move(options),
                                                       std::move(ports),
                                                       std::move(genesis).value(),
                                                       std::move(founding).value()));
  if (context->options_.validator_seed && !context->own_) {
    return failure(ContextError{
        "the validator key of " + context->options_.name + " is not in the genesis",
        "use the key that the genesis names, or remove validator_key to run as an observer"});
  }
  return std::shared_ptr<const NodeContext>(std::move(context));
}

NodeContext::NodeContext(NodeOptions options,
                         NodePorts ports,
                         ledger::Genesis genesis,
                         proof::Founding founding)
    : options_(std::move(options)),
      ports_(std::move(ports)),
      genesis_(std::move(genesis)),
      electorate_(std::move(founding.electorate)),
      modules_(modules_of(electorate_)),
      root_(std::move(founding.root)),
      peer_id_(network::PeerId::from_public_key(
          crypto::KeyPair::from_seed(options_.node_seed).value().public_key())),
      gate_(std::make_unique<LogGate>(options_.log_level)) {
  for (std::uint32_t i = 0; i < genesis_.validators.size(); ++i) {
    const auto peer = network::PeerId::decode(genesis_.validators[i].peer_id);
    INVARIANT(peer.ok());  // decode_genesis checked it
    validator_peers_.push_back(*peer);
    by_peer_.emplace(*peer, ValidatorIndex{i});
  }
  if (options_.validator_seed) {
    const auto key = crypto::KeyPair::from_seed(*options_.validator_seed);
    own_ = electorate_.validators.find(key.value().public_key());
  }
}

const network::PeerId& NodeContext::peer_of(ValidatorIndex validator) const {
  INVARIANT(validators().contains(validator));
  return validator_peers_[validator.number];
}

std::optional<ValidatorIndex> NodeContext::validator_of(const network::PeerId& peer) const {
  const auto found = by_peer_.find(peer);
  if (found == by_peer_.end()) return std::nullopt;
  return found->second;
}

const std::string& NodeContext::name_of(ValidatorIndex validator) const {
  INVARIANT(validators().contains(validator));
  return genesis_.validators[validator.number].name;
}

std::string NodeContext::name_of(const network::PeerId& peer) const {
  const auto validator = validator_of(peer);
  return validator ? name_of(*validator) : peer.text();
}

void NodeContext::log(LogLevel level, std::string_view actor, const std::string& line) const {
  if (!gate_->admits(level, actor)) return;
  ports_.log(level, actor, line);
  gate_->tell(level, actor, line);
}

ledger::Modules modules_of(const consensus::Electorate& electorate) {
  std::vector<crypto::PublicKey> keys;
  for (std::uint32_t i = 0; i < electorate.validators.size(); ++i)
    keys.push_back(electorate.validators.key(ValidatorIndex{i}));
  ledger::Modules modules;
  modules.add(
      std::make_shared<const ledger::MembershipModule>(electorate.binding.epoch, std::move(keys)));
  modules.add(std::make_shared<const proof::EvidenceModule>(electorate));
  return modules;
}

Now read_clocks(caf::actor_clock& clock, const NodeContext& context) {
  const auto since = clock.now().time_since_epoch();
  return {Instant{std::chrono::duration_cast<Duration>(since)}, context.ports().wall_clock()};
}

std::vector<ledger::LaneTip> to_lane_tips(const std::vector<consensus::Tip>& tips) {
  std::vector<ledger::LaneTip> out;
  out.reserve(tips.size());
  for (const consensus::Tip& tip : tips) {
    out.push_back({tip.lane, tip.incarnation, tip.sequence, tip.digest});
  }
  return out;
}

std::vector<consensus::Tip> to_tips(const std::vector<ledger::LaneTip>& tips) {
  std::vector<consensus::Tip> out;
  out.reserve(tips.size());
  for (const ledger::LaneTip& tip : tips) {
    out.push_back({tip.lane, tip.incarnation, tip.sequence, tip.digest});
  }
  return out;
}

}  // namespace troupe::actors

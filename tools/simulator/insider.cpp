#include "tools/simulator/insider.hpp"

#include <variant>

#include "actors/swarm_messages.hpp"
#include "protocol/consensus/message.hpp"

namespace troupe::simulator {

static_assert(kChannels == actors::kChannels.size());
static_assert(kConsensusChannel == static_cast<std::uint8_t>(actors::Channel::Consensus));

bool is_of_insider(const scenario::FaultKind& kind) {
  const auto* const garbage = std::get_if<scenario::Garbage>(&kind);
  return std::holds_alternative<scenario::FutureVotes>(kind) ||
         (garbage != nullptr && garbage->where == scenario::Garbage::Where::Frame);
}

Bytes far_vote(const actors::NodeOptions& member,
               std::size_t validator,
               const consensus::Electorate& electorate,
               View view) {
  const auto key = crypto::KeyPair::from_seed(*member.validator_seed).value();
  const consensus::Vote vote{consensus::VoteKind::Nullify, electorate.binding.epoch, view, {}};
  const consensus::SignedVote ballot{vote,
                                     ValidatorIndex{static_cast<std::uint32_t>(validator)},
                                     key.sign(consensus::signed_bytes(electorate.binding, vote))};
  return consensus::encode(consensus::Message{
      electorate.binding.epoch, electorate.binding.root, consensus::Ballot{ballot}});
}

}  // namespace troupe::simulator

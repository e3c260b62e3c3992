#pragma once

#include <cstdint>

#include "actors/node_options.hpp"
#include "protocol/consensus/vote.hpp"
#include "tools/scenario/fault_kinds.hpp"

// What a member of the network says whose program is not ours: behind the handshake, in its own name.
namespace troupe::simulator {

/// How many channels nodes speak on, and which of them consensus has (actors::Channel).
inline constexpr std::uint8_t kChannels = 3;
inline constexpr std::uint8_t kConsensusChannel = 0;

/// True for faults that only a member can bring about: votes for far views, garbage inside frames.
[[nodiscard]] bool is_of_insider(const scenario::FaultKind& kind);

/// A sound vote of this validator to nullify that view, as it travels.
[[nodiscard]] Bytes far_vote(const actors::NodeOptions& member,
                             std::size_t validator,
                             const consensus::Electorate& electorate,
                             View view);

}  // namespace troupe::simulator

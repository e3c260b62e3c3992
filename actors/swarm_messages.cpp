#include "actors/swarm_messages.hpp"

#include "protocol/base/limits.hpp"

namespace troupe::actors {

namespace {

/// The category of this module's errors.
caf::atom_value category() {
  return caf::atom("swarm");
}

}  // namespace

std::string_view protocol_id(Channel channel) {
  switch (channel) {
    case Channel::Consensus: return "/troupe/consensus/1.0.0";
    case Channel::Lanes: return "/troupe/lanes/1.0.0";
    case Channel::Sync: return "/troupe/sync/1.0.0";
  }
  return {};
}

std::size_t message_bytes_max(Channel channel) {
  switch (channel) {
    case Channel::Consensus: return kConsensusMessageBytesMax;
    case Channel::Lanes:
    case Channel::Sync: return kBulkMessageBytesMax;
  }
  return 0;
}

std::size_t queue_bytes_max(Channel channel) {
  switch (channel) {
    case Channel::Consensus: return kConsensusQueueBytesMax;
    case Channel::Lanes:
    case Channel::Sync: return kBulkQueueBytesMax;
  }
  return 0;
}

std::string_view describe(SwarmError error) {
  switch (error) {
    case SwarmError::BusyPort: return "another program listens at this address";
    case SwarmError::AddressRefused: return "this machine cannot listen at this address";
    case SwarmError::NotTcp: return "not an address of the form /ip4/127.0.0.1/tcp/7701";
    case SwarmError::Unreachable: return "nothing accepts connections at this address";
    case SwarmError::Timeout: return "no answer from this address in time";
    case SwarmError::WrongPeer: return "another peer than the expected one answered";
    case SwarmError::TooManyDials: return "too many dials are in progress";
    case SwarmError::NotListening: return "the node does not listen";
  }
  return {};
}

caf::error make_error(SwarmError error) {
  return caf::error{static_cast<std::uint8_t>(error),
                    category(),
                    caf::make_message(std::string{describe(error)})};
}

std::optional<SwarmError> swarm_error(const caf::error& error) {
  if (!error || error.category() != category()) return std::nullopt;
  return static_cast<SwarmError>(error.code());
}

}  // namespace troupe::actors

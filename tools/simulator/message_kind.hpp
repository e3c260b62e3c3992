#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.hpp"
#include "protocol/consensus/message.hpp"

// What travels between nodes, told apart by what it is for: filters name these kinds, traces show
// them.
namespace troupe::simulator {

enum class MessageKind : std::uint8_t {
  Proposal,
  Notarize,
  Nullify,
  Finalize,
  Certificates,
  Request,
  Header,
  Inquiry,
  InquiryAnswer,
  Tips,
  Accusation,
  Lane,  ///< everything on the lanes' channel
  Sync,  ///< everything on the synchronizers' channel
  Other,
};

[[nodiscard]] std::string_view name(MessageKind kind);

/// True if a filter on these kinds, empty for all, concerns one.
[[nodiscard]] bool matches(const std::vector<MessageKind>& filter, MessageKind kind);

/// A message as it is sent, with what it says if it is one of consensus.
struct Spoken {
  MessageKind kind = MessageKind::Other;
  std::shared_ptr<const consensus::Message> message;  ///< null on the other channels
};

/// Tells what was sent on a channel, by the number of its actors::Channel.
[[nodiscard]] Spoken understand(std::uint8_t channel, const Bytes& message);

}  // namespace troupe::simulator

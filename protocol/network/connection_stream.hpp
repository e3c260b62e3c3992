#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "protocol/base/bytes.hpp"
#include "protocol/base/time.hpp"
#include "protocol/network/framing.hpp"
#include "protocol/network/identify.hpp"
#include "protocol/network/negotiation.hpp"
#include "protocol/network/ping.hpp"
#include "protocol/network/role.hpp"

// What runs on one live stream of a Connection:
//
//   Negotiating -> ForApplication | Identifying | Said | AnsweringPing | AskingPing
namespace troupe::network::stream_use {

struct Negotiating {
  std::variant<NegotiationInitiator, NegotiationResponder> side;
  Bytes held;           ///< what the application sends before the protocol is agreed on
  bool finish = false;  ///< the application finished before that
};

/// Data is the application's.
struct ForApplication {};

/// The peer tells us who it is, by identify or by push.
struct Identifying {
  MessageReader reader;
  Identification identification;
  std::size_t messages = 0;
};

/// We have told the peer who we are and finished; nothing is to come.
struct Said {};

struct AnsweringPing {
  PingResponder responder;
  std::size_t unconsumed = 0;  ///< what came in while answers were queued
};

struct AskingPing {
  PingInitiator initiator;
  Instant asked;
};

using Any = std::variant<Negotiating, ForApplication, Identifying, Said, AnsweringPing, AskingPing>;

}  // namespace troupe::network::stream_use

namespace troupe::network {

struct ConnectionStream {
  Direction direction;
  std::string protocol;             ///< agreed on, or proposed by us
  std::optional<Instant> deadline;  ///< of everything but the application's own streams
  stream_use::Any use;
};

}  // namespace troupe::network

#pragma once

#include <cstdint>

#include "actors/context.hpp"
#include "actors/link_guard.hpp"
#include "actors/session_messages.hpp"

namespace troupe::actors {

/// Carries one console's stream to the node's link for consoles and back: the bytes of the local
/// socket, inside a libp2p stream. What the console sends goes through a LinkGuard; what it forbids
/// ends the tunnel, and with it the stream.
///
/// Bounds: towards the console at most kReadsInFlightMax reads that the session has not passed on;
/// from it the window of its stream, which grows only by what the link has taken.
class AdminTunnel {
 public:
  static constexpr const char* name = "admin-tunnel";

  AdminTunnel(TunnelActor::pointer self,
              SessionActor session,
              network::StreamNumber stream,
              ConsoleEntry entry);

  TunnelActor::behavior_type make_behavior();

 private:
  void on_read(const ReadBytes& read);
  void on_console(const Bytes& bytes);
  void on_wrote(std::uint64_t bytes);
  /// Nothing more comes from the console: what it sent last still reaches the link.
  void on_finish();
  /// Lets the console send more once the link has all that came.
  void return_window();

  TunnelActor::pointer self_;
  SessionActor session_;
  network::StreamNumber stream_;
  SharedDescriptor link_;  // until the broker has it
  caf::actor broker_;
  LinkGuard guard_;
  std::uint64_t owed_ = 0;       // bytes of the console for which its window has not grown
  std::uint64_t unwritten_ = 0;  // bytes that the link has not taken
};

}  // namespace troupe::actors

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <caf/all.hpp>

#include "actors/descriptor.hpp"
#include "protocol/base/result.hpp"

// How a console or a short-lived command reaches the actors of a node: CAF's remote actors over a
// unix-domain socket, or over a tunnel to one (admin_tunnel.hpp). The socket has mode 0600, and the kernel names the user
// behind each connection (SO_PEERCRED): only root and the node's own user are let in, so there are
// no certificates and no passwords.
//
// What travels must be made of registered, inspectable types (CAF_ADD_TYPE_ID); a type that is
// merely allowed inside a process arrives default-constructed. One-way messages may be lost when
// their sender leaves: whatever must have happened is an answered request.
namespace troupe::actors {

enum class LinkError : std::uint8_t {
  NoSocket = 1,    ///< nothing at that path: the node is not running, or its path is another
  Refused,         ///< a socket is there but no node accepts at it (it died), or it hung up
  NotOurs,         ///< the socket belongs to another user
  Timeout,         ///< a node accepts but does not answer: frozen or overloaded
  WrongInterface,  ///< another kind of actor is published there: different versions of the program
  PathTooLong,     ///< a unix-domain socket's path has at most kLinkPathBytesMax bytes
  InUse,           ///< another node listens at the path
  NotASocket,      ///< a file that is not a socket stands at the path; it is left alone
  SystemRefused,   ///< the operating system refused (permissions, descriptors, missing folder)
  Unreachable,     ///< nothing at that network address accepts
  WrongPeer,       ///< at that network address answers another peer than the one that was named
  NotAdmitted,     ///< the node lets no console of this peer id in over the network
};

/// Connects to a node's link within the time that it is given, or says why not.
using LinkConnector =
    std::function<Result<Descriptor, LinkError>(std::chrono::milliseconds deadline)>;

/// The link of a node of this machine: a socket at the path, of a node whose user lets us in.
/// Errors: NoSocket, Refused, NotOurs, Timeout, PathTooLong, SystemRefused.
[[nodiscard]] LinkConnector connector_to(const std::string& path);

/// One sentence for people, without the path.
[[nodiscard]] std::string_view describe(LinkError error);

/// sizeof(sockaddr_un::sun_path) less the final zero on Linux.
inline constexpr std::size_t kLinkPathBytesMax = 107;
/// How many attached clients a node holds at once; further ones are hung up on. Some may say nothing.
inline constexpr int kLinksMax = 256;
/// The largest message on a link: a submission of as many of the largest transactions as fit.
inline constexpr std::size_t kLinkMessageBytesMax = std::size_t{80} << 20;

/// An actor published at a path, for as long as this object lives: its destructor stops accepting
/// and removes the socket. Clients that are attached stay so. Must die before its actor system.
class LocalLink {
 public:
  LocalLink(LocalLink&&) noexcept;
  LocalLink& operator=(LocalLink&&) noexcept;
  ~LocalLink();

  /// Publishes the actor to local clients. A stale socket file is replaced; two nodes must not
  /// start on one path at the same moment, which the lock of their data directory ensures.
  /// Blocks until the socket accepts; not to be called from a pooled actor.
  /// Errors: PathTooLong, InUse, NotASocket, SystemRefused.
  template <class Handle>
  [[nodiscard]] static Result<LocalLink, LinkError> publish(caf::actor_system& system,
                                                            const Handle& handle,
                                                            const std::string& path) {
    return publish_actor(
        system, caf::actor_cast<caf::strong_actor_ptr>(handle), system.message_types(handle), path);
  }

 private:
  class State;

  explicit LocalLink(std::unique_ptr<State> state);

  static Result<LocalLink, LinkError> publish_actor(caf::actor_system& system,
                                                    caf::strong_actor_ptr actor,
                                                    std::set<std::string> interface,
                                                    const std::string& path);

  std::unique_ptr<State> state_;
};

namespace detail {

[[nodiscard]] Result<caf::strong_actor_ptr, LinkError> attach_actor(
    caf::actor_system& system,
    const LinkConnector& connect,
    std::chrono::milliseconds deadline,
    const std::set<std::string>& interface);

}  // namespace detail

/// The actor that a node publishes to whoever connects so. Blocks for at most the deadline; not to
/// be called from a pooled actor. Monitor the handle to learn of the node's end.
/// Errors: the connector's, Refused, Timeout, WrongInterface.
template <class Handle>
[[nodiscard]] Result<Handle, LinkError> attach(caf::actor_system& system,
                                               const LinkConnector& connect,
                                               std::chrono::milliseconds deadline) {
  auto found = detail::attach_actor(system, connect, deadline, system.message_types<Handle>());
  if (!found) return failure(found.error());
  return caf::actor_cast<Handle>(*found);
}

/// Prepares the actor system at either end of a link: the middleman loaded, no polling scheduler, and
/// what arrives read by the I/O thread. The message types that it exchanges are the caller's to add.
void configure_link(caf::actor_system_config& config);

/// The same for a short-lived client, which needs one thread only.
void configure_link_client(caf::actor_system_config& config);

}  // namespace troupe::actors

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.hpp"
#include "protocol/base/result.hpp"
#include "protocol/network/peer_id.hpp"

// Self-describing network addresses (multiaddr specification).
//
//   multiaddr := component*
//   component := code: uvarint  value
//   value     := bytes[n]                    of a fixed size: ip4 4, ip6 16, tcp and udp 2, ipcidr
//   1
//              | length: uvarint  bytes      dns names, p2p, unix paths, ...
//              | nothing                     quic-v1, ws, tls, p2p-circuit, ...
namespace troupe::network {

enum class MultiaddrError {
  Empty,
  TooLong,          ///< more than kMultiaddrBytesMax bytes
  NoLeadingSlash,   ///< the text does not begin with /
  UnknownProtocol,  ///< a component's name or code is not known here
  MissingValue,     ///< a component lacks its value
  BadValue,         ///< a value is not of its component's form
  Truncated,        ///< the bytes end inside a component
  NotMinimal,       ///< a number has a needless byte
};

[[nodiscard]] std::string_view describe(MultiaddrError error);

/// Where a TCP listener is: an IP address or DNS name, and a port.
struct TcpEndpoint {
  std::string host;  ///< dotted IPv4, colon IPv6 or a DNS name
  std::uint16_t port = 0;

  friend auto operator<=>(const TcpEndpoint&, const TcpEndpoint&) = default;
};

/// A well-formed multiaddr in its binary form; ordered by its bytes.
class Multiaddr {
 public:
  /// Reads `/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW...`; /ipfs/ is an alias of /p2p/.
  [[nodiscard]] static Result<Multiaddr, MultiaddrError> parse(std::string_view text);

  /// Reads the binary form. An UnknownProtocol means: drop this address, not the message around it.
  [[nodiscard]] static Result<Multiaddr, MultiaddrError> decode(ByteView bytes);

  /// `/ip4/<host>/tcp/<port>` or the same with ip6. BadValue unless the host is an IP address.
  [[nodiscard]] static Result<Multiaddr, MultiaddrError> from_tcp(const TcpEndpoint& endpoint);

  [[nodiscard]] const Bytes& bytes() const { return bytes_; }

  /// The canonical text: lower-case compressed IPv6 (RFC 5952), base58 peer ids.
  [[nodiscard]] std::string text() const;

  /// The peer that the address ends with; nothing if there is no trailing /p2p.
  [[nodiscard]] std::optional<PeerId> peer_id() const;

  /// The endpoint, if the address is /ip4|ip6|dns|dns4|dns6/<host>/tcp/<port>, with or without a
  /// trailing /p2p, and nothing else.
  [[nodiscard]] std::optional<TcpEndpoint> tcp_endpoint() const;

  /// This address with /p2p/<peer> at its end instead of what stood there.
  [[nodiscard]] Multiaddr with_peer(const PeerId& peer) const;

  /// This address without a trailing /p2p.
  [[nodiscard]] Multiaddr without_peer() const;

  friend auto operator<=>(const Multiaddr&, const Multiaddr&) = default;

 private:
  explicit Multiaddr(Bytes bytes) : bytes_(std::move(bytes)) {}

  Bytes bytes_;
};

}  // namespace troupe::network

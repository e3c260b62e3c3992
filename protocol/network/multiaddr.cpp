#include "protocol/network/multiaddr.hpp"

#include <algorithm>
#include <array>

#include "protocol/base/limits.hpp"
#include "protocol/codec/wire.hpp"
#include "protocol/network/ip_address.hpp"

namespace troupe::network {
namespace {

/// What follows a component's code.
enum class ValueForm { None, Ip4, Ip6, Port, PrefixLength, Text, Path, Peer };

struct Protocol {
  std::uint64_t code;
  std::string_view name;
  ValueForm form;
};

constexpr std::uint64_t kPeerCode = 421;
constexpr std::uint64_t kTcpCode = 6;
constexpr std::uint32_t kPrefixLengthMax = 128;

// The multicodec table's addresses that libp2p implementations put into identify messages. An alias
// stands behind the name that is shown.
constexpr std::array kProtocols{
    Protocol{4, "ip4", ValueForm::Ip4},
    Protocol{kTcpCode, "tcp", ValueForm::Port},
    Protocol{41, "ip6", ValueForm::Ip6},
    Protocol{42, "ip6zone", ValueForm::Text},
    Protocol{43, "ipcidr", ValueForm::PrefixLength},
    Protocol{53, "dns", ValueForm::Text},
    Protocol{54, "dns4", ValueForm::Text},
    Protocol{55, "dns6", ValueForm::Text},
    Protocol{56, "dnsaddr", ValueForm::Text},
    Protocol{273, "udp", ValueForm::Port},
    Protocol{280, "webrtc-direct", ValueForm::None},
    Protocol{290, "p2p-circuit", ValueForm::None},
    Protocol{400, "unix", ValueForm::Path},
    Protocol{kPeerCode, "p2p", ValueForm::Peer},
    Protocol{kPeerCode, "ipfs", ValueForm::Peer},
    Protocol{448, "tls", ValueForm::None},
    Protocol{449, "sni", ValueForm::Text},
    Protocol{460, "quic", ValueForm::None},
    Protocol{461, "quic-v1", ValueForm::None},
    Protocol{465, "webtransport", ValueForm::None},
    Protocol{477, "ws", ValueForm::None},
    Protocol{478, "wss", ValueForm::None},
    Protocol{480, "http", ValueForm::None},
    Protocol{777, "memory", ValueForm::Text},
};

/// One component within the bytes of an address.
struct Component {
  const Protocol* protocol;
  ByteView value;
  std::size_t start;  ///< where its code stands
};

const Protocol* find_code(std::uint64_t code) {
  const auto found = std::ranges::find(kProtocols, code, &Protocol::code);
  return found == kProtocols.end() ? nullptr : &*found;
}

const Protocol* find_name(std::string_view name) {
  const auto found = std::ranges::find(kProtocols, name, &Protocol::name);
  return found == kProtocols.end() ? nullptr : &*found;
}

ByteView read_value(codec::Reader& reader, ValueForm form) {
  switch (form) {
    case ValueForm::None: return {};
    case ValueForm::Ip4: return reader.fixed(4);
    case ValueForm::Ip6: return reader.fixed(16);
    case ValueForm::Port: return reader.fixed(2);
    case ValueForm::PrefixLength: return reader.fixed(1);
    case ValueForm::Text:
    case ValueForm::Path:
    case ValueForm::Peer: return reader.bytes(kMultiaddrBytesMax);
  }
  return {};
}

/// Texts stand between slashes, so they may be neither empty nor hold one, nor anything
/// unprintable.
bool is_plain_text(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return letter > ' ' && letter < '\x7f' && letter != '/';
  });
}

bool is_path(std::string_view path) {
  return !path.empty() && path.find('\0') == std::string_view::npos;
}

bool is_valid(ValueForm form, ByteView value) {
  switch (form) {
    case ValueForm::None:
    case ValueForm::Ip4:
    case ValueForm::Ip6:
    case ValueForm::Port: return true;
    case ValueForm::PrefixLength: return value[0] <= kPrefixLengthMax;
    case ValueForm::Text: return is_plain_text(as_text(value));
    case ValueForm::Path: return is_path(as_text(value));
    case ValueForm::Peer: return PeerId::decode(value).ok();
  }
  return false;
}

MultiaddrError to_error(codec::WireError error) {
  return error == codec::WireError::NotMinimal ? MultiaddrError::NotMinimal
                                               : MultiaddrError::Truncated;
}

Result<std::vector<Component>, MultiaddrError> split(ByteView bytes) {
  std::vector<Component> components;
  codec::Reader reader(bytes);
  while (reader.ok() && reader.remaining() > 0) {
    const std::size_t start = bytes.size() - reader.remaining();
    const std::uint64_t code = reader.varint();
    if (!reader.ok()) break;
    const Protocol* protocol = find_code(code);
    if (protocol == nullptr) return failure(MultiaddrError::UnknownProtocol);
    const ByteView value = read_value(reader, protocol->form);
    if (!reader.ok()) break;
    if (!is_valid(protocol->form, value)) return failure(MultiaddrError::BadValue);
    components.push_back({.protocol = protocol, .value = value, .start = start});
  }
  if (const auto end = reader.finish(); !end) return failure(to_error(end.error()));
  return components;
}

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_unreserved(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
         (letter >= '0' && letter <= '9') ||
         std::string_view("-_.~").find(letter) != std::string_view::npos;
}

/// Percent-encoding of RFC 3986, so that a path is one component of the text.
std::string escape_path(std::string_view path) {
  std::string text;
  for (const char letter : path) {
    if (is_unreserved(letter)) {
      text += letter;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(letter);
    text += '%';
    text += kHexDigits[byte >> 4];
    text += kHexDigits[byte & 15];
  }
  return text;
}

std::optional<Bytes> unescape_path(std::string_view text) {
  Bytes path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      path.push_back(static_cast<std::uint8_t>(text[i]));
      continue;
    }
    const auto byte = from_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) return std::nullopt;
    path.push_back(byte->front());
    i += 2;
  }
  return path;
}

template <class Array>
std::optional<Bytes> to_optional_bytes(const std::optional<Array>& array) {
  if (!array) return std::nullopt;
  return Bytes(array->begin(), array->end());
}

std::optional<Bytes> parse_port(std::string_view text) {
  const auto port = parse_decimal(text, 65535);
  if (!port) return std::nullopt;
  return Bytes{static_cast<std::uint8_t>(*port >> 8), static_cast<std::uint8_t>(*port)};
}

std::optional<Bytes> parse_prefix_length(std::string_view text) {
  const auto bits = parse_decimal(text, kPrefixLengthMax);
  if (!bits) return std::nullopt;
  return Bytes{static_cast<std::uint8_t>(*bits)};
}

std::optional<Bytes> parse_peer(std::string_view text) {
  const auto peer = PeerId::parse(text);
  if (!peer) return std::nullopt;
  return peer->bytes();
}

std::optional<Bytes> parse_value(ValueForm form, std::string_view text) {
  switch (form) {
    case ValueForm::None: return Bytes{};
    case ValueForm::Ip4: return to_optional_bytes(parse_ipv4(text));
    case ValueForm::Ip6: return to_optional_bytes(parse_ipv6(text));
    case ValueForm::Port: return parse_port(text);
    case ValueForm::PrefixLength: return parse_prefix_length(text);
    case ValueForm::Text: return to_bytes(as_bytes(text));
    case ValueForm::Path: return unescape_path(text);
    case ValueForm::Peer: return parse_peer(text);
  }
  return std::nullopt;
}

template <class Array>
Array to_array(ByteView bytes) {
  Array array{};
  INVARIANT(bytes.size() == array.size());
  std::ranges::copy(bytes, array.begin());
  return array;
}

std::string value_text(ValueForm form, ByteView value) {
  switch (form) {
    case ValueForm::None: return {};
    case ValueForm::Ip4: return to_text(to_array<Ipv4>(value));
    case ValueForm::Ip6: return to_text(to_array<Ipv6>(value));
    case ValueForm::Port: return std::to_string(value[0] << 8 | value[1]);
    case ValueForm::PrefixLength: return std::to_string(value[0]);
    case ValueForm::Text: return std::string(as_text(value));
    case ValueForm::Path: return escape_path(as_text(value));
    case ValueForm::Peer: return PeerId::decode(value).value().text();
  }
  return {};
}

bool is_length_prefixed(ValueForm form) {
  return form == ValueForm::Text || form == ValueForm::Path || form == ValueForm::Peer;
}

bool is_host(const Protocol& protocol) {
  return protocol.name == "ip4" || protocol.name == "ip6" || protocol.name == "dns" ||
         protocol.name == "dns4" || protocol.name == "dns6";
}

/// Takes `/part` off the front of the text.
std::string_view take_part(std::string_view& text) {
  text = text.substr(1);
  const std::size_t end = std::min(text.find('/'), text.size());
  const std::string_view part = text.substr(0, end);
  text = text.substr(end);
  return part;
}

void append_component(codec::Writer& writer, const Protocol& protocol, ByteView value) {
  writer.varint(protocol.code);
  if (is_length_prefixed(protocol.form)) {
    writer.bytes(value);
  } else {
    writer.fixed(value);
  }
}

/// The components of an address that is known to be well formed.
std::vector<Component> components_of(const Multiaddr& address) {
  return split(address.bytes()).value();
}

}  // namespace

std::string_view describe(MultiaddrError error) {
  switch (error) {
    case MultiaddrError::Empty: return "the address is empty";
    case MultiaddrError::TooLong: return "the address is too long";
    case MultiaddrError::NoLeadingSlash: return "the address does not begin with /";
    case MultiaddrError::UnknownProtocol: return "a part of the address is of an unknown protocol";
    case MultiaddrError::MissingValue: return "a part of the address lacks its value";
    case MultiaddrError::BadValue: return "a part of the address has a wrong value";
    case MultiaddrError::Truncated: return "the address ends too early";
    case MultiaddrError::NotMinimal: return "a number is not in its shortest form";
  }
  return "unknown error";
}

Result<Multiaddr, MultiaddrError> Multiaddr::parse(std::string_view text) {
  if (text.empty()) return failure(MultiaddrError::Empty);
  if (text.size() > 2 * kMultiaddrBytesMax) return failure(MultiaddrError::TooLong);
  if (text.front() != '/') return failure(MultiaddrError::NoLeadingSlash);
  codec::Writer writer;
  while (!text.empty()) {
    const Protocol* protocol = find_name(take_part(text));
    if (protocol == nullptr) return failure(MultiaddrError::UnknownProtocol);
    const bool takes_value = protocol->form != ValueForm::None;
    if (takes_value && text.empty()) return failure(MultiaddrError::MissingValue);
    const auto value =
        parse_value(protocol->form, takes_value ? take_part(text) : std::string_view{});
    if (!value || !is_valid(protocol->form, *value)) return failure(MultiaddrError::BadValue);
    append_component(writer, *protocol, *value);
  }
  if (writer.view().size() > kMultiaddrBytesMax) return failure(MultiaddrError::TooLong);
  return Multiaddr(writer.take());
}

Result<Multiaddr, MultiaddrError> Multiaddr::decode(ByteView bytes) {
  if (bytes.empty()) return failure(MultiaddrError::Empty);
  if (bytes.size() > kMultiaddrBytesMax) return failure(MultiaddrError::TooLong);
  if (const auto components = split(bytes); !components) return failure(components.error());
  return Multiaddr(to_bytes(bytes));
}

Result<Multiaddr, MultiaddrError> Multiaddr::from_tcp(const TcpEndpoint& endpoint) {
  const bool is_ip6 = endpoint.host.find(':') != std::string::npos;
  return parse((is_ip6 ? "/ip6/" : "/ip4/") + endpoint.host + "/tcp/" +
               std::to_string(endpoint.port));
}

std::string Multiaddr::text() const {
  std::string text;
  for (const Component& component : components_of(*this)) {
    text += '/';
    text += component.protocol->name;
    if (component.protocol->form == ValueForm::None) continue;
    text += '/';
    text += value_text(component.protocol->form, component.value);
  }
  return text;
}

std::optional<PeerId> Multiaddr::peer_id() const {
  const auto components = components_of(*this);
  if (components.empty() || components.back().protocol->code != kPeerCode) return std::nullopt;
  return PeerId::decode(components.back().value).value();
}

std::optional<TcpEndpoint> Multiaddr::tcp_endpoint() const {
  const Multiaddr address = without_peer();  // outlives the views into it
  const auto components = components_of(address);
  if (components.size() != 2 || !is_host(*components[0].protocol) ||
      components[1].protocol->code != kTcpCode)
    return std::nullopt;
  const ByteView port = components[1].value;
  return TcpEndpoint{.host = value_text(components[0].protocol->form, components[0].value),
                     .port = static_cast<std::uint16_t>(port[0] << 8 | port[1])};
}

Multiaddr Multiaddr::with_peer(const PeerId& peer) const {
  codec::Writer writer;
  writer.fixed(without_peer().bytes());
  append_component(writer, *find_code(kPeerCode), peer.bytes());
  return Multiaddr(writer.take());
}

Multiaddr Multiaddr::without_peer() const {
  const auto components = components_of(*this);
  if (components.empty() || components.back().protocol->code != kPeerCode) return *this;
  const auto end = static_cast<std::ptrdiff_t>(components.back().start);
  return Multiaddr(Bytes(bytes_.begin(), bytes_.begin() + end));
}

}  // namespace troupe::network

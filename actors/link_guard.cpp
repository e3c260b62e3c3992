#include "actors/link_guard.hpp"

#include <algorithm>

#include <caf/io/basp/header.hpp>

#include "actors/local_link.hpp"

namespace troupe::actors {

namespace {

using caf::io::basp::message_type;

constexpr std::size_t kFlagsAt = 3;
constexpr std::size_t kPayloadSizeAt = 4;
constexpr std::size_t kDestinationAt = 24;

std::uint64_t number_at(const Bytes& header, std::size_t at, std::size_t bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    number = number << 8U | header[at + i];
  return number;
}

/// Moves bytes over until there are `wanted`. True if there are.
bool fill(Bytes& to, ByteView& from, std::size_t wanted) {
  const std::size_t taken = std::min(wanted - to.size(), from.size());
  append(to, from.first(taken));
  from = from.subspan(taken);
  return to.size() == wanted;
}

}  // namespace

std::string_view describe(GuardError error) {
  switch (error) {
    case GuardError::Forbidden: return "a console sent what no console sends";
    case GuardError::TooCurious: return "a console monitors more actors than a node has";
    case GuardError::Oversized: return "a console sent a message above the bound";
  }
  return {};
}

Result<Bytes, GuardError> LinkGuard::from_console(ByteView bytes) {
  static_assert(caf::io::basp::header_size == kHeaderBytes);
  Bytes passed;
  while (!bytes.empty()) {
    if (payload_left_ == 0) {
      if (!fill(header_, bytes, kHeaderBytes)) break;
      const Header header{
          header_[0],
          header_[kFlagsAt],
          static_cast<std::uint32_t>(number_at(header_, kPayloadSizeAt, sizeof(std::uint32_t))),
          number_at(header_, kDestinationAt, sizeof(std::uint64_t))};
      const auto fate = judge(header);
      if (!fate) return failure(fate.error());
      fate_ = *fate;
      payload_left_ = header.payload_bytes;
      if (fate_ == Fate::Passes) append(passed, header_);
      header_.clear();
    }
    const ByteView payload = bytes.first(std::min(payload_left_, bytes.size()));
    if (fate_ == Fate::Passes) append(passed, payload);
    payload_left_ -= payload.size();
    bytes = bytes.subspan(payload.size());
  }
  return passed;
}

Result<LinkGuard::Fate, GuardError> LinkGuard::judge(const Header& header) {
  if (header.payload_bytes > kLinkMessageBytesMax) return failure(GuardError::Oversized);
  switch (static_cast<message_type>(header.operation)) {
    case message_type::client_handshake:
    case message_type::down_message:
    case message_type::heartbeat: return Fate::Passes;
    case message_type::direct_message: {
      const bool is_by_name = (header.flags & caf::io::basp::header::named_receiver_flag) != 0;
      return !is_by_name && header.destination == published_ ? Fate::Passes : Fate::IsSwallowed;
    }
    case message_type::monitor_message:
      if (++monitored_ <= kMonitoredMax) return Fate::Passes;
      return failure(GuardError::TooCurious);
    case message_type::server_handshake:
    case message_type::routed_message: break;
  }
  return failure(GuardError::Forbidden);
}

}  // namespace troupe::actors

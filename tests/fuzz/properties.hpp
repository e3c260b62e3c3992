#pragma once

#include "protocol/base/bytes.hpp"
#include "protocol/base/invariant.hpp"

// What every parser of a kind promises, for targets to hold it to.
namespace troupe::fuzz {

/// Our own encodings are canonical: what decodes at all encodes to the same bytes.
template <class Decode>
void check_canonical(ByteView input, Decode decode) {
  const auto value = decode(input);
  if (value) INVARIANT(equal(encode(*value), input));
}

/// Protobuf messages are not: unknown fields are dropped. But what was read and is written is read
/// again as the same.
template <class Decode>
void check_stable(ByteView input, Decode decode) {
  const auto value = decode(input);
  if (!value) return;
  const auto again = decode(encode(*value));
  INVARIANT(static_cast<bool>(again));
  INVARIANT(*again == *value);
}

/// An input whose first byte says which of a target's parsers reads the rest.
template <class Kind>
Bytes seed_for(Kind kind, ByteView encoding) {
  Bytes input{static_cast<std::uint8_t>(kind)};
  append(input, encoding);
  return input;
}

}  // namespace troupe::fuzz

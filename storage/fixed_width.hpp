#pragma once

#include <cstddef>
#include <cstdint>

#include "protocol/base/bytes.hpp"
#include "protocol/base/invariant.hpp"

// Numbers of a fixed width: big-endian in keys, so that they sort; little-endian in records.
namespace troupe::storage {

template <class Number>
void append_big_endian(Bytes& to, Number number) {
  for (std::size_t i = sizeof(Number); i-- > 0;)
    to.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

template <class Number>
void append_little_endian(Bytes& to, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    to.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

/// The number at `at`; the caller has made sure that all of it is there.
template <class Number>
[[nodiscard]] Number read_big_endian(ByteView from, std::size_t at) {
  INVARIANT(from.size() >= at + sizeof(Number));
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number = static_cast<Number>((number << 8) | from[at + i]);
  return number;
}

template <class Number>
[[nodiscard]] Number read_little_endian(ByteView from, std::size_t at) {
  INVARIANT(from.size() >= at + sizeof(Number));
  Number number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;)
    number = static_cast<Number>((number << 8) | from[at + i]);
  return number;
}

}  // namespace troupe::storage

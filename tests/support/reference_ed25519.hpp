#pragma once

#include <array>
#include <optional>

#include <boost/multiprecision/cpp_int.hpp>

#include "protocol/base/bytes.hpp"

// Ed25519 from its definition (RFC 8032, section 5.1) on plain big integers: slow, without a single
// trick, and independent of the library that the node uses. It judges what the node's verification
// must answer, and makes the crafted keys and signatures that the node must refuse.
namespace troupe::support::ed25519 {

/// Wide enough for the product of two field elements. Unsigned: subtract only from what is larger.
using Integer = boost::multiprecision::number<
    boost::multiprecision::cpp_int_backend<576,
                                           576,
                                           boost::multiprecision::unsigned_magnitude,
                                           boost::multiprecision::unchecked,
                                           void>,
    boost::multiprecision::et_off>;

using Encoding = std::array<std::uint8_t, 32>;

/// p = 2^255 - 19.
[[nodiscard]] const Integer& field_order();

/// L = 2^252 + 27742317777372353535851937790883648493, the order of the base point.
[[nodiscard]] const Integer& group_order();

/// A point in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, section 5.1.4).
struct Point {
  Integer x;
  Integer y;
  Integer z;
  Integer t;
};

[[nodiscard]] Point identity();
[[nodiscard]] Point base_point();
[[nodiscard]] Point add(const Point& left, const Point& right);
[[nodiscard]] Point negate(const Point& point);
[[nodiscard]] Point multiply(const Integer& scalar, const Point& point);
[[nodiscard]] bool is_same(const Point& left, const Point& right);

/// A point of order 8, found by clearing the large factor of points from a fixed start.
[[nodiscard]] Point torsion_generator();

[[nodiscard]] Encoding encode(const Point& point);
[[nodiscard]] Encoding encode_integer(const Integer& integer);
[[nodiscard]] Integer decode_integer(ByteView bytes);

/// The point of an encoding. Nothing if y is not below p, if there is no such x, or if x is 0 with
/// the sign bit set (RFC 8032, section 5.1.3).
[[nodiscard]] std::optional<Point> decode(const Encoding& encoding);

/// k = SHA-512(R || A || message) mod L.
[[nodiscard]] Integer challenge(const Encoding& r, const Encoding& key, ByteView message);

struct SignatureParts {
  Encoding r{};
  Encoding s{};
};

/// The strict rule of protocol/crypto/signature.hpp, stated by meaning instead of by list: S < L;
/// key and R are canonical encodings of points whose order does not divide 8; and R is the encoding
/// of [S]B - [k]A.
[[nodiscard]] bool verify_strictly(const Encoding& key,
                                   ByteView message,
                                   const SignatureParts& signature);

}  // namespace troupe::support::ed25519

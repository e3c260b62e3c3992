#include "tests/support/reference_ed25519.hpp"

#include <utility>

#include <cryptopp/sha.h>

#include "protocol/base/invariant.hpp"

namespace troupe::support::ed25519 {

namespace {

constexpr unsigned kSignBit = 255;

Integer times(const Integer& left, const Integer& right) {
  return (left * right) % field_order();
}

Integer plus(const Integer& left, const Integer& right) {
  return (left + right) % field_order();
}

Integer minus(const Integer& left, const Integer& right) {
  return (left + field_order() - right) % field_order();
}

Integer power(Integer base, Integer exponent) {
  Integer result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = times(result, base);
    base = times(base, base);
  }
  return result;
}

Integer inverse(const Integer& number) {
  return power(number, field_order() - 2);
}

// d = -121665 / 121666.
const Integer& curve_constant() {
  static const Integer constant = times(field_order() - 121665, inverse(121666));
  return constant;
}

// The even or odd x with this y on -x^2 + y^2 = 1 + d x^2 y^2, for y below p.
std::optional<Integer> recover_x(const Integer& y, bool is_odd) {
  const Integer y_squared = times(y, y);
  const Integer numerator = minus(y_squared, 1);
  const Integer denominator = plus(times(curve_constant(), y_squared), 1);
  const Integer x_squared = times(numerator, inverse(denominator));
  Integer x = power(x_squared, (field_order() + 3) / 8);
  if (times(x, x) != x_squared) x = times(x, power(2, (field_order() - 1) / 4));
  if (times(x, x) != x_squared) return std::nullopt;
  if (x == 0 && is_odd) return std::nullopt;
  if (((x & 1) != 0) != is_odd) x = field_order() - x;
  return x;
}

Point from_affine(const Integer& x, const Integer& y) {
  return {.x = x, .y = y, .z = 1, .t = times(x, y)};
}

bool has_small_order(const Point& point) {
  return is_same(multiply(8, point), identity());
}

}  // namespace

const Integer& field_order() {
  static const Integer order = (Integer(1) << kSignBit) - 19;
  return order;
}

const Integer& group_order() {
  static const Integer order =
      (Integer(1) << 252) + Integer("27742317777372353535851937790883648493");
  return order;
}

Point identity() {
  return from_affine(0, 1);
}

Point base_point() {
  static const Point base = [] {
    const Integer y = times(4, inverse(5));
    return from_affine(recover_x(y, false).value(), y);
  }();
  return base;
}

// RFC 8032, section 5.1.4. Complete: right for any two points, equal ones and the identity too.
Point add(const Point& left, const Point& right) {
  const Integer a = times(minus(left.y, left.x), minus(right.y, right.x));
  const Integer b = times(plus(left.y, left.x), plus(right.y, right.x));
  const Integer c = times(times(times(2, left.t), curve_constant()), right.t);
  const Integer d = times(times(2, left.z), right.z);
  const Integer e = minus(b, a);
  const Integer f = minus(d, c);
  const Integer g = plus(d, c);
  const Integer h = plus(b, a);
  return {.x = times(e, f), .y = times(g, h), .z = times(f, g), .t = times(e, h)};
}

Point negate(const Point& point) {
  return {.x = minus(0, point.x), .y = point.y, .z = point.z, .t = minus(0, point.t)};
}

Point multiply(const Integer& scalar, const Point& point) {
  Point result = identity();
  Point doubled = point;
  for (Integer rest = scalar; rest != 0; rest >>= 1) {
    if ((rest & 1) != 0) result = add(result, doubled);
    doubled = add(doubled, doubled);
  }
  return result;
}

bool is_same(const Point& left, const Point& right) {
  return times(left.x, right.z) == times(right.x, left.z) &&
         times(left.y, right.z) == times(right.y, left.z);
}

Point torsion_generator() {
  for (Integer y = 2;; y += 1) {
    const auto x = recover_x(y, false);
    if (!x) continue;
    const Point candidate = multiply(group_order(), from_affine(*x, y));
    if (!is_same(multiply(4, candidate), identity())) return candidate;
  }
}

Encoding encode(const Point& point) {
  const Integer inverse_z = inverse(point.z);
  const Integer x = times(point.x, inverse_z);
  const Integer y = times(point.y, inverse_z);
  return encode_integer(y | ((x & 1) << kSignBit));
}

Encoding encode_integer(const Integer& integer) {
  INVARIANT(integer >> 256 == 0);
  Encoding bytes{};
  Integer rest = integer;
  for (std::uint8_t& byte : bytes) {
    byte = static_cast<std::uint8_t>(rest & 0xff);
    rest >>= 8;
  }
  return bytes;
}

Integer decode_integer(ByteView bytes) {
  Integer integer = 0;
  for (std::size_t i = bytes.size(); i > 0; --i)
    integer = (integer << 8) | bytes[i - 1];
  return integer;
}

std::optional<Point> decode(const Encoding& encoding) {
  const Integer whole = decode_integer(encoding);
  const bool is_odd = (whole >> kSignBit) != 0;
  const Integer y = whole & ((Integer(1) << kSignBit) - 1);
  if (y >= field_order()) return std::nullopt;
  const auto x = recover_x(y, is_odd);
  if (!x) return std::nullopt;
  return from_affine(*x, y);
}

Integer challenge(const Encoding& r, const Encoding& key, ByteView message) {
  CryptoPP::SHA512 hash;
  hash.Update(r.data(), r.size());
  hash.Update(key.data(), key.size());
  hash.Update(message.data(), message.size());
  std::array<std::uint8_t, CryptoPP::SHA512::DIGESTSIZE> digest{};
  hash.Final(digest.data());
  return decode_integer(digest) % group_order();
}

bool verify_strictly(const Encoding& key, ByteView message, const SignatureParts& signature) {
  const Integer s = decode_integer(signature.s);
  if (s >= group_order()) return false;
  const auto key_point = decode(key);
  const auto r_point = decode(signature.r);
  if (!key_point || has_small_order(*key_point)) return false;
  if (!r_point || has_small_order(*r_point)) return false;
  const Integer k = challenge(signature.r, key, message);
  const Point expected = add(multiply(s, base_point()), multiply(k, negate(*key_point)));
  return encode(expected) == signature.r;
}

}  // namespace troupe::support::ed25519

#include <string>

#include "protocol/base/invariant.hpp"
#include "protocol/codec/wire.hpp"
#include "tests/fuzz/targets.hpp"

// input := program: bytes[8]  encoding: the rest
//
// Each byte of the program says which field is read next. Whatever is read is written again: if the
// whole encoding is accepted, both must be the same bytes, since a value has one encoding.
namespace troupe::fuzz {

namespace {

using codec::Reader;
using codec::Writer;

constexpr std::size_t kProgramBytes = 8;
constexpr std::size_t kSizeMax = 300;

enum class Field { U8, Boolean, Varint, BoundedVarint, Fixed, Bytes, Text, List };

constexpr std::uint8_t kFieldKinds = 8;

void copy_list(Reader& reader, Writer& writer) {
  const std::size_t left = reader.remaining();
  const std::size_t count = reader.count(kSizeMax);
  INVARIANT(count <= left);
  writer.varint(count);
  for (std::size_t i = 0; i < count; ++i)
    writer.u8(reader.u8());
}

void copy_field(Field field, Reader& reader, Writer& writer) {
  switch (field) {
    case Field::U8: writer.u8(reader.u8()); return;
    case Field::Boolean: writer.boolean(reader.boolean()); return;
    case Field::Varint: writer.varint(reader.varint()); return;
    case Field::BoundedVarint: {
      const std::uint64_t number = reader.varint(kSizeMax);
      INVARIANT(number <= kSizeMax);
      writer.varint(number);
      return;
    }
    case Field::Fixed: writer.fixed(reader.array<4>()); return;
    case Field::Bytes: {
      const ByteView content = reader.bytes(kSizeMax);
      INVARIANT(content.size() <= kSizeMax);
      writer.bytes(content);
      return;
    }
    case Field::Text: writer.text(reader.text(kSizeMax)); return;
    case Field::List: copy_list(reader, writer); return;
  }
}

}  // namespace

void fuzz_wire(ByteView input) {
  if (input.size() < kProgramBytes) return;
  const ByteView encoding = input.subspan(kProgramBytes);
  Reader reader(encoding);
  Writer writer;
  for (const std::uint8_t step : input.first(kProgramBytes)) {
    copy_field(static_cast<Field>(step % kFieldKinds), reader, writer);
  }
  if (reader.finish()) INVARIANT(equal(writer.view(), encoding));
}

std::vector<Bytes> wire_seeds() {
  Writer every_field;
  every_field.fixed(Bytes{0, 1, 2, 3, 4, 5, 6, 7}).u8(7).boolean(true).varint(300).varint(128);
  every_field.fixed(Bytes(4, 0xee)).bytes(Bytes{1, 2}).text("hi").varint(2).fixed(Bytes(2, 0xdd));
  Writer numbers;
  numbers.fixed(Bytes(kProgramBytes, static_cast<std::uint8_t>(Field::Varint)));
  for (const std::uint64_t bits : {0, 6, 7, 14, 31, 56, 62, 63})
    numbers.varint(1ULL << bits);
  Writer long_list;
  long_list.fixed(Bytes{7, 0, 0, 0, 0, 0, 0, 0}).bytes(Bytes(kSizeMax, 1)).fixed(Bytes(7, 2));
  return {every_field.take(), numbers.take(), long_list.take()};
}

}  // namespace troupe::fuzz

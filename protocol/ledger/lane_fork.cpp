#include "protocol/ledger/lane_fork.hpp"

#include "protocol/base/invariant.hpp"

namespace troupe::ledger {

LaneFork make_fork(const SignedBatchHeader& left, const SignedBatchHeader& right) {
  INVARIANT(conflict(left.header, right.header));
  return digest_of(left.header) < digest_of(right.header) ? LaneFork{left, right}
                                                          : LaneFork{right, left};
}

bool is_ordered_conflict(const LaneFork& fork) {
  return conflict(fork.first.header, fork.second.header) &&
         digest_of(fork.first.header) < digest_of(fork.second.header);
}

bool proves(const LaneFork& fork, const crypto::Digest& chain, const crypto::PublicKey& author) {
  return is_ordered_conflict(fork) && verify(fork.first, chain, author) &&
         verify(fork.second, chain, author);
}

std::string describe(const LaneFork& fork) {
  return "validator " + std::to_string(fork.culprit().number) + " forked its lane at sequence " +
         std::to_string(fork.first.header.place.sequence.number);
}

void write(codec::Writer& writer, const LaneFork& fork) {
  writer.fixed(encode(fork.first)).fixed(encode(fork.second));
}

LaneFork read_fork(codec::Reader& reader) {
  LaneFork fork;
  fork.first = read_signed_batch_header(reader);
  fork.second = read_signed_batch_header(reader);
  if (reader.ok() && !is_ordered_conflict(fork)) reader.fail(codec::WireError::OutOfRange);
  return fork;
}

}  // namespace troupe::ledger

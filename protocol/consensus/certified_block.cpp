#include "protocol/consensus/certified_block.hpp"

namespace troupe::consensus {

namespace {

bool is_for(const Certificate& certificate, VoteKind kind, const Header& header) {
  return certificate.is(kind) && certificate.vote.epoch == header.epoch &&
         certificate.view() == header.view && certificate.vote.block == digest(header);
}

bool belongs(const CertifiedBlock& block) {
  const Header& header = block.header;
  if (block.finalization && !is_for(*block.finalization, VoteKind::Finalize, header)) return false;
  if (block.notarization && !is_for(*block.notarization, VoteKind::Notarize, header)) return false;
  View last{0};
  for (const Certificate& nullification : block.nullifications) {
    if (!nullification.is(VoteKind::Nullify) || nullification.vote.epoch != header.epoch ||
        nullification.view() <= last || nullification.view() >= header.view) {
      return false;
    }
    last = nullification.view();
  }
  return true;
}

bool certificates_hold(const CertifiedBlock& block, const Electorate& electorate) {
  if (block.finalization && !check(*block.finalization, electorate)) return false;
  if (block.notarization && !check(*block.notarization, electorate)) return false;
  for (const Certificate& nullification : block.nullifications) {
    if (!check(nullification, electorate)) return false;
  }
  return true;
}

bool is_child(const Header& child, const Header& parent) {
  return child.chain == parent.chain && child.height == parent.height.next() &&
         child.view > parent.view && child.parent == digest(parent);
}

}  // namespace

std::string_view describe(RunError error) {
  switch (error) {
    case RunError::Empty: return "there is no block in it";
    case RunError::NotLinked: return "a block is not the child of the one before it";
    case RunError::NotFinal: return "the last block carries no finalization";
    case RunError::WrongCertificate: return "a certificate belongs to another block or view";
    case RunError::BadCertificate: return "a certificate is not signed by a quorum";
  }
  return "unknown error";
}

Result<Done, RunError> check_run(const std::vector<CertifiedBlock>& run,
                                 const Electorate& electorate) {
  if (run.empty()) return failure(RunError::Empty);
  if (!run.back().finalization) return failure(RunError::NotFinal);
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (i > 0 && !is_child(run[i].header, run[i - 1].header)) return failure(RunError::NotLinked);
    if (!belongs(run[i])) return failure(RunError::WrongCertificate);
  }
  // The cheap checks came first; the last finalization alone rules out every forged run.
  if (!check(*run.back().finalization, electorate)) return failure(RunError::BadCertificate);
  for (const CertifiedBlock& block : run) {
    if (!certificates_hold(block, electorate)) return failure(RunError::BadCertificate);
  }
  return Done{};
}

}  // namespace troupe::consensus

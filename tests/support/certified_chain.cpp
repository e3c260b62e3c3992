#include "tests/support/certified_chain.hpp"

namespace troupe::support {

using consensus::CertifiedBlock;
using consensus::Header;
using consensus::VoteKind;

CertifiedChain::CertifiedChain(std::uint64_t heights)
    : signatures_(4),
      root_(consensus::genesis_header({crypto::sha256(as_bytes("chain")), Timestamp{1}, {}},
                                      signatures_.validators())),
      electorate_{{root_.chain, Epoch{0}, consensus::digest(root_)},
                  signatures_.validators(),
                  simulator::KeyedSignatures::verify()} {
  const Header* parent = &root_;
  blocks_.reserve(heights);
  for (std::uint64_t height = 1; height <= heights; ++height) {
    CertifiedBlock block;
    block.header = *parent;
    block.header.root = electorate_.binding.root;
    block.header.view = View{height};
    block.header.height = Height{height};
    block.header.parent = consensus::digest(*parent);
    block.header.timestamp = Timestamp{height + 1};
    const crypto::Digest digest = consensus::digest(block.header);
    block.notarization = certify(VoteKind::Notarize, View{height}, digest);
    if (height % 2 == 0) block.finalization = certify(VoteKind::Finalize, View{height}, digest);
    blocks_.push_back(std::move(block));
    parent = &blocks_.back().header;
  }
}

std::vector<CertifiedBlock> CertifiedChain::run(std::uint64_t first, std::uint64_t last) const {
  std::vector<CertifiedBlock> blocks;
  for (std::uint64_t height = first; height <= last; ++height)
    blocks.push_back(at(height));
  return blocks;
}

consensus::Certificate CertifiedChain::certify(VoteKind kind,
                                               View view,
                                               const crypto::Digest& block) const {
  return signatures_.certify(electorate_.binding, {kind, Epoch{0}, view, block}, {0, 1, 3});
}

}  // namespace troupe::support

#pragma once

#include <boost/test/unit_test.hpp>

#include "protocol/base/bytes.hpp"

namespace troupe::support {

/// Every decoder of ours takes exactly one whole encoding: no prefix of it, and nothing behind it.
template <class Decode>
void check_only_whole_inputs_decode(const Bytes& encoded, Decode decode) {
  BOOST_REQUIRE(decode(encoded).ok());
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    const Bytes prefix(encoded.begin(), encoded.begin() + static_cast<std::ptrdiff_t>(size));
    BOOST_CHECK_MESSAGE(!decode(prefix).ok(), "a prefix of " << size << " bytes decodes");
  }
  Bytes longer = encoded;
  longer.push_back(0);
  BOOST_CHECK(!decode(longer).ok());
}

}  // namespace troupe::support

#include "tools/simulator/cheap_signatures.hpp"

#include <boost/test/unit_test.hpp>

#include "tools/simulator/core/keyed_signatures.hpp"

namespace troupe::simulator {

namespace {

/// Leaves the process as it was.
struct Keys {
  ~Keys() { use_cheap_signatures(false); }

  crypto::KeyPair alice = *crypto::KeyPair::from_seed(Bytes(crypto::KeyPair::kSeedBytes, 1));
  crypto::KeyPair bob = *crypto::KeyPair::from_seed(Bytes(crypto::KeyPair::kSeedBytes, 2));
  Bytes message = to_bytes(as_bytes("a vote"));
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cheap_signatures_test, Keys)

BOOST_AUTO_TEST_CASE(this_program_signs_and_verifies_through_the_seam) {
  BOOST_TEST(are_signatures_replaced());
}

BOOST_AUTO_TEST_CASE(a_cheap_signature_is_good_for_its_key_and_its_message_alone) {
  use_cheap_signatures(true);
  const auto signature = alice.sign(message);

  BOOST_TEST(crypto::verify(alice.public_key(), message, signature));
  BOOST_TEST(!crypto::verify(bob.public_key(), message, signature));
  BOOST_TEST(!crypto::verify(alice.public_key(), to_bytes(as_bytes("another")), signature));
}

BOOST_AUTO_TEST_CASE(real_signatures_are_ed25519_and_no_cheap_one_passes_for_one) {
  use_cheap_signatures(false);
  const auto signature = alice.sign(message);

  BOOST_TEST(crypto::verify(alice.public_key(), message, signature));
  BOOST_TEST(!crypto::verify(alice.public_key(), message, keyed_hash(alice.public_key(), message)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::simulator

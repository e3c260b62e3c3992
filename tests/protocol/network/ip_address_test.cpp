#include "protocol/network/ip_address.hpp"

#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace troupe::network {

BOOST_AUTO_TEST_SUITE(ip_address_test)

BOOST_AUTO_TEST_CASE(ipv4_is_four_plain_numbers) {
  BOOST_TEST((parse_ipv4("192.0.2.255") == Ipv4{192, 0, 2, 255}));
  BOOST_TEST(to_text(Ipv4{0, 10, 200, 9}) == "0.10.200.9");
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "1.2.3.",
                           ".1.2.3",
                           "1.2.3.04",
                           "1.2.3.-4",
                           "1.2.3.+4",
                           "1.2.3.4 ",
                           "0x1.2.3.4"})
    BOOST_TEST(!parse_ipv4(text), text);
}

BOOST_AUTO_TEST_CASE(ipv6_is_written_in_its_canonical_form) {
  const std::vector<std::pair<std::string, std::string>> texts{
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one zero group is not shortened
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run is
      {"1:0:0:2:0:0:3:4", "1::2:0:0:3:4"},               // the first of two equal runs is
      {"::ffff:1.2.3.4", "::ffff:102:304"},
      {"1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"},
      {"0001:02:3::", "1:2:3::"}};
  for (const auto& [text, canonical] : texts) {
    const auto address = parse_ipv6(text);
    BOOST_TEST_REQUIRE(address.has_value(), text);
    BOOST_TEST(to_text(*address) == canonical);
    BOOST_TEST((parse_ipv6(canonical) == address));
  }
}

BOOST_AUTO_TEST_CASE(malformed_ipv6_is_refused) {
  for (const char* text : {"",
                           ":",
                           ":::",
                           "1",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "12345::",
                           "g::",
                           "1:2:3:4:5:6:7:",
                           ":1:2:3:4:5:6:7",
                           "1:2:3:4::5:6:7:8",
                           "::1.2.3",
                           "1.2.3.4::",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "fe80::1%eth0"})
    BOOST_TEST(!parse_ipv6(text), text);
}

BOOST_AUTO_TEST_CASE(a_decimal_has_one_form_and_a_bound) {
  BOOST_TEST((parse_decimal("0", 10) == 0u));
  BOOST_TEST((parse_decimal("65535", 65535) == 65535u));
  for (const char* text : {"", "00", "01", "65536", "-1", "+1", "1 ", "1a", "99999999999"})
    BOOST_TEST(!parse_decimal(text, 65535), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::network

#include "tools/troupe/networks.hpp"

#include <boost/test/unit_test.hpp>
#include <stdlib.h>
#include <unistd.h>

#include "tests/tools/troupe/stage.hpp"

namespace troupe::tools {

namespace {

/// A home with networks that are no more than a genesis file and two node folders each.
struct Homes {
  support::TemporaryFolder folder;
  Home home{folder.path() / "config", folder.path() / "nets", folder.path() / "state"};
  fs::path before = fs::current_path();

  Homes() {
    ::unsetenv("TROUPE_NET");
    fs::current_path(folder.path());
  }

  ~Homes() { fs::current_path(before); }

  fs::path plant(const fs::path& net) const {
    for (const char* node : {"n1", "n2", "n10"}) {
      BOOST_REQUIRE(create_folder(net / node).ok());
      BOOST_REQUIRE(create_file(net / node / "config.toml", "").ok());
    }
    BOOST_REQUIRE(create_file(net / "genesis", "x").ok());
    return net;
  }

  [[nodiscard]] std::string found(const std::string& option = "") const {
    const auto net = find_net(home, option);
    return net.ok() ? net->folder.string() : net.error().code;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(networks_test)

BOOST_AUTO_TEST_CASE(a_network_is_found_by_its_name_or_folder) {
  const Homes homes;
  const auto demo = homes.plant(homes.home.nets / "demo");
  const auto here = homes.plant(homes.folder.path() / "work/.troupe");

  BOOST_TEST(homes.found("demo") == demo.string());
  BOOST_TEST(homes.found("./work") == here.string());
  BOOST_TEST(homes.found((homes.folder.path() / "work/").string()) == here.string());
  BOOST_TEST(homes.found(here.string()) == here.string());
  BOOST_TEST(homes.found("dmeo") == "no-net");
}

BOOST_AUTO_TEST_CASE(the_option_outranks_the_variable_which_outranks_the_folder) {
  const Homes homes;
  const auto demo = homes.plant(homes.home.nets / "demo");
  const auto other = homes.plant(homes.home.nets / "other");
  const auto here = homes.plant(homes.folder.path() / "work/.troupe");
  BOOST_REQUIRE(create_folder(homes.folder.path() / "work/deep/er").ok());
  fs::current_path(homes.folder.path() / "work/deep/er");

  BOOST_TEST(homes.found() == here.string());
  ::setenv("TROUPE_NET", "other", 1);
  BOOST_TEST(homes.found() == other.string());
  BOOST_TEST(homes.found("demo") == demo.string());
  ::unsetenv("TROUPE_NET");
}

BOOST_AUTO_TEST_CASE(the_only_network_that_runs_is_meant_else_the_only_one_else_there_is_a_list) {
  const Homes homes;
  BOOST_TEST(homes.found() == "no-net");
  const auto demo = homes.plant(homes.home.nets / "demo");
  BOOST_TEST(homes.found() == demo.string());
  const auto other = homes.plant(homes.home.nets / "other");
  BOOST_TEST(homes.found() == "which-net");

  const LockHolder running(other / "n2");
  BOOST_TEST(homes.found() == other.string());
  const LockHolder both(demo / "n1");
  BOOST_TEST(homes.found() == "which-net");
}

BOOST_AUTO_TEST_CASE(a_network_outside_the_home_is_remembered) {
  const Homes homes;
  const auto here = homes.plant(homes.folder.path() / "work/.troupe");
  BOOST_TEST(homes.found() == "no-net");

  BOOST_TEST(remember_net(homes.home, here).ok());

  BOOST_TEST(homes.found() == here.string());
  BOOST_TEST(homes.found("work") == here.string());
}

BOOST_AUTO_TEST_CASE(nodes_are_listed_by_number) {
  const Homes homes;
  const auto net = read_net(homes.plant(homes.home.nets / "demo"));

  BOOST_TEST_REQUIRE(net.has_value());
  BOOST_TEST_REQUIRE(net->nodes.size() == 3u);
  BOOST_TEST(net->nodes[1].name == "n2");
  BOOST_TEST(net->nodes[2].name == "n10");
  BOOST_TEST(net->node("n2").ok());
  BOOST_TEST(net->node("n3").error().hint == "its nodes are: n1 n2 n10");
}

BOOST_AUTO_TEST_CASE(a_home_must_be_an_absolute_path) {
  const std::string before = ::getenv("HOME");
  ::setenv("HOME", "relative", 1);
  BOOST_TEST(find_home("").error().code == "no-home");
  ::setenv("HOME", "/somewhere", 1);
  ::setenv("XDG_DATA_HOME", "not/absolute", 1);
  BOOST_TEST(find_home("")->nets == "/somewhere/.local/share/troupe/nets");
  ::setenv("XDG_DATA_HOME", "/data", 1);
  BOOST_TEST(find_home("")->nets == "/data/troupe/nets");
  ::unsetenv("XDG_DATA_HOME");
  ::setenv("HOME", before.c_str(), 1);
  BOOST_TEST(find_home("/x/y")->nets == "/x/y/nets");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

#include "tools/bench/crowd.hpp"

#include <array>
#include <cstring>

#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/support/temporary_folder.hpp"

namespace troupe::tools {

namespace {

/// Listens, and takes what comes.
template <class Address>
struct Door {
  Door(int family, Address wanted) : address(wanted), fd(::socket(family, SOCK_STREAM, 0)) {
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(fd, plain, size) == 0);
    BOOST_REQUIRE(::listen(fd, 16) == 0);
    BOOST_REQUIRE(::getsockname(fd, plain, &size) == 0);
  }

  ~Door() { ::close(fd); }

  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// What the next visitor says before it is gone.
  [[nodiscard]] std::size_t heard_from_next() const {
    const int visitor = ::accept(fd, nullptr, nullptr);
    std::array<char, 1024> said{};
    std::size_t heard = 0;
    for (ssize_t got = 1; got > 0; heard += static_cast<std::size_t>(std::max<ssize_t>(got, 0)))
      got = ::read(visitor, said.data(), said.size());
    ::close(visitor);
    return heard;
  }

  Address address;
  int fd;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(crowd_test)

BOOST_AUTO_TEST_CASE(a_crowd_comes_to_both_doors_and_half_of_it_talks_nonsense) {
  const support::TemporaryFolder folder;
  const std::string path = (folder.path() / "door").string();
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  std::memcpy(local.sun_path, path.data(), path.size());
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const Door<sockaddr_un> socket(AF_UNIX, local);
  const Door<sockaddr_in> port(AF_INET, any);
  Crowd crowd(path, "127.0.0.1", ntohs(port.address.sin_port));

  BOOST_TEST(crowd.come(4) == 4u);
  BOOST_TEST(crowd.size() == 4u);
  crowd.leave();

  BOOST_TEST(crowd.size() == 0u);
  BOOST_TEST(socket.heard_from_next() == 300u);
  BOOST_TEST(port.heard_from_next() == 300u);
  BOOST_TEST(socket.heard_from_next() == 0u);
  BOOST_TEST(port.heard_from_next() == 0u);
}

BOOST_AUTO_TEST_CASE(where_nobody_listens_nobody_comes) {
  Crowd crowd("/nonexistent/door", "127.0.0.1", 1);

  BOOST_TEST(crowd.come(4) == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace troupe::tools

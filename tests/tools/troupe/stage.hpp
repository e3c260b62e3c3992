#pragma once

#include <array>

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/ledger/genesis.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/tools/troupe/fake_node.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/init.hpp"

namespace troupe::tools {

/// A process that holds a node's lock until it is killed: what a running node looks like from
/// outside. (A process does not see its own locks, so the test cannot hold it itself.)
class LockHolder {
 public:
  explicit LockHolder(const fs::path& folder) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const bool taken = take_node_lock(folder, "test").ok();
      const char word = taken ? 'y' : 'n';
      static_cast<void>(!::write(ends[1], &word, 1));
      for (;;)
        ::pause();
    }
    char word = 0;
    BOOST_REQUIRE(::read(ends[0], &word, 1) == 1);
    ::close(ends[0]);
    ::close(ends[1]);
    is_holding_ = word == 'y';
  }

  LockHolder(const LockHolder&) = delete;
  LockHolder& operator=(const LockHolder&) = delete;

  ~LockHolder() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] bool is_holding() const { return is_holding_; }

 private:
  pid_t pid_ = 0;
  bool is_holding_ = false;
};

/// A home folder with the network "demo", whose node n1 seems to run and answers from a FakeLedger.
struct Stage {
  explicit Stage(Format format = Format::PlainText) : printer(options_with(format)) {
    globals.timeout = std::chrono::milliseconds(1000);
    const auto genesis = load_genesis(net.genesis());
    BOOST_REQUIRE(genesis.ok());
    ledger.chain = ledger::chain_id(*genesis);
  }

  static OutputOptions options_with(Format format) {
    OutputOptions options;
    options.format = format;
    options.quiet = true;
    return options;
  }

  static Net make_net(const Home& home) {
    InitOptions options;
    options.seed = "test";
    options.port = 20000;
    auto net = create_net(home, home.nets / "demo", options);
    BOOST_REQUIRE(net.ok());
    return *net;
  }

  /// As from another machine, over the network.
  [[nodiscard]] Context via() {
    auto remote = context();
    remote.globals.via =
        fmt::format("/ip4/127.0.0.1/tcp/1/p2p/{}", peer_id_of(net.nodes.front())->text());
    remote.globals.via_key = "alice";
    return remote;
  }

  [[nodiscard]] Context context() { return {globals, home, printer, clients, "/proc/self/exe"}; }

  support::TemporaryFolder folder;
  Home home{folder.path() / "config", folder.path() / "nets", folder.path() / "state"};
  Net net = make_net(home);
  LockHolder n1{net.nodes.front().folder};
  FakeLedger ledger;
  FakeFactory clients{ledger};
  Printer printer;
  Globals globals;
};

}  // namespace troupe::tools

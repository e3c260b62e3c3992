#include <csignal>
#include <cstdio>
#include <iostream>

#include <unistd.h>

#include "tools/troupe/attached_client.hpp"
#include "tools/troupe/command_line.hpp"

namespace {

using troupe::tools::ExitCode;

extern "C" void on_interrupt(int) {
  _exit(static_cast<int>(ExitCode::Interrupted));
}

ExitCode run(int argc, char** argv, troupe::tools::ClientFactory& clients) {
  try {
    return troupe::tools::run_program({argv + 1, argv + argc}, {clients, troupe::tools::run_node});
  } catch (...) {
    std::fputs("error: out of memory or a bug of ours\n  hint: report the command that led to it\n",
               stderr);
    return ExitCode::Bug;
  }
}

}  // namespace

/// The one place where the program ends. _exit, because tearing the actor system down proves
/// nothing (only answered requests have happened) and may wait for actors that others hold.
int main(int argc, char** argv) {
  std::signal(SIGINT, on_interrupt);
  troupe::tools::AttachedClientFactory clients;
  const ExitCode code = run(argc, argv, clients);
  std::fflush(nullptr);
  std::cout.flush();
  _exit(static_cast<int>(code));
}

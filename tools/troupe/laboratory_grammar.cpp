#include "tools/troupe/laboratory_grammar.hpp"

#include "tools/troupe/fault.hpp"
#include "tools/troupe/scenario.hpp"
#include "tools/troupe/sim.hpp"

namespace troupe::tools {

void add_faults(Verbs verbs) {
  const auto add_kind = [&](const std::string& name,
                            const std::string& help,
                            Answer<Report> (*run)(Context&, const FaultOptions&),
                            const std::string& on) {
    auto [verb, options] = verbs.add<FaultOptions>(name, help, run);
    verb->add_option("on", options->words, on)->required();
    verb->add_option("--for", options->duration, "undone by itself after: 500ms, 20s, 2m");
    return std::pair{verb, options};
  };
  add_kind("crash", "kill -9", run_fault_crash, "nodes");
  add_kind("pause", "freeze (SIGSTOP)", run_fault_pause, "nodes");
  add_kind("partition", "no connection between sides", run_fault_partition, "n1,n2 / n3,n4");
  add_kind("isolate", "no connection to anybody", run_fault_isolate, "nodes");
  auto [clock, shift] = add_kind("clock", "set wall clocks off", run_fault_clock, "nodes");
  clock->add_option("--ahead", shift->ahead, "by so much ahead: 1h, 30s");
  clock->add_option("--behind", shift->behind, "by so much behind");
  auto [mute, part] =
      add_kind("mute", "hear, and send nothing on one channel", run_fault_mute, "nodes");
  mute->add_option("--channel", part->channel, "consensus, lanes or sync; default: consensus")
      ->check(CLI::IsMember({"consensus", "lanes", "sync"}));
  add_kind("stall", "execute no block", run_fault_stall, "nodes");
  verbs.add<None>("list", "the faults that are active", [](Context& context, const None&) {
    return run_fault_list(context);
  });
  const auto add_id = [&](const std::string& name,
                          const std::string& help,
                          Answer<Report> (*run)(Context&, const std::string&)) {
    auto [verb, options] = verbs.add<One>(
        name, help, [run](Context& context, const One& one) { return run(context, one.text); });
    return verb->add_option("id", options->text, "its id");
  };
  add_id("clear", "undo one fault, or all", run_fault_clear);
  add_id("expire", "wait for a fault's end and undo it", run_fault_expire)->required();
}

namespace {

/// Everything after `sim` is for the simulator's own program, --help too.
struct SimOptions {
  const CLI::App* verb = nullptr;
};

}  // namespace

void add_sim(Verbs& verbs) {
  auto [sim, options] =
      verbs.add<SimOptions>("sim",
                            "simulated networks: swarm, replay (see: troupe sim --help)",
                            [](const Context& context, const SimOptions& chosen) {
                              return run_sim(context, chosen.verb->remaining());
                            });
  options->verb = sim;
  sim->set_help_flag();
  sim->fallthrough(false);
  sim->prefix_command();
}

void add_scenario(Verbs verbs) {
  auto [check, checked] = verbs.add<One>(
      "check", "everything that is wrong with a file", [](Context& context, const One& one) {
        return run_scenario_check(context, one.text);
      });
  check->add_option("file", checked->text, "NAME.scenario.toml")->required();
  auto [list, listed] =
      verbs.add<One>("list", "the scenarios of a folder", [](Context& context, const One& one) {
        return run_scenario_list(context, one.text);
      });
  list->add_option("--dir", listed->text, "where; default: those of the source tree");
  auto [create, created] =
      verbs.add<One>("new", "a sound file to begin from", [](Context& context, const One& one) {
        return run_scenario_new(context, one.text);
      });
  create->add_option("name", created->text, "small letters, digits and -")->required();
  auto [run, options] = verbs.add<ScenarioRunOptions>("run", "run one", run_scenario_run);
  run->add_option("file", options->file, "NAME.scenario.toml")->required();
  run->add_option("--on", options->engine, "the engine; default: the first that the file names")
      ->check(CLI::IsMember({"sim", "proc"}));
  run->add_option("--seed", options->seed, "instead of the file's seeds");
  run->add_option("--other",
                  options->other,
                  "a program of another version, for upgrades; default: one built with the tests");
}

}  // namespace troupe::tools

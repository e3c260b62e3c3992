#include "tools/troupe/grammar.hpp"

#include <charconv>

#include <CLI/CLI.hpp>

#include "actors/version.hpp"
#include "protocol/base/limits.hpp"
#include "tools/bench/bench.hpp"
#include "tools/troupe/accounts.hpp"
#include "tools/troupe/chain.hpp"
#include "tools/troupe/console/console.hpp"
#include "tools/troupe/doctor.hpp"
#include "tools/troupe/duty.hpp"
#include "tools/troupe/explain.hpp"
#include "tools/troupe/import.hpp"
#include "tools/troupe/inspect.hpp"
#include "tools/troupe/laboratory_grammar.hpp"
#include "tools/troupe/manual.hpp"
#include "tools/troupe/network.hpp"
#include "tools/troupe/node.hpp"
#include "tools/troupe/observe.hpp"
#include "tools/troupe/prove.hpp"
#include "tools/troupe/record.hpp"
#include "tools/troupe/rejoin.hpp"
#include "tools/troupe/scrub.hpp"
#include "tools/troupe/trace.hpp"
#include "tools/troupe/verbs.hpp"
#include "tools/troupe/watch.hpp"

namespace troupe::tools {

namespace {

void add_proof(CLI::App* verb, std::string& file) {
  verb->add_option("--proof", file, "write the proof of it to this file")->type_name("FILE");
}

void add_as(CLI::App* verb, std::string& account) {
  verb->add_option("--as", account, "who signs: an account's name or a key file")->required();
}

void add_globals(CLI::App& app, Chosen& chosen) {
  Globals& globals = chosen.globals;
  app.add_option("-n,--net", globals.net, "the network: a name, or a folder")
      ->type_name("NAME|DIR");
  app.add_option("-N,--node", globals.node, "the node to ask")->type_name("NODE");
  app.add_option("-o,--output", globals.format, "how to print")
      ->check(CLI::IsMember({"table", "plain", "json", "jsonl"}));
  app.add_flag("--json", chosen.json, "print one JSON object, the same as -o json");
  app.add_flag("-q,--quiet", globals.quiet, "no remarks and no progress");
  app.add_flag("-v,--verbose", globals.verbose, "say more on stderr");
  app.add_option("--color", chosen.color, "colour on terminals")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("--no-input", globals.no_input, "never ask anything");
  app.add_flag("--yes", globals.yes, "yes to what would be asked");
  app.add_option("--via", globals.via, "a node of another machine: /ip4/HOST/tcp/PORT/p2p/PEER_ID")
      ->type_name("MULTIADDR");
  app.add_option("--via-key", globals.via_key, "the account by which that node knows you")
      ->type_name("ACCOUNT");
  app.add_flag("--read-only", globals.read_only, "ask and watch only; the node refuses the rest");
  app.add_option("--timeout", chosen.timeout, "how long to wait: 250ms, 10s, 2m");
  app.add_option("--home", globals.home, "folder for all files, instead of the XDG ones")
      ->type_name("DIR");
}

void add_init_options(CLI::App* verb, InitOptions& options) {
  verb->add_option("--nodes", options.nodes, "how many validators")
      ->check(CLI::Range(std::size_t{1}, kValidatorsMax));
  verb->add_option("--seed", options.seed, "derive all keys from this text (tests only)");
  verb->add_option("--port", options.port, "port of n1; the others follow")
      ->check(CLI::Range(1024, 65535));
  verb->add_option("--delta", options.delta, "what a message may need on its way; default 200ms");
}

void add_network(Verbs verbs, const NodeRunner& run_node) {
  auto [init, init_options] =
      verbs.add<InitOptions>("init", "make a network's files; never overwrites", run_init);
  init->add_option("dir", init_options->folder, "where; default: a named network of yours");
  add_init_options(init, *init_options);
  auto [up, up_options] =
      verbs.add<InitOptions>("up", "start the local network; makes it if there is none", run_up);
  add_init_options(up, *up_options);
  verbs.add<None>("down", "stop the local network", [](Context& context, const None&) {
    return run_down(context);
  });
  verbs.add<None>("status", "every node in one table", [](Context& context, const None&) {
    return run_status(context);
  });
  auto [node, node_options] =
      verbs.add<NodeRunOptions>("node", "run one node in the foreground", run_node);
  node->add_option("--config", node_options->config, "its configuration file")
      ->required()
      ->type_name("FILE");
  node->add_option("--set", node_options->overrides, "set one key, above file and environment")
      ->type_name("KEY=VALUE");
  node->add_option("--ready-fd", node_options->ready_fd, "descriptor to report readiness on");
}

void add_keys(Verbs verbs) {
  auto [create, options] = verbs.add<NewKeyOptions>("new", "make an account's key", run_keys_new);
  create->add_option("name", options->name, "what to call it")->required();
  create->add_option("--seed", options->seed, "derive it from this text (tests only)");
  create->add_flag("--user", options->user, "among your own keys instead of the network's");
  verbs.add<None>("list", "the accounts at hand", [](Context& context, const None&) {
    return run_keys_list(context);
  });
  auto [show, one] =
      verbs.add<One>("show", "one account's public key", [](Context& context, const One& wanted) {
        return run_keys_show(context, wanted.text);
      });
  show->add_option("name", one->text, "name or key file")->required();
}

void add_import(Verbs verbs) {
  auto [verb, options] =
      verbs.add<ImportOptions>("import", "put a whole table on the ledger", run_record_import);
  verb->add_option("file", options->file, "CSV or JSON lines; - for stdin")->required();
  verb->add_option("--key", options->input.key, "the key's column (from 1, or by name) or field")
      ->required();
  add_as(verb, options->account);
  verb->add_option("--prefix", options->input.prefix, "put before every key");
  verb->add_option("--format", options->format, "csv or jsonl; default: by the file's name")
      ->check(CLI::IsMember({"csv", "jsonl"}));
  verb->add_flag("--header", options->input.header, "the first CSV line names the columns");
  verb->add_option("--from", options->from_line, "go on at this line")->type_name("LINE");
  verb->add_flag("--changed", options->changed, "leave out records that hold their value already");
}

void add_record(Verbs verbs) {
  auto [put, put_options] = verbs.add<RecordPutOptions>("put", "write a record", run_record_put);
  put->add_option("key", put_options->key, "its key")->required();
  put->add_option("value", put_options->value, "text, - for stdin, or @FILE")->required();
  add_as(put, put_options->account);
  auto [get, get_options] = verbs.add<RecordGetOptions>("get", "read a record", run_record_get);
  get->add_option("key", get_options->key, "its key")->required();
  get->add_option("--at", get_options->at_height, "as it was at this height")->type_name("HEIGHT");
  get->add_flag("--raw", get_options->raw, "print the value's bytes alone");
  add_proof(get, get_options->proof);
  auto [history, key] =
      verbs.add<One>("history", "all versions of a record", [](Context& context, const One& one) {
        return run_record_history(context, one.text);
      });
  history->add_option("key", key->text, "its key")->required();
  auto [transfer, to] = verbs.add<RecordTransferOptions>(
      "transfer", "hand a record to another owner", run_record_transfer);
  transfer->add_option("key", to->key, "its key")->required();
  transfer->add_option("--to", to->to, "the new owner: a name, key file or public key")->required();
  add_as(transfer, to->account);
  auto [retire, retired] =
      verbs.add<One>("retire", "close a record for ever", [](Context& context, const One& one) {
        return run_record_retire(context, one.text, one.account);
      });
  retire->add_option("key", retired->text, "its key")->required();
  add_as(retire, retired->account);
  auto [list, listed] = verbs.add<RecordListOptions>(
      "list", "records by the beginning of their keys", run_record_list);
  list->add_option("prefix", listed->prefix, "beginning of the keys; default: all");
  list->add_option("--limit", listed->limit, "at most so many")->check(CLI::Range(1, 10'000'000));
  list->add_option("--after", listed->after, "only keys after this one")->type_name("KEY");
  add_import(verbs);
}

void add_chain(Verbs verbs) {
  auto [note, note_options] = verbs.add<NoteOptions>("note", "append an immutable note", run_note);
  note->add_option("content", note_options->content, "text, - for stdin, or @FILE")->required();
  add_as(note, note_options->account);
  Verbs tx = verbs.noun("tx", "transactions");
  auto [wait, waited] = tx.add<One>(
      "wait", "wait until a transaction is final", [](Context& context, const One& one) {
        return run_tx_wait(context, one.text);
      });
  wait->add_option("id", waited->text, "its id")->required();
  auto [show, shown] =
      tx.add<One>("show", "what a transaction did", [](Context& context, const One& one) {
        return run_tx_show(context, one.text, one.proof);
      });
  show->add_option("id", shown->text, "its id")->required();
  add_proof(show, shown->proof);
  Verbs block = verbs.noun("block", "blocks");
  auto [one_block, height] =
      block.add<One>("show", "one block", [](Context& context, const One& one) {
        return run_block_show(context, one.text, one.proof);
      });
  one_block->add_option("height", height->text, "a height, or latest")->required();
  add_proof(one_block, height->proof);
  auto [tail, tail_options] =
      block.add<BlockTailOptions>("tail", "blocks as they become final", run_block_tail);
  tail->add_option("--from", tail_options->from, "begin at this height; default: the next")
      ->type_name("HEIGHT");
  tail->add_option("--count", tail_options->count, "so many; default: until Ctrl-C");
  verbs.add<None>("peers", "who is connected", [](Context& context, const None&) {
    return run_peers(context);
  });
}

/// Everything after `trace` is the verb to run.
struct TraceOptions {
  const CLI::App* verb = nullptr;
};

void add_console(Verbs verbs) {
  auto [console, options] =
      verbs.add<ConsoleOptions>("console", "a prompt attached to a running node", run_console);
  console->add_option("node", options->node, "the node; default: --node, or the first that runs");
  console->add_option("-e", options->commands, "run this command and leave; again for more")
      ->type_name("COMMAND")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

struct ViewOption {
  std::uint64_t view = 0;
};

void add_observing(Verbs verbs) {
  auto [actors, watched] =
      verbs.add<ActorsOptions>("actors", "a node's actors, and what each does", run_actors);
  actors->add_option("--by", watched->by, "the order of the rows")
      ->check(CLI::IsMember({"name", "mailbox", "time"}));
  actors->add_option("--window", watched->window, "how long to watch: 500ms, 10s at most");
  auto [votes, viewed] = verbs.add<ViewOption>(
      "votes", "who voted for what", [](Context& context, const ViewOption& one) {
        return run_votes(context, one.view);
      });
  votes->add_option("view", viewed->view, "a view; default: the current one");
  verbs.add<None>("lanes",
                  "how far each validator's lane is held",
                  [](Context& context, const None&) { return run_lanes(context); });
  verbs.add<None>("evidence", "what validators were caught at", [](Context& context, const None&) {
    return run_evidence(context);
  });
  auto [tap, tapped] =
      verbs.add<TapOptions>("tap", "a node's messages as they are dealt with", run_tap);
  tap->add_option("filter", tapped->filter, "ACTOR, ACTOR:KIND or :KIND; default: every message");
  tap->add_option("--count", tapped->count, "so many; default: until Ctrl-C");
  tap->add_flag("--blocks", tapped->blocks, "final blocks instead of messages");
  tap->add_flag("--logs", tapped->logs, "log lines instead of messages");
  tap->add_flag("--custody",
                tapped->custody,
                "what is found altered on its disk, and mended, instead of messages");
  auto [log, level] =
      verbs.add<LogOptions>("log", "more or less of one actor's log, for a while", run_log);
  log->add_option("change", level->change, "ACTOR=error|warn|info|debug")->required();
  log->add_option("--for", level->duration, "for how long: 60s, 5m");
  auto [trace, traced] = verbs.add<TraceOptions>(
      "trace",
      "run a verb and show which actors said what to whom (trace record put ...)",
      [](Context& context, const TraceOptions& chosen) {
        return run_trace(context, chosen.verb->remaining());
      });
  traced->verb = trace;
  trace->fallthrough(false);
  trace->prefix_command();
  auto [explain, question] = verbs.add<ExplainOptions>(
      "explain",
      "why nothing becomes final, where a transaction is, what a fault does",
      run_explain);
  explain->add_option("what", question->what, "halt, tx or fault; default: halt")
      ->check(CLI::IsMember({"halt", "tx", "fault"}));
  explain->add_option("id", question->id, "of the transaction or the fault");
  verbs.add<None>("pause",
                  "have the node follow the ledger and take no part",
                  [](Context& context, const None&) { return run_duty(context, true); });
  verbs.add<None>("resume",
                  "have a paused node take part again",
                  [](Context& context, const None&) { return run_duty(context, false); });
  verbs.add<None>("watch", "the whole network on one screen", [](Context& context, const None&) {
    return run_watch(context);
  });
}

void add_proofs(Verbs verbs) {
  auto [verify, proof] =
      verbs.add<VerifyOptions>("verify", "check a proof file, offline", run_verify);
  verify->add_option("file", proof->file, "the proof")->required();
  verify
      ->add_option(
          "--genesis", proof->genesis, "the genesis that you trust; default: the network's")
      ->type_name("DIGEST");
  verify->add_option("--since", proof->since, "an older proof whose header must be in this history")
      ->type_name("FILE");
  verify->add_option("--ics23", proof->ics23, "write the state proof for foreign verifiers here")
      ->type_name("FILE");
  auto [inspect, subject] =
      verbs.add<InspectOptions>("inspect", "check a stopped node's ledger, offline", run_inspect);
  inspect->add_option("folder", subject->folder, "the node's folder")->required();
  inspect->add_option("--against", subject->against, "compare with another node's folder")
      ->type_name("DIR");
  inspect->add_option("--genesis", subject->genesis, "the genesis file; default: beside the node")
      ->type_name("FILE");
  auto [tamper, change] = verbs.add<TamperOptions>(
      "tamper", "alter a record on a stopped node's disk (development networks)", run_tamper);
  tamper->add_option("folder", change->folder, "the node's folder")->required();
  tamper->add_option("--key", change->key, "the record")->required();
  tamper->add_option("--value", change->value, "what it shall say there")->required();
  tamper->add_option("--genesis", change->genesis, "the genesis file; default: beside the node")
      ->type_name("FILE");
}

struct ConfigOptions {
  std::string file;
  bool origin = false;
  bool live = false;
};

void add_tools(Verbs verbs) {
  verbs.add<None>("doctor",
                  "what is wrong with this machine or network, and how to repair it",
                  [](Context& context, const None&) { return run_doctor(context); });
  Verbs config = verbs.noun("config", "configuration");
  auto [show, options] = config.add<ConfigOptions>(
      "show",
      "a node's configuration as it takes effect",
      [](Context& context, const ConfigOptions& chosen) {
        const bool is_live = chosen.live || !context.globals.via.empty();
        return is_live ? run_config_live(context, chosen.origin)
                       : run_config_show(context, chosen.file, chosen.origin);
      });
  show->add_option("file", options->file, "a configuration file; default: the node's");
  show->add_flag("--origin", options->origin, "where each value comes from");
  show->add_flag("--live", options->live, "what the running node runs with");
  auto [bench, load] =
      verbs.add<BenchOptions>("bench", "measure the network under load", run_bench);
  bench->add_option("--outstanding", load->outstanding, "transactions on their way at once")
      ->check(CLI::Range(1, 100'000));
  bench->add_option("--seconds", load->seconds, "how long")->check(CLI::Range(1, 3600));
  bench->add_option("--ops-per-tx", load->operations, "operations in each transaction")
      ->check(CLI::Range(1, 256));
  bench->add_option("--kind", load->kind, "note or put")->check(CLI::IsMember({"note", "put"}));
  bench->add_option("--bytes", load->bytes, "size of each note or value")
      ->check(CLI::Range(1, 65'536));
  bench->add_option("--as", load->account, "who signs");
  bench
      ->add_option(
          "--watch", load->watch, "every other second: a console that hears these, or a crowd")
      ->check(CLI::IsMember({"logs", "blocks", "messages", "crowd"}));
  add_sim(verbs);
  auto [completion, shell] = verbs.add<One>(
      "completion", "a script by which a shell completes commands", [](Context&, const One& one) {
        return run_completion(one.text);
      });
  completion->add_option("shell", shell->text, "bash, zsh or fish")->required();
  verbs.add<None>("man", "the manual page: troupe man | man -l -", [](Context&, const None&) {
    return run_man();
  });
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(const std::string& text) {
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(rest, text.data() + text.size());
  if (error != std::errc{} || number <= 0 || number > 1'000'000) return std::nullopt;
  if (unit == "ms") return std::chrono::milliseconds(number);
  if (unit == "s" || unit.empty()) return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  return std::nullopt;
}

void add_grammar(CLI::App& app, Chosen& chosen) {
  app.description("troupe: a network of nodes that keep one ledger");
  app.set_version_flag("--version", actors::kVersion);
  app.set_help_all_flag("--help-all", "help for every command");
  app.require_subcommand(1);
  add_globals(app, chosen);
  Verbs verbs(app, chosen);
  add_network(verbs, chosen.run_node);
  add_net(verbs.noun("net", "nodes of the local network"));
  add_keys(verbs.noun("keys", "accounts' keys"));
  add_record(verbs.noun("record", "keyed records"));
  add_chain(verbs);
  add_console(verbs);
  add_observing(verbs);
  add_faults(verbs.noun("fault", "break a running development network, and repair it"));
  add_proofs(verbs);
  add_scenario(verbs.noun("scenario", "what happens to a network, and what must hold"));
  add_tools(verbs);
}

}  // namespace troupe::tools

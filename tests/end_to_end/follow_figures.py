"""Figures of how a node that lacks a part of the ledger, or all of it, gets there. No test: it is run by hand.

    follow_figures.py catch-up [--away SECONDS] [--outstanding N] [--kind note|put] [--ops N]
    follow_figures.py join [--records N]

catch-up: one node of four is away for a while under full load. How many heights, and transactions, it takes up in a
second while the load goes on, and once the load has ended, beside how many a second were added while it was away.

join: a network is filled with records, and a node without a ledger comes by a snapshot. How long until it follows.
"""

import argparse
import json
import subprocess
import time

from harness import TROUPE, Net, now

AWAY = "n4"
POLL_SECONDS = 0.05
# So close to the others a node follows by its votes, as they do.
AT_THE_TIP = 3
PATIENCE_SECONDS = 300


def entries(net):
    return {entry["node"]: entry for entry in net.run("--json", "status").json()["nodes"]}


def height_of(found, node):
    return found.get(node, {}).get("height", 0)


def pour(net, seconds, options):
    words = ["--outstanding", options.outstanding, "--seconds", seconds, "--kind", options.kind,
             "--ops-per-tx", options.ops]
    return subprocess.Popen(
        [TROUPE, "--home", net.home, "--json", "-N", "n1", "bench", *[str(word) for word in words]],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=net.environment(), cwd=net.home)


def follow(net):
    """Starts the node that was away: (seconds until it is at the tip, heights it took up, heights others added)."""
    before = entries(net)
    others = height_of(before, "n1")
    begin = now()
    net.ok("net", "restart", AWAY)
    first = None
    while now() < begin + PATIENCE_SECONDS:
        found = entries(net)
        own = height_of(found, AWAY)
        if first is None and own > 0:
            first = own
        if first is not None and own + AT_THE_TIP >= height_of(found, "n1"):
            took = now() - begin
            return took, own - first, height_of(found, "n1") - others
        time.sleep(POLL_SECONDS)
    raise SystemExit("%s is not at the tip after %d s" % (AWAY, PATIENCE_SECONDS))


def absent(net, seconds):
    """The node goes for so long: heights a second that the others add meanwhile."""
    net.ok("-N", AWAY, "down")
    at, begin = height_of(entries(net), "n1"), now()
    time.sleep(seconds)
    return (height_of(entries(net), "n1") - at) / (now() - begin)


def say(name, grown, followed):
    took, heights, added = followed
    rate = heights / took
    print("%-18s away: %6.1f heights/s grown; back: %5d heights in %5.1f s = %6.1f/s (others added %d); ratio %.1f"
          % (name, grown, heights, took, rate, added, rate / grown if grown else 0), flush=True)


def catch_up(options):
    net = Net()
    try:
        net.up()
        load = pour(net, 2 * options.away + 20, options)
        time.sleep(2)
        grown = absent(net, options.away)
        say("load goes on", grown, follow(net))
        load.terminate()
        load.wait()

        load = pour(net, options.away + 4, options)
        time.sleep(2)
        grown = absent(net, options.away)
        out, _ = load.communicate()
        say("load has ended", grown, follow(net))
        report = json.loads(out)
        print("load: %.0f transactions/s" % report["transactions_per_second"])
    finally:
        net.destroy()


def join(options):
    net = Net()
    try:
        net.up()
        options.outstanding, options.kind, options.ops = 64, "put", 256
        stored = 0
        while stored < options.records:
            out, _ = pour(net, 10, options).communicate()
            stored += json.loads(out)["final"] * options.ops
            print("%d records" % stored, flush=True)
        net.ok("--timeout", "10m", "net", "snapshot", timeout=700)
        begin = now()
        result = net.run("--timeout", "10m", "net", "add", "--from-snapshot", timeout=700)
        if result.code != 0:
            raise SystemExit(str(result))
        print("joined after %.1f s" % (now() - begin))
    finally:
        net.destroy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("catch-up")
    one.add_argument("--away", type=int, default=20)
    one.add_argument("--outstanding", type=int, default=512)
    one.add_argument("--kind", default="note")
    one.add_argument("--ops", type=int, default=1)
    other = verbs.add_parser("join")
    other.add_argument("--records", type=int, default=1_000_000)
    options = parser.parse_args()
    {"catch-up": catch_up, "join": join}[options.verb](options)


if __name__ == "__main__":
    main()

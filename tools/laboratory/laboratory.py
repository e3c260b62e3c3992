"""Runs one scenario on real processes: `laboratory.py FILE --program TROUPE [--other TROUPE] [--seed N] [--json]`.

`troupe scenario run FILE --on proc` becomes this program, after it has checked the file. Exit codes: 0 all holds,
1 an expectation failed, 3 not run (what is missing is named), 7 not live, 8 not safe, 10 a bound exceeded, 70 a bug here.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import sys
import traceback

import checks
import links_faults
import machine
import node_faults
import versions
from load import Load
from network import Network
from words import NotRun, count, drawn, first, load as load_file, ratio, seconds, size, span_seconds, span_views, trigger

READY_SECONDS = 60
LONGEST_SECONDS = 900
READ_PAUSE_SECONDS = 0.05


class Laboratory:
    def __init__(self, scenario, program, other, seed):
        self.scenario = scenario
        self.seed = seed
        self.dice = random.Random(seed)
        self.versions = versions.Versions(scenario.get("network", {}).get("versions"), program, other)
        self.network = Network(program, scenario, lambda link: random.Random("%d/%s" % (seed, link)))
        self.load = Load(self.network, scenario.get("load", {}), random.Random("%d/load" % seed))
        self.judge = checks.Judge(self)
        self.faults = scenario.get("fault", [])
        for i, fault in enumerate(self.faults):
            fault.setdefault("id", "f%d" % (i + 1))
        self.ends = {fault["id"]: asyncio.Event() for fault in self.faults}
        self.last_ends = {fault["id"]: asyncio.Event() for fault in self.faults}
        self.phases = {}
        self.occurrences = 0
        self.remarks = []
        self.tampered = []  # (node, key, what somebody wrote over its value)
        self.lies = []
        if self.load.kind != "none" and self.load.clients < scenario["load"].get("clients", 1):
            self.remark("%d clients, not more: each command is a process" % self.load.clients)

    def remark(self, text):
        self.remarks.append(text)

    # Before anything starts: can this machine deliver every fault?

    def probe(self):
        network = self.scenario.get("network", {})
        self.versions.probe()
        if self.scenario.get("byzantine"):
            raise NotRun("byzantine: liars need a build with the rewriting port")
        if self.scenario.get("swarm"):
            raise NotRun("swarm: faults are drawn in the simulator only")
        load = self.scenario.get("load", {})
        if load.get("kind") == "note" or load.get("hostile") or isinstance(load.get("rate"), str):
            raise NotRun("load: notes, hostile shares and rates by capacity are for the simulator")
        for key in ("reorder", "duplicate"):
            if network.get("link", {}).get(key):
                raise NotRun("link: %s: single messages inside encrypted connections cannot be chosen" % key)
        for fault in self.faults:
            for key in links_faults.MISSING_KEYS.get(fault["kind"], []):
                if key in fault:
                    raise NotRun("%s: '%s' means single messages, which are encrypted" % (fault["kind"], key))
            if fault["kind"] == "upgrade" and not network.get("versions"):
                raise NotRun("upgrade: the network names no versions")
            if fault["kind"] not in links_faults.KINDS:
                node_faults.probe(fault)
            elif trigger(fault.get("at")).get("event"):
                raise NotRun("%s: events inside a node are not seen from outside" % fault["kind"])
        for expectation in self.scenario.get("expect", []):
            checks.probe(expectation)

    # Words of the file.

    def select(self, on):
        names = self.network.names
        if isinstance(on, list):
            return on
        if on in ("all", "each"):
            return list(names)
        if on.startswith("any("):
            return sorted(self.dice.sample(names, min(len(names), count_of(on[4:-1], self.network.size))))
        if on.startswith("leader"):
            return [self.leader(int(on[7:] or 0))]
        if on.startswith("not "):
            left_out = [name.strip() for name in on[4:].split(",")]
            return [name for name in names if name not in left_out]
        return [on]

    def leader(self, views_later):
        """Whoever leads the highest view that a node told of, or the one so many views later."""
        for entry in sorted(self.network.watch_of.values(), key=lambda entry: -entry["view"]):
            if entry["leader"] in self.network.validators:
                at = self.network.validators.index(entry["leader"])
                return self.network.validators[(at + views_later) % self.network.size]
        return self.network.names[0]

    def nth(self, fault):
        return drawn(trigger(fault.get("at")).get("nth", 1), self.dice)

    async def stagger(self, fault):
        if "stagger" in fault:
            await asyncio.sleep(seconds(fault["stagger"]))

    async def answers(self, name):
        """Waits until a node that was started answers, or has ended."""
        node = self.network.nodes[name]
        await self.network.until(lambda: self.network.has_answered(name) or not node.runs(), READY_SECONDS)

    # The run.

    async def start(self):
        link = self.scenario.get("network", {}).get("link", {})
        law = {
            "kind": "delay", "law": "uniform",
            "delay": seconds(link.get("delay", "0s")), "jitter": seconds(link.get("jitter", "0s")),
        }
        for one in self.network.links.laws.values():
            one.put("law", law)
            if link.get("loss"):
                one.put("loss", {"kind": "loss", "ratio": ratio(link["loss"])})
            if link.get("rate"):
                one.put("rate", {"kind": "rate", "rate": size(link["rate"])})
        held_back = [name for fault in self.faults if fault["kind"] == "join" for name in self.select(fault["on"])]
        for name, node in self.network.nodes.items():
            node.program = self.versions.start
            if name not in held_back:
                await node.start()
        self.watcher = asyncio.ensure_future(self.network.watch())
        self.reader = asyncio.ensure_future(self.read_what_was_tampered_with())
        if not await self.network.until(lambda: self.network.is_connected() and self.network.watch_of, READY_SECONDS):
            raise NotRun("the network did not come up in %d s: %s" % (READY_SECONDS, self.network.watch_of))
        self.network.begin += self.network.seconds()

    async def run(self):
        await self.network.make(any(node_faults.needs_disk(fault) for fault in self.faults))
        await self.start()
        self.load.start()
        await self.storm()
        return await self.verdict()

    async def read_what_was_tampered_with(self):
        """A client that asks each victim again and again for the record that it holds altered."""
        while True:
            for name, key, value in list(self.tampered):
                code, answer = await self.network.ask("record", "get", key, node=name, seconds=3)
                if code == 0 and answer["value"] == value:
                    self.lies.append("%s answers with what somebody wrote over record %s on its disk" % (name, key))
            await asyncio.sleep(READ_PAUSE_SECONDS)

    async def storm(self):
        """All faults, up to the end of the scenario's duration; without one, until they are over."""
        plays = asyncio.gather(*[self.play(fault) for fault in self.faults])
        duration = self.scenario.get("duration")
        longest = seconds(duration) if duration else LONGEST_SECONDS
        done, _ = await asyncio.wait([plays], timeout=longest)
        if done:
            plays.result()
        else:
            plays.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await plays
        if not done and not duration:
            raise NotRun("the faults were not over after %d s" % LONGEST_SECONDS)
        if duration:
            await asyncio.sleep(max(0.0, longest - self.network.seconds()))

    async def play(self, fault):
        """One fault from its trigger to the end of its last occurrence."""
        await self.triggered(trigger(fault.get("at")))
        begin = self.network.seconds()
        whole = span_seconds(fault.get("for")) if "every" in fault else None
        most = fault.get("repeat", 1 if "every" not in fault else None)
        done = 0
        while (most is None or done < most) and (whole is None or self.network.seconds() < begin + whole):
            await self.occur(fault, begin + whole if whole is not None else None)
            done += 1
            self.ends[fault["id"]].set()
        self.last_ends[fault["id"]].set()

    async def triggered(self, at):
        if "time" in at:
            await asyncio.sleep(max(0.0, seconds(at["time"]) - self.network.seconds()))
        if "after" in at:
            name, last = (at["after"][:-5], True) if at["after"].endswith(".last") else (at["after"], False)
            # A series with `every` has ended when all of it has.
            series = any(fault["id"] == name and "every" in fault for fault in self.faults)
            await (self.last_ends if last or series else self.ends)[name].wait()
        for key in ("view", "height"):
            if key in at and not await self.network.until(lambda: self.network.highest(key) >= at[key], LONGEST_SECONDS):
                raise NotRun("%s %d was never reached" % (key, at[key]))

    async def occur(self, fault, last):
        self.occurrences += 1
        targets = self.select(fault.get("on", "all"))
        groups = [[name] for name in targets] if fault.get("on") == "each" else [targets]
        phases = self.phases.setdefault(fault["id"], [])
        for i, group in enumerate(groups):
            if i > 0 and "gap" in fault:
                await asyncio.sleep(seconds(fault["gap"]))
            kind = links_faults.LinkFault if fault["kind"] in links_faults.KINDS else node_faults.NodeFault
            one = kind(self, fault)
            print("%7.2f s  %s  %s on %s" % (self.network.seconds(), fault["id"], fault["kind"], " ".join(group)),
                  file=sys.stderr)
            await one.begin(group)
            phase = {}
            phases.append(phase)
            try:
                await self.last(fault, phase, last)
            finally:
                phase["end_height"] = self.network.highest("height")
                await one.end()

    async def last(self, fault, phase, end):
        """Lets an occurrence last as long as it should."""
        begin = self.network.seconds()
        span = fault.get("every", fault.get("for"))
        length = span_seconds(span)
        if end is not None:
            length = min(length if length is not None else 1e9, max(0.0, end - begin))
        views = span_views(span, self.network.size)
        if views is not None:
            until = self.network.highest("view") + views
            await self.network.until(lambda: self.network.highest("view") >= until, length or LONGEST_SECONDS)
            phase["late_height"] = self.network.highest("height")
            return
        length = length or 0.0
        settle = min(checks.SETTLE_SECONDS, length / 2)
        await asyncio.sleep(settle)
        phase["late_height"] = self.network.highest("height")
        await asyncio.sleep(length - settle)
        # What is watched is a little old; the phase ends with a fresh answer.
        self.network.watch_of = await self.network.status()

    async def verdict(self):
        for name, node in self.network.nodes.items():
            if not node.runs():
                self.remark("%s was down when everything had healed, and was started" % name)
                await node.start()
                await self.answers(name)
        findings = [await self.judge.unrequested_ends()]
        for expectation in self.scenario.get("expect", []):
            finding = await self.judge.expect(expectation)
            print("%7.2f s  %s: %s" % (self.network.seconds(), expectation["check"], finding[1] if finding else "holds"),
                  file=sys.stderr)
            findings.append(finding and (finding[0], "%s: %s" % (expectation["check"], finding[1])))
        await self.load.stop()
        findings.append(self.judge.answers())
        findings.append(await self.judge.converges({}))
        findings.append(await self.judge.safety())
        findings.append(await self.judge.durability())
        findings.append(await self.restart_all())
        return [finding for finding in findings if finding]

    async def restart_all(self):
        """What is on the disks opens again, and is what was said before."""
        before = {name: entry["height"] for name, entry in (await self.network.status()).items()}
        for node in self.network.nodes.values():
            await node.stop()
        for node in self.network.nodes.values():
            await node.start()
        for name in self.network.names:
            await self.answers(name)
        for name, height in before.items():
            if not self.network.has_answered(name):
                return checks.SAFETY, "%s does not start again: %s" % (name, self.network.nodes[name].ends[-1:])

            # A node says 0 until it has read what it stored.
            def is_back(name=name, height=height):
                return self.network.watch_of.get(name, {}).get("height", 0) >= height

            if not await self.network.until(is_back, READY_SECONDS):
                return checks.SAFETY, "%s forgot the blocks above %d" % (name, self.network.watch_of[name]["height"])
        return await self.judge.safety() or await self.judge.durability()

    def summary(self, findings):
        latencies = sorted(length for _, length in self.load.latencies)
        return {
            "scenario": self.scenario["name"], "engine": "proc", "seed": self.seed,
            "occurrences": self.occurrences, "height": self.network.highest("height"),
            "acknowledged": len(self.load.acknowledged), "refused": self.load.refused,
            "p50_ms": round(latencies[len(latencies) // 2] * 1000) if latencies else None,
            "seconds": round(self.network.seconds(), 1),
            "findings": [text for _, text in findings], "remarks": self.remarks,
        }


def count_of(text, total):
    return count(int(text) if text.isdigit() else text, total)


async def perform(lab):
    try:
        return await lab.run()
    finally:
        await lab.load.stop()
        for task in (getattr(lab, name, None) for name in ("watcher", "reader")):
            if task is not None:
                task.cancel()
        await lab.network.destroy()


async def begin(arguments):
    scenario = load_file(arguments.file)
    seed = arguments.seed if arguments.seed is not None else first(scenario.get("seeds", 1))
    lab = Laboratory(scenario, os.path.abspath(arguments.program), arguments.other, seed)
    keep = False
    try:
        lab.probe()
        findings = await perform(lab)
        keep = bool(findings)
        # A broken promise outweighs a slow answer.
        code = max((code for code, _ in findings), default=0, key=lambda code: (code == checks.SAFETY, code))
        return code, lab.summary(findings)
    except NotRun as missing:
        return 3, {"scenario": scenario["name"], "engine": "proc", "seed": seed,
                   "error": {"code": "not-run", "message": "not run: %s" % missing,
                             "hint": "run it where that is at hand, or in the simulator: --on sim"}}
    finally:
        if keep:
            print("the nodes' files stay in %s" % lab.network.home, file=sys.stderr)
        else:
            shutil.rmtree(lab.network.home, ignore_errors=True)


def say(code, summary, as_json):
    if as_json:
        print(json.dumps({"ok": code == 0, **summary}))
    elif "error" in summary:
        print("error: %s\n  hint: %s" % (summary["error"]["message"], summary["error"]["hint"]), file=sys.stderr)
    else:
        for text in summary["remarks"]:
            print("remark: %s" % text, file=sys.stderr)
        for text in summary["findings"]:
            print("FAILED: %s" % text)
        print("%s %s on proc, seed %d: %d fault occurrences, height %d, %d acknowledged, %.1f s" % (
            "passed" if code == 0 else "failed", summary["scenario"], summary["seed"], summary["occurrences"],
            summary["height"], summary["acknowledged"], summary["seconds"]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--program", required=True)
    parser.add_argument("--other", help="the program of another version, for scenarios with upgrades")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    machine.clear_up_when_asked_to_end()
    try:
        code, summary = asyncio.run(begin(arguments))
    except Exception:  # noqa: BLE001 (a bug here must not look like a verdict)
        traceback.print_exc()
        return 70
    say(code, summary, arguments.json)
    return code


if __name__ == "__main__":
    sys.exit(main())

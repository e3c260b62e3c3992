"""What a run must show: safety always, and what the scenario expects. Everything is asked of the nodes themselves.

A check returns None, or a pair (exit code, sentence).
"""

import asyncio
import os

from network import Refusal
from words import NotRun, seconds, size, span_seconds, span_views, trigger

EXPECTATION, LIVENESS, SAFETY, BOUND = 1, 7, 8, 10
# Times of a scenario are those of an idle machine.
STRETCH = float(os.environ.get("TROUPE_STRETCH", "1"))
DEFAULT_SECONDS = 30.0
SETTLE_SECONDS = 1.0

# Checks that this engine cannot make, and why.
MISSING = {
    "culprits": "nobody lies here: liars need a build with the rewriting port",
    "evidence": "nobody lies here: liars need a build with the rewriting port",
}


def probe(expectation):
    check = expectation["check"]
    if check in MISSING:
        raise NotRun("%s: %s" % (check, MISSING[check]))
    if check == "ack_latency" and expectation.get("when", "always") != "always":
        raise NotRun("ack_latency: phases within the budget are told apart in the simulator only")
    if check == "bounded" and ("mailbox_max" in expectation or "rss_growth_per_hour" in expectation):
        raise NotRun("bounded: nodes do not tell the length of their mailboxes, and growth takes hours to see")


class Judge:
    def __init__(self, lab):
        self.lab = lab
        self.network = lab.network
        self.load = lab.load

    async def safety(self):
        """Agreement on every block that two nodes have, and on the state where two stand at one height."""
        running = self.network.running()
        status = await self.network.status()
        chains = {}
        for name in running:
            if name not in status:
                continue
            try:
                chains[name] = await self.network.digests(name, status[name]["height"])
            except Refusal as refusal:
                return LIVENESS, str(refusal)
        for left, chain in chains.items():
            for right, other in chains.items():
                for height, (ours, theirs) in enumerate(zip(chain, other), 1):
                    if ours != theirs:
                        return SAFETY, "block %d is %s on %s and %s on %s" % (height, ours, left, theirs, right)
        roots = {}
        for name, entry in status.items():
            root = roots.setdefault(entry["executed_height"], (entry["state_root"], name))
            if root[0] != entry["state_root"]:
                return SAFETY, "the state at height %d differs on %s and %s" % (
                    entry["executed_height"], name, root[1])
        accused = {name for entry in status.values() for name in entry["accused"]}
        if accused:
            return SAFETY, "honest validators are accused: %s" % " ".join(sorted(accused))
        return None

    async def durability(self):
        """Of nodes that have caught up: one that is behind is not live, and that is said elsewhere."""
        status = await self.network.status()
        highest = max((entry["executed_height"] for entry in status.values()), default=0)
        for name in [name for name, entry in status.items() if entry["executed_height"] == highest]:
            missing = await self.load.missing_on(name)
            if missing:
                return SAFETY, "%s lacks %d acknowledged records, first %s" % (name, len(missing), missing[0])
        return None

    async def unrequested_ends(self):
        for node in self.network.nodes.values():
            for end in node.ends:
                if not end["asked"] and end["code"] == -9:
                    raise NotRun("%s was killed by somebody else: the machine may lack memory" % node.name)
                if not end["asked"]:
                    return EXPECTATION, "%s ended by itself (exit %d): %s" % (node.name, end["code"], end["said"][-300:])
        return None

    async def expect(self, expectation):
        return await getattr(self, expectation["check"])(expectation)

    # Liveness.

    async def finalizes(self, expectation):
        """Judged at the end, when everything has healed: from the moment on that all nodes are connected again."""
        limit = (span_seconds(expectation.get("within")) or DEFAULT_SECONDS) * STRETCH
        if not await self.network.until(self.network.is_connected, limit):
            return LIVENESS, "not all nodes are connected %.0f s after the last fault" % limit
        before = await self.network.status()
        view = max(entry["view"] for entry in before.values())
        node = next(iter(self.network.running()))
        if not await self.load.put("probe/%d" % len(self.load.latencies), "1", node, limit):
            return LIVENESS, "nothing became final within %.0f s" % limit
        views = span_views(expectation.get("within"), self.network.size)
        if views is None:
            return None
        height = (await self.network.status())[node]["height"]
        _, answer = await self.network.ask("block", "tail", "--from", before[node]["height"] + 1, "--count", 1, node=node)
        first = answer["blocks"][0]["view"]
        # One view more: the one that was about to end when the network was whole again.
        if first > view + views + 1:
            return LIVENESS, "height %d is of view %d, and view %d was when all had healed" % (height, first, view)
        return None

    def occurrences(self, fault):
        """How far things were in each occurrence of a fault that lasted to its end."""
        lasted = [phase for phase in self.lab.phases.get(fault, []) if "late_height" in phase]
        if not lasted:
            raise NotRun("%s did not come about" % fault)
        return lasted

    async def halts(self, expectation):
        for phase in self.occurrences(expectation["during"]):
            if phase["late_height"] != phase["end_height"]:
                return SAFETY, "blocks became final during %s, from height %d to %d" % (
                    expectation["during"], phase["late_height"], phase["end_height"])
        return None

    async def keeps_finalizing(self, expectation):
        for phase in self.occurrences(expectation["during"]):
            if phase["end_height"] <= phase["late_height"]:
                return LIVENESS, "nothing became final during %s after height %d" % (
                    expectation["during"], phase["end_height"])
        return None

    async def view_rate_after_heal(self, expectation):
        begin = self.network.highest("view")
        await asyncio.sleep(6)
        per_minute = (self.network.highest("view") - begin) * 10
        if per_minute < expectation["min_per_minute"]:
            return LIVENESS, "%d views in a minute" % per_minute
        return None

    async def converges(self, expectation):
        limit = (span_seconds(expectation.get("within")) or DEFAULT_SECONDS) * STRETCH

        def is_even():
            entries = [self.network.watch_of.get(name) for name in self.network.running()]
            return all(entries) and len({entry["executed_height"] for entry in entries}) == 1

        await self.load.stop()
        if await self.network.until(is_even, limit):
            return None
        places = {
            name: "height %(height)d executed %(executed_height)d view %(view)d peers %(peers)d %(trouble)s" % entry
            for name, entry in self.network.watch_of.items()
        }
        return LIVENESS, "after %.0f s the nodes are at %s" % (limit, places)

    async def reaches_height(self, expectation):
        if self.network.highest("height") < expectation["height"]:
            return LIVENESS, "the highest block is %d" % self.network.highest("height")
        return None

    async def reconnects(self, expectation):
        limit = (span_seconds(expectation.get("within")) or DEFAULT_SECONDS) * STRETCH
        if await self.network.until(self.network.is_connected, limit):
            return None
        return LIVENESS, "after %.0f s: %s" % (
            limit, {name: entry["peers"] for name, entry in self.network.watch_of.items()})

    # Evidence, ends, roles.

    async def accused_honest(self, expectation):
        accused = {name for entry in self.network.watch_of.values() for name in entry["accused"]}
        if len(accused) > expectation.get("max", 0):
            return SAFETY, "accused: %s" % " ".join(sorted(accused))
        return None

    async def exit_reason(self, expectation):
        for name in self.lab.select(expectation["on"]):
            reasons = [end["reason"] for end in self.network.nodes[name].ends]
            if expectation["is"] not in reasons:
                return EXPECTATION, "%s ended of %s" % (name, reasons or "nothing")
        return None

    async def stays_up(self, expectation):
        for name in self.lab.select(expectation.get("on", "all")):
            node = self.network.nodes[name]
            if node.ends or not node.runs():
                return EXPECTATION, "%s ended: %s" % (name, node.ends)
        return None

    async def observes(self, expectation):
        for name in self.lab.select(expectation["on"]):
            role = self.network.watch_of.get(name, {}).get("role")
            if role != "observer":
                return SAFETY, "%s is %s" % (name, role)
        return None

    async def repaired_from_peers(self, expectation):
        height = trigger(expectation.get("by")).get("height", 0)
        if not await self.network.until(lambda: self.network.highest("height") >= height, DEFAULT_SECONDS * STRETCH):
            return LIVENESS, "height %d was not reached" % height
        # What one walk mends the next one compares.
        for _ in range(2):
            walks = await asyncio.gather(*[self.walk(name) for name in self.network.running()])
            failed = [finding for finding in walks if finding]
            if failed:
                return failed[0]
        self.network.samples.append((self.network.seconds(), await self.network.status(), {}))
        mended = self.mended()
        least = expectation.get("min", 1)
        return None if mended >= least else (EXPECTATION, "only %d entries were mended" % mended)

    async def walk(self, name):
        """Has a node look over all that it stored; what is left of it nobody could mend."""
        code, scrub = await self.network.ask("net", "scrub", "--now", node=name, seconds=60)
        if "quarantined" not in scrub:
            return LIVENESS, "%s did not walk over its ledger: %s" % (name, scrub.get("error", {}).get("message", code))
        if scrub["quarantined"]:
            return EXPECTATION, "%s has %d places that nobody could mend" % (name, scrub["quarantined"])
        return None

    def mended(self):
        """Entries that nodes have written as they must be, over all their processes that were watched."""
        most = {}
        for _, entries, _ in self.network.samples:
            for name, entry in entries.items():
                process = (name, entry["pid"])
                most[process] = max(most.get(process, 0), entry["repaired"])
        return sum(most.values())

    def answers(self):
        return (SAFETY, self.lab.lies[0]) if self.lab.lies else None

    async def acked_durable(self, expectation):
        if len(self.load.acknowledged) < expectation.get("min", 1):
            return EXPECTATION, "only %d transactions were acknowledged" % len(self.load.acknowledged)
        return None  # that they are there is checked always

    # Figures.

    async def bounded(self, expectation):
        most = {"rss": 0, "fds": 0}
        for _, _, figures in self.network.samples:
            for rss, fds in figures.values():
                most = {"rss": max(most["rss"], rss), "fds": max(most["fds"], fds)}
        if "fds_max" in expectation and most["fds"] > expectation["fds_max"]:
            return BOUND, "a node held %d descriptors" % most["fds"]
        if "rss_max" in expectation and most["rss"] > size(expectation["rss_max"]):
            return BOUND, "a node took %d MiB" % (most["rss"] >> 20)
        return None

    async def ack_latency(self, expectation):
        taken = sorted(length for _, length in self.load.latencies)
        for key, share in (("p50", 0.5), ("p99", 0.99)):
            if key not in expectation:
                continue
            if not taken:
                return BOUND, "nothing was acknowledged"
            found = taken[min(len(taken) - 1, int(share * len(taken)))]
            if found > seconds(expectation[key]) * STRETCH:
                return BOUND, "%s is %.0f ms" % (key, found * 1000)
        return None

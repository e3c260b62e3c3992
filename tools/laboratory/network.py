"""A network of real nodes, each a process of ours, whose connections run through the laboratory's links."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import tempfile
import time

from link import Links
from machine import Disk, end_with_parent
from words import NotRun

START_SECONDS = 60
POLL_SECONDS = 0.15


class Refusal(Exception):
    """A node says that it cannot show what it was asked for."""


def free_ports(total):
    """The first of so many neighbouring ports that nobody uses now."""
    for base in range(20000 + os.getpid() % 8000, 32000, total):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(base, base + total):
                    listener = stack.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("127.0.0.1", port))
                return base
            except OSError:
                continue
    raise NotRun("no %d neighbouring ports are free" % total)


class Node:
    """One node: its files, its process, and what is known of why the process ended."""

    def __init__(self, name, folder, program, environment):
        self.name = name
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.program = program
        self.environment = environment
        self.process = None
        self.expected_end = False
        self.held_back = False  # a scenario starts it later
        self.ends = []  # why it ended when nobody asked for it, or was asked for by a fault
        self.paused = False
        self.disk = None
        self.watchers = []

    @property
    def pid(self):
        return self.process.pid if self.runs() else 0

    def runs(self):
        return self.process is not None and self.process.returncode is None

    async def start(self):
        """Starts the process and reports nothing: whether it came up is what the checks ask."""
        if self.runs():
            return
        log = open(os.path.join(self.folder, "node.log"), "ab")  # noqa: SIM115 (the child keeps it)
        with log:
            mark = log.tell()
            self.expected_end = False
            self.process = await asyncio.create_subprocess_exec(
                self.program, "node", "--config", os.path.join(self.folder, "config.toml"),
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                preexec_fn=end_with_parent,
            )
        self.watchers.append(asyncio.ensure_future(self.watch(self.process, mark)))

    async def watch(self, process, mark):
        code = await process.wait()
        with open(os.path.join(self.folder, "node.log"), encoding="utf-8", errors="replace") as log:
            log.seek(mark)
            text = log.read()
        self.ends.append({"code": code, "reason": reason_of(code, text), "asked": self.expected_end, "said": text[-600:]})

    async def stop(self, how=signal.SIGTERM):
        """Ends the process and waits for its end."""
        if not self.runs():
            return
        self.expected_end = True
        self.process.send_signal(how)
        if self.paused:
            self.process.send_signal(signal.SIGCONT)
            self.paused = False
        try:
            await asyncio.wait_for(self.process.wait(), 15)
        except asyncio.TimeoutError:
            self.process.kill()
        await self.watchers[-1]

    def kill(self):
        if self.runs():
            self.expected_end = True
            self.process.kill()


def reason_of(code, text):
    """Why a process ended, as `exit_reason` names it."""
    if code == 0:
        return "requested"
    if code < 0:
        return "crash"
    if code == 2:
        return "bad-config"
    # Errors of the disk name the file, what failed, and one of storage's own words (storage/error.cpp).
    if re.search(r"stops: .*/data/.* \((io|full|read-only|corrupt|denied|not-found)\)\. ", text):
        return "storage-fault"
    return "crash"


class Network:
    """All nodes, their links, and the public interface through which they are asked."""

    def __init__(self, program, scenario, dice_of):
        self.program = program
        self.size = scenario.get("network", {}).get("validators", 4)
        self.observers = scenario.get("network", {}).get("observers", 0)
        self.home = tempfile.mkdtemp(prefix="troupe-lab-")
        self.folder = os.path.join(self.home, "nets", "lab")
        self.names = ["n%d" % (i + 1) for i in range(self.size + self.observers)]
        self.validators = self.names[: self.size]
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("TROUPE_")}
        self.environment["LC_ALL"] = "C.UTF-8"
        self.links = Links(self.names, dice_of)
        self.nodes = {}
        self.begin = time.monotonic()
        self.watch_of = {}
        self.samples = []

    async def ask(self, *words, node=None, seconds=10):
        """One command: (exit code, its JSON object)."""
        command = [self.program, "--home", self.home, "-n", "lab", "--json", "--timeout", "%dms" % int(seconds * 1000)]
        command += ["-N", node] if node else []
        process = await asyncio.create_subprocess_exec(
            *command, *[str(word) for word in words],
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env=self.environment,
        )
        try:
            # Not wait_for: it forgets a cancellation that comes together with the answer.
            async with asyncio.timeout(seconds + 60):
                out, err = await process.communicate()
        except (TimeoutError, asyncio.CancelledError):
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            raise
        try:
            return process.returncode, json.loads(out)
        except ValueError:
            return process.returncode, {"error": {"code": "no-answer", "message": err.decode(errors="replace")}}

    async def make(self, needs_disks):
        total = len(self.names)
        base = free_ports(total * total)
        code, answer = await self.ask("init", "--nodes", self.size, "--port", base)
        if code != 0:
            raise NotRun("troupe init: %s" % answer["error"]["message"])
        for name in self.names[self.size :]:
            await self.add_observer(name)
        for name in self.names:
            self.nodes[name] = Node(name, os.path.join(self.folder, name), self.program, self.environment)
        free = iter(range(base + total, base + total * total))
        for name in self.names:
            await self.lead_through_links(name, base, free)
        for node in self.nodes.values():
            if needs_disks:
                node.disk = Disk(node.data, os.path.join(self.home, node.name + ".ext4"))
                node.disk.make()

    async def add_observer(self, name):
        """Makes an observer, which takes the next port. It is started with it; here that is the scenario's to say."""
        code, answer = await self.ask("net", "add", seconds=3)
        if not os.path.isdir(os.path.join(self.folder, name)):
            raise NotRun("troupe net add: %s" % answer.get("error", {}).get("message", code))
        await self.ask("down", node=name)

    async def lead_through_links(self, name, base, free):
        """Writes the links' ports in place of the validators' into a node's configuration: observers are not dialled."""
        path = os.path.join(self.folder, name, "config.toml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for i, other in enumerate(self.validators):
            if other == name:
                continue
            port = next(free)
            changed = text.replace("/tcp/%d/p2p/" % (base + i), "/tcp/%d/p2p/" % port)
            if changed == text:
                raise NotRun("the configuration of %s does not name %s" % (name, other))
            text = changed
            await self.links.open(name, other, port, base + i)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def port(self, name):
        with open(os.path.join(self.folder, name, "config.toml"), encoding="utf-8") as file:
            return int(re.search(r'listen = "[^"]*/tcp/(\d+)"', file.read()).group(1))

    async def status(self):
        """What every node says of itself, by name; nodes that do not answer are left out."""
        _, answer = await self.ask("status", seconds=3)
        known = {entry["node"]: entry for entry in answer.get("nodes", [])}
        return {name: entry for name, entry in known.items() if "height" in entry}

    async def watch(self):
        """Asks all nodes again and again; the newest answer is in `watch_of`."""
        while True:
            self.watch_of = await self.status()
            self.samples.append((time.monotonic() - self.begin, self.watch_of, self.figures()))
            await asyncio.sleep(POLL_SECONDS)

    def figures(self):
        """Resident bytes and descriptors of every process."""
        found = {}
        for node in self.nodes.values():
            with contextlib.suppress(OSError, IndexError):
                with open("/proc/%d/statm" % node.pid, encoding="ascii") as file:
                    pages = int(file.read().split()[1])
                found[node.name] = (pages * os.sysconf("SC_PAGE_SIZE"), len(os.listdir("/proc/%d/fd" % node.pid)))
        return found

    def seconds(self):
        return time.monotonic() - self.begin

    def highest(self, key):
        return max((entry[key] for entry in self.watch_of.values()), default=0)

    def running(self):
        return [name for name, node in self.nodes.items() if node.runs() and not node.paused]

    async def until(self, condition, seconds):
        """Waits for a condition on what is watched; False if it did not come in time."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                return False
            await asyncio.sleep(POLL_SECONDS / 3)
        return True

    def is_connected(self):
        running = self.running()
        return all(self.has_answered(name) and self.watch_of[name]["peers"] >= self.expected_peers(name, running)
                   for name in running)

    def expected_peers(self, name, running):
        """Whom a node talks to: all others, but that observers leave each other alone."""
        others = running if name in self.validators else self.validators
        return len([other for other in others if other != name and other in running])

    def has_answered(self, name):
        """True if the process that runs now has been heard, not one before it."""
        return self.watch_of.get(name, {}).get("pid") == self.nodes[name].pid

    async def digests(self, name, last):
        if last == 0:
            return []
        code, answer = await self.ask("block", "tail", "--from", 1, "--count", last, node=name, seconds=30)
        if code != 0:
            raise Refusal("%s does not show its blocks: %s" % (name, answer["error"]["message"]))
        return [block["digest"] for block in answer["blocks"]]

    async def destroy(self):
        for node in self.nodes.values():
            node.kill()
        for node in self.nodes.values():
            await asyncio.gather(*node.watchers, return_exceptions=True)
        self.links.close()
        for node in self.nodes.values():
            if node.disk is not None:
                with contextlib.suppress(NotRun):
                    node.disk.unmount()

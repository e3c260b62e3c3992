"""Runs the real program on networks of its own: real processes, sockets, disks and signals.

Each network lives in a temporary home folder with ports of its own and is gone after its test. Nothing here sleeps:
a test waits for what it wants to see, by a verb that blocks until it is there or by the end of a process.
"""

import contextlib
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

TROUPE = os.environ.get("TROUPE", os.path.join(os.path.dirname(__file__), "../../build/release/tools/troupe"))
TROUPE = os.path.abspath(TROUPE)


class Result:
    """What one command came to."""

    def __init__(self, words, process):
        self.words = words
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    def json(self):
        """The one object on stdout."""
        return json.loads(self.out)

    def __str__(self):
        return "troupe %s\n  exit %d\n  stdout: %s\n  stderr: %s" % (" ".join(self.words), self.code, self.out, self.err)


def free_port_block(count):
    """The first of `count` neighbouring ports that nobody uses now, from a random place on."""
    for _ in range(1000):
        base = random.SystemRandom().randrange(20000, 32000)
        with contextlib.ExitStack() as stack:
            try:
                for port in range(base, base + count):
                    listener = stack.enter_context(socket.socket())
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    listener.bind(("127.0.0.1", port))
                return base
            except OSError:
                continue
    raise RuntimeError("no free ports")


def processes(is_wanted):
    """The processes whose command line, as a list of words, is wanted."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open("/proc/%s/cmdline" % pid, encoding="utf-8", errors="replace") as file:
            if is_wanted(file.read().split("\0")):
                found.append(int(pid))
    return found


def wait_for_end(pid, seconds=10):
    """Waits until a process that is not our child has ended."""
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        if not select.select([fd], [], [], seconds)[0]:
            raise AssertionError("process %d did not end" % pid)
    finally:
        os.close(fd)


class Net:
    """One network and the home folder it lives in."""

    def __init__(self, nodes=4):
        self.nodes = ["n%d" % (i + 1) for i in range(nodes)]
        self.home = tempfile.mkdtemp(prefix="troupe-")
        self.port = free_port_block(nodes + 2)
        self.folder = os.path.join(self.home, "nets", "demo")

    def run(self, *words, stdin="", timeout=60, environment=None, program=TROUPE):
        words = [str(word) for word in words]
        process = subprocess.run(
            [program, "--home", self.home, *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=dict(self.environment(), **(environment or {})),
            cwd=self.home,
        )
        return Result(words, process)

    @staticmethod
    def environment():
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TROUPE_")}
        return dict(kept, LC_ALL="C.UTF-8")

    def ok(self, *words, **options):
        """Runs a command that must succeed."""
        result = self.run(*words, **options)
        if result.code != 0:
            raise AssertionError("%s\n%s" % (result, self.logs()))
        return result

    def json(self, *words, **options):
        return self.ok("--json", *words, **options).json()

    def up(self):
        return self.json("up", "--port", self.port, "--nodes", len(self.nodes), "--timeout", "20s")

    def pid(self, node):
        """The process of a node, 0 if it does not run."""
        nodes = self.run("--json", "status").json()["nodes"]
        return next(entry["pid"] for entry in nodes if entry["node"] == node)

    def kill(self, *nodes):
        """kill -9, and the ends of the processes."""
        pids = [self.pid(node) for node in nodes]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        for pid in pids:
            wait_for_end(pid)

    def height(self, node):
        return self.json("-N", node, "status")["nodes"][0]["height"]

    def wait_for_height(self, node, height, timeout="20s"):
        """Blocks until the node has the final block of this height."""
        self.ok("--json", "-N", node, "--timeout", timeout, "block", "tail", "--from", height, "--count", 1)

    def digests(self, node, last):
        """The digests of the final blocks 1 to `last` as this node has them."""
        blocks = self.json("-N", node, "block", "tail", "--from", 1, "--count", last)["blocks"]
        return [block["digest"] for block in blocks]

    def put(self, key, value, node=None, timeout="5s"):
        words = ["-N", node] if node else []
        return self.run(*words, "--json", "--timeout", timeout, "record", "put", key, value, "--as", "alice")

    def value(self, key, node):
        return self.json("-N", node, "record", "get", key)["value"]

    def config(self, node):
        return os.path.join(self.folder, node, "config.toml")

    def logs(self):
        """The ends of all logs, for the message of a failed test."""
        text = ""
        for node in self.nodes:
            path = os.path.join(self.folder, node, "node.log")
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += "--- %s\n%s" % (path, "".join(file.readlines()[-15:]))
        return text

    def destroy(self):
        with contextlib.suppress(Exception):
            self.run("down", timeout=60)
        shutil.rmtree(self.home, ignore_errors=True)


class NetTest(unittest.TestCase):
    """A test with networks that are gone when it ends."""

    def new_net(self, nodes=4):
        net = Net(nodes)
        self.addCleanup(net.destroy)
        return net

    def assert_one_object(self, result):
        """stdout is exactly one JSON object with the right "ok"; under --json nothing else is data."""
        lines = result.out.splitlines()
        self.assertEqual(len(lines), 1, result)
        value = json.loads(lines[0])
        self.assertIsInstance(value, dict, result)
        self.assertEqual(value["ok"], result.code == 0, result)
        if not value["ok"]:
            self.assertEqual(set(value["error"]), {"code", "message", "hint"}, result)
            self.assertTrue(all(value["error"].values()), result)
        return value


def now():
    return time.monotonic()


def main():
    unittest.main(verbosity=2)

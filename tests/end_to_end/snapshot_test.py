"""Joining from a snapshot: a fresh node fetches a proven state instead of every block, and goes on like the others."""

import contextlib
import os
import signal
import subprocess
import time

from harness import TROUPE, NetTest, main, processes, wait_for_end

REFUSED = 5


class SnapshotTest(NetTest):
    def setUp(self):
        self.net = self.new_net()

    def put(self, key, value):
        return self.net.json("record", "put", key, value, "--as", "alice")

    def fill(self, count):
        rows = "".join("reg/%d,%s\n" % (i, "x" * 200) for i in range(count))
        self.net.ok("record", "import", "-", "--key", "1", "--as", "carol", stdin=rows)

    def assert_one_state(self, left, right, seconds=20):
        """Once two nodes stand at one height, they have one state."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            nodes = {node["node"]: node for node in self.net.json("status")["nodes"]}
            if nodes[left]["executed_height"] == nodes[right]["executed_height"]:
                self.assertEqual(nodes[left]["state_root"], nodes[right]["state_root"])
                return
        self.fail("%s and %s never stood at one height" % (left, right))

    def wait_for_log(self, node, text, seconds=20):
        """Until the node has written this; it is looked for as fast as it goes."""
        path = os.path.join(self.net.folder, node, "node.log")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(FileNotFoundError), open(path, encoding="utf-8") as file:
                if text in file.read():
                    return
        self.fail("%s never said: %s" % (node, text))

    def test_a_fresh_node_joins_from_a_snapshot_and_goes_on_like_the_others(self):
        self.net.up()
        old = self.put("bike/17", "owner=alice")
        self.fill(20000)
        self.put("bike/18", "owner=bob")
        last = self.put("bike/17", "owner=carol")
        taken = self.net.json("net", "snapshot")
        self.assertGreater(taken["height"], old["height"])
        self.assertIn(taken["height"], taken["kept"])

        added = self.net.json("--timeout", "60s", "net", "add", "--from-snapshot")

        self.assertEqual((added["node"], added["state"]), ("n5", "ready"))
        held = self.net.json("-N", "n5", "net", "snapshot", "--list")
        self.assertGreaterEqual(held["base"], taken["height"])
        self.net.wait_for_height("n5", last["height"])
        self.assertEqual(self.net.json("-N", "n5", "record", "get", "bike/18")["value"], "owner=bob")
        self.assertEqual(len(self.net.json("-N", "n5", "record", "history", "bike/17")["records"]), 2)
        new = self.put("bike/19", "new")
        self.net.wait_for_height("n5", new["height"])
        self.assertEqual(self.net.json("-N", "n5", "record", "get", "bike/19")["value"], "new")
        self.assert_one_state("n5", "n1")
        proof = os.path.join(self.net.home, "p.json")
        self.net.ok("-N", "n5", "record", "get", "bike/18", "--proof", proof)
        self.net.ok("verify", proof)

    def test_what_lies_before_the_snapshot_is_not_held_and_nothing_is_taken_for_damage(self):
        self.net.up()
        for i in range(5):
            self.put("bike/%d" % i, "x")
        self.net.ok("net", "snapshot")
        self.net.ok("--timeout", "60s", "net", "add", "--from-snapshot")

        early = self.net.run("--json", "-N", "n5", "block", "show", "1")
        self.assertEqual((early.code, early.json()["error"]["code"]), (REFUSED, "not-held"))
        scrub = self.net.json("-N", "n5", "net", "scrub", "--now", "--timeout", "30s")
        self.assertEqual((scrub["damaged"], scrub["quarantined"]), (0, 0))
        self.assertNotIn("ALTERED", self.net.ok("net", "logs", "n5", "--lines", "1000").out)
        self.net.ok("-N", "n5", "down")
        self.net.ok("inspect", os.path.join(self.net.folder, "n5"))
        self.net.up()
        self.assertEqual(self.net.json("-N", "n5", "record", "get", "bike/3")["value"], "x")

    def test_a_node_that_is_killed_while_it_joins_goes_on_when_it_is_started_again(self):
        self.net.up()
        self.fill(20000)
        self.put("bike/17", "owner=alice")
        self.net.ok("net", "snapshot")
        config = self.net.config("n5")
        adding = subprocess.Popen(
            [TROUPE, "--home", self.net.home, "--timeout", "60s", "net", "add", "--from-snapshot"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self.net.environment(),
        )
        self.wait_for_log("n5", "fetches the snapshot of height")
        for pid in processes(lambda words: config in words):
            os.kill(pid, signal.SIGKILL)
            wait_for_end(pid)
        adding.wait(60)

        self.net.up()

        self.assertGreater(self.net.json("-N", "n5", "net", "snapshot", "--list")["base"], 0)
        new = self.put("bike/18", "new")
        self.net.wait_for_height("n5", new["height"])
        self.assert_one_state("n5", "n1")
        self.assertEqual(self.net.json("-N", "n5", "record", "get", "reg/19999")["value"], "x" * 200)
        scrub = self.net.json("-N", "n5", "net", "scrub", "--now", "--timeout", "60s")
        self.assertEqual((scrub["damaged"], scrub["quarantined"]), (0, 0))

    def test_a_network_without_a_snapshot_is_joined_all_the_same(self):
        self.net.up()
        self.put("bike/1", "x")
        self.put("bike/2", "x")

        self.net.ok("--timeout", "60s", "net", "add", "--from-snapshot")

        self.assertEqual(self.net.json("-N", "n5", "record", "get", "bike/1")["value"], "x")


if __name__ == "__main__":
    main()

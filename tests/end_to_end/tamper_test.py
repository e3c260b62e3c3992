"""A copy you can prove, a tamper you can see: proofs that hold offline, and a disk that is altered behind a node's
back. Whoever reads is refused or told the truth, never the lie."""

import glob
import os
import re
import shutil
import subprocess

from harness import NetTest, main

VERIFIER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tools/verify-js/verify.mjs")
REFUSED = 5


class TamperTest(NetTest):
    def setUp(self):
        self.net = self.new_net()

    def put(self, key, value):
        return self.net.json("record", "put", key, value, "--as", "alice")

    def heights(self, count):
        """Blocks on top of what there is, each of its own transaction."""
        for i in range(count):
            self.put("filler/%d" % i, "x")

    def folder(self, node):
        return os.path.join(self.net.folder, node)

    def file(self, name):
        return os.path.join(self.net.home, name)

    def tamper(self, node, key, value):
        self.net.ok("-N", node, "down")
        return self.net.json("tamper", self.folder(node), "--key", key, "--value", value)

    def read(self, node, key):
        """What the node says of a record: its value, or None if it refuses."""
        result = self.net.run("--json", "-N", node, "record", "get", key)
        answer = result.json()
        if not answer["ok"]:
            self.assertEqual(result.code, REFUSED, str(result))
            self.assertEqual(answer["error"]["code"], "damaged")
            return None
        return answer["value"]

    def wait_until_mended(self, node):
        """One whole walk of the scrubber; whatever it found is mended at its end."""
        scrub = self.net.json("-N", node, "net", "scrub", "--now", "--timeout", "30s")
        self.assertEqual(scrub["quarantined"], 0)
        return scrub

    def test_a_proof_holds_offline_in_both_verifiers_and_a_changed_one_does_not(self):
        self.net.up()
        self.put("bike/17", "owner=alice")
        proof = self.file("p.json")

        self.net.ok("record", "get", "bike/17", "--proof", proof)
        self.net.ok("down")

        verified = self.net.json("verify", proof)
        self.assertEqual(verified["claim"]["key"], "bike/17")
        script = subprocess.run(["node", VERIFIER, proof, verified["genesis"]], capture_output=True, text=True)
        self.assertEqual(script.returncode, 0, script.stdout + script.stderr)
        with open(proof) as file:
            text = file.read()
        with open(proof, "w") as file:
            file.write(text.replace("alice", "mallory"))
        changed = self.net.run("--json", "verify", proof)
        self.assertEqual(changed.code, 1)
        self.assertIn("step 1 of 5", changed.json()["error"]["message"])
        script = subprocess.run(["node", VERIFIER, proof, verified["genesis"]], capture_output=True, text=True)
        self.assertEqual(script.returncode, 1)

    def test_absence_transactions_and_old_headers_are_proved_too(self):
        self.net.up()
        done = self.put("bike/17", "owner=alice")
        old, new = self.file("old.json"), self.file("new.json")

        missing = self.net.run("--json", "record", "get", "bike/99", "--proof", self.file("absent.json"))
        self.assertEqual(missing.code, 4)
        self.assertEqual(self.net.json("verify", self.file("absent.json"))["claim"]["kind"], "absence")
        self.net.ok("tx", "show", done["id"], "--proof", self.file("tx.json"))
        self.assertEqual(self.net.json("verify", self.file("tx.json"))["claim"]["receipt"], "applied")
        self.net.ok("record", "get", "bike/17", "--proof", old)
        self.heights(2)
        anchor = self.net.json("verify", old)["anchor_height"]
        self.net.ok("block", "show", anchor, "--proof", new)
        self.net.ok("verify", new, "--since", old)

    def test_an_altered_record_is_never_read_and_is_mended(self):
        self.net.up()
        self.put("bike/17", "owner=alice")
        self.heights(10)  # deeper than what a start checks
        self.tamper("n2", "bike/17", "owner=mallory")

        found = self.net.run("--json", "inspect", self.folder("n2"), "--against", self.folder("n3"))
        self.assertEqual(found.code, 3)  # n3 runs
        found = self.net.run("--json", "inspect", self.folder("n2"))
        self.assertEqual(found.code, 1, str(found))
        self.assertEqual(found.json()["error"]["code"], "altered")

        self.net.up()
        self.assertIn(self.read("n2", "bike/17"), (None, "owner=alice"))
        scrub = self.wait_until_mended("n2")
        self.assertGreaterEqual(scrub["damaged"], 1)
        self.assertGreaterEqual(scrub["repaired"], 1)
        self.assertEqual(self.read("n2", "bike/17"), "owner=alice")
        status = next(node for node in self.net.json("status")["nodes"] if node["node"] == "n2")
        self.assertGreaterEqual(status["damaged"], 1)
        self.assertIn("ALTERED DATA", self.net.ok("net", "logs", "n2", "--lines", "1000").out)
        self.net.ok("down")
        self.net.ok("inspect", self.folder("n2"))

    def test_what_a_majority_alters_on_its_disks_changes_no_history_that_somebody_kept(self):
        self.net.up()
        self.put("bike/17", "owner=alice")
        proof = self.file("kept.json")
        self.net.ok("record", "get", "bike/17", "--proof", proof)
        self.heights(10)
        for node in ("n1", "n2"):
            self.tamper(node, "bike/17", "owner=mallory")

        self.net.up()
        for node in self.net.nodes:
            self.assertIn(self.read(node, "bike/17"), (None, "owner=alice"))
        for node in ("n1", "n2"):
            self.wait_until_mended(node)
            self.assertEqual(self.read(node, "bike/17"), "owner=alice")
        self.net.ok("verify", proof)

    def damage(self, pattern):
        """Turns a bit in the middle of the largest such file of n2's database."""
        files = glob.glob(os.path.join(self.folder("n2"), "data", "database", pattern))
        path = max(files, key=os.path.getsize)
        with open(path, "r+b") as file:
            middle = os.path.getsize(path) // 2
            file.seek(middle)
            byte = file.read(1)[0]
            file.seek(middle)
            file.write(bytes([byte ^ 0x40]))

    def assert_says_what_to_type(self, text):
        """Types it, and the node is there again."""
        command = re.search(r"mv \S+/database \S+ && mv \S+ \S+/database\.damaged\.mark", text)
        self.assertIsNotNone(command, text)
        subprocess.run(command.group(), shell=True, check=True)
        self.net.ok("net", "restart", "n2")
        self.net.wait_for_height("n2", self.net.height("n1"))
        self.assertEqual(self.read("n2", "reg/17"), "x" * 300)
        data = os.path.join(self.folder("n2"), "data")
        shutil.rmtree(os.path.join(data, "database.damaged"))
        os.remove(os.path.join(data, "database.damaged.mark"))

    def assert_tells_no_lie(self):
        for i in range(0, 20000, 2000):
            read = self.net.run("--json", "-N", "n2", "record", "get", "reg/%d" % i).json()
            self.assertTrue(not read["ok"] or read["value"] == "x" * 300, read)

    def test_a_node_whose_database_is_damaged_says_what_to_type_or_starts_and_tells_no_lie(self):
        self.net.up()
        rows = "".join("reg/%d,%s\n" % (i, "x" * 300) for i in range(20000))
        for pattern in ("MANIFEST-*", "CURRENT", "*.log", "*.ldb"):
            with self.subTest(pattern):
                self.net.ok("record", "import", "-", "--key", "1", "--as", "carol", stdin=rows)
                self.net.ok("-N", "n2", "down")
                self.damage(pattern)

                start = self.net.run("net", "restart", "n2")

                if start.code != 0:
                    self.assert_says_what_to_type(start.out + start.err)
                    continue
                # The bit may lie where only the scrubber, or a reader, comes by.
                self.assertIn(pattern, ("*.log", "*.ldb"), str(start))
                self.assert_tells_no_lie()

    def test_a_table_that_rots_under_a_running_node_is_never_believed(self):
        self.net.up()
        rows = "".join("reg/%d,%s\n" % (i, "x" * 300) for i in range(20000))
        self.net.ok("record", "import", "-", "--key", "1", "--as", "carol", stdin=rows)
        self.damage("*.ldb")

        scrub = self.net.run("--json", "-N", "n2", "net", "scrub", "--now", "--timeout", "30s")

        # What others can give back is mended; what LevelDB itself cannot read any more is said.
        if scrub.code == 0:
            self.assertEqual(scrub.json()["quarantined"], 0, str(scrub))
        self.assert_tells_no_lie()

    def test_tampering_needs_a_stopped_node_and_a_record(self):
        self.net.up()
        self.put("bike/17", "owner=alice")
        running = self.net.run("tamper", self.folder("n1"), "--key", "bike/17", "--value", "x")
        self.assertEqual(running.code, 3)
        self.net.ok("down")
        nothing = self.net.run("tamper", self.folder("n1"), "--key", "bike/99", "--value", "x")
        self.assertEqual(nothing.code, 4)


if __name__ == "__main__":
    main()

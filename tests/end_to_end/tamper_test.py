"""A copy you can prove, a tamper you can see: proofs that hold offline, and a disk that is altered behind a node's
back. Whoever reads is refused or told the truth, never the lie."""

import os
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

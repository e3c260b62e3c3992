"""`troupe explain halt` on networks that really stand still: it must name why, and what to type."""

import os
import shutil
import signal

import harness


class ExplainTest(harness.NetTest):
    def explain(self, net, cause):
        """What is said of a halt for this cause."""
        result = net.run("--json", "explain", "halt")
        said = self.assert_one_object(result)
        self.assertEqual(said["cause"], cause, result)
        self.assertEqual(result.code, 7, result)
        self.assertEqual(said["error"]["code"], cause)
        return said["error"]

    def test_a_network_that_decides_is_live(self):
        net = self.new_net()
        net.up()
        self.assertEqual(net.put("k", "v").code, 0)

        said = net.json("explain")

        self.assertFalse(said["halted"])
        self.assertIn(said["cause"], ("live", "idle"))

    def test_nodes_that_were_killed_are_named_with_how_to_start_them(self):
        net = self.new_net()
        net.up()
        net.kill("n2", "n4")

        said = self.explain(net, "no-quorum")

        self.assertIn("3 of 4 validators must vote and 2 can (n1 n3)", said["message"])
        self.assertIn("n2 is stopped", said["message"])
        self.assertIn("troupe net restart n2", said["hint"])
        self.assertIn("troupe net restart n4", said["hint"])

    def test_frozen_nodes_are_named_with_how_to_let_them_go_on(self):
        net = self.new_net()
        net.up()
        for node in ("n1", "n3"):
            pid = net.pid(node)
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)

        said = self.explain(net, "no-quorum")

        self.assertIn("n1 is paused", said["message"])
        self.assertIn("troupe net resume n3", said["hint"])

    def test_nodes_that_lost_their_vote_journal_observe(self):
        net = self.new_net()
        net.up()
        self.assertEqual(net.put("k", "v").code, 0)
        net.ok("down")
        for node in ("n2", "n3"):
            shutil.rmtree(os.path.join(net.folder, node, "data", "journal"))
        net.run("up", "--timeout", "20s")

        said = self.explain(net, "observer")

        self.assertIn("n2 only observes: ", said["message"])
        self.assertIn("n3 only observes: ", said["message"])

    def test_nodes_with_another_genesis_are_named(self):
        net = self.new_net()
        other = self.new_net()
        net.ok("init", "--seed", "one", "--port", net.port)
        other.ok("init", "--seed", "one", "--nodes", 7, "--port", other.port)
        foreign = os.path.join(net.home, "foreign-genesis")
        shutil.copy(os.path.join(other.folder, "genesis"), foreign)
        for node in ("n1", "n4"):
            with open(net.config(node), encoding="utf-8") as file:
                text = file.read()
            self.assertIn('"../genesis"', text)
            with open(net.config(node), "w", encoding="utf-8") as file:
                file.write(text.replace('"../genesis"', '"%s"' % foreign))
        net.run("up", "--timeout", "3s")

        said = self.explain(net, "genesis-mismatch")

        self.assertIn("n1 runs with another genesis", said["message"])
        self.assertIn("n4 runs with another genesis", said["message"])


if __name__ == "__main__":
    harness.main()

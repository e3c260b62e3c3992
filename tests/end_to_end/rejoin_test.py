"""A validator that lost its vote journal: it follows, and votes again once a rejoin is final."""

import os
import shutil

from harness import NetTest, main


class RejoinTest(NetTest):
    def status(self, net, node):
        return next(one for one in net.json("status")["nodes"] if one["node"] == node)

    def votes(self, net, node):
        """The block tail follows the chain, so every block is an event to look again at."""
        for _ in range(50):
            status = self.status(net, node)
            if status["role"] in ("leader", "validator"):
                return status
            height = status["height"]
            self.assertEqual(net.put("looked/%d" % height, "1").code, 0, net.logs())
        self.fail("%s does not vote\n%s" % (node, net.logs()))

    def test_a_lost_journal_a_rejoin_and_a_restart(self):
        net = self.new_net()
        net.up()
        self.assertEqual(net.put("before", "1").code, 0)
        net.kill("n4")
        shutil.rmtree(os.path.join(net.folder, "n4", "data", "journal"))
        net.ok("net", "restart", "n4", "--timeout", "20s")
        self.assertEqual(net.put("during", "2").code, 0)
        observer = self.status(net, "n4")
        self.assertEqual(observer["role"], "observer", observer)
        self.assertIn("rejoin", observer["trouble"])

        final = net.json("net", "rejoin", "n4")

        self.assertEqual((final["node"], final["receipt"]), ("n4", "applied"))
        self.assertEqual(self.votes(net, "n4")["trouble"], "")
        net.ok("net", "restart", "n4", "--timeout", "20s")
        self.votes(net, "n4")
        # Its lane is open again, and the network bears the loss of another node.
        self.assertEqual(net.put("through-n4", "3", node="n4").code, 0, net.logs())
        net.kill("n1")
        self.assertEqual(net.put("without-n1", "4", node="n4", timeout="20s").code, 0, net.logs())

    def test_a_validator_that_votes_has_nothing_to_rejoin(self):
        net = self.new_net()
        net.up()
        self.votes(net, "n2")

        refused = net.run("--json", "net", "rejoin", "n2")

        self.assertEqual((refused.code, refused.json()["error"]["code"]), (5, "votes"))


if __name__ == "__main__":
    main()

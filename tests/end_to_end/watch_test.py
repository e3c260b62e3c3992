"""`troupe watch` on a terminal of 24 lines and 80 columns: what a person sees of a network that runs, and of one that does not."""

import re

import harness
from terminal import Console, Picture


class WatchTest(harness.NetTest):
    def watch(self, net, *words):
        terminal = Console(net, *words, verb="watch", term="vt100")
        self.addCleanup(terminal.close)
        return terminal, Picture()

    def see(self, terminal, picture, *patterns, is_met=lambda lines: True, seconds=20):
        """Waits for a picture in which a line of its own matches each pattern; returns its lines."""
        deadline = harness.now() + seconds
        while True:
            lines = picture.lines()
            if all(any(re.search(pattern, line) for line in lines) for pattern in patterns) and is_met(lines):
                return lines
            self.assertLess(harness.now(), deadline, "%s in\n%s" % (patterns, "\n".join(lines)))
            terminal.text = picture.feed(terminal.text + terminal.read(deadline - harness.now()))

    def height_of(self, lines, node):
        rows = [re.search(r"^%s +\w+ +(\d+) " % node, line) for line in lines]
        return max((int(row.group(1)) for row in rows if row), default=0)

    def test_nodes_views_votes_lag_queues_and_faults_are_on_one_screen_that_moves(self):
        net = self.new_net()
        net.up()
        self.assertEqual(net.put("k", "1").code, 0)
        terminal, picture = self.watch(net)

        lines = self.see(
            terminal, picture,
            r"^net demo   LIVE   quorum 3 of 4   q leaves",
            r"^NODE +STATE +HEIGHT +VIEW +BEHIND +PEERS +QUEUED +LAST VOTE",
            *[r"^n%d +(leader|validator) +\d+ +\d+ +0 +3 +\d+ +(notarize|nullify|finalize) \d+" % n for n in (1, 2, 3, 4)],
            r"^view \d+ of leader n[1-4] for [0-9.]+ s, as n[1-4] sees it",
            r"^VALIDATOR +PROPOSED +NOTARIZE +NULLIFY +FINALIZE",
            *[r"^n%d +(yes|-) +(yes|-) +(yes|-) +(yes|-)" % n for n in (1, 2, 3, 4)])
        self.assertLess(len([line for line in lines if line]), 24)
        height = net.put("k", "2").json()["height"]
        self.see(terminal, picture, is_met=lambda lines: self.height_of(lines, "n1") >= height)
        net.ok("fault", "pause", "n4", "--for", "60s")
        self.see(terminal, picture, r"^fault: pause n4 \(f1, \d+ s left\)", r"^n4 +paused")
        net.ok("fault", "pause", "n3")
        self.see(terminal, picture, r"^net demo   HALTED", r"n3 is paused; n4 is paused", r"^fix: undo it: troupe fault clear")
        net.ok("fault", "clear")
        self.see(terminal, picture, r"^net demo   LIVE", r"^n4 +(leader|validator) ")
        terminal.type("q")
        self.assertEqual(terminal.exit_code(), 0)

    def test_one_node_over_the_network_shows_what_it_knows_of_the_others(self):
        net = self.new_net()
        net.up()
        peer = net.json("keys", "new", "viewer")["peer_id"]
        with open(net.config("n1"), "r+", encoding="utf-8") as file:
            text = file.read()
            file.seek(0)
            file.write('admins = ["%s:view"]\n%s' % (peer, text))
        net.ok("net", "restart", "n1")
        way = ["--via", net.json("-N", "n1", "config", "show")["address"], "--via-key", "viewer"]
        net.ok("fault", "crash", "n4")

        terminal, picture = self.watch(net, *way)

        self.see(terminal, picture, r"one node's view: n1$", r"^n2 +connected", r"^n4 +unreached", r"^view \d+ of leader")
        terminal.type("q")
        self.assertEqual(terminal.exit_code(), 0)
        status = net.json(*way, "status")
        self.assertEqual(status["view_of"], "n1")
        self.assertEqual({node["node"]: node["state"] for node in status["nodes"][1:]},
                         {"n2": "connected", "n3": "connected", "n4": "not connected"})
        net.ok("fault", "crash", "n3")
        net.put("k", "v", node="n1", timeout="1s")
        deadline = harness.now() + 30
        while True:
            why = self.assert_one_object(net.run(*way, "--json", "explain", "halt"))
            if why["cause"] == "no-quorum":
                break
            self.assertLess(harness.now(), deadline, why)
        self.assertIn("n1 reaches 2 of them: it does not reach n3 n4 (as n1 sees it, who alone was asked)",
                      why["error"]["message"])
        refused = net.run(*way, "--json", "pause")
        self.assertIn("takes the role operate", self.assert_one_object(refused)["error"]["message"])


if __name__ == "__main__":
    harness.main()

"""Each cause of a halt is brought about on real nodes, and `troupe explain halt` names it.

explain_test has nodes that are stopped, frozen, observe or belong to another genesis, fault_test a partition; here are
the causes that need a node to suffer from within, a full disk, or a program of another version. Networks in which one
view shall last long enough to be looked at are made for slow links: a message may need five seconds.
"""

import os
import re
import subprocess

import harness

NO_QUORUM = 7
NEXT = os.environ.get("TROUPE_NEXT", os.path.join(os.path.dirname(harness.TROUPE), "../tests/end_to_end/troupe-next"))
DISK_BYTES = 48 << 20


class HaltTest(harness.NetTest):
    def slow_net(self):
        """A network that has decided something and has nothing to decide now."""
        net = self.new_net()
        net.ok("init", "--port", net.port, "--delta", "5s")
        net.up()
        self.assertEqual(net.put("first", "1", timeout="20s").code, 0)
        self.explain_until(net, lambda said: said["cause"] == "idle")
        return net

    def explain_until(self, net, is_met, seconds=60):
        """Asks why until the answer is as it shall be: before that, the halt is not old enough."""
        deadline = harness.now() + seconds
        while True:
            result = net.run("--json", "explain", "halt")
            said = self.assert_one_object(result)
            if is_met(said):
                return said
            self.assertLess(harness.now(), deadline, "%s\n%s" % (result, net.logs()))

    def explained(self, net, cause, sentence=""):
        """The sentence and the hint for this cause, once it is given; it must hold the words."""
        said = self.explain_until(
            net, lambda said: said["cause"] == cause and re.search(sentence, said["sentence"] + said["error"]["message"]))
        self.assertTrue(said["halted"], said)
        return said["error"]["message"], said["error"]["hint"]

    def leader(self, net):
        return net.json("-N", "n1", "votes")["leader"]

    def put_without_end(self, net, node):
        """Gives the network something to decide, which it does not."""
        self.assertNotEqual(net.put("k", "v", node=node, timeout="1s").code, 0)

    def goes_on(self, net, node):
        self.assertEqual(net.put("after", "1", node=node, timeout="50s").code, 0, net.logs())

    def others(self, net, *names):
        return [node for node in net.nodes if node not in names]

    def test_a_leader_that_is_gone_is_named_and_the_others_go_on_when_its_view_times_out(self):
        net = self.slow_net()
        leader = self.leader(net)
        other = self.others(net, leader)[0]
        net.kill(leader)
        self.put_without_end(net, other)

        sentence, hint = self.explained(net, "leader-silent")

        self.assertIn("its leader %s is stopped" % leader, sentence)
        self.assertIn("troupe net logs " + leader, hint)
        self.goes_on(net, other)

    def test_a_leader_that_is_not_heard_is_named_with_the_fault(self):
        net = self.slow_net()
        leader = self.leader(net)
        other = self.others(net, leader)[0]
        fault = net.json("fault", "mute", leader)
        self.assertIn("%s: hears, and is not heard" % leader, fault["prediction"])
        self.put_without_end(net, other)

        sentence, hint = self.explained(net, "leader-silent")

        self.assertRegex(sentence, "its leader %s (made one that reached nobody|is connected and says nothing)" % leader)
        self.assertIn("active: mute %s on consensus (f1" % leader, sentence)
        self.assertTrue(hint.startswith("undo it: troupe fault clear"), hint)
        net.ok("fault", "clear")
        self.goes_on(net, other)

    def test_a_batch_that_only_its_sealer_holds_is_named_with_who_lacks_it(self):
        net = self.slow_net()
        leader = self.leader(net)
        net.ok("fault", "mute", leader, "--channel", "lanes")
        self.put_without_end(net, leader)

        sentence, hint = self.explained(net, "batch-missing")

        self.assertIn("names batches that %s lack" % " ".join(self.others(net, leader)), sentence)
        self.assertIn("only 1 of 3 hold what they vote on", sentence)
        self.assertIn("the leader %s holds them" % leader, hint)
        net.ok("fault", "clear")
        self.goes_on(net, leader)

    def test_votes_that_were_lost_with_a_link_are_named_with_who_lacks_whose(self):
        net = self.slow_net()
        leader = self.leader(net)
        first, second, third = self.others(net, leader)
        net.ok("fault", "mute", first, second)
        self.put_without_end(net, leader)

        sentence, _ = self.explained(net, "votes-missing")

        self.assertIn("%s lacks that of %s" % (third, first), sentence)
        self.assertIn("%s lacks that of %s" % (leader, second), sentence)
        cut = net.json("fault", "partition", "%s,%s" % (first, second), "/", "%s,%s" % (leader, third))
        net.ok("fault", "clear", cut["id"])
        again, hint = self.explained(net, "votes-missing", r"their link was reset [0-9.]+ s ago, in the middle of the view")
        self.assertIn("lacks that of %s" % first, again)
        self.assertIn("connect it anew: troupe net restart", hint)
        net.ok("fault", "clear")
        self.goes_on(net, third)

    def test_a_clock_that_is_ahead_is_named_and_by_how_much(self):
        net = self.slow_net()
        leader = self.leader(net)
        other = self.others(net, leader)[0]
        fault = net.json("fault", "clock", leader, "--ahead", "1h")
        self.assertIn("Proposals by %s wait for their time" % leader, fault["prediction"])
        self.put_without_end(net, other)

        sentence, hint = self.explained(net, "clock-ahead")

        self.assertRegex(sentence, r"the clock of %s is (3599\.\d|3600\.\d) s ahead of the others'" % leader)
        self.assertIn("active: clock %s 3600 s ahead" % leader, sentence)
        self.assertIn("set the clock of %s with a time service" % leader, hint)
        net.ok("fault", "clear")
        self.goes_on(net, other)

    def test_a_ledger_that_does_not_keep_up_is_named_with_its_height(self):
        net = self.new_net()
        net.up()
        self.assertEqual(net.put("first", "1").code, 0)
        net.ok("fault", "stall", "n1", "n2")
        for number in range(100):
            if net.put("k%d" % number, "v", node="n3", timeout="2s").code != 0:
                break

        sentence, hint = self.explained(net, "execution-behind")

        self.assertRegex(sentence, r"n1 has executed height \d+ of \d+; n2 has executed height \d+ of \d+")
        self.assertIn("active: stall n1 n2 (f1", sentence)
        self.assertIn("troupe doctor", hint)
        net.ok("fault", "clear")
        self.goes_on(net, "n1")

    def test_a_transaction_that_waits_and_its_fault_are_explained_in_sentences(self):
        net = self.new_net()
        net.up()
        done = net.put("first", "1").json()["id"]
        self.assertRegex(net.ok("explain", "tx", done).out, r"is final in height \d+ .*, and took effect")
        net.ok("fault", "pause", "n3", "n4")
        net.run("-N", "n1", "--timeout", "1s", "record", "put", "k", "v", "--as", "alice")
        waiting = net.run("--json", "-N", "n1", "--timeout", "1s", "record", "put", "k", "w", "--as", "alice").json()
        told = re.search(r"[0-9a-f]{64}", waiting["error"]["message"] + waiting["error"]["hint"])
        self.assertTrue(told, waiting)

        why = net.run("--json", "explain", "tx", told.group())

        error = self.assert_one_object(why)["error"]
        self.assertEqual((why.code, error["code"]), (NO_QUORUM, "no-quorum"), why)
        self.assertIn("n1 holds it in a sealed batch of its lane", error["message"])
        self.assertIn("n3 is paused", error["message"])
        fault = net.json("explain", "fault", "f1")
        self.assertEqual((fault["fault"], fault["halted"]), ("pause n3 n4", True))
        self.assertIn("No group has 3 of 4", fault["expected"])
        net.ok("fault", "clear")
        net.ok("--timeout", "20s", "tx", "wait", told.group())
        self.assertIn("took effect", net.ok("explain", "tx", told.group()).out)

    def test_nodes_that_an_operator_paused_follow_and_are_named(self):
        net = self.new_net()
        net.up()
        net.ok("-N", "n2", "pause")
        height = net.put("k", "1", node="n1", timeout="20s").json()["height"]
        net.wait_for_height("n2", height)  # it takes no part, and follows
        refused = net.run("--json", "--read-only", "-N", "n3", "pause")
        self.assertIn("takes the role operate", self.assert_one_object(refused)["error"]["message"])
        net.ok("-N", "n3", "pause")
        self.put_without_end(net, "n1")

        sentence, hint = self.explained(net, "no-quorum")

        self.assertIn("n2 was paused by an operator; n3 was paused by an operator", sentence)
        self.assertIn("troupe -N n3 resume", hint)
        self.assertIn("paused by an operator", net.run("status").out)
        net.ok("-N", "n2", "resume")
        self.goes_on(net, "n4")

    def test_nodes_whose_disks_are_full_are_named(self):
        net = self.new_net()
        net.ok("init", "--port", net.port)
        for node in ("n2", "n3"):
            data = os.path.join(net.folder, node, "data")
            size = "size=%d,mode=700" % DISK_BYTES
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", data], capture_output=True, check=False)
            if mounted.returncode != 0:
                self.skipTest("not run: this machine lets nobody mount a small disk; simulation_test shows it instead")
            self.addCleanup(subprocess.run, ["umount", "-l", data], check=False)
        net.up()
        self.assertEqual(net.put("first", "1").code, 0)
        pids = [net.pid(node) for node in ("n2", "n3")]
        for node in ("n2", "n3"):
            with open(os.path.join(net.folder, node, "data", "filler"), "wb", buffering=0) as filler:
                with self.assertRaises(OSError):
                    while True:
                        filler.write(bytes(1 << 16))
        # What a file has of its last page is still its own: a few blocks may fit.
        ends = (net.put("k", str(number), node="n1", timeout="1s").code for number in range(1000))
        self.assertTrue(any(code != 0 for code in ends))
        for pid in pids:
            harness.wait_for_end(pid, 30)

        sentence, hint = self.explained(net, "disk-full")

        self.assertIn("n2 has no room left on its disk; n3 has no room left on its disk", sentence)
        self.assertIn("free space and type: troupe net restart n2", hint)
        for node in ("n2", "n3"):
            os.remove(os.path.join(net.folder, node, "data", "filler"))
            net.run("net", "restart", node)
        self.goes_on(net, "n1")

    def test_nodes_of_another_version_that_do_not_talk_to_the_others_are_named(self):
        net = self.new_net()
        net.up()
        self.assertEqual(net.put("first", "1").code, 0)
        for node in ("n3", "n4"):
            net.run("--timeout", "5s", "net", "restart", node, program=NEXT)

        sentence, hint = self.explained(net, "version-mismatch")

        self.assertIn("n3 runs version 0.2.0 and the others 0.1.0, and they do not talk", sentence)
        self.assertIn("install one version and type: troupe net restart n4", hint)
        for node in ("n3", "n4"):
            net.run("net", "restart", node)
        self.goes_on(net, "n1")


if __name__ == "__main__":
    harness.main()

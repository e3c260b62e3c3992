"""Faults of a network that runs: injected, told, listed, undone by hand, by expiry and by `down`."""

import os

import harness

NO_NODE, NOT_RUNNING, USAGE, TIMED_OUT, NO_QUORUM = 4, 3, 2, 6, 7


class FaultTest(harness.NetTest):
    def network(self):
        net = self.new_net()
        net.up()
        return net

    def active(self, net):
        return [fault["id"] for fault in net.json("fault", "list")["faults"]]

    def test_halves_of_a_partition_decide_nothing_and_agree_again_once_it_is_cleared(self):
        net = self.network()
        before = net.put("k", "1", node="n1").json()["height"]
        fault = net.json("fault", "partition", "n1,n2", "/", "n3,n4")
        self.assertFalse(fault["live"], fault)
        self.assertIn("No group has 3 of 4", fault["prediction"])
        self.assertEqual(net.put("k", "2", node="n1", timeout="2s").code, NO_QUORUM)
        self.assertIn("partition {n1 n2} | {n3 n4} (f1", net.run("status").err)
        why = net.run("--json", "explain", "halt").json()["error"]
        self.assertIn("active: partition {n1 n2} | {n3 n4} (f1", why["message"])
        self.assertIn("troupe fault clear", why["hint"])
        self.assertEqual([c["id"] for c in net.json("fault", "clear")["cleared"]], ["f1"])
        self.assertEqual(self.active(net), [])
        after = net.put("j", "1", node="n4", timeout="20s").json()["height"]
        self.assertGreater(after, before)
        for node in net.nodes:
            net.wait_for_height(node, after)
            self.assertEqual(net.digests(node, after), net.digests("n1", after))

    def test_an_isolated_node_falls_behind_and_catches_up_after_the_fault(self):
        net = self.network()
        fault = net.json("fault", "isolate", "n4")
        self.assertTrue(fault["live"], fault)
        self.assertIn("n4 will fall behind", fault["prediction"])
        height = net.put("k", "1", node="n1", timeout="20s").json()["height"]
        self.assertLess(net.height("n4"), height)
        net.ok("fault", "clear", fault["id"])
        net.wait_for_height("n4", height)
        self.assertEqual(net.value("k", "n4"), "1")

    def test_a_node_that_is_started_again_is_still_cut_off_until_its_fault_is_cleared(self):
        net = self.network()
        net.ok("fault", "isolate", "n4")
        net.kill("n4")
        up = net.run("--timeout", "2s", "up")
        self.assertEqual(up.code, NO_QUORUM, up)
        self.assertIn("1 fault active: partition {n4} | {n1 n2 n3} (f1", up.err)
        height = net.put("k", "1", node="n1", timeout="20s").json()["height"]
        self.assertEqual(net.json("peers", "-N", "n4")["peers"], [])
        self.assertLess(net.height("n4"), height)
        net.ok("fault", "clear")
        net.wait_for_height("n4", height)

    def test_a_fault_with_a_duration_undoes_itself(self):
        net = self.network()
        fault = net.json("fault", "pause", "n4", "--for", "1s")
        self.assertEqual(self.active(net), [fault["id"]])
        height = net.put("k", "1", node="n1", timeout="10s").json()["height"]
        keepers = harness.processes(lambda words: net.folder in words and "expire" in words)
        self.assertEqual(len(keepers), 1)
        harness.wait_for_end(keepers[0])
        self.assertEqual(self.active(net), [])
        net.wait_for_height("n4", height)

    def test_a_crashed_node_is_back_when_its_fault_is_cleared(self):
        net = self.network()
        pid = net.pid("n2")
        fault = net.json("fault", "crash", "n2")
        self.assertEqual(net.pid("n2"), 0)
        again = net.run("--json", "fault", "crash", "n2")
        self.assertEqual((again.code, again.json()["error"]["code"]), (NOT_RUNNING, "not-running"))
        net.ok("fault", "clear", fault["id"])
        self.assertNotIn(net.pid("n2"), (0, pid))

    def test_nodes_that_are_started_again_suffer_what_they_suffered_before(self):
        net = self.network()
        fault = net.json("fault", "mute", "n3", "n4")
        for node in ("n3", "n4"):
            net.ok("net", "restart", node)
        self.assertIn(net.put("k", "1", node="n1", timeout="2s").code, (TIMED_OUT, NO_QUORUM))
        net.ok("fault", "clear", fault["id"])
        net.put("k", "2", node="n1", timeout="20s").json()
        self.assertEqual(self.active(net), [])

    def test_down_ends_all_faults(self):
        net = self.network()
        net.ok("fault", "crash", "n2")
        net.ok("fault", "pause", "n3", "--for", "60s")
        self.assertEqual(self.active(net), ["f1", "f2"])
        keepers = harness.processes(lambda words: net.folder in words and "expire" in words)
        self.assertEqual(len(keepers), 1)
        net.ok("down")
        harness.wait_for_end(keepers[0])  # long before the fault's own end
        self.assertEqual(self.active(net), [])
        self.assertEqual(os.listdir(os.path.join(net.folder, "faults")), [])

    def test_what_cannot_be_done_is_refused_by_name(self):
        net = self.network()
        for words, code, name in (
            (["crash", "n9"], NO_NODE, "no-node"),
            (["isolate", "n9"], NO_NODE, "no-node"),
            (["pause", "n1", "--for", "soon"], USAGE, "usage"),
            (["partition", "n1,n2"], USAGE, "usage"),
            (["clear", "f9"], NO_NODE, "no-fault"),
            (["expire", "f9"], NO_NODE, "no-fault"),
        ):
            result = net.run("--json", "fault", *words)
            value = self.assert_one_object(result)
            self.assertEqual((result.code, value["error"]["code"]), (code, name), result)
        self.assertEqual(self.active(net), [])


if __name__ == "__main__":
    harness.main()

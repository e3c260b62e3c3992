"""The local network as a person uses it: up, status, add, pause, import, read everywhere."""

import os
import subprocess

from harness import NetTest, main, now

UP_SECONDS_MAX = 1.0
STRETCH = float(os.environ.get("TROUPE_STRETCH", "1"))


class NetworkTest(NetTest):
    def test_up_is_idempotent_and_down_too(self):
        net = self.new_net()
        first = net.up()
        again = net.up()
        self.assertEqual([node["pid"] for node in first["nodes"]], [node["pid"] for node in again["nodes"]])
        self.assertEqual({node["state"] for node in again["nodes"]}, {"running"})
        self.assertEqual({node["state"] for node in net.json("down")["nodes"]}, {"stopped"})
        self.assertEqual({node["state"] for node in net.json("down")["nodes"]}, {"not running"})

    def test_four_nodes_are_up_within_a_second(self):
        net = self.new_net()
        net.ok("init", "--port", net.port)
        seconds = min(self.time_up(net) for _ in range(3))
        print("up of four nodes: %.2f s" % seconds, flush=True)
        self.assertLess(seconds, UP_SECONDS_MAX * STRETCH)

    @staticmethod
    def time_up(net):
        begin = now()
        net.up()
        seconds = now() - begin
        net.ok("down")
        return seconds

    def test_what_a_verb_costs_is_printed(self):
        net = self.new_net()
        net.up()
        times = []
        for _ in range(21):
            begin = now()
            net.ok("-N", "n1", "--json", "peers")
            times.append(now() - begin)
        median = sorted(times)[len(times) // 2]
        print("one verb: median %.1f ms, least %.1f ms" % (median * 1000, min(times) * 1000), flush=True)

    def test_what_one_node_is_told_every_node_knows(self):
        net = self.new_net()
        net.up()
        put = net.json("-N", "n1", "record", "put", "bike/17", "owner=alice", "--as", "alice")
        self.assertEqual(put["versions"], [1])
        for node in net.nodes:
            net.wait_for_height(node, put["height"])
            self.assertEqual(net.value("bike/17", node), "owner=alice")
        net.ok("-N", "n2", "record", "transfer", "bike/17", "--to", "bob", "--as", "alice")
        net.ok("-N", "n3", "record", "retire", "bike/17", "--as", "bob")
        history = net.json("-N", "n4", "record", "history", "bike/17")["records"]
        self.assertEqual([(one["version"], one["owner"], one["retired"]) for one in history],
                         [(1, "alice", False), (2, "bob", False), (3, "bob", True)])
        before = net.json("record", "get", "bike/17", "--at", put["height"])
        self.assertEqual(before["version"], 1)

    def test_the_register_of_packages_is_imported_and_read_from_another_node(self):
        net = self.new_net()
        net.up()
        words = ["dpkg-query", "-W", "-f", "${Package},${Version},${Installed-Size}\n"]
        register = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        count = len(register.splitlines())
        report = net.json("record", "import", "-", "--key", "1", "--as", "alice", stdin=register)
        self.assertEqual(report["records"], count)
        net.wait_for_height("n3", report["height"])
        held = {record["key"]: record["value"]
                for record in net.json("-N", "n3", "record", "list", "--limit", 1000000)["records"]}
        for line in register.splitlines():
            package = line.split(",")[0]
            self.assertIn(package, held)
        again = net.json("record", "import", "-", "--key", "1", "--as", "alice", "--changed", stdin=register)
        self.assertLess(again["records"], count)

    def test_an_added_observer_follows_the_chain(self):
        net = self.new_net()
        net.up()
        put = net.json("record", "put", "k", "v", "--as", "alice")
        pids = [net.pid(node) for node in net.nodes]
        added = net.json("net", "add")
        self.assertEqual((added["node"], added["role"]), ("n5", "observer"))
        net.wait_for_height("n5", put["height"])
        self.assertEqual(net.value("k", "n5"), "v")
        self.assertEqual(net.digests("n5", put["height"]), net.digests("n1", put["height"]))
        self.assertEqual(net.json("-N", "n5", "status")["nodes"][0]["role"], "follower")
        self.assertEqual([net.pid(node) for node in net.nodes], pids, "nobody restarts for an observer")
        again = net.put("k2", "v").json()["height"]
        net.wait_for_height("n5", again)
        net.ok("net", "rm", "n5", "--yes")
        with open(os.path.join(net.folder, "followers"), encoding="utf-8") as followers:
            self.assertEqual(followers.read(), "")
        self.assertEqual(net.run("-N", "n5", "peers").code, 4)

    def test_a_paused_node_is_shown_and_goes_on_when_it_may(self):
        net = self.new_net()
        net.up()
        net.ok("net", "pause", "n4")
        states = {entry["node"]: entry["state"] for entry in net.json("status")["nodes"]}
        self.assertEqual(states["n4"], "paused")
        put = net.put("k", "v", node="n1", timeout="10s")
        self.assertEqual(put.code, 0, put)
        net.ok("net", "resume", "n4")
        net.wait_for_height("n4", put.json()["height"])
        self.assertEqual(net.value("k", "n4"), "v")

    def test_a_large_network_and_a_single_node_work_too(self):
        for nodes in (1, 7):
            net = self.new_net(nodes)
            self.assertEqual(len(net.up()["nodes"]), nodes)
            self.assertEqual(net.put("k", "v", timeout="10s").code, 0, net.logs())
            net.ok("down")

    def test_a_network_in_a_folder_is_found_from_below_it(self):
        net = self.new_net()
        work = os.path.join(net.home, "work")
        deep = os.path.join(work, "a", "b")
        os.makedirs(deep)
        net.ok("init", work, "--port", net.port)
        shown = subprocess.run([os.environ.get("TROUPE", "troupe"), "--home", net.home, "--json", "keys", "list"],
                               capture_output=True, text=True, cwd=deep, env=net.environment(), check=True)
        self.assertIn(work + "/.troupe/keys/alice.key", shown.stdout)

    def test_configuration_is_shown_with_its_origin(self):
        net = self.new_net()
        net.ok("init", "--port", net.port)
        settings = {entry["key"]: entry for entry in net.json(
            "config", "show", "--origin", environment={"TROUPE_NODE_LOG_LEVEL": "debug"})["settings"]}
        self.assertEqual(settings["log_level"]["origin"], "environment TROUPE_NODE_LOG_LEVEL")
        self.assertEqual(settings["limits.cache_bytes"]["origin"], "default")
        self.assertIn("config.toml:2", settings["name"]["origin"])


if __name__ == "__main__":
    main()

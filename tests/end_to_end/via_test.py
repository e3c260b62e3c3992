"""A console that comes over the network: who it is, what its role lets it do, and what becomes of everybody else."""

import os
import signal
import socket
import threading

import harness
from terminal import NOTICED_SECONDS, Console

UNREACHABLE, REFUSED, USAGE = 3, 5, 2


class ViaTest(harness.NetTest):
    def network(self):
        """Four nodes, of which n1 admits the keys viewer and operator and not the key nobody."""
        net = self.new_net()
        net.up()
        peers = {name: net.json("keys", "new", name)["peer_id"] for name in ("viewer", "operator", "nobody")}
        with open(net.config("n1"), "r+", encoding="utf-8") as file:
            text = file.read()
            file.seek(0)
            file.write('admins = ["%s:view", "%s:operate"]\n%s' % (peers["viewer"], peers["operator"], text))
        net.ok("net", "restart", "n1")
        self.address = net.json("-N", "n1", "config", "show")["address"]
        return net

    def via(self, net, key, *words, **options):
        return net.run("--via", self.address, "--via-key", key, *words, **options)

    def refused(self, result, code, said):
        self.assertEqual(result.code, code, result)
        error = self.assert_one_object(result)["error"]
        self.assertIn(said, error["message"] + " " + error["hint"], result)

    def test_a_role_is_what_the_node_gives_to_the_key(self):
        net = self.network()
        written = self.via(net, "operator", "--json", "record", "put", "bike/1", "red", "--as", "alice")
        self.assertEqual(written.code, 0, written)
        read = self.via(net, "viewer", "--json", "record", "get", "bike/1")
        self.assertEqual((read.code, read.json()["value"]), (0, "red"), read)
        put = self.via(net, "viewer", "--json", "record", "put", "bike/1", "blue", "--as", "alice")
        self.refused(put, REFUSED, "takes the role operate")
        level = self.via(net, "viewer", "--json", "log", "validator=debug")
        self.refused(level, REFUSED, "takes the role operate")
        self.assertEqual(net.value("bike/1", "n2"), "red")

    def test_whoever_is_not_meant_is_refused_by_name_and_the_node_goes_on(self):
        net = self.network()
        stranger = self.via(net, "nobody", "--json", "record", "get", "k")
        self.refused(stranger, REFUSED, "does not admit this key's peer id")
        other = net.json("-N", "n2", "config", "show")["address"]
        closed = net.run("--via", other, "--via-key", "viewer", "--json", "record", "get", "k")
        self.refused(closed, REFUSED, "does not admit this key's peer id")
        wrong = self.address.split("/p2p/")[0] + "/p2p/" + other.split("/p2p/")[1]
        mistaken = net.run("--via", wrong, "--via-key", "viewer", "--json", "record", "get", "k")
        self.refused(mistaken, REFUSED, "another peer than the one that was named")
        nowhere = "/ip4/127.0.0.1/tcp/%d/p2p/%s" % (net.port + 5, other.split("/p2p/")[1])
        absent = net.run("--via", nowhere, "--via-key", "viewer", "--json", "record", "get", "k")
        self.refused(absent, UNREACHABLE, "nothing accepts")
        self.assertEqual(net.put("k", "1", node="n1").code, 0)

    def test_wrong_words_are_refused_before_anything_happens(self):
        net = self.network()
        self.refused(net.run("--via", "n1", "--via-key", "viewer", "--json", "peers"), USAGE, "/p2p/PEER_ID")
        self.refused(net.run("--via", self.address, "--json", "peers"), USAGE, "--via-key")
        self.refused(self.via(net, "viewer", "--json", "down"), USAGE, "nodes of this machine")
        self.refused(self.via(net, "viewer", "--read-only", "--json", "peers"), USAGE, "admits as view")
        self.assertNotEqual(net.pid("n1"), 0)

    def test_a_console_over_the_network_hears_of_its_nodes_end_and_attaches_again(self):
        net = self.network()
        console = Console(net, "--via", self.address, "--via-key", "operator")
        self.addCleanup(console.close)
        name = self.address[-8:]
        console.expect("attached to " + name)
        console.expect(name + "> ")
        console.type("record put bike/2 green --as alice\r")
        console.expect(r"final  height \d+")
        console.expect(name + "> ")
        os.kill(net.pid("n1"), signal.SIGKILL)
        console.expect(name + " is gone", NOTICED_SECONDS)
        net.up()
        console.expect("attached to " + name)
        console.expect(name + "> ")
        console.type("record get bike/2\r")
        console.expect("green")
        console.expect(name + "> ")
        self.assertEqual(console.leave(), 0)

    def test_two_hundred_connections_that_talk_nonsense_or_nothing_disturb_nobody(self):
        net = self.network()
        host, port = "127.0.0.1", int(self.address.split("/tcp/")[1].split("/")[0])
        held = []
        self.addCleanup(lambda: [each.close() for each in held])

        def crowd(connect):
            for number in range(100):
                with_peer = connect()
                held.append(with_peer)
                if number % 2 == 0:
                    try:
                        with_peer.sendall(os.urandom(300))
                    except OSError:
                        pass  # hung up on already, as it should be

        def to_socket():
            client = socket.socket(socket.AF_UNIX)
            client.connect(os.path.join(net.folder, "n1", "admin.sock"))
            return client

        crowds = [threading.Thread(target=crowd, args=(connect,))
                  for connect in (to_socket, lambda: socket.create_connection((host, port), 10))]
        for each in crowds:
            each.start()
        for number in range(5):
            self.assertEqual(net.put("k%d" % number, "1", node="n1").code, 0)
            self.assertEqual(net.put("j%d" % number, "1", node="n3").code, 0)
        for each in crowds:
            each.join()
        self.assertEqual(net.put("last", "1", node="n1").code, 0)
        self.assertEqual(net.value("last", "n1"), "1")


if __name__ == "__main__":
    harness.main()

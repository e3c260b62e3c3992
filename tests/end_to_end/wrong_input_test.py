"""What is wrong is named, with its place and a way out, and nothing is lost by it."""

import os
import shutil
import signal
import socket
import subprocess

from harness import TROUPE, NetTest, main


class WrongInputTest(NetTest):
    def setUp(self):
        self.net = self.new_net()
        self.net.ok("init", "--port", self.net.port)

    def edit(self, node, change):
        path = self.net.config(node)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(change(text))
        return path

    def refused(self, code, *words):
        """Starts n1 in the foreground, which must be refused with this code; returns the error."""
        result = self.net.run("--json", "node", "--config", self.net.config("n1"), *words, timeout=30)
        self.assertNotEqual(result.code, 0, result)
        error = self.assert_one_object(result)["error"]
        self.assertEqual(error["code"], code, result)
        return error

    def test_an_unknown_config_key_is_named_with_line_and_column(self):
        path = self.edit("n1", lambda text: text + 'lisen = "x"\n')
        with open(path, encoding="utf-8") as file:
            line = len(file.readlines())
        error = self.refused("bad-config")
        self.assertIn("config.toml:%d:1: unknown key 'lisen'" % line, error["message"])
        self.assertEqual(error["hint"], "did you mean 'listen'?")

    def test_a_config_of_garbage_is_named_with_line_and_column(self):
        path = self.net.config("n1")
        with open(path, "wb") as file:
            file.write(bytes(range(256)))
        self.assertRegex(self.refused("bad-config")["message"], r"config\.toml:1:\d+: ")

    def test_a_missing_key_file_is_named(self):
        os.remove(os.path.join(self.net.folder, "n1", "validator.key"))
        self.assertIn("n1/validator.key", self.refused("no-key")["message"])

    def test_a_damaged_key_file_is_named_with_its_line(self):
        path = os.path.join(self.net.folder, "n1", "node.key")
        with open(path, "w", encoding="utf-8") as file:
            file.write("troupe-key 1\nkind throne\n")
        self.assertIn("node.key:", self.refused("bad-key")["message"])

    def test_a_key_that_others_may_read_is_refused(self):
        path = os.path.join(self.net.folder, "n1", "node.key")
        os.chmod(path, 0o644)
        self.assertIn("chmod 600", self.refused("open-key")["hint"])

    def test_a_damaged_genesis_is_named(self):
        path = os.path.join(self.net.folder, "genesis")
        with open(path, "r+b") as file:
            file.truncate(40)
        self.assertIn("genesis", self.refused("bad-genesis")["message"])

    def test_a_busy_port_is_named_with_its_holder(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", self.net.port))
            holder.listen()
            error = self.refused("busy-port")
            up = self.net.run("--json", "up", "--timeout", "20s")
        self.assertIn("127.0.0.1:%d" % self.net.port, error["message"])
        self.assertIn("process %d (" % os.getpid(), error["message"])
        self.assertNotEqual(up.code, 0)
        self.assertEqual(self.assert_one_object(up)["error"]["code"], "busy-port")

    def test_a_foreign_data_folder_is_refused_and_left_as_it_was(self):
        self.net.up()
        self.net.ok("down")
        other = self.new_net()
        other.ok("init", "--port", other.port)
        data = os.path.join(other.folder, "n1", "data")
        shutil.rmtree(data)
        shutil.copytree(os.path.join(self.net.folder, "n1", "data"), data)
        result = other.run("--json", "node", "--config", other.config("n1"), timeout=30)
        error = self.assert_one_object(result)["error"]
        self.assertIn("data", error["message"], result)
        self.net.up()

    def test_a_second_process_for_one_node_is_refused_with_the_first(self):
        self.net.up()
        pid = self.net.pid("n1")
        self.assertIn("process %d" % pid, self.refused("already-running")["message"])
        self.assertEqual(self.net.pid("n1"), pid)

    def test_a_corrupt_data_folder_is_named(self):
        self.net.up()
        self.net.ok("down")
        data = os.path.join(self.net.folder, "n1", "data")
        for folder, _, names in os.walk(data):
            for name in names:
                if name.startswith("MANIFEST"):
                    with open(os.path.join(folder, name), "wb") as file:
                        file.write(b"garbage" * 100)
        result = self.net.run("--json", "node", "--config", self.net.config("n1"), timeout=30)
        error = self.assert_one_object(result)["error"]
        self.assertIn("n1/data", error["message"], result)

    def test_garbage_on_the_admin_socket_harms_nobody_else(self):
        self.net.up()
        path = os.path.join(self.net.folder, "n1", "admin.sock")
        clients = []
        for garbage in (b"", b"GET / HTTP/1.1\r\n\r\n", bytes(range(256)) * 64):
            client = socket.socket(socket.AF_UNIX)
            client.connect(path)
            client.sendall(garbage)
            clients.append(client)
        self.assertEqual(self.net.put("k", "v", node="n1").code, 0, self.net.logs())
        for client in clients:
            client.close()

    def test_garbage_on_the_network_port_harms_nobody_else(self):
        self.net.up()
        for garbage in (b"", b"\x13/multistream/1.0.0\n" + b"\xff" * 100, os.urandom(4096)):
            with socket.create_connection(("127.0.0.1", self.net.port)) as client:
                client.sendall(garbage)
        self.assertEqual(self.net.put("k", "v", node="n1").code, 0, self.net.logs())

    def test_a_node_in_the_foreground_ends_on_sigterm(self):
        words = [TROUPE, "--home", self.net.home, "node", "--config", self.net.config("n1"), "--ready-fd", "1"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.net.environment()) as node:
            self.addCleanup(node.kill)
            first = node.stdout.readline()
            node.send_signal(signal.SIGTERM)
            self.assertTrue(first.startswith(b"listening "), first)
            self.assertEqual(node.wait(timeout=10), 0)

    def test_what_a_crash_leaves_behind_does_not_disturb_the_next_start(self):
        self.net.up()
        self.net.kill(*self.net.nodes)
        self.assertTrue(os.path.exists(os.path.join(self.net.folder, "n1", "admin.sock")))
        self.assertEqual(self.net.run("--json", "status").json()["error"]["code"], "not-running")
        self.net.up()
        self.assertEqual(self.net.put("k", "v").code, 0, self.net.logs())


if __name__ == "__main__":
    main()

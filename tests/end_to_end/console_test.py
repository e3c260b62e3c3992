"""The console at a real terminal of 80 columns, attached to real nodes."""

import os
import signal
import socket
import subprocess

import harness
from terminal import NOTICED_SECONDS, Console


class ConsoleTest(harness.NetTest):
    def new_console(self, net, *words):
        console = Console(net, *words)
        self.addCleanup(console.close)
        console.expect("attached to n1")
        console.expect(r"n1> ")
        return console

    def test_a_session_at_the_prompt(self):
        net = self.new_net()
        net.up()
        console = self.new_console(net)

        # A live node's name completes, and what is not meant is cleared away.
        console.type("net pause n\t\t")
        console.expect(r"n1  n2  n3  n4")
        console.type("\x03")
        console.expect(r"\^C")

        console.type("record put bike/1 red --as alice\r")
        console.expect(r"final  height \d+")
        console.expect(r"n1> ")
        console.type("record get bi")
        console.complete("ke/1")  # the key is the node's to know
        console.type("\r")
        console.expect(r"bike/1 +1 +alice")
        console.expect(r"n1> ")

        # Something happens while a line is half typed.
        console.type("record get bik")
        console.expect("bik")
        net.kill("n4")
        console.expect(r"n4 is gone")
        console.expect(r"n1> record get bik")
        console.type("e/1\r")
        console.expect(r"bike/1 +1 +alice")
        console.expect(r"n1> ")

        console.type("net pause n3\r")
        console.expect("n3: paused")
        console.expect(r"n1> ")
        console.type("explain halt\r")
        said = console.expect(r"hint: .*")
        self.assertIn("3 of 4 validators must vote and 2 can (n1 n2)", said.replace("\r\n", ""))
        self.assertIn("n3 is paused", said)
        self.assertIn("n4 is stopped", said)
        console.expect(r"n1> ")
        console.type("net resume n3\r")
        console.expect("n3: running")
        console.expect(r"n1> ")
        console.type("note still-here --as alice\r")
        console.expect(r"final  height \d+")
        console.expect(r"n1> ")

        self.assertEqual(console.leave(), 0)

    def test_ctrl_c_ends_a_command_and_not_the_console(self):
        net = self.new_net()
        net.up()
        console = self.new_console(net)

        console.type("block tail\r")
        console.expect("block tail\r\n")
        net.put("a", "1")
        console.expect(r"transaction")
        console.type("\x03")
        console.expect(r"n1> ")
        console.type("use n2\r")
        console.expect("attached to n2")
        console.type("exit\r")
        self.assertEqual(console.exit_code(), 0)

    def test_a_killed_and_a_frozen_node_are_noticed_and_attached_to_again(self):
        net = self.new_net()
        net.up()
        console = self.new_console(net)

        os.kill(net.pid("n1"), signal.SIGKILL)
        console.expect("n1 is gone", NOTICED_SECONDS)
        net.up()
        console.expect("attached to n1")
        console.expect(r"n1> ")

        pid = net.pid("n1")
        os.kill(pid, signal.SIGSTOP)
        self.addCleanup(os.kill, pid, signal.SIGCONT)
        console.expect("n1 does not answer", NOTICED_SECONDS)
        os.kill(pid, signal.SIGCONT)
        console.expect("n1 answers again")
        self.assertEqual(console.leave(), 0)

    def test_a_script_runs_its_commands_and_ends_with_the_first_that_fails(self):
        net = self.new_net()
        net.up()

        done = net.ok("console", "-e", "record put k v --as alice", "-e", "record get k")
        self.assertIn("k\t1\talice", done.out)
        failed = net.run("console", "-e", "record get nothing", "-e", "record get k")
        self.assertEqual(failed.code, 4, failed)
        self.assertNotIn("alice", failed.out)
        piped = net.run("console", "n2", stdin="record get k\n# a remark\nexit\nrecord get nothing\n")
        self.assertEqual(piped.code, 0, piped)
        self.assertIn("k\t1\talice", piped.out)
        json = net.run("--json", "console", "-e", "record get k")
        self.assertEqual(self.assert_one_object(json)["value"], "v")

    def test_who_may_only_view_changes_nothing_and_sees_everything(self):
        net = self.new_net()
        net.up()

        refused = net.run("--json", "--read-only", "record", "put", "k", "v", "--as", "alice")
        self.assertEqual(refused.code, 5, refused)
        self.assertIn("view", self.assert_one_object(refused)["error"]["message"])
        refused = net.run("--json", "--read-only", "log", "signer=debug")
        self.assertEqual(refused.code, 5, refused)
        for words in (("actors",), ("votes",), ("lanes",), ("evidence",), ("config", "show", "--live")):
            seen = net.ok("--json", "--read-only", *words)
            self.assert_one_object(seen)
        self.assertEqual(net.put("k", "v").code, 0)

    def test_messages_actors_and_a_trace_are_those_of_the_node(self):
        net = self.new_net()
        net.up()

        tapped = net.json("tap", "validator", "--count", 5)
        self.assertEqual(len(tapped["events"]), 5)
        for event in tapped["events"]:
            self.assertIn("validator", (event["from"], event["to"]))
        actors = net.json("actors", "--window", "300ms")["actors"]
        names = {actor["actor"] for actor in actors}
        self.assertLessEqual({"admin", "mempool", "signer", "swarm", "validator", "peer-session"}, names)
        traced = net.json("trace", "record", "put", "k", "v", "--as", "alice")
        self.assertEqual(traced["exit"], 0)
        steps = {(step["to"], step["message"]) for step in traced["steps"]}
        self.assertLessEqual({("admin", "submit"), ("mempool", "submit"), ("signer", "sign")}, steps)

    def test_silent_and_garbage_clients_disturb_nobody(self):
        net = self.new_net()
        net.up()
        path = os.path.join(net.folder, "n1", "admin.sock")
        clients = []
        for number in range(200):
            client = socket.socket(socket.AF_UNIX)
            self.addCleanup(client.close)
            client.connect(path)
            if number % 2:
                client.send(os.urandom(200))
            clients.append(client)

        self.assertEqual(net.put("k", "v", node="n1").code, 0)
        self.assertEqual(net.value("k", "n1"), "v")
        for client in clients:
            client.close()
        self.assertEqual(net.put("k", "w", node="n1").code, 0)

    def test_completion_and_manual_are_what_shells_and_man_take(self):
        net = self.new_net()
        script = net.ok("completion", "bash").out
        offered = self.bash(script + '\nCOMP_WORDS=(troupe record p)\nCOMP_CWORD=2\n_troupe\necho "${COMPREPLY[@]}"\n')
        self.assertEqual(offered.split(), ["put"])
        offered = self.bash(script + '\nCOMP_WORDS=(troupe sta)\nCOMP_CWORD=1\n_troupe\necho "${COMPREPLY[@]}"\n')
        self.assertEqual(offered.split(), ["status"])
        page = net.ok("man").out
        shown = self.run_tool(["man", "--warnings=w", "-l", "-"], page, dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8"))
        self.assertEqual(shown.stderr, "")
        self.assertIn("troupe record put key value", shown.stdout)

    def bash(self, script):
        result = self.run_tool(["bash", "-c", script], "", os.environ)
        self.assertEqual(result.stderr, "")
        return result.stdout

    def run_tool(self, words, stdin, environment):
        result = subprocess.run(words, input=stdin, capture_output=True, text=True, timeout=60, env=environment)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result


if __name__ == "__main__":
    harness.main()

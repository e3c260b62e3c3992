"""Another user of this machine before a node's door."""

import os
import shutil
import stat
import subprocess

import harness

NOBODY = 65534
REFUSED = 5


class StrangerTest(harness.NetTest):
    def as_nobody(self, net, *words):
        """A command of the user nobody."""
        command = ["setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups",
                   self.program, "--home", net.home, "--json", *words]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False,
                                cwd="/", env=dict(net.environment(), HOME="/nonexistent"))
        return harness.Result(list(words), result)

    def setUp(self):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("not run: only root can become another user here")
        self.net = self.new_net()
        # A copy that everybody may run, wherever the program was built.
        os.chmod(self.net.home, 0o711)
        self.program = os.path.join(self.net.home, "troupe")
        shutil.copy(harness.TROUPE, self.program)
        os.chmod(self.program, 0o755)
        self.net.up()
        self.pid = self.net.pid("n1")

    def refused(self, result, code, name, said):
        error = self.assert_one_object(result)["error"]
        self.assertEqual((result.code, error["code"]), (code, name), result)
        self.assertIn(said, error["message"] + " " + error["hint"], result)
        self.assertEqual(self.net.put("after", "1", node="n1").code, 0)
        self.assertEqual(self.net.pid("n1"), self.pid)

    def test_another_user_cannot_even_see_the_network(self):
        for name in ("demo", os.path.join(self.net.home, "nets", "demo")):
            result = self.as_nobody(self.net, "-n", name, "-N", "n1", "peers")
            self.refused(result, REFUSED, "not-ours", "network %s belongs to another user of this machine" % name)

    def test_another_user_to_whom_all_files_were_opened_is_refused_by_the_node_itself(self):
        for folder, folders, files in os.walk(os.path.join(self.net.home, "nets")):
            os.chmod(folder, 0o755)
            for name in files:
                if name.endswith(".key"):
                    continue  # no program takes one that others can read
                path = os.path.join(folder, name)
                os.chmod(path, 0o666 if stat.S_ISSOCK(os.stat(path).st_mode) else 0o644)
        for words in (["peers"], ["record", "get", "k"], ["pause"], ["log", "validator=debug"]):
            result = self.as_nobody(self.net, "-N", "n1", *words)
            self.refused(result, REFUSED, "not-ours", "attach as the user who started the node")
        for words in (["down"], ["net", "restart", "n1"]):
            result = self.as_nobody(self.net, *words)
            self.refused(result, REFUSED, "not-ours", "stop it as the user who started it")
        for words in (["fault", "stall", "n1"], ["net", "pause", "n1"]):
            result = self.as_nobody(self.net, *words)
            self.assertNotEqual(result.code, 0, result)
            self.assertEqual(self.net.pid("n1"), self.pid)
        self.assertEqual(self.net.json("fault", "list")["faults"], [])
        self.assertFalse(self.net.json("-N", "n1", "status")["nodes"][0]["paused"])


if __name__ == "__main__":
    harness.main()

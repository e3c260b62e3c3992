"""Scenarios on real processes, through the program: `troupe scenario run FILE --on proc`.

A handful of short ones, which need no root and no disk of their own, must pass. One that must fail, fails; one that
needs what no machine has is not run, and says so: neither can be mistaken for a pass.
"""

import json
import os
import subprocess
import tempfile
import unittest

from harness import TROUPE, main, now, processes, wait_for_end

SCENARIOS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenarios")
PASSING = ["kill-one", "kill-all", "split-in-halves", "mute-node", "torn-connections", "bytes-on-the-wire",
           "frozen-node", "garbage-at-the-door", "rolling-upgrade", "upgrade-that-splits"]

# Two of four are dead for ever: whoever expects a block has to be told.
CANARY = """schema = 1
name = "canary"
shows = "Expects what cannot be."
engine = ["proc"]
load = { kind = "put", rate = 10 }
[[fault]]
id = "halves"
kind = "partition"
sides = [["n1", "n2"], ["n3", "n4"]]
at = "500ms"
for = "3s"
[[expect]]
check = "keeps_finalizing"
during = "halves"
"""

# Goes on for longer than any test waits.
LONG = CANARY.replace('for = "3s"', 'for = "600s"')

# Messages inside encrypted connections cannot be told apart from outside.
MISSING = """schema = 1
name = "missing"
shows = "Needs what the engine lacks."
engine = ["proc"]
[[fault]]
kind = "filter"
messages = ["finalize"]
for = "1s"
"""

MISSPELLED = """schema = 1
name = "misspelled"
engine = ["proc"]
[[fault]]
kind = "crash"
restart_aftr = "1s"
"""


def scenario(*words, timeout=240):
    return subprocess.run(
        [TROUPE, "--json", "scenario", *words], capture_output=True, text=True, timeout=timeout, check=False)


class LaboratoryTest(unittest.TestCase):
    def write(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".scenario.toml")  # noqa: SIM115 (closed by the cleanup)
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return file.name

    def test_short_scenarios_pass_on_real_processes(self):
        for name in PASSING:
            with self.subTest(name):
                result = scenario("run", os.path.join(SCENARIOS, name + ".scenario.toml"), "--on", "proc")
                said = result.stdout + result.stderr
                self.assertEqual(result.returncode, 0, said)
                summary = json.loads(result.stdout)
                self.assertEqual((summary["ok"], summary["findings"]), (True, []), said)
                self.assertGreater(summary["occurrences"], 0, said)
                self.assertGreater(summary["acknowledged"], 0, said)

    def start_long(self, folder):
        """A run that goes on for longer than any test waits, and its nodes."""
        laboratory = subprocess.Popen(
            [TROUPE, "--json", "scenario", "run", self.write(LONG), "--on", "proc"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ, TMPDIR=folder))
        nodes = []
        until = now() + 60
        while len(nodes) < 4 and now() < until:
            nodes = processes(lambda words: "node" in words and any(word.startswith(folder) for word in words))
        self.assertEqual(len(nodes), 4)
        return laboratory, nodes

    def test_a_laboratory_that_is_killed_leaves_no_node_running(self):
        with tempfile.TemporaryDirectory() as folder:
            laboratory, nodes = self.start_long(folder)
            laboratory.kill()
            laboratory.wait()
            for pid in nodes:
                wait_for_end(pid)

    def test_a_laboratory_that_is_asked_to_end_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            laboratory, nodes = self.start_long(folder)
            laboratory.terminate()
            laboratory.wait()
            for pid in nodes:
                wait_for_end(pid)
            self.assertEqual(os.listdir(folder), [])

    def test_an_expectation_that_does_not_hold_fails_the_run(self):
        result = scenario("run", self.write(CANARY))
        self.assertEqual(result.returncode, 7, result.stdout + result.stderr)
        self.assertIn("keeps_finalizing", " ".join(json.loads(result.stdout)["findings"]))

    def test_a_fault_that_cannot_be_delivered_is_not_run_and_named(self):
        result = scenario("run", self.write(MISSING))
        error = json.loads(result.stdout)["error"]
        self.assertEqual((result.returncode, error["code"]), (3, "not-run"), result.stderr)
        self.assertIn("filter", error["message"])

    def test_a_program_of_the_same_version_is_no_other_one(self):
        path = os.path.join(SCENARIOS, "rolling-upgrade.scenario.toml")
        result = scenario("run", path, "--on", "proc", "--other", TROUPE)
        error = json.loads(result.stdout)["error"]
        self.assertEqual((result.returncode, error["code"]), (3, "not-run"), result.stderr)
        self.assertIn("%s is version" % TROUPE, error["message"])

    def test_a_misspelled_key_is_refused_at_its_place(self):
        path = self.write(MISSPELLED)
        for verb in ("check", "run"):
            result = scenario(verb, path)
            error = json.loads(result.stdout)["error"]
            self.assertEqual((result.returncode, error["code"]), (2, "bad-scenario"))
            self.assertIn("%s:6:1: unknown key 'restart_aftr' (did you mean 'restart_after'?)" % path, error["message"])

    def test_a_new_scenario_is_sound_and_the_shipped_ones_are_listed(self):
        with tempfile.TemporaryDirectory() as folder:
            made = subprocess.run(
                [TROUPE, "--json", "scenario", "new", "mine"], capture_output=True, text=True, cwd=folder, check=False)
            self.assertEqual(made.returncode, 0, made.stdout)
            self.assertEqual(scenario("check", os.path.join(folder, "mine.scenario.toml")).returncode, 0)
        listed = json.loads(scenario("list").stdout)["scenarios"]
        self.assertGreaterEqual(len(listed), 25)
        self.assertTrue(all(entry["shows"] for entry in listed))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 2000
    main()

"""Executes every command of the README: what a newcomer types works as it is written.

A fenced block marked ```console is a session: lines that begin with "$ " are commands, the others what they print.
They run in one shell, in order, on a home folder of their own; every command must end with exit code 0, or with the
one that a comment "# exit N" at its end promises. What a command prints is compared where the README shows it,
with "..." standing for anything and every run of digits and hexadecimal for any other. Blocks of other languages are
not run; tools/up and tools/check are, by CI itself.
"""

import os
import re
import subprocess
import unittest

from harness import TROUPE, NetTest, free_port_block, main

README = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../README.md")
PROMPT = "$ "


def sessions(text):
    """The commands of all console blocks, each with the output that is shown under it."""
    commands = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith(PROMPT):
                commands.append((line[len(PROMPT):], []))
            elif commands and line.strip():
                commands[-1][1].append(line)
    return commands


def pattern_of(line):
    """What a shown line stands for: its words, any number for a number, any text for "..."."""
    parts = []
    for word in line.split():
        escaped = re.escape(word).replace(r"\.\.\.", ".*")
        parts.append(re.sub(r"[0-9a-f]*[0-9]+[0-9a-f]*", "[0-9a-f]+", escaped))
    return re.compile(r"\s+".join(parts))


class ReadmeTest(NetTest):
    def test_every_command_works_as_it_is_written(self):
        with open(README, encoding="utf-8") as file:
            commands = sessions(file.read())
        self.assertTrue(commands, "the README shows no console session")
        net = self.new_net()
        environment = net.environment()
        environment["PATH"] = os.path.dirname(TROUPE) + ":" + environment["PATH"]
        environment["HOME"] = net.home
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            environment[name] = os.path.join(net.home, name)
        # The README's network takes the first free ports; ours come from elsewhere, not to meet a real one.
        subprocess.run([TROUPE, "init", "--port", str(free_port_block(6)), "-q"], env=environment, cwd=net.home, check=True)
        self.addCleanup(subprocess.run, [TROUPE, "down", "-q"], env=environment, cwd=net.home, capture_output=True)
        for command, shown in commands:
            with self.subTest(command=command):
                self.check(command, shown, environment, net.home)

    def check(self, command, shown, environment, folder):
        promised = re.search(r"#\s*exit (\d+)\s*$", command)
        result = subprocess.run(["bash", "-c", "set -o pipefail; " + command], capture_output=True, text=True,
                                env=environment, cwd=folder, timeout=120)
        text = "$ %s\nexit %d\n%s%s" % (command, result.returncode, result.stdout, result.stderr)
        self.assertEqual(result.returncode, int(promised.group(1)) if promised else 0, text)
        printed = re.sub(r"\t", " ", result.stdout + result.stderr)
        for line in shown:
            self.assertRegex(printed, pattern_of(line), text)


class SessionsTest(unittest.TestCase):
    """The reader of the README itself."""

    def test_a_session_is_its_commands_with_what_they_print(self):
        text = "text\n```console\n$ a | b\n one\n\n$ c  # exit 3\n```\n```sh\n$ not run\n```\n"
        self.assertEqual(sessions(text), [("a | b", [" one"]), ("c  # exit 3", [])])

    def test_numbers_and_dots_stand_for_others(self):
        self.assertRegex("final  height 71  view 9  by n1 n3", pattern_of("final  height 3  view 3  by ..."))
        self.assertNotRegex("refused  height 71", pattern_of("final height 3"))


if __name__ == "__main__":
    main()

"""The completion scripts, loaded by the shells that they are for."""

import os
import shutil
import subprocess

import harness
from terminal import Console


class ShellsTest(harness.NetTest):
    def script(self, net, shell):
        path = os.path.join(net.home, "completion." + shell)
        with open(path, "w", encoding="utf-8") as file:
            file.write(net.ok("completion", shell).out)
        return path

    def need(self, shell):
        if not shutil.which(shell):
            self.skipTest("not run: there is no %s here" % shell)

    def output_of(self, *words):
        result = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def test_bash_offers_verbs_and_options(self):
        net = self.new_net()
        load = "source %s; " % self.script(net, "bash")
        offer = "; _troupe; echo ${COMPREPLY[@]}"
        for words, offered in (
            ("troupe record p", ["put"]),
            ("troupe sta", ["status"]),
            ("troupe fault mute n1 --ch", ["--channel"]),
        ):
            count = len(words.split()) - 1
            out = self.output_of("bash", "-c", "%sCOMP_WORDS=(%s) COMP_CWORD=%d%s" % (load, words, count, offer))
            self.assertEqual(out.split(), offered)

    def test_fish_offers_verbs_and_options_with_what_they_are(self):
        self.need("fish")
        net = self.new_net()
        load = "source %s; " % self.script(net, "fish")
        for words, offered in (
            ("troupe record p", "put\twrite a record"),
            ("troupe sta", "status\tevery node in one table"),
            ("troupe record put --a", "--as\twho signs"),
        ):
            self.assertIn(offered, self.output_of("fish", "--no-config", "-c", "%scomplete -C'%s'" % (load, words)))

    def test_zsh_completes_at_its_prompt_from_the_first_tab_on(self):
        self.need("zsh")
        net = self.new_net()
        folder = os.path.join(net.home, "functions")
        os.mkdir(folder)
        shutil.copy(self.script(net, "zsh"), os.path.join(folder, "_troupe"))
        sourced = "source completion.zsh"
        found = "fpath=(%s $fpath)" % folder
        for first, second in ((found, "compinit -u -D"), ("compinit -u -D", sourced)):
            shell = Console(net, program=["zsh", "-f", "-i"], environment={"PS1": "ready> ", "HOME": net.home})
            self.addCleanup(shell.close)
            shell.expect("ready> ")
            shell.type("autoload -U compinit; %s; %s; echo lo''aded\r" % (first, second))
            shell.expect("loaded")
            shell.expect("ready> ")
            shell.type("troupe record p\t")
            shell.expect("ut ")
            shell.type("k v --a\t")
            shell.expect("s ")
            shell.type("\x03")
            shell.expect("ready> ")
            shell.type("exit\r")
            shell.exit_code()


if __name__ == "__main__":
    harness.main()

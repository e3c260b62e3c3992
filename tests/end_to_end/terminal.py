"""`troupe console` at a terminal of 80 columns, in the hands of a test."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios

import harness

# How long a node's end or freeze may go unnoticed, stretched for machines that do other work.
NOTICED_SECONDS = 2 * float(os.environ.get("TROUPE_STRETCH", "1"))
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Console:
    """`troupe console` at a terminal of its own."""

    def __init__(self, net, *words):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(net.environment(), TERM="xterm", NO_COLOR="1")
            os.chdir(net.home)
            os.execv(harness.TROUPE, [harness.TROUPE, "--home", net.home, "console", *words])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read(self, seconds):
        """What came within the time, without what moves the cursor; "" at the end or if nothing came."""
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return ""
        try:
            return os.read(self.fd, 65536).decode(errors="replace")
        except OSError:
            return ""

    def expect(self, pattern, seconds=20):
        """Waits until the pattern was printed; returns all up to its end, and forgets it."""
        deadline = harness.now() + seconds
        while True:
            plain = ESCAPES.sub("", self.text)
            found = re.search(pattern, plain)
            if found:
                self.text = plain[found.end():]
                return plain[: found.end()]
            if harness.now() >= deadline:
                raise AssertionError("%r never came within %.1f s; there is: %r" % (pattern, seconds, plain[-2000:]))
            self.text += self.read(deadline - harness.now())

    def complete(self, word):
        """Tab until the word is there: a node that is too busy to name it within 30 ms names nothing."""
        while True:
            self.type("\t")
            try:
                return self.expect(re.escape(word), 1)
            except AssertionError:
                if "\a" not in self.text:
                    raise

    def leave(self):
        """Ctrl-D; the exit code."""
        self.type("\x04")
        return self.exit_code()

    def exit_code(self, seconds=20):
        deadline = harness.now() + seconds
        while harness.now() < deadline:
            self.text += self.read(0.1)  # a terminal that nobody reads blocks who writes
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                self.pid = 0
                return os.waitstatus_to_exitcode(status)
        raise AssertionError("the console does not end; there is: %r" % self.text[-2000:])

    def close(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)

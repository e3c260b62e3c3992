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
    """A program at a terminal of its own: `troupe console`, unless another verb or program is named."""

    def __init__(self, net, *words, verb="console", program=None, term="xterm", environment=None):
        self.text = ""
        command = program or [harness.TROUPE, "--home", net.home, verb]
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.environ.update(net.environment(), TERM=term, NO_COLOR="1", **(environment or {}))
            os.chdir(net.home)
            os.execvp(command[0], [*command, *words])

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


class Picture:
    """What a terminal of 24 lines and 80 columns shows after what a program of curses sent it, taken for a vt100."""

    SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>78M]|[\s\S]")

    def __init__(self):
        self.rows = [[" "] * 80 for _ in range(24)]
        self.row = self.column = 0

    def feed(self, text):
        """Text that ends in the middle of a sequence is for the caller to keep; returns that rest."""
        rest = re.search(r"\x1b(\[[0-9;?]*|[()])?$", text)
        whole = text[: rest.start()] if rest else text
        for found in self.SEQUENCE.finditer(whole):
            if found.group(2):
                self.control(found.group(2), [int(n) for n in found.group(1).split(";") if n.isdigit()])
            elif len(found.group()) == 1:
                self.put(found.group())
        return text[len(whole):]

    def control(self, letter, numbers):
        first = numbers[0] if numbers else 0
        if letter in "Hf":
            self.row, self.column = max(first, 1) - 1, max(numbers[1] if len(numbers) > 1 else 1, 1) - 1
        elif letter == "A":
            self.row = max(self.row - max(first, 1), 0)
        elif letter == "B":
            self.row = min(self.row + max(first, 1), 23)
        elif letter == "C":
            self.column = min(self.column + max(first, 1), 79)
        elif letter == "D":
            self.column = max(self.column - max(first, 1), 0)
        elif letter == "K":
            begin, end = {0: (self.column, 80), 1: (0, self.column + 1), 2: (0, 80)}[first]
            self.rows[self.row][begin:end] = [" "] * (end - begin)
        elif letter == "J":
            if first == 0:
                self.control("K", [0])
            for row in range(self.row + 1 if first == 0 else 0, 24):
                self.rows[row] = [" "] * 80

    def put(self, letter):
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self.row = min(self.row + 1, 23)
        elif letter == "\b":
            self.column = max(self.column - 1, 0)
        elif letter == "\t":
            self.column = min(self.column // 8 * 8 + 8, 79)
        elif letter >= " ":
            self.rows[self.row][min(self.column, 79)] = letter
            self.column += 1

    def lines(self):
        return ["".join(row).rstrip() for row in self.rows]

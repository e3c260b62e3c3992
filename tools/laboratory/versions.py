"""The two versions of the program that a scenario with upgrades runs: the one at hand, and another."""

import os
import subprocess

from words import NotRun

AT_HAND = "N"
# Built with the tests from the same sources: one calls itself later, the other speaks another version of the
# channels too, so that nodes of the one refuse those of the other.
TALKING, REFUSING = "troupe-patch", "troupe-next"
FOLDERS = (".", "../tests/end_to_end")


class Versions:
    def __init__(self, named, program, other):
        self.named = named
        self.program = program
        self.other = os.path.abspath(other) if other else None
        self.start = self.target = program
        self.said_by_target = None

    def probe(self):
        """Finds both programs. NotRun if there is only one, or both say that they are the same version."""
        if self.named is None:
            return
        if {self.named["start"], self.named["target"]} == {AT_HAND}:
            raise NotRun("versions: start and target are the same one")
        self.other = self.other or self.beside(TALKING if self.named.get("talk", True) else REFUSING)
        ours, others = version_of(self.program), version_of(self.other)
        if ours == others:
            raise NotRun("versions: %s is version %s too" % (self.other, ours))
        self.start = self.program if self.named["start"] == AT_HAND else self.other
        self.target = self.program if self.named["target"] == AT_HAND else self.other
        self.said_by_target = ours if self.target == self.program else others

    def beside(self, name):
        places = [os.path.normpath(os.path.join(os.path.dirname(self.program), folder, name)) for folder in FOLDERS]
        found = [place for place in places if os.access(place, os.X_OK)]
        if not found:
            raise NotRun("versions: no other version of the program is at hand: build the target %s, or name one with "
                         "--other PROGRAM" % name)
        return found[0]


def version_of(program):
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotRun("versions: %s does not say which it is: %s" % (program, error)) from error
    return done.stdout.split()[-1] if done.stdout.split() else ""

"""What this machine can do to a disk or a process: probes that name what is missing, and the mechanisms themselves."""

import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import tempfile

from words import NotRun

# linux/ext4.h: EXT4_IOC_SHUTDOWN, and its flag that drops everything which is not yet on the device.
SHUTDOWN_IOCTL = 0x8004587D
SHUTDOWN_NOLOGFLUSH = 2
IMAGE_BYTES = 96 << 20


# linux/prctl.h
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def end_with_parent():
    """In a child, before it becomes a program: a laboratory that is killed leaves nothing running."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def clear_up_when_asked_to_end():
    """SIGTERM is to the laboratory what Ctrl-C is: disks are unmounted, nodes end, files go."""
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))


def run(*words):
    """Runs a tool; its output, or NotRun with what it said."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotRun("%s: %s" % (words[0], error.strerror)) from error
    if done.returncode != 0:
        raise NotRun("%s: %s" % (" ".join(words), done.stderr.strip() or "exit %d" % done.returncode))
    return done.stdout


def need_root(what):
    if os.geteuid() != 0:
        raise NotRun("%s needs root" % what)


def need_tool(name, what):
    # A shell of a plain user may lack the folders of the system's tools.
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise NotRun("%s needs the program %s" % (what, name))
    return path


def need_tracing():
    """strace can follow a process and change what its system calls return."""
    strace = need_tool("strace", "a fault in a system call")
    need_root("a fault in a system call")
    run(strace, "-o", "/dev/null", "-e", "inject=fsync:error=EIO:when=1", "true")
    return strace


class Disk:
    """A file system of its own below one folder: ext4 in a file."""

    def __init__(self, folder, image):
        self.folder = folder
        self.image = image
        self.filler = os.path.join(folder, ".filler")
        self.is_mounted = False

    def make(self):
        need_root("a disk of its own for a node")
        mkfs = need_tool("mkfs.ext4", "a disk of its own for a node")
        with open(self.image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        run(mkfs, "-q", "-F", self.image)
        self.mount()

    def mount(self):
        run("mount", "-o", "loop", self.image, self.folder)
        self.is_mounted = True

    def unmount(self):
        if self.is_mounted:
            run("umount", self.folder)
            self.is_mounted = False

    def cut_power(self):
        """Nothing that is not on the device now will ever be."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN_IOCTL, struct.pack("I", SHUTDOWN_NOLOGFLUSH))
        except OSError as error:
            raise NotRun("power cut: the shutdown ioctl of ext4: %s" % error.strerror) from error
        finally:
            os.close(descriptor)

    def replay_journal(self):
        """What the file system makes of it when the power is back."""
        self.unmount()
        self.mount()

    def fill(self):
        with open(self.filler, "wb", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(1 << 16))
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(64))

    def empty(self):
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.filler)

    def read_only(self, yes):
        # A forced remount succeeds even while files are open for writing.
        flags = 0x20 | (1 if yes else 0)  # MS_REMOUNT | MS_RDONLY
        if LIBC.mount(b"none", self.folder.encode(), None, flags, None) == 0:
            return
        if not yes:
            raise NotRun("read_only: %s" % os.strerror(ctypes.get_errno()))
        # With files open for writing, ext4's emergency remount is the way that real disks go.
        run("mount", "-o", "remount,abort", self.folder)


def probe_disk():
    """Makes, cuts, replays and drops a small disk: the whole of what a power cut needs."""
    folder = tempfile.mkdtemp(prefix="troupe-probe-")
    disk = Disk(os.path.join(folder, "m"), os.path.join(folder, "image"))
    os.mkdir(disk.folder)
    try:
        disk.make()
        disk.cut_power()
        disk.replay_journal()
    finally:
        with contextlib.suppress(NotRun):
            disk.unmount()
        shutil.rmtree(folder, ignore_errors=True)

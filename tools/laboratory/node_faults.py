"""Faults of nodes, disks and clients, by kind. Each occurrence begins on its targets, and ends."""

import asyncio
import contextlib
import glob
import os
import resource
import shutil
import signal

from machine import end_with_parent, need_tracing, probe_disk
from words import NotRun, ratio, seconds, size, trigger

# Kinds that this engine cannot deliver, and why. A scenario with one of them is not run.
MISSING = {
    "reorder": "bytes of one connection cannot overtake each other",
    "bit_rot": "no file system here returns other bytes than were stored",
    "fsync_lie": "no file system here lies about syncs",
    "future_votes": "it needs a validator that lies",
    "compaction_stall": "compaction cannot be held up from outside",
}
OWN_DISK = {"disk_full", "read_only"}
TRACED = {"fsync_error", "slow_disk", "io_error"}
TRACED_EVENTS = {"vote.before_sync", "store.sync"}
KINDS = {"crash", "restart", "upgrade", "pause", "join", "wipe", "file_corrupt", "disk_full", "read_only", "fsync_error",
         "slow_disk", "tamper", "flood", "churn", "garbage", "starve", "hostile_file", "rejoin", "clock",
         "filter", "io_error"}


def needs_disk(fault):
    return fault["kind"] in OWN_DISK or "disk" in fault


def probe(fault):
    """Raises NotRun if this machine cannot deliver the fault."""
    kind = fault["kind"]
    if kind in MISSING:
        raise NotRun("%s: %s" % (kind, MISSING[kind]))
    event = trigger(fault.get("at")).get("event")
    if event and (event not in TRACED_EVENTS or kind not in ("crash", "fsync_error")):
        raise NotRun("%s at %s: no tracer can stop a process there" % (kind, event))
    if event or kind in TRACED:
        need_tracing()
    if needs_disk(fault):
        probe_disk()
    if fault.get("disk", {}).get("mode", "ext4-ordered") != "ext4-ordered":
        raise NotRun("disk mode %s: the file system here is ext4, in its ordered mode" % fault["disk"]["mode"])
    if kind == "starve" and fault.get("what", "cpu") != "descriptors":
        raise NotRun("starve: only descriptors can be taken from a process here")
    if kind == "garbage" and fault.get("where") == "frame":
        raise NotRun("garbage inside encrypted frames needs a peer that lies")
    if kind == "clock" and {"drift", "freeze", "strobe"} & set(fault):
        raise NotRun("clock: a node's clock can be put ahead or behind, and not made to run at another rate")
    if kind == "filter":
        channel_of(fault)
    if kind == "io_error" and fault["operation"] not in CALLS:
        raise NotRun("io_error: %s is no system call of its own" % fault["operation"])
    if kind == "hostile_file" and fault.get("what", "config") not in FILES:
        raise NotRun("hostile_file: unknown file")
    if kind == "flood" and ("bytes" in fault or "invalid" in fault):
        raise NotRun("flood: its clients write sound notes of one size")
    if kind == "file_corrupt" and fault.get("mode") == "misdirect":
        raise NotRun("misdirected writes need a disk that errs")


FILES = {"config": "config.toml", "genesis": "../genesis", "node-key": "node.key", "validator-key": "validator.key"}


# What a tracer makes fail, by operation.
CALLS = {"open": "openat", "read": "read,pread64", "write": "write,pwrite64,writev", "sync": "fsync,fdatasync",
         "rename": "rename,renameat2", "remove": "unlink,unlinkat", "resize": "ftruncate", "list": "getdents64"}

# What a node can be made to keep to itself: all that it says on one channel (actors/swarm_messages.hpp).
CHANNELS = {
    "consensus": {"proposal", "vote", "certificates", "request", "header", "inquiry", "inquiry-answer", "tips",
                  "accusation"},
    "lanes": {"batch", "batch-answer"},
    "sync": {"sync-request", "sync-answer"},
}


def channel_of(fault):
    """The channel that a filter is about. NotRun where it takes hold of less than a node's words on one channel."""
    messages = set(fault["messages"])
    channels = [name for name, types in CHANNELS.items() if types == messages]
    if fault.get("direction") != "outbound" or "peers" in fault or ratio(fault.get("ratio", 1)) != 1 or not channels:
        raise NotRun("filter: inside encrypted connections only all that a node says on one channel can be silenced: "
                     "direction outbound, to all, and each type of message that the channel has")
    return channels[0]


class NodeFault:
    """One occurrence of a fault on nodes."""

    def __init__(self, lab, fault):
        self.lab = lab
        self.fault = fault
        self.targets = []
        self.undo = []
        self.tasks = []
        self.record = fault.get("key")  # that is tampered with, on all targets
        self.restart_after = seconds(fault["restart_after"]) if "restart_after" in fault else None

    async def begin(self, targets):
        self.targets = targets
        if self.fault["kind"] == "crash":
            await self.crash(targets)
            return
        for name in targets:
            await getattr(self, self.fault["kind"])(self.lab.network.nodes[name])
            await self.lab.stagger(self.fault)

    async def end(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for undo in self.undo:
            await undo()

    async def start_again(self, node):
        if self.restart_after:
            await asyncio.sleep(self.restart_after)
        await node.start()
        await self.lab.answers(node.name)

    # Processes.

    async def crash(self, targets):
        """All at one instant; then all again."""
        nodes = [self.lab.network.nodes[name] for name in targets]
        event = trigger(self.fault.get("at")).get("event")
        if event:
            await asyncio.gather(*[self.die_at(node, event) for node in nodes])
        else:
            if "disk" in self.fault and self.fault["disk"].get("unsynced") != "keep-all":
                for node in nodes:
                    node.disk.cut_power()
            for node in nodes:
                node.kill()
        for node in nodes:
            await node.process.wait()
            if "disk" in self.fault:
                node.disk.replay_journal()
        if self.restart_after is None:
            self.undo.append(self.start_all)
        else:
            await asyncio.sleep(self.restart_after)
            await self.start_all()

    async def start_all(self):
        await asyncio.gather(*[self.lab.network.nodes[name].start() for name in self.targets])
        for name in self.targets:
            await self.lab.answers(name)

    async def die_at(self, node, event):
        """SIGKILL on entering the nth sync of the files that the event is about."""
        node.expected_end = True
        nth = self.lab.nth(self.fault)
        tracer = await self.trace(node, event_files(node, event), "signal=SIGKILL:when=%d" % nth)
        try:
            await asyncio.wait_for(node.process.wait(), 60)
        except asyncio.TimeoutError as late:
            raise NotRun("%s did not sync %d times at %s in a minute" % (node.name, nth, event)) from late
        await tracer.wait()
        if "disk" in self.fault and self.fault["disk"].get("unsynced") != "keep-all":
            node.disk.cut_power()

    async def trace(self, node, files, injection, calls="fsync,fdatasync,sync_file_range,msync"):
        strace = need_tracing()
        words = [strace, "-f", "-p", str(node.pid), "-o", "/dev/null", "-e", "trace=" + calls]
        for path in files:
            words += ["-P", path]
        words += ["-e", "inject=%s:%s" % (calls, injection)]
        tracer = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
            preexec_fn=end_with_parent)
        # "Process N attached": from here on nothing passes unseen.
        said = await asyncio.wait_for(tracer.stderr.readline(), 10)
        if b"attached" not in said:
            raise NotRun("strace: %s" % said.decode(errors="replace").strip())
        self.tasks.append(asyncio.ensure_future(tracer.stderr.read()))
        return tracer

    async def restart(self, node):
        await node.stop()
        await self.start_again(node)

    async def upgrade(self, node):
        """In good order; the version stays when the occurrence is over."""
        await node.stop()
        node.program = self.lab.versions.target
        await self.start_again(node)
        said = self.lab.network.watch_of.get(node.name, {}).get("version")
        if said != self.lab.versions.said_by_target:
            raise NotRun("upgrade: %s says that it is version %s" % (node.name, said))

    async def pause(self, node):
        node.paused = True
        node.process.send_signal(signal.SIGSTOP)

        async def resume():
            if node.runs():
                node.process.send_signal(signal.SIGCONT)
            node.paused = False

        self.undo.append(resume)

    async def join(self, node):
        await self.start_again(node)

    async def wipe(self, node):
        node.kill()
        await node.process.wait()
        for entry in os.scandir(node.data):
            shutil.rmtree(entry.path) if entry.is_dir() else os.remove(entry.path)
        await self.start_again(node)

    # Disks.

    async def file_corrupt(self, node):
        await node.stop()
        place = self.lab.network.names.index(node.name)
        for pattern in self.fault.get("files", ["database/*.ldb"]):
            paths = sorted(glob.glob(os.path.join(node.data, pattern)))
            if not paths:
                raise NotRun("file_corrupt: %s has no file %s yet" % (node.name, pattern))
            for path in [path for path in paths if os.path.isfile(path)]:
                damage(path, self.fault, self.lab.dice, (place, len(self.lab.network.names)))
        await self.start_again(node)

    async def tamper(self, node):
        """Somebody with full access gives a record another value, and every checksum with it."""
        if self.record is None:
            if not self.lab.load.acknowledged:
                raise NotRun("tamper: no record is acknowledged yet, and the fault names none")
            self.record = self.lab.dice.choice(sorted(self.lab.load.acknowledged))
        key = self.record
        value = self.fault.get("value", "tampered")
        await node.stop()
        code, answer = await self.lab.network.ask("tamper", node.folder, "--key", key, "--value", value)
        if code != 0:
            raise NotRun("tamper: %s" % answer["error"]["message"])
        self.lab.tampered.append((node.name, key, value))
        await self.start_again(node)

    async def disk_full(self, node):
        node.disk.fill()
        node.expected_end = True

        async def make_room():
            node.disk.empty()
            await self.start_again(node)

        self.undo.append(make_room)

    async def read_only(self, node):
        node.expected_end = True
        node.disk.read_only(True)

        async def repair():
            await node.stop()
            node.disk.replay_journal()
            await self.start_again(node)

        self.undo.append(repair)

    def files(self, node):
        """The paths that the fault is limited to; empty: all."""
        if "files" not in self.fault and trigger(self.fault.get("at")).get("event"):
            return event_files(node, trigger(self.fault.get("at"))["event"])
        paths = []
        for pattern in self.fault.get("files", []):
            paths += sorted(glob.glob(os.path.join(node.data, pattern)))
        if "files" in self.fault and not paths:
            raise NotRun("%s: %s has none of the files %s yet" % (
                self.fault["kind"], node.name, " ".join(self.fault["files"])))
        return paths

    async def fsync_error(self, node):
        """Until the node has ended of it; then it starts again."""
        node.expected_end = True
        when = "%d%s" % (self.lab.nth(self.fault), "+" if self.fault.get("then") == "fail" else "")
        tracer = await self.trace(node, self.files(node), "error=%s:when=%s" % (self.fault.get("errno", "EIO"), when))
        try:
            await asyncio.wait_for(node.process.wait(), 30)
        except asyncio.TimeoutError:
            self.lab.remark("%s went on after a sync that failed" % node.name)
            await node.stop()
        await tracer.wait()
        await self.start_again(node)

    async def slow_disk(self, node):
        delay = int(seconds(self.fault.get("delay", "100ms")) * 1e6)
        tracer = await self.trace(node, self.files(node), "delay_enter=%d" % delay)

        async def speed_up():
            with contextlib.suppress(ProcessLookupError):
                tracer.send_signal(signal.SIGINT)
            await tracer.wait()

        self.undo.append(speed_up)

    async def io_error(self, node):
        """One call in so many fails, until the fault ends; a node that ended of it starts again then."""
        node.expected_end = True
        files = self.files(node) or [
            path for folder in ("database", "journal") for path in glob.glob(os.path.join(node.data, folder, "*"))]
        every = max(1, round(1 / max(1e-6, ratio(self.fault.get("ratio", 1)))))
        injection = "error=%s:when=%d+%d" % (self.fault.get("errno", "EIO"), every, every)
        tracer = await self.trace(node, files, injection, CALLS[self.fault["operation"]])

        async def repair():
            with contextlib.suppress(ProcessLookupError):
                tracer.send_signal(signal.SIGINT)
            await tracer.wait()
            if not node.runs():
                await self.start_again(node)
            node.expected_end = False

        self.undo.append(repair)

    # What an operator does, and what a node is told to suffer.

    async def rejoin(self, node):
        """Nothing comes of it where nothing keeps the node from voting."""
        code, answer = await self.lab.network.ask("net", "rejoin", node.name, seconds=30)
        if code != 0:
            self.lab.remark("net rejoin %s: %s" % (node.name, answer["error"]["message"]))

    async def suffer(self, node, *words):
        """Has a running node suffer from within; the id under which the program keeps it."""
        code, answer = await self.lab.network.ask("fault", words[0], node.name, *words[1:])
        if code != 0:
            raise NotRun("fault %s: %s" % (words[0], answer["error"]["message"]))
        return answer["id"]

    async def relieve(self, which):
        code, answer = await self.lab.network.ask("fault", "clear", which)
        if code != 0:
            raise NotRun("fault clear: %s" % answer["error"]["message"])

    async def clock(self, node):
        """The wall clock; a node that starts again has forgotten it."""
        jump = self.fault.get("jump")
        shift = seconds(self.fault.get("offset", "0s")) + (seconds(jump["by"]) if jump else 0)
        held = [await self.put_clock(node, shift)]

        async def leap():
            nonlocal shift
            while True:
                await asyncio.sleep(seconds(jump["every"]))
                shift += seconds(jump["by"])
                await self.relieve(held.pop())
                held.append(await self.put_clock(node, shift))

        if jump and "every" in jump:
            self.tasks.append(asyncio.ensure_future(leap()))

        async def put_right():
            for which in held:
                await self.relieve(which)

        self.undo.append(put_right)

    async def put_clock(self, node, shift):
        side = "--ahead" if shift >= 0 else "--behind"
        return await self.suffer(node, "clock", side, "%dms" % round(abs(shift) * 1000))

    async def filter(self, node):
        which = await self.suffer(node, "mute", "--channel", channel_of(self.fault))
        self.undo.append(lambda: self.relieve(which))

    # What others do to a node.

    async def flood(self, node):
        rate = self.fault.get("rate", 1000)
        outstanding = 512 if isinstance(rate, str) else max(1, min(1000, int(rate)))

        async def pour():
            while True:
                await self.lab.network.ask(
                    "bench", "--outstanding", outstanding, "--seconds", 2, "--as", "carol", node=node.name, seconds=20)

        self.tasks.append(asyncio.ensure_future(pour()))

    async def churn(self, node):
        port = self.lab.network.port(node.name)
        self.tasks.append(asyncio.ensure_future(self.knock(lambda: asyncio.open_connection("127.0.0.1", port), 0)))

    async def garbage(self, node):
        port = self.lab.network.port(node.name)
        bytes_each = size(self.fault.get("bytes", "1KiB"))
        if self.fault.get("where") == "api":
            path = os.path.join(node.folder, "admin.sock")
            open_it = lambda: asyncio.open_unix_connection(path)  # noqa: E731
        else:
            open_it = lambda: asyncio.open_connection("127.0.0.1", port)  # noqa: E731
        self.tasks.append(asyncio.ensure_future(self.knock(open_it, bytes_each)))

    async def knock(self, open_it, bytes_each):
        """Connects so often a second, says so many random bytes, and goes."""
        pause = 1.0 / self.fault.get("per_second", 50)
        while True:
            with contextlib.suppress(OSError):
                _, writer = await open_it()
                writer.write(self.lab.dice.randbytes(bytes_each))
                await asyncio.sleep(pause)
                writer.close()
                continue
            await asyncio.sleep(pause)

    async def starve(self, node):
        before = resource.prlimit(node.pid, resource.RLIMIT_NOFILE)
        # What it holds open it keeps, above the limit too; there is only little left to open.
        left = max(1, int(before[0] * ratio(self.fault.get("share", 0.1))))
        resource.prlimit(node.pid, resource.RLIMIT_NOFILE, (left, before[1]))

        async def give_back():
            if node.runs():
                resource.prlimit(node.pid, resource.RLIMIT_NOFILE, before)

        self.undo.append(give_back)

    async def hostile_file(self, node):
        """The node starts with a file that nobody wrote, and with the sound one when the fault ends."""
        path = os.path.normpath(os.path.join(node.folder, FILES[self.fault.get("what", "config")]))
        with open(path, "rb") as file:
            sound = file.read()
        await node.stop()
        with open(path, "wb") as file:
            file.write(hostile(sound, self.fault.get("mode", "random"), self.lab.dice))
        await node.start()
        node.expected_end = True

        async def restore():
            await node.stop()
            with open(path, "wb") as file:
                file.write(sound)
            await self.start_again(node)

        self.undo.append(restore)


def event_files(node, event):
    """The files whose sync the event is."""
    pattern = "journal/votes.*" if event == "vote.before_sync" else "database/*.log"
    return sorted(glob.glob(os.path.join(node.data, pattern)))


def damage(path, fault, dice, stripe):
    """Changes a file in so many places; with helix, only in the part that is this node's."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    if not content:
        return
    index, total = stripe
    low, high = 0, len(content)
    if fault.get("pattern") == "helix":
        low, high = high * index // total, max(high * (index + 1) // total, high * index // total + 1)
    mode = fault.get("mode", "flip")
    if mode == "remove":
        os.remove(path)
        return
    if mode in ("truncate", "rollback"):
        del content[dice.randrange(low, high):]
    else:
        for _ in range(fault.get("places", 1)):
            at = dice.randrange(low, min(high, len(content)))
            if mode == "flip":
                content[at] ^= 1 << dice.randrange(8)
            elif mode == "zero":
                content[at:at + 64] = bytes(len(content[at:at + 64]))
            else:
                other = dice.randrange(len(content))
                content[at], content[other] = content[other], content[at]
    with open(path, "wb") as file:
        file.write(content)


def hostile(sound, mode, dice):
    if mode == "empty":
        return b""
    if mode == "truncate":
        return sound[: len(sound) // 2]
    if mode == "huge":
        return sound + b"#" * (8 << 20)
    if mode == "flip":
        changed = bytearray(sound)
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
        return bytes(changed)
    return dice.randbytes(512)

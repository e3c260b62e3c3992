"""The links between nodes: one proxy per direction of every pair, with faults that act on bytes.

A node dials another through a port of the laboratory. A connection carries bytes both ways, and each way obeys the
law of its own directed link, whoever dialled. Bytes are encrypted: a message can be held, delayed, cut off or broken,
and not be told from others.
"""

import asyncio
import contextlib
import socket
import struct

CHUNK = 16 * 1024
# What a lost segment costs on real TCP: one retransmission time.
RETRANSMISSION_SECONDS = 0.2
QUEUE_CHUNKS = 64
OLD_CHUNKS = 16


class Law:
    """What one directed link does to bytes: the sum of the faults that act on it now."""

    def __init__(self, dice):
        self.dice = dice
        self.effects = {}
        self.changed = asyncio.Event()

    def put(self, key, effect):
        self.effects[key] = effect
        self.wake()

    def remove(self, key):
        self.effects.pop(key, None)
        self.wake()

    def wake(self):
        self.changed.set()
        self.changed = asyncio.Event()

    def of(self, kind):
        return [effect for effect in self.effects.values() if effect["kind"] == kind]

    def blocked(self):
        return bool(self.of("hold"))

    def delay(self):
        total = 0.0
        for effect in self.of("delay"):
            mean, jitter = effect["delay"], effect["jitter"]
            if effect["law"] == "exponential":
                total += self.dice.expovariate(1 / mean) if mean else 0.0
            else:
                total += max(0.0, mean + self.dice.uniform(-jitter, jitter))
        for effect in self.of("loss"):
            while self.dice.random() < effect["ratio"]:
                total += RETRANSMISSION_SECONDS
        return total

    def rate(self):
        return min((effect["rate"] for effect in self.of("rate")), default=None)

    def broken(self, data, old):
        """The bytes as they leave, changed by corruption and repetition."""
        for effect in self.of("corrupt"):
            if self.dice.random() < effect["ratio"]:
                data = corrupted(data, effect["mode"], self.dice)
        for effect in self.of("repeat"):
            if self.dice.random() < effect["ratio"]:
                data += self.dice.choice(old) if effect["old"] and old else data
        return data


def corrupted(data, mode, dice):
    changed = bytearray(data)
    place = dice.randrange(len(changed))
    end = min(len(changed), place + 8)
    if mode == "flip":
        changed[place] ^= 1 << dice.randrange(8)
    elif mode == "zero":
        changed[place:end] = bytes(end - place)
    else:
        part = list(changed[place:end])
        dice.shuffle(part)
        changed[place:end] = bytes(part)
    return bytes(changed)


def reset(writer):
    """Closes with RST instead of FIN."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Connection:
    """One TCP connection through the laboratory, between two nodes."""

    def __init__(self, links, dialer, target, ends):
        self.links = links
        self.nodes = (dialer, target)
        self.near, self.far = ends
        self.dead = False  # half-open: it stands, and carries nothing any more

    async def run(self):
        dialer, target = self.nodes
        ways = [
            self.carry(self.near[0], self.far[1], self.links.law(dialer, target)),
            self.carry(self.far[0], self.near[1], self.links.law(target, dialer)),
        ]
        tasks = [asyncio.ensure_future(way) for way in ways]
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.tear()

    def tear(self):
        reset(self.near[1])
        reset(self.far[1])

    async def carry(self, reader, writer, law):
        queue = asyncio.Queue(QUEUE_CHUNKS)
        sender = asyncio.ensure_future(self.deliver(queue, writer, law))
        loop = asyncio.get_running_loop()
        due = loop.time()
        old = []
        try:
            while data := await reader.read(CHUNK):
                old = (old + [data])[-OLD_CHUNKS:]
                due = max(due, loop.time() + law.delay())
                await queue.put((due, law.broken(data, old)))
            await queue.put((due, b""))
            await sender
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            sender.cancel()

    async def deliver(self, queue, writer, law):
        loop = asyncio.get_running_loop()
        while True:
            due, data = await queue.get()
            if not data:
                return
            await asyncio.sleep(max(0.0, due - loop.time()))
            while law.blocked():
                await law.changed.wait()
            if self.dead:
                continue
            rate = law.rate()
            if rate:
                await asyncio.sleep(len(data) / rate)
            writer.write(data)
            await writer.drain()


class Links:
    """All links of a network. `dice` makes one stream of chances for each, so that faults do not disturb each other."""

    def __init__(self, nodes, dice_of):
        self.laws = {(a, b): Law(dice_of("%s>%s" % (a, b))) for a in nodes for b in nodes if a != b}
        self.connections = set()
        self.servers = []

    def law(self, source, target):
        return self.laws[(source, target)]

    async def open(self, dialer, target, port, target_port):
        """Listens on a port for what `dialer` wants of `target`."""

        async def serve(reader, writer):
            try:
                far = await asyncio.open_connection("127.0.0.1", target_port)
            except OSError:
                reset(writer)
                return
            connection = Connection(self, dialer, target, ((reader, writer), far))
            if self.is_refused(dialer, target):
                connection.tear()
                return
            connection.dead = self.is_half_open(dialer, target)
            self.connections.add(connection)
            try:
                await connection.run()
            except asyncio.CancelledError:
                connection.tear()  # the laboratory closes
            finally:
                self.connections.discard(connection)

        self.servers.append(await asyncio.start_server(serve, "127.0.0.1", port))

    def either_way(self, a, b, kind):
        return self.law(a, b).of(kind) + self.law(b, a).of(kind)

    def is_refused(self, a, b):
        return any(effect.get("noticed") for effect in self.either_way(a, b, "hold"))

    def is_half_open(self, a, b):
        return bool(self.either_way(a, b, "half_open"))

    def between(self, pairs):
        """The connections that touch any of these directed pairs."""
        return [c for c in self.connections if c.nodes in pairs or c.nodes[::-1] in pairs]

    def reset(self, pairs):
        for connection in self.between(pairs):
            connection.tear()

    def silence(self, pairs):
        for connection in self.between(pairs):
            connection.dead = True

    def close(self):
        for server in self.servers:
            server.close()
        for connection in list(self.connections):
            connection.tear()

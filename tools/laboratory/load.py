"""Clients: they write through random nodes, as people do, and remember what was acknowledged as final."""

import asyncio
import time

PUT_SECONDS = 4


class Load:
    def __init__(self, network, table, dice):
        self.network = network
        self.kind = table.get("kind", "none")
        self.clients = min(table.get("clients", 1), 4)  # each command is a process of its own
        rate = table.get("rate", 10)
        self.pause = self.clients / rate if isinstance(rate, (int, float)) else 0.0
        self.dice = dice
        self.acknowledged = {}  # key: (value, owner)
        self.latencies = []  # (seconds since the start, how long)
        self.refused = 0
        self.tasks = []

    def start(self):
        if self.kind != "none":
            self.tasks = [asyncio.ensure_future(self.write(i)) for i in range(self.clients)]

    async def stop(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.tasks = []

    async def put(self, key, value, node=None, seconds=PUT_SECONDS):
        """True once it is final."""
        begin = time.monotonic()
        code, _ = await self.network.ask("record", "put", key, value, "--as", "alice", node=node, seconds=seconds)
        if code != 0:
            self.refused += 1
            return False
        self.latencies.append((self.network.seconds(), time.monotonic() - begin))
        self.acknowledged[key] = (value, "alice")
        return True

    async def transfer(self, key, node):
        value = self.acknowledged[key][0]
        # A transfer that was not acknowledged may yet become final: until then either owner is right.
        self.acknowledged[key] = (value, None)
        code, _ = await self.network.ask(
            "record", "transfer", key, "--to", "bob", "--as", "alice", node=node, seconds=PUT_SECONDS)
        if code == 0:
            self.acknowledged[key] = (value, "bob")

    async def write(self, client):
        number = 0
        while True:
            node = self.dice.choice(self.network.validators)
            key = "load/%d/%d" % (client, number)
            if self.network.nodes[node].runs() and await self.put(key, str(number), node):
                if self.kind == "transfer" or (self.kind == "mixed" and number % 2):
                    await self.transfer(key, node)
            number += 1
            await asyncio.sleep(self.pause * self.dice.uniform(0.5, 1.5))

    async def missing_on(self, name):
        """What was acknowledged and is not on this node as it was promised."""
        code, answer = await self.network.ask("record", "list", "--limit", 1000000, node=name, seconds=30)
        if code != 0:
            raise RuntimeError("%s does not list its records: %s" % (name, answer["error"]["message"]))
        held = {record["key"]: record for record in answer["records"]}
        return [key for key, promise in self.acknowledged.items() if not keeps(held.get(key), promise)]


def keeps(record, promise):
    value, owner = promise
    if record is None or record["value"] != value:
        return False
    return owner is None or record["owner"] == owner

"""Faults of the network, by kind: what they do to the links of the nodes that they are on."""

from words import ratio, seconds, size


def pairs_of(fault, targets, others):
    """The directed links between the targets and the others that the fault's direction names."""
    direction = fault.get("direction", "both")
    pairs = set()
    for target in targets:
        for other in others:
            if other == target:
                continue
            if direction in ("both", "outbound"):
                pairs.add((target, other))
            if direction in ("both", "inbound"):
                pairs.add((other, target))
    return pairs


def between_sides(sides):
    return {(a, b) for left in sides for right in sides if left is not right for a in left for b in right}


def effect_of(fault):
    """The effect on one link, or None where the fault is a single deed (reset)."""
    kind = fault["kind"]
    if kind == "delay":
        return {
            "kind": "delay",
            "delay": seconds(fault.get("delay", "0s")),
            "jitter": seconds(fault.get("jitter", "0s")),
            "law": fault.get("law", "uniform"),
        }
    if kind == "loss":
        return {"kind": "loss", "ratio": ratio(fault["ratio"])}
    if kind in ("duplicate", "replay"):
        return {"kind": "repeat", "ratio": ratio(fault["ratio"]), "old": kind == "replay"}
    if kind == "corrupt":
        return {"kind": "corrupt", "ratio": ratio(fault.get("ratio", 0.01)), "mode": fault.get("mode", "flip")}
    if kind in ("rate", "slow_consumer"):
        return {"kind": "rate", "rate": size(fault.get("rate", "4KiB/s"))}
    if kind in ("partition", "clog"):
        return {"kind": "hold", "noticed": fault.get("cut") == "noticed"}
    if kind == "half_open":
        return {"kind": "half_open"}
    return None


KINDS = {"delay", "loss", "duplicate", "replay", "corrupt", "rate", "slow_consumer", "partition", "clog", "half_open",
         "reset"}


# Parameters that bytes cannot have.
MISSING_KEYS = {"duplicate": ["within"], "replay": ["age"], "rate": ["queue"]}


class LinkFault:
    """One occurrence of a fault on some links."""

    def __init__(self, lab, fault):
        self.lab = lab
        self.fault = fault
        self.pairs = {}

    def all_pairs(self, targets):
        if self.fault.get("sides"):
            return {None: between_sides(self.fault["sides"])}
        peers = self.lab.select(self.fault["peers"]) if "peers" in self.fault else self.lab.network.names
        # A partition is between the chosen and the others; what the chosen say among themselves passes.
        if self.fault["kind"] == "partition":
            peers = [name for name in peers if name not in targets]
        return {target: pairs_of(self.fault, [target], peers) for target in targets}

    async def begin(self, targets):
        links = self.lab.network.links
        self.pairs = self.all_pairs(targets)
        for target, pairs in self.pairs.items():
            effect = effect_of(self.fault)
            for pair in pairs:
                if effect:
                    links.law(*pair).put((id(self), pair), effect)
            if self.fault["kind"] == "reset" or self.fault.get("cut") == "noticed":
                links.reset(pairs)
            if self.fault["kind"] == "half_open":
                links.silence(pairs)
            await self.lab.stagger(self.fault)

    async def end(self):
        links = self.lab.network.links
        order = list(self.pairs)
        self.lab.dice.shuffle(order)
        for target in order:
            for pair in self.pairs[target]:
                links.law(*pair).remove((id(self), pair))
            await self.lab.stagger(self.fault)

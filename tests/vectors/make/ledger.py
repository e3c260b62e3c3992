#!/usr/bin/env python3
"""Writes ../ledger.json: every encoding of protocol/ledger, computed from the grammars alone.

Shares no code with the project, so that a change of an encoding by mistake is found out.
Needs Python 3.9 and the package `cryptography`. Run it in this folder: ./ledger.py > ../ledger.json
"""
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def string(content):
    content = content.encode() if isinstance(content, str) else content
    return varint(len(content)) + content


def listing(items):
    return varint(len(items)) + b"".join(items)


def private(word):
    return Ed25519PrivateKey.from_private_bytes(sha(word.encode()))


def public(word):
    return private(word).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


CHAIN = sha(b"a chain for tests")


def sign(word, kind, body, chain=CHAIN):
    return private(word).sign(b"troupe/" + kind + b"/1\0" + chain + body)


def operation(kind, **fields):
    if kind == "note":
        content = b"\0" + string(fields["content"])
    elif kind == "put":
        content = b"\1" + string(fields["key"]) + string(fields["value"])
    elif kind == "transfer":
        content = b"\2" + string(fields["key"]) + public(fields["to"])
    elif kind == "retire":
        content = b"\3" + string(fields["key"])
    else:
        return varint(fields["module"]) + string(fields["content"])
    return varint(0) + string(content)


def body(account, valid_through, operations, memo):
    encoded = [operation(**it) for it in operations]
    return (varint(1) + CHAIN + public(account) + varint(valid_through) + listing(encoded)
            + string(memo))


def transaction(account, valid_through, operations, memo=""):
    unsigned = body(account, valid_through, operations, memo)
    signature = sign(account, b"transaction", unsigned)
    return {
        "account": account, "valid_through": valid_through, "operations": operations, "memo": memo,
        "body": unsigned.hex(), "id": sha(unsigned).hex(), "signature": signature.hex(),
        "encoded": (string(unsigned) + varint(1) + signature).hex(),
    }


TRANSACTIONS = [
    transaction("alice", 100, [{"kind": "note", "content": "hello"}]),
    transaction("alice", 1, [{"kind": "put", "key": "bike/17", "value": "red"}], "first"),
    transaction("bob", 300, [{"kind": "transfer", "key": "bike/17", "to": "carol"}]),
    transaction("carol", 2**40, [{"kind": "retire", "key": "bike/17"}]),
    transaction("dave", 100, [
        {"kind": "put", "key": "k" * 200, "value": "v" * 300},
        {"kind": "module", "module": 9, "content": "anything"},
        {"kind": "note", "content": ""},
    ], "m" * 256),
]


def genesis():
    def peer_id(word):
        return bytes.fromhex("002408011220") + public(word)

    validators = [string(n) + public(n) + string(peer_id(n + " node")) for n in ("n1", "n2", "n3", "n4")]
    accounts = [string(n) + public(n) for n in ("alice", "bob")]
    encoded = (varint(1) + string("demo") + varint(1790000000000) + b"\1"
               + varint(200_000) + varint(5_000_000) + varint(500_000) + varint(60_000_000)
               + listing(validators) + listing(accounts))
    return {"encoded": encoded.hex(), "chain_id": sha(encoded).hex()}


def merkle_root(contents):
    def root(leaves):
        if len(leaves) == 1:
            return leaves[0]
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return sha(b"\1", root(leaves[:split]), root(leaves[split:]))

    return root([sha(b"\0", content) for content in contents]) if contents else sha(b"")


def batch():
    encoded = [bytes.fromhex(it["encoded"]) for it in TRANSACTIONS]
    payload = b"".join(string(it) for it in encoded)
    header = (varint(1) + varint(3) + sha(b"root") + varint(2) + varint(300) + varint(129)
              + sha(b"parent") + varint(len(encoded)) + varint(len(payload)) + sha(payload))
    signature = sign("n3", b"batch", header)
    root = merkle_root([bytes.fromhex(it["id"]) for it in TRANSACTIONS])
    return {"header": header.hex(), "digest": sha(header).hex(), "signature": signature.hex(),
            "encoded": (string(header) + signature + payload).hex(), "transactions_root": root.hex()}


def record(version, status, owner, height, transaction_word, value):
    return (varint(version) + bytes([status]) + public(owner) + varint(height)
            + sha(transaction_word.encode()) + string(value))


RECORD = record(300, 1, "alice", 1000, "transaction", "red")


def receipts():
    ids = [sha(word) for word in (b"a", b"b", b"c", b"d", b"e", b"f")]
    outcomes = [b"\0" + listing([varint(1), varint(300)]), b"\0" + listing([]), b"\1" + varint(700),
                b"\2", b"\3", b"\4" + varint(2) + b"\1"]
    encoded = [i + outcome for i, outcome in zip(ids, outcomes)]
    return {"encoded": listing(encoded).hex(), "root": merkle_root(encoded).hex()}


def block_record():
    encoded = (varint(1) + varint(300) + string("a header") + string("a notarization")
               + string("a finalization") + listing([string("one"), string("two")])
               + listing([sha(b"x"), sha(b"y")]) + varint(5000) + sha(b"receipts") + sha(b"state"))
    return {"encoded": encoded.hex()}


EMPTY = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"


def leaf(key, value):
    return sha(b"JMT::LeafNode", sha(key), sha(value))


def inner(left, right):
    return sha(b"JMT::IntrnalNode", left, right)


def bit(digest, depth):
    return digest[depth // 8] >> (7 - depth % 8) & 1


def tree_root(pairs, depth=0):
    if not pairs:
        return EMPTY
    if len(pairs) == 1:
        return leaf(*pairs[0])
    left = [it for it in pairs if not bit(sha(it[0]), depth)]
    right = [it for it in pairs if bit(sha(it[0]), depth)]
    return inner(tree_root(left, depth + 1), tree_root(right, depth + 1))


def siblings(pairs, key, depth=0):
    """From the top downwards."""
    if len(pairs) < 2:
        return []
    parts = [[it for it in pairs if bit(sha(it[0]), depth) == side] for side in (0, 1)]
    own = bit(sha(key), depth)
    return [tree_root(parts[1 - own], depth + 1)] + siblings(parts[own], key, depth + 1)


def pairs_of(count):
    return [(b"key %d" % i, b"value %d" % i) for i in range(count)]


def trees():
    return [{"keys": count, "root": tree_root(pairs_of(count)).hex()} for count in (0, 1, 2, 3, 16, 1000)]


def presence(count, key, value):
    path = siblings(pairs_of(count), key)[::-1]
    return string(key) + string(value) + listing(path)


def proofs():
    pairs = sorted(pairs_of(100), key=lambda it: sha(it[0]))
    absent = sha(b"absent")
    left = [it for it in pairs if sha(it[0]) < absent][-1]
    right = [it for it in pairs if sha(it[0]) > absent][0]
    return {
        "root": tree_root(pairs).hex(),
        "presence": presence(100, b"key 7", b"value 7").hex(),
        "absence": (b"\1" + presence(100, *left) + b"\1" + presence(100, *right)).hex(),
    }


def nodes():
    internal = (b"\1" + bytes([0x80, 0x03]) + bytes([0x80, 0x01])
                + varint(1) + sha(b"zero") + varint(300) + sha(b"one") + varint(2) + sha(b"fifteen"))
    left = inner(inner(inner(sha(b"zero"), sha(b"one")), EMPTY), EMPTY)
    return {
        "internal": internal.hex(), "internal_hash": inner(left, sha(b"fifteen")).hex(),
        "leaf": (b"\2" + sha(b"key") + sha(b"value")).hex(), "leaf_hash": leaf(b"key", b"value").hex(),
    }


print(json.dumps({
    "file": "ledger.json",
    "generator": "make/ledger.py",
    "description": "every encoding of protocol/ledger; the key of a name is the Ed25519 key whose seed is the "
                   "SHA-256 of that name",
    "chain": CHAIN.hex(),
    "transactions": TRANSACTIONS,
    "genesis": genesis(),
    "batch": batch(),
    "record": {"encoded": RECORD.hex(), "view": (string("bike/17") + RECORD).hex()},
    "receipts": receipts(),
    "block_record": block_record(),
    "trees": trees(),
    "proofs": proofs(),
    "nodes": nodes(),
}, indent=1))

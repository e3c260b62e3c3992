#!/usr/bin/env python3
"""Writes ../consensus.json: encodings of protocol/consensus, computed from the grammars alone.

Shares no code with the project, so that a change of an encoding by mistake is found out.
Needs Python 3.9. Run it in this folder: ./consensus.py > ../consensus.json
"""
import hashlib
import json


def sha(text):
    return hashlib.sha256(text.encode()).digest()


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def tip(lane, incarnation, sequence, digest):
    return varint(lane) + varint(incarnation) + varint(sequence) + digest


def signed(kind, block):
    body = varint(3) + sha("root") + varint(300) + block
    return b"troupe/" + kind + b"/1\0" + sha("chain") + body


def message(kind, body):
    return (varint(3) + sha("root") + bytes([kind]) + body).hex()


header = (
    varint(1) + sha("chain") + varint(3) + sha("root") + varint(300) + varint(200)
    + sha("parent") + varint(1790000000123)
    + varint(2) + tip(0, 0, 7, sha("tip 0")) + tip(5, 128, 9000, sha("tip 5"))
    + sha("transactions") + varint(198) + sha("state") + sha("history") + sha("validators")
)
certificate = (
    bytes([1]) + varint(3) + varint(300) + sha("block")
    + varint(2) + bytes([0b11, 0b10])
    + bytes([0]) * 64 + bytes([1]) * 64 + bytes([9]) * 64
)
batch_record = (
    bytes([2]) + varint(3) + varint(2) + varint(0) + varint(300) + sha("block") + bytes(64)
)

print(json.dumps({
    "comment": "Computed from the grammars at the heads of protocol/consensus by make/consensus.py.",
    "header": {"encoding": header.hex(), "digest": hashlib.sha256(header).hexdigest()},
    "vote": {
        "notarize": signed(b"notarize", sha("block")).hex(),
        "nullify": signed(b"nullify", bytes(32)).hex(),
    },
    "certificate": certificate.hex(),
    "messages": {
        "missing-request": message(4, varint(3) + varint(9) + bytes([2])),
        "best-request": message(5, b""),
        "header-request": message(6, sha("block")),
        "inquiry": message(8, varint(2**64 - 1)),
        "inquiry-answer": message(9, varint(77) + b"\1" + varint(0)),
        "tips": message(10, varint(4) + varint(1) + tip(2, 0, 4, sha("block"))),
    },
    "batch-record": batch_record.hex(),
}, indent=2))

"""The values of a scenario file. `troupe scenario check` has judged the file before: what is read here is sound."""

import re
import tomllib

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class NotRun(Exception):
    """This machine or this engine cannot do what the scenario asks for: exit 3, and never a pass."""


def load(path):
    with open(path, "rb") as file:
        return tomllib.load(file)


def seconds(text):
    """A duration in seconds, negative if it says so."""
    sign = -1 if text.startswith("-") else 1
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s|m|h)", text.lstrip("-")).groups()
    return sign * float(number) * UNITS[unit]


def size(text):
    """A size or a rate of bytes."""
    number, unit = re.fullmatch(r"([0-9.]+)(B|KiB|MiB|GiB)(?:/s)?", text).groups()
    return int(float(number) * SIZES[unit])


def ratio(value):
    return float(value[:-1]) / 100 if isinstance(value, str) else float(value)


def count(value, validators):
    """A number that may be said by n or f."""
    if isinstance(value, int):
        return value
    base = {"f": (validators - 1) // 3, "n": validators}.get(value[0])
    if base is None:
        return int(value)
    return max(0, base + int(value[1:] or 0))


def first(value):
    """The first number of a range."""
    return value if isinstance(value, int) else int(value.split("..")[0])


def drawn(value, dice):
    """One number of a range."""
    if isinstance(value, int):
        return value
    ends = [int(end) for end in value.split("..")]
    return dice.randint(ends[0], ends[-1])


def span_seconds(value):
    """The seconds of a span, or None if it names none."""
    if isinstance(value, str):
        return seconds(value)
    return seconds(value["time"]) if value and "time" in value else None


def span_views(value, validators):
    return count(value["views"], validators) if isinstance(value, dict) and "views" in value else None


def trigger(value):
    """A trigger as a table."""
    return {"time": value} if isinstance(value, str) else dict(value or {})

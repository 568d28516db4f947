"""tickcached's subscriptions, and errors for missing ones."""

from __future__ import annotations

import string
from typing import Iterable

from ._native import Lookups
from .errors import NotSubscribed
from .records import Channel

_KINDS = {1: "ticker:all", 2: "ticker", 3: "candles", 4: "orders", 5: "portfolio"}
_UPPER = str.maketrans(string.ascii_lowercase, string.ascii_uppercase)
_STATES = {1: "wanted", 2: "sent", 3: "acknowledged", 4: "refused"}


def channels(lookups: Lookups) -> list[Channel]:
    found = []
    for kind, state, symbol, interval, why, count, age in lookups._channels():
        if kind == 3 and symbol == "ALL":
            symbol = "all"
        name = ":".join(part for part in (_KINDS.get(kind, "?"), symbol, interval) if part)
        found.append(Channel(name, _STATES.get(state, "?"), why, count, age))
    return found


def upper_case(symbol: str) -> str:
    """As tickcached: ASCII letters only. str.upper() would make "SS" of "ß"."""
    return symbol.upper() if symbol.isascii() else symbol.translate(_UPPER)


def channel_of_ticker(symbol: str) -> str:
    return "ticker:all" if symbol.lower() == "all" else f"ticker:{upper_case(symbol)}"


def channel_of_candles(symbol: str, interval: str) -> str:
    return f"candles:{upper_case(symbol)}:{interval}"


def missing(wanted: Iterable[str], there: Iterable[Channel]) -> NotSubscribed | None:
    """The error for the first of the channels that tickcached does not subscribe to."""
    names = {channel.name for channel in there}
    for name in wanted:
        if name in names or (name.startswith("ticker:") and "ticker:all" in names):
            continue
        if name.startswith("candles:") and f"candles:all:{name.rsplit(':', 1)[1]}" in names:
            continue
        # Any ticker channel satisfies "all".
        if name == "ticker:all" and any(other.startswith("ticker:") for other in names):
            continue
        return NotSubscribed(
            f"tickcached does not subscribe to {name}: {_remedy(name)}, and reload" " it (SIGHUP)"
        )
    return None


def refused(wanted: Iterable[str], there: Iterable[Channel]) -> list[str]:
    """Error messages for wanted channels that the exchange refused."""
    wanted = set(wanted)
    return [
        f"the exchange has refused {channel.name}: {channel.why or 'without a reason'}"
        for channel in there
        if channel.state == "refused" and channel.name in wanted
    ]


def _remedy(name: str) -> str:
    kind, _, rest = name.partition(":")
    if kind == "ticker":
        symbols = "all" if rest == "all" else rest
        return f'add it to its option "symbols" (symbols = …,{symbols})'
    if kind == "candles":
        return f'add it to its option "candles" (candles = …,{rest})'
    return f'set its option "{kind}" ({kind} = true)'

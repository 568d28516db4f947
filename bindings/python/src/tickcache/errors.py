"""The exceptions, and messages that say how to fix the problem."""

from __future__ import annotations

_ANY_AGE_NS = 2**63 - 1


class TickcacheError(Exception):
    """Base class of tickcache's exceptions."""


class NotLive(TickcacheError):
    """No price can be trusted."""

    #: As the caller wrote it; None for lookups of all symbols.
    symbol: str | None = None
    #: The last price, in the requested form; None if there is none.
    price: float | str | None = None
    #: Seconds since tickcached received that price; None if there is none.
    age: float | None = None
    #: 'stale' or 'down'.
    freshness: str = "down"
    #: 'reconnecting', 'silent', 'heartbeat_lost' …, as in `tickcache status --json`.
    reason: str = "no_segment"


class StalePrice(NotLive):
    """tickcached runs, but this may not be the latest price."""


class FeedDown(NotLive):
    """tickcached does not run, so new prices go unnoticed."""


class NoSegment(FeedDown):
    """The shared memory segment does not exist or cannot be used."""


class NotSubscribed(TickcacheError, LookupError):
    """tickcached does not subscribe to the requested data."""


_WHY_DOWN = {
    "no_segment": "there is no shared memory of that name: start tickcached, or name another with"
    " TICKCACHE_SEGMENT",
    "stopped": "tickcached was stopped: start it again",
    "auth_failed": "tickcached stopped because the exchange rejected the API key or suspended the"
    " account: `tickcache status` tells which; correct it, then restart tickcached",
    "superseded": "tickcached was restarted and its new shared memory cannot be opened: check owner"
    " and permissions with `tickcache status`",
    "heartbeat_lost": "no heartbeat from tickcached (killed, suspended or hanging): restart it",
}

_WHY_STALE = {
    "previous_epoch": "nothing has been received for it since the feed reconnected",
    "reconnecting": "the feed is reconnecting",
    "silent": "the feed is connected but silent",
    "lagging": "its ticks arrive late",
    "unconfirmed": "the exchange has another price, or has not confirmed this one",
    "rejected": "a later price could not be read",
    "busy": "the daemon was always faster than this reader; try again",
    "unsubscribed": 'tickcached no longer subscribes to it: add it to the option "symbols"',
}


def verdict(freshness: str, reason: str | None) -> str:
    """How far a value can be trusted, with the reason: "live", "stale: reconnecting"."""
    return freshness if reason is None else f"{freshness}: {reason}"


def why_down(reason: str) -> str:
    """One sentence that says what happened and how to fix it."""
    return _WHY_DOWN.get(reason, f"tickcached is down ({reason}): see `tickcache status`")


def not_live(
    symbol: str | None,
    price: float | str | None,
    freshness: str,
    reason: str,
    age_ns: int,
    max_age_ns: int,
    segment_error: str | None,
) -> NotLive:
    """The exception for a price that is not live. `segment_error`: why there is no segment."""
    age = None if price is None else max(age_ns, 0) / 1e9
    what = symbol if symbol is not None else "the feed"
    last = "" if price is None else f"; the last price, {price}, is {age:.1f} s old"
    error: NotLive
    if segment_error is not None:
        error = NoSegment(segment_error)
    elif freshness == "down":
        error = FeedDown(f"{what} is down: {why_down(reason)}{last}")
    elif reason == "too_old":
        error = StalePrice(
            f"{what} is stale: its price, {price}, is {age:.3f} s old, and"
            f" max_age is {max_age_ns / 1e9:g} s"
        )
    else:
        error = StalePrice(
            f"{what} is stale: {_WHY_STALE.get(reason, reason)}{last}. Wait for a"
            " live one with wait_for_price(), or take it with allow_stale=True"
        )
    error.symbol = symbol
    error.price = price
    error.age = age
    error.freshness = freshness
    error.reason = reason
    return error

"""Cache: all lookups."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Collection

from . import errors, subscriptions, waits
from ._native import Lookups, Ticker
from .records import Candle, Order, Portfolio, Records, Status

if TYPE_CHECKING:
    import decimal

    from .stream import TickStream

#: Statuses of an order's last update.
ENDED = ("filled", "cancelled", "rejected", "expired")


class Cache(Lookups):
    """Reads the shared memory of one tickcached. Threads may share it; it works after a fork.

    `segment` is its name; by default the one in the environment variable TICKCACHE_SEGMENT, or
    "tickcache". It need not exist yet. Raises NoSegment if it exists but cannot be used.

    Symbols may be in any case. `max_age` is in seconds: older values are stale. Price lookups raise
    StalePrice or FeedDown unless the price is live. Other values include their freshness.

    `idle` is how waits and streams pass the time: "sleep"; "yield" and "spin" look again and again,
    the soonest, for all of a processor.
    """

    def __init__(self, segment: str | None = None, idle: str = "sleep") -> None:
        self._segment = segment or os.environ.get("TICKCACHE_SEGMENT") or "tickcache"
        self._idle = idle

    @property
    def segment(self) -> str:
        """The name of the shared memory segment."""
        return self._segment

    def decimal(
        self, symbol: str, *, max_age: float | None = None, allow_stale: bool = False
    ) -> decimal.Decimal | None:
        """As price(), but returns a decimal.Decimal."""
        import decimal

        text = self.price_str(symbol, max_age=max_age, allow_stale=allow_stale)
        return None if text is None else decimal.Decimal(text)

    def orders(self, n: int = 100, *, max_age: float | None = None) -> Records[Order]:
        """The newest `n` order updates, oldest first. tickcached keeps at least 100.

        Raises NoSegment if the segment does not exist or cannot be used.
        """
        freshness, reason, records, gap_since = self._orders(n, max_age)
        self._check_segment(reason)
        return Records(map(Order._make, records), freshness, _why(freshness, reason), gap_since)

    def order(self, order_id: str) -> Order | None:
        """The newest update of an order; None if none is stored."""
        for order in reversed(self.orders(1000)):
            if order.order_id == order_id:
                return order
        return None

    def portfolio(self, *, max_age: float | None = None) -> Portfolio | None:
        """The newest portfolio snapshot; None if there is none.

        Raises NoSegment if the segment does not exist or cannot be used.
        """
        freshness, reason, fields = self._portfolio(max_age)
        self._check_segment(reason)
        if fields is None:
            return None
        return Portfolio._make((*fields[:-1], freshness, _why(freshness, reason), fields[-1]))

    def candles(
        self, symbol: str, interval: str, n: int = 100, *, max_age: float | None = None
    ) -> Records[Candle]:
        """The newest `n` candles, oldest first. The last may be open. tickcached keeps 100 or more.

        Raises NotSubscribed if tickcached does not subscribe to them, and NoSegment if the segment
        does not exist or cannot be used.
        """
        freshness, reason, records = self._candles(
            subscriptions.upper_case(symbol), interval, n, max_age
        )
        self._check_segment(reason)
        if freshness == "missing" and self._status()[0] != "down":
            channel = subscriptions.channel_of_candles(symbol, interval)
            error = subscriptions.missing([channel], subscriptions.channels(self))
            if error is not None:
                raise error
        return Records(map(Candle._make, records), freshness, _why(freshness, reason))

    def status(self) -> Status:
        """The state of tickcached; if it does not run, `feed` is "down"."""
        feed, reason, upstream, version, pid, instance, *rest = self._status()
        started_at, heartbeat_age, key_accepted, *counts, verified_age, verified_for, lag, hops = rest
        there = instance != 0
        return Status._make(
            (
                feed,
                _why(feed, reason),
                upstream,
                version,
                pid if there else None,
                started_at,
                heartbeat_age if there else None,
                key_accepted,
                *counts,
                verified_age if there else None,
                verified_for,
                lag,
                hops,
                subscriptions.channels(self) if there else [],
            )
        )

    def wait_for_price(
        self, symbol: str, timeout: float | None = None, *, max_age: float | None = None
    ) -> float:
        """Waits until the price of a symbol is live and not older than `max_age`, and returns it.
        Releases the GIL while waiting.

        Raises TimeoutError after `timeout` seconds, NotSubscribed if tickcached does not subscribe
        to the symbol, and FeedDown if the exchange rejected the API key or suspended the account.
        """
        return waits.wait_for_price(waits.Waiter(self._segment, self._idle), symbol, timeout, max_age)

    def wait_for_order(
        self, order_id: str, status: str | Collection[str] = ENDED, timeout: float | None = None
    ) -> Order:
        """Waits for an update of an order with `status` (one, or any of several), and returns it.
        By default waits for the order's end. An update already stored counts. Raises the same
        exceptions as wait_for_price()."""
        return waits.wait_for_order(
            waits.Waiter(self._segment, self._idle), order_id, _statuses(status), timeout
        )

    async def await_price(
        self, symbol: str, timeout: float | None = None, *, max_age: float | None = None
    ) -> float:
        """wait_for_price() for asyncio."""
        waiter = waits.Waiter(self._segment, self._idle)
        return await waits.on_asyncio(
            waiter, lambda: waits.wait_for_price(waiter, symbol, timeout, max_age)
        )

    async def await_order(
        self, order_id: str, status: str | Collection[str] = ENDED, timeout: float | None = None
    ) -> Order:
        """wait_for_order() for asyncio."""
        waiter = waits.Waiter(self._segment, self._idle)
        return await waits.on_asyncio(
            waiter, lambda: waits.wait_for_order(waiter, order_id, _statuses(status), timeout)
        )

    def frame(self, *symbols: str, max_age: float | None = None) -> Any:
        """The latest prices of the symbols, or of all, as a DataFrame of pandas, or of polars if
        only that is installed. Columns: symbol, price, quantity, timestamp (to microseconds), age
        and lag in seconds, freshness, reason, snapshot, updates. It has a row for every symbol ever
        seen, live or not: look at its freshness.

        Raises NoSegment if the segment does not exist or cannot be used, and ImportError if neither
        pandas nor polars is installed.
        """
        from . import tables

        return tables.frame(self._tickers(symbols, max_age))

    def stream(self, *symbols: str, latest: bool = False) -> TickStream:
        """Iterates over every tick and snapshot of the symbols, or of all symbols ("all"), from now
        on, on asyncio or in this thread:

            async for tick in cache.stream("BTCUSDT", "ETHUSDT"):
                ...
            for tick in cache.stream("all"):
                ...

        With `latest`, a loop that is too slow receives only each symbol's newest tick.
        """
        from .stream import TickStream

        if not symbols:
            raise TypeError('stream() wants symbols, or "all"')
        return TickStream(self._segment, symbols, latest, self._idle)

    def __repr__(self) -> str:
        return f"Cache({self._segment!r})"

    def _repr_html_(self) -> str:
        """What a notebook shows: the state of the feed and the first symbols."""
        from . import tables

        status = self.status()
        tickers = self._tickers(()) if status.reason != "no_segment" else []
        return tables.cache_html(self._segment, status, tickers)

    def _tickers(self, symbols: Collection[str], max_age: float | None = None) -> list[Ticker]:
        """Those of the symbols that have a value; without symbols, all by name."""
        self._check_segment(self._status()[1])
        wanted = symbols or sorted(self.prices_str(allow_stale=True))
        found = (self.ticker(symbol, max_age=max_age) for symbol in wanted)
        return [ticker for ticker in found if ticker is not None]

    def _not_live(
        self,
        symbol: str | None,
        price: Any,
        freshness: str,
        reason: str,
        age_ns: int,
        max_age_ns: int,
    ) -> Any:
        """The price lookups call this instead of returning a price that is not live."""
        raise errors.not_live(symbol, price, freshness, reason, age_ns, max_age_ns, self._error())

    def _check_segment(self, reason: str) -> None:
        if reason == "no_segment":
            raise errors.NoSegment(self._error() or errors.why_down(reason))


def _why(freshness: str, reason: str) -> str | None:
    return None if freshness == "live" else reason


def _statuses(status: str | Collection[str]) -> Collection[str]:
    return (status,) if isinstance(status, str) else status

"""Order updates, candles, portfolio and status.

Amounts are strings: exact plain decimals with the exchange's digits. Convert them with float() or
decimal.Decimal(). Times are ISO 8601 in UTC. Values that were not sent are None. `age` is the
number of seconds since tickcached received the record.
"""

from __future__ import annotations

from typing import Any, Generic, Iterable, NamedTuple, TypeVar


class Order(NamedTuple):
    """An update of an order."""

    #: Number of the update in the account, without gaps.
    position: int
    order_id: str
    #: As the exchange sent it: pending, partially_filled, filled, cancelled, rejected …
    status: str
    symbol: str
    side: str | None
    type: str | None
    quantity: str | None
    price: str | None
    executed_price: str | None
    executed_quantity: str | None
    fee: str | None
    filled_at: str | None
    cancelled_at: str | None
    rejected_reason: str | None
    age: float
    #: If set, updates since this time may be missing just before this one.
    gap_since: str | None
    #: The message's data object as the exchange sent it; None if it was too long.
    data_json: str | None
    #: Another string was too long and is truncated.
    text_cut: bool
    #: 'websocket' if the exchange pushed it, 'rest' if tickcached asked for it.
    origin: str | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The message's data object, with non-integer numbers as strings. Empty if it was too
        long."""
        import json

        if self.data_json is None:
            return {}
        parsed = json.loads(self.data_json, parse_float=str)
        return parsed if isinstance(parsed, dict) else {}


class Candle(NamedTuple):
    symbol: str
    interval: str
    open_time: str
    open: str
    high: str
    low: str
    close: str
    volume: str | None
    #: Whether the candle is final: its interval is over.
    closed: bool
    age: float
    #: 'websocket': sent by the exchange; 'rest': requested; 'ticks': made of ticks; None: unknown.
    origin: str | None = None
    #: False if it was made of ticks and some of its interval may be missing.
    complete: bool = True


class Portfolio(NamedTuple):
    total_equity: str | None
    available_cash: str | None
    unrealized_pnl: str | None
    realized_pnl: str | None
    roi_pct: str | None
    timestamp: str | None
    age: float
    freshness: str = "live"
    #: Why it is not live; None if it is.
    reason: str | None = None
    #: 'websocket' if the exchange pushed it, 'rest' if tickcached asked for it.
    origin: str | None = None


class Channel(NamedTuple):
    """A subscription of tickcached."""

    #: "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "candles:all:1m", "orders" or
    #: "portfolio"
    name: str
    #: 'wanted', 'sent', 'acknowledged' or 'refused'
    state: str
    #: Why it is refused: the exchange's answer, also if the candles are made of ticks instead, or
    #: that nothing can bring it.
    why: str | None
    #: Number of data messages in this run of the daemon.
    messages: int
    #: Seconds since the last data message; None if there was none.
    last_data_age: float | None


class Status(NamedTuple):
    """The state of tickcached."""

    #: 'live' if it runs, is connected and receives ticks; else 'stale' or 'down'.
    feed: str
    #: Why it is not live; None if it is.
    reason: str | None
    #: The URL, without the key.
    upstream: str | None
    version: str | None
    pid: int | None
    started_at: str | None
    heartbeat_age: float | None
    key_accepted: bool
    symbols: int
    orders: int
    portfolios: int
    messages: int
    ticks: int
    rejected: int
    #: Seconds since the exchange, asked, had the stored prices; None: never, or no daemon.
    verified_age: float | None
    #: The age up to which that is valid.
    verified_for: float
    #: Delay of the newest tick in seconds, compared with the fastest ones; 0.0: none, or unknown.
    #: With `hops`: how late the origin's messages are, at most.
    lag: float
    #: Machines between the exchange and this one, as of a feed that comes by Redis; 0: none.
    hops: int
    channels: list[Channel]


Record = TypeVar("Record")


class Records(list[Record], Generic[Record]):
    """A list of records, oldest first, with the freshness of the newest."""

    def __init__(
        self,
        records: Iterable[Record],
        freshness: str,
        reason: str | None,
        gap_since: str | None = None,
    ) -> None:
        super().__init__(records)
        #: 'live', 'stale', 'down', or 'missing' if there are none.
        self.freshness = freshness
        #: Why it is not live; None if it is.
        self.reason = reason
        #: For orders, if set: updates since this time may be missing after the newest.
        self.gap_since = gap_since

    def _repr_html_(self) -> str:
        """What a notebook shows: the newest records as a table."""
        from . import tables

        return tables.records_html(self)

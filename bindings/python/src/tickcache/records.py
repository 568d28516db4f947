"""Order updates, candles, portfolio and status.

Amounts are text, exactly what the exchange wrote: float() or decimal.Decimal() makes numbers of
them. Times are ISO 8601 in UTC. What was not sent is None. `age` is in seconds, since tickcached
received it.
"""

from __future__ import annotations

from typing import Any, Generic, Iterable, NamedTuple, TypeVar


class Order(NamedTuple):
    """One update of one order."""

    #: Counts every update of the account, without holes.
    position: int
    order_id: str
    #: The exchange's word: pending, partially_filled, filled, cancelled, rejected …
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
    #: Updates may be missing before this one, since this time.
    gap_since: str | None
    #: The message's data object as the exchange wrote it; None if it was too long.
    data_json: str | None
    #: One of the texts was too long and is cut.
    text_cut: bool

    @property
    def data(self) -> dict[str, Any]:
        """The message's data object; its numbers with a fraction are text. Empty if it was too
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
    #: Whether its interval is over.
    closed: bool
    age: float


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


class Channel(NamedTuple):
    """What tickcached subscribes to."""

    #: "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "orders" or "portfolio"
    name: str
    #: 'wanted', 'sent', 'acknowledged' or 'refused'
    state: str
    #: What the exchange said when it refused.
    why: str | None
    #: Received in this run of the daemon.
    messages: int
    #: Seconds since the last one; None if there was none.
    last_data_age: float | None


class Status(NamedTuple):
    """What tickcached says about itself."""

    #: 'live' if it runs, is connected, and ticks flow; else 'stale' or 'down'.
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
    channels: list[Channel]


Record = TypeVar("Record")


class Records(list[Record], Generic[Record]):
    """A list of records, oldest first, and whether its newest can be trusted."""

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
        #: Orders: updates may be missing after the newest, since this time.
        self.gap_since = gap_since

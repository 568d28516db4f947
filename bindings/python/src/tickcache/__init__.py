"""Reads the latest prices of this machine's exchange feed, and tells you whether to trust them.

    cache = tickcache.Cache()
    cache.price("BTCUSDT")          # a float; StalePrice or FeedDown if it cannot be trusted
    cache.ticker("BTCUSDT").age     # seconds

`tickcache.compat` has AgentExchangeWS, a replacement for the platform's client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native
from ._native import Tick, Ticker
from .cache import Cache
from .errors import FeedDown, NoSegment, NotLive, NotSubscribed, StalePrice, TickcacheError
from .records import Candle, Channel, Order, Portfolio, Records, Status

__version__: str = _native.version

__all__ = [
    "Cache",
    "Candle",
    "Channel",
    "FeedDown",
    "NoSegment",
    "NotLive",
    "NotSubscribed",
    "Order",
    "Portfolio",
    "Records",
    "StalePrice",
    "Status",
    "Tick",
    "Ticker",
    "TickcacheError",
    "age_of",
    "get_cached_price",
    "latest_orders",
    "latest_prices",
    "start_stream",
]

if TYPE_CHECKING:
    from .live import get_cached_price, latest_orders, latest_prices, start_stream


def age_of(message: dict[str, Any]) -> float:
    """Seconds since tickcached received a tick, given the dict that a handler received for it."""
    received: int = message["received_ns"]
    return max(0, _native.boot_clock() - received) / 1e9


def __getattr__(name: str) -> Any:
    # The names in the specification's example. Loaded on demand, because they open the segment.
    if name in ("get_cached_price", "latest_orders", "latest_prices", "start_stream"):
        from . import live

        return getattr(live, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

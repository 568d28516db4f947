"""The specification's streaming price cache, with the same names, based on shared memory.

It returns the last value even if it is not live, and logs a warning once for each reason.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import Any, Iterator, Mapping, Sequence, overload

from . import messages
from .cache import Cache
from .compat import AgentExchangeWS, AuthenticationError, wrong_key
from .errors import TickcacheError, not_live, why_down

logger = logging.getLogger("tickcache")


class _LastValues(Cache):
    """Returns prices that Cache refuses, with a warning."""

    def __init__(self) -> None:
        super().__init__()
        self._warned: set[str] = set()

    def _not_live(
        self,
        symbol: str | None,
        price: Any,
        freshness: str,
        reason: str,
        age_ns: int,
        max_age_ns: int,
    ) -> Any:
        error = not_live(symbol, price, freshness, reason, age_ns, max_age_ns, self._error())
        self.warn_once(reason, f"prices are not live: {error}")
        return price

    def warn_once(self, reason: str, message: str) -> None:
        if reason not in self._warned:
            self._warned.add(reason)
            logger.warning("%s", message)


class LatestPrices(Mapping[str, str]):
    """Maps symbols to their latest prices: exact plain decimals."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def __getitem__(self, symbol: str) -> str:
        price = self._cache.price_str(symbol) if isinstance(symbol, str) else None
        if price is None:
            raise KeyError(symbol)
        return price

    def __iter__(self) -> Iterator[str]:
        return iter(self._cache.prices_str(allow_stale=True))

    def __len__(self) -> int:
        return len(self._cache.prices_str(allow_stale=True))

    def __repr__(self) -> str:
        return repr(self._cache.prices_str(allow_stale=True))


class LatestOrders(Sequence[dict[str, Any]]):
    """The latest 100 order updates, oldest first, as the dicts that handlers receive."""

    def __init__(self, cache: _LastValues) -> None:
        self._cache = cache

    def _now(self) -> list[dict[str, Any]]:
        freshness, reason, orders, _ = self._cache._orders(100, None)
        if freshness == "down":
            error = self._cache._error() or why_down(reason)
            self._cache.warn_once(f"orders {reason}", f"orders are not live: {error}")
        key = os.environ.get("AGENTEXCHANGE_API_KEY")
        if orders and key and not self._cache._key_matches(key):
            raise wrong_key(["orders"], key)
        return [messages.order(fields, 0) for fields in orders]

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]:
        ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]:
        ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._now())

    def __repr__(self) -> str:
        return repr(self._now())


_cache = _LastValues()
latest_prices: Mapping[str, str] = LatestPrices(_cache)
latest_orders: Sequence[dict[str, Any]] = LatestOrders(_cache)
#: The method itself: a wrapper would cost as much as the lookup.
get_cached_price = _cache.price_str


def start_stream() -> threading.Thread:
    """Starts and returns a daemon thread that logs changes of the feed's state and order updates.

    Lookups do not need it: their values are in shared memory.
    """
    key = os.environ.get("AGENTEXCHANGE_API_KEY", "")
    ws = AgentExchangeWS(key)

    def log_order(order: dict[str, Any]) -> None:
        logger.info("order %s → %s", order["order_id"], order["status"])

    def run() -> None:
        try:
            ws.run_forever()
        except TickcacheError as error:
            logger.error("%s", error)

    if key:
        try:
            ws.on_order_update()(log_order)
        except AuthenticationError as error:
            logger.warning("%s", error.message)
    else:
        logger.warning(
            "order updates are not logged: the environment variable AGENTEXCHANGE_API_KEY is not"
            " set. Set it to the key that tickcached uses; prices need none"
        )
    thread = threading.Thread(target=run, name="tickcache-stream", daemon=True)
    thread.start()
    return thread

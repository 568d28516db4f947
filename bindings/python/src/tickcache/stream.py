"""Ticks as an asynchronous iterator."""

from __future__ import annotations

import collections
from typing import Deque

from . import pump
from ._native import Feed, Tick


class TickStream:
    """Every tick of the symbols that is published from now on, in order.

    For one task of one event loop. Ends with `aclose()`; `async with` does that. A loop that is too
    slow is told how many ticks it has missed: `tick.missed`, and `missed` for all of them.
    """

    def __init__(self, segment: str, symbols: tuple[str, ...], latest: bool) -> None:
        self._feed = Feed(segment)
        for symbol in symbols:
            self._feed.on_ticker(symbol, latest)
        self._pump: pump.Pump | None = None
        self._ticks: Deque[Tick] = collections.deque()
        self._missed = 0

    @property
    def missed(self) -> int:
        """Ticks that were overwritten before this program could read them."""
        return self._missed

    def __aiter__(self) -> TickStream:
        return self

    async def __anext__(self) -> Tick:
        if self._pump is None:
            self._pump = pump.Pump(self._feed, self._feed.take_ticks)
        while not self._ticks:
            batch = await self._pump.batch()
            if not batch:
                raise StopAsyncIteration
            self._ticks.extend(batch)
        tick = self._ticks.popleft()
        self._missed += tick.missed
        return tick

    async def aclose(self) -> None:
        self._close()

    async def __aenter__(self) -> TickStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()

    def __del__(self) -> None:
        # Not made if the segment could not be opened.
        if hasattr(self, "_pump"):
            self._close()

    def _close(self) -> None:
        self._ticks.clear()
        if self._pump is not None:
            self._pump.close()
        else:
            self._feed.stop()

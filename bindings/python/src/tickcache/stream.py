"""Ticks as an iterator, for asyncio or a thread."""

from __future__ import annotations

import asyncio
import collections
import time
from typing import Deque

from . import pump
from ._native import Feed, Tick
from .subscriptions import channel_of_ticker, channels, missing
from .waits import Waiter

#: Until tickcached runs, the stream checks for it at this interval (seconds). A daemon that has
#: just started writes its list of channels within this time.
LOOK = 0.25


class TickStream:
    """Iterates over every tick of the symbols published from now on, in order, and over the
    snapshots between them, which `tick.snapshot` marks.

    For one task of one event loop (`async for`), or for one thread (`for`), which sleeps without
    the GIL until the next tick. End it with `aclose()` or `close()`, or use `async with` or `with`;
    any thread may call `close()`. `tick.missed` is the number of ticks that a slow loop lost just
    before this one; `missed` is the total.
    """

    def __init__(self, segment: str, symbols: tuple[str, ...], latest: bool, idle: str) -> None:
        self._feed = Feed(segment, idle)
        self._pace = pump.PACE if idle == "sleep" else 0.0
        for symbol in symbols:
            self._feed.on_ticker(symbol, latest)
        self._channels = [channel_of_ticker(symbol) for symbol in symbols]
        self._waiter: Waiter | None = Waiter(segment)  # until a daemon subscribes to all of them
        self._missing_since: float | None = None
        self._pump: pump.Pump | None = None
        self._ticks: Deque[Tick] = collections.deque()
        self._missed = 0
        self._closed = False

    @property
    def missed(self) -> int:
        """Number of ticks that were overwritten before this program read them."""
        return self._missed

    def __aiter__(self) -> TickStream:
        return self

    async def __anext__(self) -> Tick:
        if self._pump is None:
            self._pump = pump.Pump(self._feed, self._feed.take_ticks, self._pace)
        while not self._ticks and not self._closed:
            batch = await self._batch(self._pump)
            if not batch:
                raise StopAsyncIteration
            self._ticks.extend(batch)
        if self._closed:
            raise StopAsyncIteration
        return self._next()

    async def _batch(self, ticks: pump.Pump) -> list[Tick]:
        while self._waiter is not None and not ticks.stopped:
            self._check_subscribed(self._waiter)
            try:
                return await asyncio.wait_for(ticks.batch(), LOOK)
            except asyncio.TimeoutError:
                pass
        return await ticks.batch()

    def __iter__(self) -> TickStream:
        return self

    def __next__(self) -> Tick:
        if self._pump is not None:
            raise RuntimeError("this stream is in use by `async for`: create another one")
        while not self._ticks and not self._closed:
            if self._waiter is not None:
                self._check_subscribed(self._waiter)
            self._ticks.extend(self._feed.take_ticks(pump.BATCH))
            if not self._ticks:
                self._feed.wait(LOOK)  # not for longer, so that Ctrl-C ends it
        if self._closed:
            raise StopIteration
        return self._next()

    def _next(self) -> Tick:
        tick = self._ticks.popleft()
        self._missed += tick.missed
        return tick

    def _check_subscribed(self, waiter: Waiter) -> None:
        if waiter._status()[0] == "down":
            self._missing_since = None
            return
        error = missing(self._channels, channels(waiter))
        if error is None:
            self._waiter = None
        elif self._missing_since is None:
            self._missing_since = time.monotonic()
        elif time.monotonic() - self._missing_since >= LOOK:
            self.close()
            raise error

    async def aclose(self) -> None:
        self.close()

    async def __aenter__(self) -> TickStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __enter__(self) -> TickStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        # Absent if the segment could not be opened.
        if hasattr(self, "_closed"):
            self.close()

    def close(self) -> None:
        """Ends the stream: a loop over it, too."""
        self._closed = True
        if self._pump is not None:
            self._pump.close()
        else:
            self._feed.stop()

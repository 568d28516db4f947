"""A feed's events on an event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import Any, Callable

from ._native import Feed

#: So many at once, before others on the loop get their turn.
BATCH = 256
#: While events come one after the other, the loop looks for them that often (seconds): cheaper
#: than to be woken for each by another thread.
PACE = 0.001

_STOPPED = 2


class Pump:
    """Hands out batches of events. Belongs to the loop that it was made on, but for poke()."""

    def __init__(self, feed: Feed, take: Callable[[int], list[Any]]) -> None:
        self._feed = feed
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._busy = False
        self._stopped = False
        # Of the wait that is under way; until it is over, the feed is the thread's.
        self._waiting: asyncio.Future[int] | None = None
        self._requests: queue.SimpleQueue[bool] | None = None

    async def batch(self) -> list[Any]:
        """The next events; none after poke(), and after the feed was stopped."""
        await asyncio.sleep(0)
        while not self._stopped:
            if self._waiting is None:
                events = self._take(BATCH)
                if events:
                    self._busy = True
                    return events
                if self._busy:
                    self._busy = False
                    await asyncio.sleep(PACE)
                    continue
            if await self._wait():
                return []
        return []

    def close(self) -> None:
        """Ends the thread."""
        self.stop()
        if self._requests is not None:
            self._requests.put(False)

    def stop(self) -> None:
        """Any thread: ends batch(), now and for ever."""
        self._stopped = True
        self._feed.stop()

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def has_feed(self) -> bool:
        """Whether the feed may be used, for no wait is under way."""
        return self._waiting is None

    def poke(self) -> None:
        """Any thread: ends a batch() that waits."""
        self._feed.poke()

    async def _wait(self) -> bool:
        """True if there is no event all the same."""
        if self._waiting is None:
            self._waiting = self._loop.create_future()
            self._request()
        # Shielded: that somebody no longer waits here does not end the wait of the thread.
        said = await asyncio.shield(self._waiting)
        self._stopped = self._stopped or said == _STOPPED
        return said != 0 or not self._feed.has_event

    def _request(self) -> None:
        if self._requests is None:
            self._requests = queue.SimpleQueue()
            # A daemon thread, so that it does not keep a program alive that is at its end.
            threading.Thread(
                target=_serve,
                args=(self._feed, self._requests, self._loop, self._done),
                name="tickcache-feed",
                daemon=True,
            ).start()
        self._requests.put(True)

    def _done(self, said: int) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.done():
            waiting.set_result(said)


def _serve(
    feed: Feed,
    requests: queue.SimpleQueue[bool],
    loop: asyncio.AbstractEventLoop,
    done: Callable[[int], None],
) -> None:
    """Waits for the feed whenever it is asked to, in a thread."""
    while requests.get():
        said = feed.wait(None)
        try:
            loop.call_soon_threadsafe(done, said)
        except RuntimeError:
            return  # the loop was closed meanwhile

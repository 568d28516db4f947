"""Delivers a feed's events on an asyncio event loop."""

from __future__ import annotations

import asyncio
import queue
import threading
from typing import Any, Callable

from ._native import Feed

#: Events per batch, before other tasks on the loop run.
BATCH = 256
#: While events keep arriving, the loop polls at this interval (seconds): cheaper than being woken
#: for each by another thread.
PACE = 0.001

_STOPPED = 2


class Pump:
    """Returns batches of events. Use it on the loop that created it; any thread may call stop() and
    poke()."""

    def __init__(
        self, feed: Feed, take: Callable[[int], list[Any]], pace: float = PACE
    ) -> None:
        self._pace = pace
        self._feed = feed
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._busy = False
        self._stopped = False
        # The wait in progress. Until it ends, only the thread may use the feed.
        self._waiting: asyncio.Future[int] | None = None
        self._requests: queue.SimpleQueue[bool] | None = None

    async def batch(self) -> list[Any]:
        """Waits for and returns the next events; an empty list after poke() or stop()."""
        await asyncio.sleep(0)
        while not self._stopped:
            if self._waiting is None:
                events = self._take(BATCH)
                if events:
                    self._busy = True
                    return events
                if self._busy and self._pace > 0:
                    self._busy = False
                    await asyncio.sleep(self._pace)
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
        """Ends batch(), and every later call. Any thread may call it."""
        self._stopped = True
        self._feed.stop()

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def has_feed(self) -> bool:
        """Whether the feed may be used, because no wait is in progress."""
        return self._waiting is None

    def poke(self) -> None:
        """Ends a waiting batch(). Any thread may call it."""
        self._feed.poke()

    async def _wait(self) -> bool:
        """Waits for the feed. Returns True if there is still no event."""
        if self._waiting is None:
            self._waiting = self._loop.create_future()
            self._request()
        # Shielded: cancelling this task does not end the thread's wait.
        said = await asyncio.shield(self._waiting)
        self._stopped = self._stopped or said == _STOPPED
        return said != 0 or not self._feed.has_event

    def _request(self) -> None:
        if self._requests is None:
            self._requests = queue.SimpleQueue()
            # A daemon thread, so that it does not keep the program from exiting.
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
    """The thread: waits for the feed on each request."""
    while requests.get():
        said = feed.wait(None)
        try:
            loop.call_soon_threadsafe(done, said)
        except RuntimeError:
            return  # the loop was closed meanwhile

"""Waits for a price or an order, in this thread or on asyncio."""

from __future__ import annotations

import threading
import time
from typing import Any, Awaitable, Callable, Collection, TypeVar

from ._native import Lookups, boot_clock
from .errors import FeedDown, NotSubscribed, why_down
from .records import Order
from .subscriptions import channel_of_ticker, channels, missing

_ORDERS = 1 << 1

_STOPPED = 2

Found = TypeVar("Found")


class Stopped(Exception):
    """The caller cancelled the wait."""


class Waiter(Lookups):
    """A reader used by a single wait. It returns None where Cache raises."""

    def _not_live(self, *_: Any) -> None:
        return None

    def run(
        self,
        look: Callable[[], Found | None],
        symbol: str | None,
        topics: int,
        timeout: float | None,
        describe: Callable[[], str],
    ) -> Found:
        """Waits until look() returns a value, and returns it. Raises TimeoutError with the text of
        describe()."""
        deadline = None if timeout is None else boot_clock() + timeout * 1e9
        while True:
            seen = self._wake_word()
            found = look()
            if found is not None:
                return found
            self._give_up_if_hopeless()
            left = None if deadline is None else (deadline - boot_clock()) / 1e9
            if left is not None and left <= 0:
                raise TimeoutError(f"timeout after {timeout:g} s: {describe()}")
            if self._wait(seen, symbol, topics, left) == _STOPPED:
                raise Stopped

    def _give_up_if_hopeless(self) -> None:
        feed, reason = self._status()[:2]
        if feed == "down" and reason == "auth_failed":
            raise FeedDown(why_down(reason))

    def feed_words(self) -> str:
        feed, reason = self._status()[:2]
        if feed == "live":
            return "the feed is live"
        return self._error() or (why_down(reason) if feed == "down" else f"the feed is {reason}")

    def check_subscribed(self, channel: str) -> None:
        """Raises NotSubscribed if the running daemon does not subscribe to the channel."""
        error = self._missing(channel)
        if error is not None:
            # A daemon that has just started may still be writing its list.
            time.sleep(0.25)
            error = self._missing(channel)
        if error is not None:
            raise error

    def _missing(self, channel: str) -> NotSubscribed | None:
        return None if self._status()[0] == "down" else missing([channel], channels(self))


def wait_for_price(
    waiter: Waiter, symbol: str, timeout: float | None, max_age: float | None
) -> float:
    def look() -> float | None:
        return waiter.price(symbol, max_age=max_age)

    def describe() -> str:
        ticker = waiter.ticker(symbol, max_age=max_age)
        if ticker is None:
            return f"no price of {symbol} yet; {waiter.feed_words()}"
        age = f"its price is {ticker.age:.1f} s old"
        return f"{symbol} is {ticker.freshness}: {ticker.reason}, {age}"

    waiter.check_subscribed(channel_of_ticker(symbol))
    return waiter.run(look, symbol, 0, timeout, describe)


def wait_for_order(
    waiter: Waiter, order_id: str, statuses: Collection[str], timeout: float | None
) -> Order:
    def look() -> Order | None:
        for fields in reversed(waiter._orders(1000, None)[2]):
            order = Order._make(fields)
            if order.order_id == order_id and order.status in statuses:
                return order
        return None

    def describe() -> str:
        last = [fields[2] for fields in waiter._orders(1000, None)[2] if fields[1] == order_id]
        state = f"is {last[-1]}" if last else "was never seen"
        return f"order {order_id} {state}; {waiter.feed_words()}"

    waiter.check_subscribed("orders")
    return waiter.run(look, None, _ORDERS, timeout, describe)


def on_asyncio(waiter: Waiter, work: Callable[[], Found]) -> Awaitable[Found]:
    """Runs work(), which waits with `waiter`, in a thread. Cancelling ends the wait."""
    # Imported here, so that only programs that use it load it.
    import asyncio

    async def wait() -> Found:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Found] = loop.create_future()

        def deliver(result: Found | None, error: Exception | None) -> None:
            if future.done():
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)  # type: ignore[arg-type]

        def run() -> None:
            result: Found | None = None
            raised: Exception | None = None
            try:
                result = work()
            except Exception as error:
                raised = error
            try:
                loop.call_soon_threadsafe(deliver, result, raised)
            except RuntimeError:
                pass  # the loop was closed meanwhile

        # A daemon thread, so that it does not keep the program from exiting.
        threading.Thread(target=run, name="tickcache-wait", daemon=True).start()
        try:
            return await future
        finally:
            waiter._stop()

    return wait()

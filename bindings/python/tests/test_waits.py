"""Waiting for a price or an order, in threads and on asyncio."""

from __future__ import annotations

import asyncio
import signal
import threading
from typing import Any

import pytest

import tickcache
from conftest import KEY, Market, eventually


def in_thread(work: Any, results: list[Any]) -> threading.Thread:
    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.parametrize("idle", ["sleep", "yield", "spin"])
def test_a_wait_outlasts_the_start_of_the_daemon_without_the_gil(market: Market, idle: str) -> None:
    cache = market.cache(idle)
    results: list[Any] = []
    # If the wait kept the GIL, nobody could start what it waits for.
    thread = in_thread(lambda: cache.wait_for_price("btcusdt", 60), results)
    market.daemon(market.sim("--rate", "500", "--symbols", "3"))
    thread.join()
    assert isinstance(results[0], float) and results[0] > 0


def test_a_timeout_says_why(market: Market) -> None:
    cache = market.cache()
    with pytest.raises(TimeoutError, match="timeout after 0.01 s: no price of BTCUSDT yet.*start"):
        cache.wait_for_price("BTCUSDT", 0.01)
    with pytest.raises(TimeoutError, match="order x was never seen.*start tickcached"):
        cache.wait_for_order("x", "filled", 0.01)
    sim = market.sim("--rate", "1", "--count", "1", "--symbols", "2")
    market.daemon(sim)
    eventually(lambda: cache.status().feed == "live" and len(cache.prices()) == 1)
    unseen = ({"BTCUSDT", "ETHUSDT"} - set(cache.prices())).pop()
    with pytest.raises(TimeoutError, match=f"no price of {unseen} yet; the feed is live"):
        cache.wait_for_price(unseen, 0.01)
    with pytest.raises(TimeoutError, match="too_old"):
        cache.wait_for_price(next(iter(cache.prices())), 0.01, max_age=0)
    with pytest.raises(ValueError, match="timeout must be"):
        cache.wait_for_price(unseen, float("nan"))


def test_there_are_three_ways_to_pass_the_time(market: Market) -> None:
    with pytest.raises(ValueError, match="idle is"):
        market.cache("nap")


def test_what_will_never_come_is_not_waited_for(market: Market) -> None:
    cache = market.cache()
    sim = market.sim("--rate", "500", "--symbols", "3")
    daemon = market.daemon(sim, "--symbols", "ETHUSDT", "--orders=false")
    eventually(lambda: cache.status().feed == "live")
    with pytest.raises(tickcache.NotSubscribed, match=r'option "symbols" \(symbols = …,BTCUSDT\)'):
        cache.wait_for_price("BTCUSDT")
    with pytest.raises(tickcache.NotSubscribed, match=r'option "orders" \(orders = true\)'):
        cache.wait_for_order("x")
    daemon.end()

    assert market.daemon(market.sim("--key", "ak_other"), key=KEY).wait() == 77
    with pytest.raises(tickcache.FeedDown, match="rejected the API key"):
        cache.wait_for_price("BTCUSDT")


def test_control_c_ends_a_wait(market: Market) -> None:
    program = market.python(
        "-c",
        "import signal, tickcache\n"
        "print('waiting')\n"
        "try:\n"
        "    tickcache.Cache().wait_for_price('BTCUSDT')\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n",
    )
    eventually(lambda: "waiting" in program.out)
    assert program.end(signal.SIGINT) == 0, program.err
    assert "interrupted" in program.out


def test_an_order_is_waited_for(market: Market) -> None:
    sim = market.sim("--rate", "100", "--orders-per-second", "100")
    market.daemon(sim)
    cache = market.cache()
    pending = eventually(
        lambda: cache.status().feed == "live"
        and next((o for o in reversed(cache.orders()) if o.status == "pending"), None)
    )
    ended = cache.wait_for_order(pending.order_id, timeout=60)
    assert ended.order_id == pending.order_id and ended.status in ("filled", "cancelled")
    assert ended.position > pending.position
    # What has come already is found at once, by one status or by several.
    assert cache.wait_for_order(pending.order_id, "pending", 1).status == "pending"
    assert cache.wait_for_order(pending.order_id, {"filled", "cancelled"}, 1) is not None


def test_waits_on_asyncio_leave_the_loop_free_and_can_be_cancelled(market: Market) -> None:
    cache = market.cache()

    async def run() -> None:
        prices = [asyncio.create_task(cache.await_price(s, 60)) for s in ("BTCUSDT", "ETHUSDT")]
        cancelled = asyncio.create_task(cache.await_price("SOLUSDT"))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError, match="was never seen"):
            await cache.await_order("x", timeout=0.01)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        market.daemon(market.sim("--rate", "500", "--symbols", "3", "--orders-per-second", "50"))
        assert all(price > 0 for price in await asyncio.gather(*prices))
        order = None
        while order is None:
            order = next(iter(cache.orders(1)), None)
            await asyncio.sleep(0.001)
        assert (await cache.await_order(order.order_id, order.status, 60)).symbol == order.symbol

    asyncio.run(run())
    # The thread of the wait that was cancelled ends too.
    eventually(lambda: not any(t.name == "tickcache-wait" for t in threading.enumerate()))

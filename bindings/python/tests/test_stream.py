"""Ticks as an asynchronous iterator: every one, in order."""

from __future__ import annotations

import asyncio
import gc
import pickle
import signal
import threading

import pytest

import tickcache
from conftest import PATIENCE, Market, eventually

COUNT = 20_000


def sequence(tick: tickcache.Tick) -> int:
    """With --checksum the quantity is the number of the symbol's tick."""
    assert tick.quantity_str is not None and tick.quantity_str.endswith(".00000000")
    return int(tick.quantity_str[:-9])


class Order:
    """Checks that the ticks of each symbol follow on each other, and that the snapshots between
    them are marked and count for nothing."""

    def __init__(self) -> None:
        self.updates: dict[str, int] = {}
        self._shift: dict[str, int] = {}

    def check(self, tick: tickcache.Tick) -> None:
        if tick.snapshot:
            assert tick.missed == 0 and tick.quantity_str is None and not tick.overtaken
            assert tick.updates == self.updates.get(tick.symbol, 0)
            return
        # From the first one of this run on; the exchange had counted some before anybody listened.
        assert tick.updates == self.updates.get(tick.symbol, 0) + tick.missed + 1
        assert sequence(tick) - tick.updates == self._shift.setdefault(
            tick.symbol, sequence(tick) - tick.updates
        )
        self.updates[tick.symbol] = tick.updates


def no_thread_is_left() -> bool:
    return not any(thread.name == "tickcache-feed" for thread in threading.enumerate())


@pytest.mark.parametrize("idle", ["sleep", "yield", "spin"])
def test_every_tick_once_and_in_order(market: Market, idle: str) -> None:
    order = Order()

    async def run() -> None:
        async with market.cache(idle).stream("all") as stream:
            # Begun before there is a daemon, so that the first tick is one of its own.
            sim = market.sim("--rate", "20000", "--count", str(COUNT), "--checksum")
            market.daemon(sim)
            async for tick in stream:
                order.check(tick)
                assert tick.missed == 0 and tick.age < 3600
                if sum(order.updates.values()) == COUNT:
                    assert stream.missed == 0
                    return
        raise AssertionError("the stream has ended")

    asyncio.run(run())
    assert len(order.updates) == 620
    eventually(no_thread_is_left)


def test_every_tick_in_a_thread_without_asyncio(market: Market) -> None:
    order = Order()
    with market.cache().stream("all") as stream:
        market.daemon(market.sim("--rate", "20000", "--count", str(COUNT), "--checksum"))
        for tick in stream:
            order.check(tick)
            copy = pickle.loads(pickle.dumps(tick))
            assert type(copy) is tickcache.Tick
            assert {**copy.as_dict(), "age_ms": 0} == {**tick.as_dict(), "age_ms": 0}
            assert copy.overtaken == tick.overtaken
            if sum(order.updates.values()) == COUNT:
                assert stream.missed == 0
                break
    assert len(order.updates) == 620
    assert list(stream) == []
    assert no_thread_is_left()


def test_another_thread_may_close_a_stream(market: Market) -> None:
    stream = market.cache().stream("all")
    market.daemon(market.sim("--rate", "100"))
    ticks = iter(stream)
    assert next(ticks).price > 0
    ended = threading.Event()

    def read() -> None:
        for _ in ticks:
            pass
        ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    stream.close()
    assert ended.wait(PATIENCE)
    thread.join()


def test_a_stream_is_for_asyncio_or_for_a_thread(market: Market) -> None:
    async def run() -> None:
        async with market.cache().stream("all") as stream:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(stream.__anext__(), 0.001)
            with pytest.raises(RuntimeError, match="in use by `async for`"):
                next(stream)

    asyncio.run(run())


def test_a_thread_is_told_what_is_not_subscribed_to(market: Market) -> None:
    market.daemon(market.sim("--rate", "100"), "--symbols", "BTCUSDT")
    with pytest.raises(tickcache.NotSubscribed, match="symbols = …,ETHUSDT"):
        next(iter(market.cache().stream("ETHUSDT")))


def test_ctrl_c_ends_a_loop_over_a_stream_without_ticks(market: Market) -> None:
    program = market.python(
        "-c",
        "import tickcache\n"
        "try:\n    print('begun')\n    next(tickcache.Cache().stream('all'))\n"
        "except KeyboardInterrupt:\n    print('ended')\n",
    )
    eventually(lambda: "begun" in program.out)
    assert program.end(signal.SIGINT) == 0 and "ended" in program.out


def test_some_symbols_of_many(market: Market) -> None:
    async def run() -> None:
        cache = market.cache()
        stream = cache.stream("btcusdt", "ETHUSDT")
        market.daemon(market.sim("--rate", "5000", "--checksum", "--symbols", "50"))
        order = Order()
        async for tick in stream:
            order.check(tick)
            assert tick.missed == 0 and tick.symbol in ("BTCUSDT", "ETHUSDT")
            assert list(tick.as_dict()) == [
                "symbol",
                "price",
                "quantity",
                "timestamp",
                "age_ms",
                "updates",
                "snapshot",
                "lag_ms",
                "overtaken",
                "missed",
            ]
            assert repr(tick).startswith(f"Tick(symbol='{tick.symbol}', price={tick.price_str}")
            if len(order.updates) == 2 and min(order.updates.values()) >= 20:
                break
        await stream.aclose()
        assert [tick async for tick in stream] == []

    asyncio.run(run())


def test_what_no_tick_has_brought_comes_as_a_snapshot(market: Market) -> None:
    async def run() -> None:
        cache = market.cache()
        stream = cache.stream("all")
        market.daemon(
            market.sim("--rate", "500", "--symbols", "5", "--lose-symbol", "BTCUSDT"),
        )
        snapshot: tickcache.Tick | None = None
        async for tick in stream:
            assert tick.snapshot == tick.as_dict()["snapshot"] and tick.lag >= 0
            if tick.symbol == "BTCUSDT":
                assert tick.snapshot and tick.updates == 0 and tick.quantity is None
                assert tick.missed == 0 and not tick.overtaken
                snapshot = tick
            elif snapshot is not None and not tick.snapshot:
                break
        assert snapshot is not None
        ticker = cache.ticker("BTCUSDT")
        assert ticker is not None and ticker.snapshot and ticker.updates == 0
        assert ticker.price_str == cache.price_str("BTCUSDT", allow_stale=True)
        status = eventually(lambda: (s := cache.status()).verified_age is not None and s)
        assert status.verified_for > 0 and status.lag >= 0

    asyncio.run(run())


def test_a_wait_for_the_next_tick_may_be_cancelled_without_losing_one(market: Market) -> None:
    async def run() -> None:
        stream = market.cache().stream("BTCUSDT")
        for _ in range(3):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(stream.__anext__(), 0.001)
        market.daemon(market.sim("--rate", "100", "--symbols", "1", "--checksum"))
        order = Order()
        while order.updates.get("BTCUSDT", 0) < 20:
            try:
                order.check(await asyncio.wait_for(stream.__anext__(), 0.002))
            except asyncio.TimeoutError:
                pass

    asyncio.run(run())
    gc.collect()  # the exception of wait_for() holds the stream in a cycle
    eventually(no_thread_is_left)


def test_a_loop_that_is_too_slow_is_told_exactly_what_it_has_missed(market: Market) -> None:
    async def run() -> None:
        cache = market.cache()
        stream = cache.stream("all")
        market.daemon(
            market.sim("--rate", "20000", "--count", str(COUNT), "--checksum"),
            "--tape",
            "4096",
            "--rest=false",
        )
        first = await stream.__anext__()
        eventually(lambda: cache.status().ticks == COUNT)
        got, told = 1, first.missed
        while got + told < COUNT:
            tick = await stream.__anext__()
            got += 1
            told += tick.missed
        assert got + told == COUNT and stream.missed == told >= COUNT - 4096 - 256

    asyncio.run(run())


def test_latest_gives_the_newest_and_counts_the_others(market: Market) -> None:
    async def run() -> None:
        cache = market.cache()
        stream = cache.stream("all", latest=True)
        market.daemon(
            market.sim("--rate", "20000", "--count", str(COUNT), "--checksum", "--symbols", "5"),
            "--rest=false",
        )
        order = Order()
        prices: dict[str, str] = {}
        got = told = 0
        while sum(order.updates.values()) < COUNT:
            tick = await stream.__anext__()
            if tick.symbol not in order.updates:
                # Of those before a symbol's first, none or all are known.
                assert tick.missed in (0, tick.updates - 1)
                order.updates[tick.symbol] = tick.updates - tick.missed - 1
            order.check(tick)
            prices[tick.symbol] = tick.price_str
            if got == 0:
                eventually(lambda: cache.status().ticks == COUNT)
            got += 1
            told += tick.missed
        assert got < COUNT / 2 and stream.missed == told > COUNT / 2
        assert prices == cache.prices_str()

    asyncio.run(run())


def test_others_on_the_loop_get_their_turn(market: Market) -> None:
    async def run() -> None:
        stream = market.cache().stream("all")
        market.daemon(market.sim("--rate", "20000", "--count", str(COUNT)), "--rest=false")
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        for _ in range(COUNT):
            await stream.__anext__()
        task.cancel()
        assert turns > COUNT / 256

    asyncio.run(run())


def test_a_stream_wants_symbols(market: Market) -> None:
    cache = market.cache()
    with pytest.raises(TypeError, match="wants symbols"):
        cache.stream()
    with pytest.raises(ValueError):
        cache.stream("")


def test_a_stream_that_is_dropped_lets_its_thread_go(busy: Market) -> None:
    async def run() -> None:
        async for _ in busy.cache().stream("BTCUSDT"):
            break
        waiting = busy.cache().stream("NOSUCHSYMBOL")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(waiting.__anext__(), 0.01)

    asyncio.run(run())
    gc.collect()  # the exception of wait_for() holds the stream in a cycle
    eventually(no_thread_is_left)


def test_a_symbol_that_is_not_subscribed_to_is_an_error(market: Market) -> None:
    async def first_of(*symbols: str) -> None:
        async for _ in market.cache().stream(*symbols):
            pass

    # Begun before there is a daemon, which alone can know.
    async def run() -> None:
        early = asyncio.create_task(first_of("btcusdt", "NOPE"))
        await asyncio.sleep(0)
        market.daemon(market.sim("--rate", "1000"), "--symbols", "BTCUSDT,ETHUSDT")
        with pytest.raises(tickcache.NotSubscribed, match="symbols = …,NOPE"):
            await asyncio.wait_for(early, PATIENCE)
        for symbols in (("NOPE",), ("BTCUSDT", "NOPE")):
            with pytest.raises(tickcache.NotSubscribed, match="does not subscribe to ticker:NOPE"):
                await asyncio.wait_for(first_of(*symbols), PATIENCE)
        async for tick in market.cache().stream("all"):
            assert tick.symbol in ("BTCUSDT", "ETHUSDT")
            break

    asyncio.run(run())
    gc.collect()
    eventually(no_thread_is_left)

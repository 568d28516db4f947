"""AgentExchangeWS without a connection of its own: how connect() begins, waits, fails and ends."""

from __future__ import annotations

import asyncio
import logging
import threading
from signal import SIGKILL

import pytest

import tickcache
from conftest import KEY, Market, eventually, url_of
from handlers import Message, client, run_with, soon
from tickcache.compat import (
    AgentExchangeError,
    AgentExchangeWS,
    AuthenticationError,
    ConnectionError,
)


def test_connect_waits_for_the_daemon_and_says_so_once(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    ws = client(market)
    got: list[Message] = []
    ws.on_ticker("all")(got.append)
    said = lambda: [r.message for r in caplog.records if "waiting for tickcached" in r.message]

    async def work(task: asyncio.Task[None]) -> None:
        await soon(said)
        with pytest.raises(RuntimeError, match="under way already"):
            await ws.connect()
        sim = market.sim("--rate", "500", "--symbols", "3")
        daemon = market.daemon(sim)
        await soon(lambda: len(got) > 10)
        assert len(said()) == 1 and market.segment in said()[0]
        # Over a kill and a restart, by itself; once more it says that it waits.
        daemon.end(SIGKILL)
        await soon(lambda: len(said()) == 2)
        count = len(got)
        market.daemon(sim)
        await soon(lambda: len(got) > count + 10)
        assert len(said()) == 2 and not task.done()

    with caplog.at_level(logging.INFO, "tickcache"):
        run_with(ws, work)
    assert "the feed is live" in caplog.text


def test_disconnect_ends_connect_from_any_thread_and_it_may_begin_again(market: Market) -> None:
    ws = client(market)
    got: list[Message] = []
    ws.on_ticker("all")(got.append)
    for _ in range(2):
        thread = threading.Thread(target=ws.run_forever)
        thread.start()
        eventually(lambda: ws._pump is not None)
        asyncio.run(ws.disconnect())
        thread.join(30)
        assert not thread.is_alive()
    asyncio.run(ws.disconnect())  # nothing to end

    market.daemon(market.sim("--rate", "500"))
    thread = threading.Thread(target=ws.run_forever)
    thread.start()
    eventually(lambda: len(got) > 10)
    asyncio.run(ws.disconnect())
    thread.join(30)
    assert not thread.is_alive()

    async def from_a_handler() -> None:
        async with client(market) as other:

            @other.on_ticker("all")
            async def once(data: Message) -> None:
                calls.append(data)
                await other.disconnect()

            await other.connect()

    calls: list[Message] = []
    asyncio.run(from_a_handler())
    assert len(calls) == 1
    eventually(lambda: not any(t.name == "tickcache-feed" for t in threading.enumerate()))


def test_cancelling_connect_ends_it(market: Market) -> None:
    async def run() -> None:
        ws = client(market)
        task = asyncio.create_task(ws.connect())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    eventually(lambda: not any(t.name == "tickcache-feed" for t in threading.enumerate()))


def test_a_program_may_end_while_its_client_runs(market: Market) -> None:
    market.daemon(market.sim("--rate", "5000"))
    program = market.python(
        "-c",
        "import threading, tickcache.compat\n"
        f"ws = tickcache.compat.AgentExchangeWS({KEY!r})\n"
        "seen = threading.Event()\n"
        "ws.on_ticker('all')(lambda data: seen.set())\n"
        "threading.Thread(target=ws.run_forever, daemon=True).start()\n"
        "assert seen.wait(30)\n",
    )
    assert program.wait() == 0, program.err
    assert program.err == ""


def test_a_rejected_key_is_an_authentication_error(market: Market) -> None:
    sim = market.sim("--key", KEY)
    daemon = market.daemon(sim, key="ak_wrong")
    assert daemon.wait() == 77
    ws = client(market, "ak_wrong")
    with pytest.raises(AuthenticationError, match="the exchange rejected the API key") as raised:
        asyncio.run(ws.connect())
    assert raised.value.code == "INVALID_API_KEY" and raised.value.status_code == 401
    assert isinstance(raised.value, AgentExchangeError)
    # Also one that comes while it runs.
    sim = market.sim("--rate", "100")
    daemon = market.daemon(sim)
    eventually(lambda: market.cache().status().feed == "live")
    ws = client(market)
    got: list[Message] = []
    ws.on_ticker("all")(got.append)

    async def run() -> None:
        task = asyncio.create_task(ws.connect())
        await soon(lambda: got)
        daemon.end()
        assert market.daemon(market.sim("--key", "ak_other")).wait() == 77
        with pytest.raises(AuthenticationError):
            await asyncio.wait_for(task, 30)

    asyncio.run(run())


def test_fault_47_orders_and_portfolio_of_another_agent_are_refused(market: Market) -> None:
    ws = client(market, "ak_stranger")
    seen: list[Message] = []
    # Registered while nobody can know: then connect() says so.
    ws.on_order_update()(seen.append)
    sim = market.sim("--rate", "500", "--orders-per-second", "100", "--portfolio-per-second", "50")
    daemon = market.daemon(sim)
    with pytest.raises(AuthenticationError, match="TICKCACHE_SEGMENT") as raised:
        asyncio.run(asyncio.wait_for(ws.connect(), 30))
    assert "orders are another agent's" in str(raised.value)
    assert "ak_stranger" not in str(raised.value) and KEY not in str(raised.value)
    assert seen == []

    # Then the decorator says so; tickers work.
    ws = client(market, "ak_stranger")
    for decorate in (ws.on_order_update, ws.on_portfolio):
        with pytest.raises(AuthenticationError, match="another agent's"):
            decorate()
    got: list[Message] = []
    ws.on_ticker("all")(got.append)

    async def work(_: asyncio.Task[None]) -> None:
        await soon(lambda: len(got) > 10)

    run_with(ws, work)

    # Without a key, it is the key that is missing.
    with pytest.raises(AuthenticationError, match="no api_key is given") as raised:
        client(market, "").on_order_update()
    assert raised.value.code == "INVALID_API_KEY" and raised.value.status_code == 401

    # A daemon that is restarted with another key gives nothing more away.
    mine = client(market)
    orders: list[Message] = []
    mine.on_order_update()(orders.append)

    async def run() -> None:
        task = asyncio.create_task(mine.connect())
        await soon(lambda: orders)
        daemon.end()
        market.daemon(sim, key="ak_test_other")
        with pytest.raises(AuthenticationError, match="another agent's"):
            await asyncio.wait_for(task, 30)
        count = len(orders)
        mine_kept = {o["order_id"] for o in orders}
        await soon(lambda: len(market.cache().orders()) > 3)
        assert len(orders) == count and mine_kept

    asyncio.run(run())


def test_what_is_not_subscribed_to_names_the_option(market: Market) -> None:
    sim = market.sim("--rate", "100")
    market.daemon(sim, "--symbols", "ETHUSDT", "--portfolio=false", "--candles", "ETHUSDT:1m")
    eventually(lambda: market.cache().status().feed == "live")
    for ask, option in (
        (lambda ws: ws.on_ticker("BTCUSDT"), r'option "symbols" \(symbols = …,BTCUSDT\)'),
        (lambda ws: ws.on_candles("BTCUSDT", "5m"), r'option "candles" \(candles = …,BTCUSDT:5m\)'),
        (lambda ws: ws.on_portfolio(), r'option "portfolio" \(portfolio = true\)'),
    ):
        ws = client(market)
        ask(ws)(print)
        with pytest.raises(tickcache.NotSubscribed, match=option):
            asyncio.run(asyncio.wait_for(ws.connect(), 30))
    # All that there is, and what there is.
    ws = client(market)
    got: list[Message] = []
    ws.on_ticker("all")(got.append)
    ws.on_ticker("ethusdt")(got.append)
    ws.on_candles("ethusdt", "1m")(got.append)

    async def work(_: asyncio.Task[None]) -> None:
        await soon(lambda: len(got) > 3)

    run_with(ws, work)


def test_refused_channels_and_an_unused_url_are_told(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    sim = market.sim("--rate", "500")
    market.daemon(sim, "--candles", "BTCUSDT:3m")
    cache = market.cache()
    eventually(lambda: any(c.state == "refused" for c in cache.status().channels))
    ws = client(market, base_url="wss://exchange.example/")
    got: list[Message] = []
    ws.on_ticker("all")(got.append)
    ws.on_candles("BTCUSDT", "3m")(got.append)

    async def work(_: asyncio.Task[None]) -> None:
        await soon(lambda: len(got) > 3)

    run_with(ws, work)
    assert "the exchange has refused candles:BTCUSDT:3m" in caplog.text
    assert "base_url wss://exchange.example is not used" in caplog.text
    caplog.clear()
    got.clear()
    run_with(client(market, base_url=url_of(sim)), lambda _: asyncio.sleep(0.01))
    assert "base_url" not in caplog.text


def test_a_segment_that_cannot_be_used_is_a_connection_error() -> None:
    ws = AgentExchangeWS(KEY, segment="../etc/passwd")
    ws.on_order_update()(print)
    with pytest.raises(ConnectionError, match=r"\[CONNECTION_ERROR\].*no segment name"):
        asyncio.run(ws.connect())

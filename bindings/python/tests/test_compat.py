"""AgentExchangeWS without a connection of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from signal import SIGKILL
from typing import Any, Callable, Coroutine

import pytest

import tickcache
from conftest import KEY, Market, eventually, summary_of, url_of
from tickcache.compat import (
    AgentExchangeError,
    AgentExchangeWS,
    AuthenticationError,
    ConnectionError,
)

Message = dict[str, Any]

# What the specification says a handler's data contains.
TICKER = {"symbol", "price", "timestamp"}
CANDLE = {"symbol", "interval", "open", "high", "low", "close", "volume", "open_time", "time"}
ORDER = {"order_id", "symbol", "side", "status", "executed_price", "executed_quantity"}
PORTFOLIO = {"total_equity", "available_cash", "unrealized_pnl", "roi_pct"}


def client(market: Market, key: str = KEY, **options: Any) -> AgentExchangeWS:
    return AgentExchangeWS(key, segment=market.segment, **options)


async def soon(look: Callable[[], Any]) -> Any:
    """eventually(), for a loop."""

    async def wait() -> Any:
        while not (found := look()):
            await asyncio.sleep(0.001)
        return found

    return await asyncio.wait_for(wait(), 30)


def run_with(
    ws: AgentExchangeWS, work: Callable[[asyncio.Task[None]], Coroutine[Any, Any, None]]
) -> None:
    """Runs work(task of connect()) and then disconnects."""

    async def run() -> None:
        task = asyncio.create_task(ws.connect())
        try:
            await work(task)
        finally:
            await ws.disconnect()
            if not task.done():
                await asyncio.wait_for(task, 30)

    asyncio.run(run())


@pytest.mark.parametrize("dialect", ["real", "spec"])
def test_messages_have_both_forms_and_all_the_keys(market: Market, dialect: str) -> None:
    sim = market.sim(
        "--dialect",
        dialect,
        "--rate",
        "500",
        "--orders-per-second",
        "100",
        "--portfolio-per-second",
        "20",
        "--candle-every",
        "0.05",
        "--open-candle-every",
        "0.02",
        "--symbols",
        "10",
    )
    market.daemon(sim, "--candles", "BTCUSDT:1m", "--rest=false")
    ws = client(market)
    got: dict[str, list[Message]] = {"ticker": [], "candles": [], "orders": [], "portfolio": []}
    ws.on_ticker("btcusdt")(got["ticker"].append)
    ws.on_candles("BTCUSDT", "1m")(got["candles"].append)
    ws.on_portfolio()(got["portfolio"].append)

    @ws.on_order_update()
    async def on_order(data: Message) -> None:
        await asyncio.sleep(0)
        got["orders"].append(data)

    async def work(_: asyncio.Task[None]) -> None:
        await soon(lambda: all(len(messages) >= 8 for messages in got.values()))

    run_with(ws, work)
    for channel, keys in (
        ("ticker", TICKER),
        ("candles", CANDLE),
        ("orders", ORDER),
        ("portfolio", PORTFOLIO),
    ):
        for message in got[channel]:
            assert message["channel"] == channel
            assert json.loads(json.dumps(message)) == message
            assert keys <= set(message) and keys <= set(message["data"])
            for key, value in message["data"].items():
                assert message[key] == value
                # Amounts are text; nothing else of the specification's is a number either.
                assert value is None or isinstance(value, (str, bool)), key
            assert message["missed"] == 0
    assert all(m["symbol"] == "BTCUSDT" and m["price"] for m in got["ticker"])
    assert all(m["timestamp"].endswith("Z") for m in got["ticker"] + got["portfolio"])
    assert tickcache.age_of(got["ticker"][-1]) >= 0
    assert all(m["is_closed"] and m["open_time"] == m["time"] for m in got["candles"])
    times = [m["open_time"] for m in got["candles"]]
    assert times == sorted(set(times))
    assert {m["type"] for m in got["orders"]} <= {"market", "limit", "stop_loss", "take_profit"}
    if dialect == "real":
        assert got["portfolio"][0]["roi_pct"] is None
    kept = {order.position: order for order in market.cache().orders(1000)}
    for message in got["orders"]:
        for order in kept.values():
            if order.order_id == message["order_id"] and order.status == message["status"]:
                assert order.executed_price == message["executed_price"]
                assert order.quantity == message["quantity"]


def test_numbers_are_exact_text() -> None:
    from tickcache import messages

    sent = (
        '{"order_id": 7, "type": "order", "quantity": 1, "price": 64521.30000000000000000001,'
        ' "fee": 8.11e-06, "filled_at": 1771860645123, "extra": {"a": [1, 2.50]}, "side": "buy"}'
    )
    fields = (
        5,
        "7",
        "filled",
        "BTCUSDT",
        "buy",
        "limit",
        "1",
        None,
        None,
        None,
        "0.00000811",
        "2026-02-23T15:30:45.123Z",
        None,
        None,
        0.5,
        None,
        sent,
        False,
        "rest",
    )
    message = messages.order(fields, 0)
    assert message["data"] == {
        "order_id": "7",
        "status": "filled",
        "symbol": "BTCUSDT",
        "side": "buy",
        "type": "limit",
        "quantity": "1",
        "price": "64521.30000000000000000001",
        "executed_price": None,
        "executed_quantity": None,
        "fee": "0.00000811",
        "filled_at": "2026-02-23T15:30:45.123Z",
        "cancelled_at": None,
        "rejected_reason": None,
        "extra": {"a": [1, "2.50"]},
    }
    assert message["extra"] == {"a": [1, "2.50"]} and message["channel"] == "orders"
    cut = messages.order((*fields[:16], None, True, None), 3)
    assert cut["fee"] == "0.00000811" and cut["missed"] == 3 and "extra" not in cut


def test_a_handler_that_raises_does_not_stop_the_others(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    market.daemon(market.sim("--rate", "500", "--symbols", "2"))
    ws = client(market)
    order: list[str] = []

    @ws.on_ticker("all")
    def everything(data: Message) -> None:
        order.append("all")

    @ws.on_ticker("BTCUSDT")
    def broken(data: Message) -> None:
        order.append("broken")
        raise RuntimeError("oops")

    @ws.on_ticker("BTCUSDT")
    async def also_broken(data: Message) -> None:
        order.append("async")
        raise KeyError(data["nothing"])

    async def work(_: asyncio.Task[None]) -> None:
        await soon(lambda: order.count("broken") >= 3)

    with caplog.at_level(logging.ERROR, "tickcache"):
        run_with(ws, work)
    # Those of the symbol come before those of all, as in the platform's client.
    at = order.index("broken")
    assert order[at : at + 3] == ["broken", "async", "all"]
    assert "the handler broken of ticker has raised" in caplog.text
    assert "RuntimeError: oops" in caplog.text and "also_broken" in caplog.text


def test_channels_come_and_go_while_connected(market: Market) -> None:
    market.daemon(market.sim("--rate", "500", "--symbols", "2"), "--candles", "BTCUSDT:1m")
    ws = client(market)
    got: list[str] = []
    ws.on_ticker("BTCUSDT")(lambda data: got.append(data["symbol"]))

    async def work(_: asyncio.Task[None]) -> None:
        await soon(lambda: len(got) > 3)
        ws.on_ticker("ETHUSDT")(lambda data: got.append(data["symbol"]))
        await soon(lambda: got.count("ETHUSDT") > 3)
        ws.unsubscribe("ticker:btcusdt")
        count = got.count("BTCUSDT")
        eth = got.count("ETHUSDT")
        await soon(lambda: got.count("ETHUSDT") > eth + 3)
        assert got.count("BTCUSDT") == count
        ws.subscribe("ticker:BTCUSDT")
        await soon(lambda: got.count("BTCUSDT") > count + 3)

    run_with(ws, work)
    assert "ticker:BTCUSDT" in repr(ws) and KEY not in repr(ws)
    for wrong in ("ticker", "ticker:", "candles:BTCUSDT", "trades", ""):
        with pytest.raises(ValueError, match="is no channel"):
            ws.subscribe(wrong)


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


def test_snapshots_are_for_handlers_that_want_them(market: Market) -> None:
    ws = client(market)
    ticks: list[Message] = []
    both: list[Message] = []
    ws.on_ticker("all")(ticks.append)
    ws.on_ticker("all", snapshots=True)(both.append)

    async def work(_: asyncio.Task[None]) -> None:
        # The exchange's first answer by REST comes while the handlers listen.
        market.daemon(market.sim("--rate", "500", "--symbols", "5", "--lose-symbol", "BTCUSDT"))
        await soon(lambda: len(ticks) >= 5 and any(m["snapshot"] for m in both))

    run_with(ws, work)
    assert not any(message["snapshot"] for message in ticks)
    assert "BTCUSDT" not in {message["symbol"] for message in ticks}
    assert "BTCUSDT" in {message["symbol"] for message in both}
    assert [message for message in both if not message["snapshot"]] == ticks
    for message in both:
        assert json.loads(json.dumps(message)) == message
        assert "snapshot" not in message["data"] and message["lag"] >= 0
        assert not message["snapshot"] or message["missed"] == 0


def test_handlers_that_are_too_slow_are_told_exactly(
    market: Market, caplog: pytest.LogCaptureFixture
) -> None:
    count = 20_000
    sim = market.sim("--rate", "20000", "--count", str(count))
    ws = client(market)
    cache = market.cache()
    told = handled = 0

    @ws.on_ticker("all")
    def slow(data: Message) -> None:
        nonlocal told, handled
        if handled == 0:
            eventually(lambda: cache.status().ticks == count)
        handled += 1
        told += data["missed"]

    async def work(_: asyncio.Task[None]) -> None:
        # A snapshot among what is overwritten would count, too.
        market.daemon(sim, "--tape", "4096", "--rest=false")
        await soon(lambda: handled + told == count)

    run_with(ws, work)
    assert ws.missed == told > count // 2
    assert f"{told} so far" in caplog.text
    assert summary_of(sim)["counts"]["connections_total"] == 1

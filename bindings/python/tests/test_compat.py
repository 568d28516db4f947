"""AgentExchangeWS without a connection of its own: what its handlers are given."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

import tickcache
from conftest import KEY, Market, eventually, summary_of
from handlers import Message, client, run_with, soon

# What the specification says a handler's data contains.
TICKER = {"symbol", "price", "timestamp"}
CANDLE = {"symbol", "interval", "open", "high", "low", "close", "volume", "open_time", "time"}
ORDER = {"order_id", "symbol", "side", "status", "executed_price", "executed_quantity"}
PORTFOLIO = {"total_equity", "available_cash", "unrealized_pnl", "roi_pct"}


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

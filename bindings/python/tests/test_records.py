"""Orders, candles, portfolio and status: the same as the command line's."""

from __future__ import annotations

from signal import SIGKILL

import pytest

import tickcache
from conftest import Market, eventually, url_of


def test_orders_are_those_of_the_command_line(quiet: Market) -> None:
    # The orders go on, so both sides are looked at until nothing came in between.
    cache = quiet.cache()

    def same() -> bool:
        before = cache.orders(30)
        told = quiet.cli("orders", "-n", "30")
        if cache.orders(30)[-1].position != before[-1].position:
            return False
        assert len(told) == len(before) > 20
        assert before.freshness == "live" and before.reason is None and before.gap_since is None
        for order, line in zip(before, told):
            for key in (
                "position",
                "order_id",
                "status",
                "symbol",
                "side",
                "type",
                "quantity",
                "price",
                "executed_price",
                "executed_quantity",
                "fee",
                "filled_at",
                "cancelled_at",
                "rejected_reason",
                "gap_since",
                "text_cut",
                "origin",
            ):
                assert getattr(order, key) == line[key], key
            assert order.data == line["data"]
            assert order.age >= 0
        return True

    eventually(same)
    newest = cache.orders(1)[0]
    found = cache.order(newest.order_id)
    assert found is not None and found.position >= newest.position
    assert cache.order("no such order") is None
    assert cache.orders(0) == []
    assert cache.orders(3).freshness == "live"


def test_orders_after_a_reconnection_say_what_may_be_missing(market: Market) -> None:
    sim = market.sim("--rate", "100", "--orders-per-second", "50")
    port = url_of(sim).rpartition(":")[2]
    # By REST the gap would be closed.
    daemon = market.daemon(sim, "--backoff-max", "1", "--rest=false")
    cache = market.cache()
    eventually(lambda: cache.status().feed == "live" and len(cache.orders()) > 3)

    sim.end(SIGKILL)
    eventually(lambda: cache.orders().freshness == "stale")
    assert cache.orders().reason == "reconnecting"

    market.sim("--rate", "100", "--port", port)
    eventually(lambda: cache.status().feed == "live")
    orders = cache.orders()
    assert orders.gap_since is not None
    assert (orders.freshness, orders.reason) == ("stale", "previous_epoch")

    daemon.end()
    assert (cache.orders().freshness, cache.orders().reason) == ("down", "stopped")


def test_the_portfolio_is_that_of_the_command_line(quiet: Market) -> None:
    cache = quiet.cache()

    def same() -> bool:
        portfolio = cache.portfolio()
        [told] = quiet.cli("portfolio")
        assert portfolio is not None
        if portfolio.timestamp != told["timestamp"]:
            return False
        for key in ("total_equity", "available_cash", "unrealized_pnl", "realized_pnl", "roi_pct"):
            assert getattr(portfolio, key) == told[key]
        assert portfolio.freshness == "live" and portfolio.reason is None
        return True

    eventually(same)
    old = cache.portfolio(max_age=0)
    assert old is not None and (old.freshness, old.reason) == ("stale", "too_old")


def test_candles_are_those_of_the_command_line(quiet: Market) -> None:
    cache = quiet.cache()

    def same() -> bool:
        before = cache.candles("btcusdt", "1m", 5)
        told = quiet.cli("candles", "BTCUSDT", "1m", "-n", "5")
        if cache.candles("BTCUSDT", "1m", 5)[-1].open_time != before[-1].open_time:
            return False
        assert len(before) == len(told) == 5
        for candle, line in zip(before, told):
            for key in (
                "symbol",
                "interval",
                "open_time",
                "open",
                "high",
                "low",
                "close",
                "volume",
                "closed",
                "origin",
                "complete",
            ):
                assert getattr(candle, key) == line[key]
        return True

    eventually(same)


def test_candles_that_are_not_subscribed_to_name_the_option(busy: Market) -> None:
    option = r'option "candles" \(candles = …,ETHUSDT:5m\)'
    with pytest.raises(tickcache.NotSubscribed, match=option):
        busy.cache().candles("ETHUSDT", "5m")


def test_status_is_that_of_the_command_line(quiet: Market) -> None:
    status = quiet.cache().status()
    [told] = quiet.cli("status")
    assert status.feed == told["feed"] == "live"
    for key in ("reason", "upstream", "version", "pid", "key_accepted", "symbols"):
        assert getattr(status, key) == told[key]
    # The command line writes zeros at the end, too.
    assert status.started_at is not None and told["started_at"].endswith("Z")
    assert status.started_at == told["started_at"].removesuffix("Z").rstrip("0").rstrip(".") + "Z"
    assert status.ticks == told["counters"]["ticks"] == 5000
    assert status.rejected == 0
    assert [channel.name for channel in status.channels] == [
        channel["channel"] for channel in told["channels"]
    ]
    assert {channel.state for channel in status.channels} == {"acknowledged"}
    assert status.heartbeat_age is not None and status.heartbeat_age >= 0

"""Prices: exact, judged, and refused with a message that says what to do."""

from __future__ import annotations

import copy
import decimal
import math
import pickle
import signal
import threading

import pytest

import tickcache
from conftest import KEY, Market, eventually


def test_a_price_is_what_the_command_line_says(quiet: Market) -> None:
    cache = quiet.cache()
    told = quiet.cli("list")
    assert len(told) == 620
    for line in told:
        symbol = line["symbol"]
        assert cache.price_str(symbol) == line["price"]
        assert cache.price(symbol) == float(line["price"])
        assert cache.decimal(symbol) == decimal.Decimal(line["price"])
        assert str(cache.decimal(symbol)) == line["price"] or "E" in str(cache.decimal(symbol))
    assert cache.prices_str() == {line["symbol"]: line["price"] for line in told}
    assert cache.prices() == {line["symbol"]: float(line["price"]) for line in told}


def test_a_ticker_has_everything_that_is_known(quiet: Market) -> None:
    cache = quiet.cache()
    ticker = cache.ticker("btcusdt")
    assert ticker is not None
    [told] = quiet.cli("get", "BTCUSDT")
    assert ticker.symbol == "BTCUSDT"
    assert ticker.price_str == told["price"]
    assert ticker.price == float(told["price"])
    assert ticker.quantity_str == told["quantity"]
    assert ticker.quantity == float(told["quantity"])
    assert ticker.timestamp == told["timestamp"]
    assert ticker.updates == told["updates"]
    assert ticker.freshness == "live" and ticker.live and ticker.reason is None
    assert ticker.is_buyer_maker in (True, False)
    assert ticker.missed == 0
    assert ticker.age >= 0 and ticker.received_ns > 0
    earlier = ticker.age
    assert eventually(lambda: ticker.age > earlier)
    as_dict = ticker.as_dict()
    assert list(as_dict) == list(told)
    assert {**as_dict, "age_ms": 0} == {**told, "age_ms": 0}
    assert repr(ticker).startswith(f"Ticker(symbol='BTCUSDT', price={ticker.price_str}, age=")
    assert isinstance(ticker, tickcache.Tick)
    with pytest.raises(TypeError):
        tickcache.Ticker()
    with pytest.raises(AttributeError):
        ticker.price = 1.0


def test_a_ticker_may_be_copied_and_pickled(quiet: Market) -> None:
    ticker = quiet.cache().ticker("BTCUSDT", max_age=0)
    assert ticker is not None and ticker.reason == "too_old"
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        other = pickle.loads(pickle.dumps(ticker, protocol))
        assert type(other) is tickcache.Ticker
        assert {**other.as_dict(), "age_ms": 0} == {**ticker.as_dict(), "age_ms": 0}
        assert other.received_ns == ticker.received_ns and other.age >= 0
        assert other.is_buyer_maker == ticker.is_buyer_maker
    assert copy.deepcopy(ticker).price_str == ticker.price_str
    with pytest.raises(TypeError):
        tickcache._native._restore_tick(1, b"BTCUSDT")


def test_symbols_are_found_however_they_are_written(quiet: Market) -> None:
    cache = quiet.cache()
    price = cache.price_str("BTCUSDT")
    assert cache.price_str("btcUSDT") == price
    # Another object each time, more of them than there are places to keep them.
    for i in range(5000):
        assert cache.price_str("".join(["BTC", "USDT"])) == price
        assert cache.price_str(f"NO{i}") is None

    class Symbol(str):
        pass

    assert cache.price_str(Symbol("ethusdt")) == cache.price_str("ETHUSDT")


@pytest.mark.parametrize("symbol", ["", "NOPE", "B" * 31, "B" * 500, "BTC\0USDT", "BTCUSDT\0", "ß"])
def test_what_was_never_seen_is_none(busy: Market, symbol: str) -> None:
    cache = busy.cache()
    assert cache.price(symbol) is None
    assert cache.price_str(symbol) is None
    assert cache.decimal(symbol) is None
    assert cache.ticker(symbol) is None


def test_wrong_arguments_are_refused(busy: Market) -> None:
    cache = busy.cache()
    for wrong in (None, 1, b"BTCUSDT", ["BTCUSDT"]):
        with pytest.raises(TypeError, match="a symbol is a str"):
            cache.price(wrong)
    with pytest.raises(TypeError, match="wants a symbol"):
        cache.price()
    with pytest.raises(TypeError, match="no argument 'symbol'"):
        cache.price("BTCUSDT", symbol="BTCUSDT")
    with pytest.raises(TypeError, match="takes 0 arguments"):
        cache.prices("BTCUSDT")
    with pytest.raises(TypeError, match="no argument 'symbol'"):
        cache.prices(symbol="BTCUSDT")
    with pytest.raises(TypeError, match="takes 1 argument"):
        cache.price("BTCUSDT", 5.0)
    with pytest.raises(TypeError, match="no argument 'age'"):
        cache.price("BTCUSDT", age=5.0)
    with pytest.raises(TypeError):
        cache.price("BTCUSDT", max_age="5")
    for wrong_age in (-1, -0.001, math.nan):
        with pytest.raises(ValueError, match="max_age must be"):
            cache.price("BTCUSDT", max_age=wrong_age)
    with pytest.raises(UnicodeEncodeError):
        cache.price("\ud800")
    assert cache.price(symbol="BTCUSDT", max_age=math.inf) is not None
    assert cache.ticker(max_age=None, symbol="BTCUSDT") is not None
    assert cache.price("BTCUSDT", max_age=1e300) is not None
    assert cache.price("BTCUSDT", max_age=3600) is not None
    assert cache.price("BTCUSDT", **{"max" + "_age": None, "allow_stale": 0}) is not None


def test_max_age_makes_a_price_stale(quiet: Market) -> None:
    cache = quiet.cache()
    last = cache.price_str("BTCUSDT")
    with pytest.raises(tickcache.StalePrice) as raised:
        cache.price_str("BTCUSDT", max_age=0)
    error = raised.value
    assert (error.symbol, error.price, error.freshness, error.reason) == (
        "BTCUSDT",
        last,
        "stale",
        "too_old",
    )
    assert error.age is not None and error.age > 0
    assert "max_age is 0 s" in str(error) and str(last) in str(error)
    assert cache.price_str("BTCUSDT", max_age=0, allow_stale=True) == last
    ticker = cache.ticker("BTCUSDT", max_age=0)
    assert ticker is not None and not ticker.live
    assert (ticker.freshness, ticker.reason) == ("stale", "too_old")
    assert cache.prices(max_age=0) == {}
    assert len(cache.prices(max_age=0, allow_stale=True)) == 620


def test_without_a_segment_the_error_says_how_to_get_one(market: Market) -> None:
    cache = market.cache()
    for look in (
        lambda: cache.price("BTCUSDT"),
        lambda: cache.price_str("BTCUSDT"),
        lambda: cache.decimal("BTCUSDT"),
        lambda: cache.ticker("BTCUSDT"),
        lambda: cache.prices(),
        lambda: cache.prices_str(),
        lambda: cache.orders(),
        lambda: cache.order("x"),
        lambda: cache.portfolio(),
        lambda: cache.candles("BTCUSDT", "1m"),
    ):
        with pytest.raises(tickcache.NoSegment, match="start tickcached") as raised:
            look()
        assert market.segment in str(raised.value)
        assert isinstance(raised.value, tickcache.FeedDown)
    assert cache.price("BTCUSDT", allow_stale=True) is None
    assert cache.prices(allow_stale=True) == {}
    assert cache.status().feed == "down" and cache.status().reason == "no_segment"


@pytest.mark.parametrize(
    "reason, words",
    [
        ("lagging", "its ticks arrive late"),
        ("unconfirmed", "the exchange has another price, or has not confirmed this one"),
        ("rejected", "a later price could not be read"),
    ],
)
def test_the_error_says_why_a_price_is_stale(reason: str, words: str) -> None:
    error = tickcache.errors.not_live("BTCUSDT", "1.5", "stale", reason, 0, 0, None)
    assert isinstance(error, tickcache.StalePrice) and error.reason == reason
    assert str(error).startswith(f"BTCUSDT is stale: {words}; the last price, 1.5, is 0.0 s old")


def test_a_segment_that_cannot_be_used_is_refused_at_once() -> None:
    with pytest.raises(tickcache.NoSegment, match="no segment name"):
        tickcache.Cache("../etc/passwd")


def test_the_feed_reconnects_stops_and_is_killed(market: Market) -> None:
    sim = market.sim("--rate", "500", "--symbols", "3")
    daemon = market.daemon(sim, "--backoff-max", "1")
    cache = market.cache()
    eventually(lambda: cache.status().feed == "live" and len(cache.prices()) == 3)

    sim.end(signal.SIGKILL)
    eventually(lambda: cache.status().feed == "stale")
    last = cache.price("BTCUSDT", allow_stale=True)
    with pytest.raises(tickcache.StalePrice, match="the feed is reconnecting") as stale:
        cache.price("BTCUSDT")
    assert stale.value.price == last and "allow_stale=True" in str(stale.value)
    assert cache.prices() == {}
    assert len(cache.prices(allow_stale=True)) == 3

    assert daemon.end() == 0
    with pytest.raises(tickcache.FeedDown, match="was stopped: start it again") as down:
        cache.price("BTCUSDT")
    assert down.value.reason == "stopped" and not isinstance(down.value, tickcache.NoSegment)
    with pytest.raises(tickcache.FeedDown, match="was stopped"):
        cache.prices()
    assert cache.price("NOPE") is None
    ticker = cache.ticker("BTCUSDT")
    assert ticker is not None and ticker.freshness == "down" and ticker.price == last

    # The same Cache goes over to the next run, and notices that it was killed.
    sim = market.sim("--rate", "500", "--symbols", "3")
    daemon = market.daemon(sim)
    eventually(lambda: cache.status().feed == "live" and len(cache.prices()) == 3)
    daemon.end(signal.SIGKILL)

    def is_down() -> bool:
        try:
            cache.price("BTCUSDT")
            return False
        except tickcache.FeedDown as error:
            return error.reason == "heartbeat_lost" and "no heartbeat" in str(error)

    eventually(is_down)


def test_a_rejected_key_is_named(market: Market) -> None:
    sim = market.sim("--key", "ak_other")
    assert market.daemon(sim, key=KEY).wait() == 77
    cache = market.cache()
    with pytest.raises(tickcache.FeedDown, match="rejected the API key"):
        cache.prices()


def test_threads_may_share_a_cache(busy: Market) -> None:
    cache = busy.cache()
    symbols = list(cache.prices())
    failures: list[BaseException] = []

    def look() -> None:
        try:
            for _ in range(20):
                for symbol in symbols:
                    assert cache.price(symbol.lower(), allow_stale=True)
                cache.prices()
                cache.orders(5)
                cache.ticker("BTCUSDT")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_cache_can_be_collected(busy: Market) -> None:
    import gc
    import weakref

    cache = busy.cache()
    cache.price("BTCUSDT")
    gone = weakref.ref(cache)
    del cache
    gc.collect()
    assert gone() is None

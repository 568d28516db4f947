"""Texts of the exchange that are neither plain decimals nor ASCII."""

from __future__ import annotations

import decimal
import json
from typing import Iterator

import pytest

import tickcache
from conftest import Exchange, Market, eventually
from tickcache.subscriptions import upper_case

SYMBOL = "币安人生USDT"


def ticker(symbol: str, price: str, quantity: str) -> str:
    data = {"price": price, "quantity": quantity, "timestamp": "2026-02-23T15:30:45.123Z"}
    message = {"channel": "ticker", "symbol": symbol, "data": data}
    return json.dumps(message, ensure_ascii=False)


CANDLE = {
    "channel": "candles",
    "symbol": SYMBOL,
    "interval": "1m",
    "data": {
        "time": "2026-02-23T15:30:00Z",
        "open": "4.5E-7",
        "high": "5E-7",
        "low": "4E-7",
        "close": "4.50E-7",
        "volume": "0E-8",
        "is_closed": True,
    },
}


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    market = Market(tmp_path_factory.mktemp("exact"))
    exchange = Exchange(
        [
            '{"type":"subscribed","channel":"ticker:all"}',
            ticker(SYMBOL, "4.5E-7", "0E-8"),
            ticker("BTCUSDT", "64521.30", "1.20E+1"),
            json.dumps(CANDLE, ensure_ascii=False),
        ]
    )
    try:
        market.daemon(exchange.url, "--symbols", f"{SYMBOL},BTCUSDT", "--candles", f"{SYMBOL}:1m")
        cache = market.cache()
        eventually(lambda: cache.status().ticks == 2 and cache.candles(SYMBOL, "1m"))
        yield market
    finally:
        exchange.close()
        market.close()


@pytest.mark.parametrize("symbol", [SYMBOL, "币安人生usdt"])
def test_a_symbol_beyond_ascii_is_found(exact: Market, symbol: str) -> None:
    cache = exact.cache()
    found = cache.ticker(symbol, max_age=3600)
    assert found is not None and found.symbol == SYMBOL and found.freshness != "missing"
    assert [candle.symbol for candle in cache.candles(symbol, "1m")] == [SYMBOL]
    assert cache.wait_for_price(symbol, timeout=30) == 4.5e-7
    [told] = exact.cli("get", symbol)
    assert (told["symbol"], told["price"]) == (SYMBOL, cache.price_str(symbol))
    assert f"ticker:{SYMBOL}" in [channel.name for channel in cache.status().channels]


def test_an_exponent_is_written_out_in_every_form(exact: Market) -> None:
    cache = exact.cache()
    assert cache.price_str(SYMBOL, max_age=3600) == "0.00000045"
    assert cache.decimal(SYMBOL) == decimal.Decimal("4.5E-7")
    assert cache.price(SYMBOL) == 4.5e-7
    assert cache.prices_str() == {SYMBOL: "0.00000045", "BTCUSDT": "64521.30"}
    found = cache.ticker(SYMBOL)
    assert (found.price_str, found.quantity_str) == ("0.00000045", "0.00000000")
    assert cache.ticker("BTCUSDT").quantity_str == "12.0"
    [candle] = cache.candles(SYMBOL, "1m")
    prices = (candle.open, candle.high, candle.low, candle.close)
    assert prices == ("0.00000045", "0.0000005", "0.0000004", "0.000000450")
    assert candle.volume == "0.00000000"
    # What the command line prints.
    [told] = exact.cli("get", SYMBOL)
    assert {**found.as_dict(), "age_ms": 0} == {**told, "age_ms": 0}
    [listed] = exact.cli("candles", SYMBOL, "1m")
    assert tuple(listed[key] for key in ("open", "high", "low", "close")) == prices
    assert listed["volume"] == candle.volume


def test_only_ascii_is_put_in_upper_case(exact: Market) -> None:
    assert upper_case("btcUSDT") == "BTCUSDT"
    assert upper_case("币安人生usdt") == SYMBOL
    assert upper_case("ßé") == "ßé"
    with pytest.raises(tickcache.NotSubscribed, match="ticker:ßUSDT"):
        exact.cache().wait_for_price("ßusdt", timeout=30)

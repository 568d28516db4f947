"""Data frames, and what a notebook shows."""

from __future__ import annotations

import sys
import types
from typing import Any
from xml.etree import ElementTree

import pandas
import pytest

import tickcache
from conftest import Market, eventually

COLUMNS = (
    "symbol price quantity timestamp age lag freshness reason snapshot updates".split()
)


def rows_of(markup: str) -> list[list[str]]:
    """The cells of the only table; markup that is not well-formed fails."""
    table = ElementTree.fromstring(f"<div>{markup}</div>").find("table")
    assert table is not None
    return [[cell.text or "" for cell in row] for row in table.iter("tr")]


def caption_of(markup: str) -> str:
    return str(ElementTree.fromstring(f"<div>{markup}</div>").findtext("table/caption"))


def test_a_frame_has_every_symbol(quiet: Market) -> None:
    cache = quiet.cache()
    frame = cache.frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == COLUMNS and len(frame) == 620
    assert str(frame.dtypes["price"]) == "float64"
    assert str(frame.dtypes["timestamp"]) == "datetime64[ns, UTC]"
    prices = frame.set_index("symbol")["price"]
    assert prices.to_dict() == cache.prices(allow_stale=True)
    [told] = quiet.cli("get", "BTCUSDT")
    row = frame[frame.symbol == "BTCUSDT"].iloc[0]
    assert row.timestamp == pandas.Timestamp(told["timestamp"])
    assert row.quantity == float(told["quantity"])
    assert (row.freshness, row.reason, row.snapshot) == ("live", None, False)
    assert row.updates == told["updates"]


def test_a_frame_of_some_symbols(quiet: Market) -> None:
    frame = quiet.cache().frame("ethusdt", "NOPE", "BTCUSDT", max_age=0)
    assert list(frame.symbol) == ["ETHUSDT", "BTCUSDT"]
    assert set(frame.freshness) == {"stale"} and set(frame.reason) == {"too_old"}


def test_a_frame_without_a_segment_or_a_library(
    market: Market, quiet: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(tickcache.NoSegment):
        market.cache().frame()
    cache = quiet.cache()
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="needs pandas or polars"):
        cache.frame()

    # Debian has no polars: what it is given is what pandas is given.
    polars = types.ModuleType("polars")
    given: list[dict[str, list[Any]]] = []
    setattr(polars, "DataFrame", given.append)
    monkeypatch.setitem(sys.modules, "polars", polars)
    cache.frame("BTCUSDT")
    assert list(given[0]) == COLUMNS and given[0]["symbol"] == ["BTCUSDT"]


def test_records_make_a_frame_of_their_own(quiet: Market) -> None:
    cache = quiet.cache()
    candles = cache.candles("BTCUSDT", "1m")
    frame = pandas.DataFrame(candles)
    assert list(frame.columns) == list(tickcache.Candle._fields) and len(frame) == len(candles)


def test_a_notebook_shows_the_cache_as_a_table(quiet: Market, market: Market) -> None:
    markup = quiet.cache()._repr_html_()
    assert caption_of(markup) == f"{quiet.segment}: feed live, 620 symbols"
    titles, *rows = rows_of(markup)
    assert titles == ["symbol", "price", "age", "freshness"] and len(rows) == 20
    symbol, price, _, freshness = rows[0]
    assert price == quiet.cache().price_str(symbol) and freshness == "live"
    assert "<p>600 more</p>" in markup
    assert caption_of(market.cache()._repr_html_()) == (
        f"{market.segment}: feed down: no_segment, 0 symbols"
    )


def test_a_notebook_shows_records_as_a_table(busy: Market) -> None:
    cache = busy.cache()
    eventually(lambda: len(cache.orders()) > 20)
    orders = cache.orders(100)
    markup = orders._repr_html_()
    titles, *rows = rows_of(markup)
    assert "order_id" in titles and "data_json" not in titles and len(rows) == 20
    assert rows[-1][titles.index("order_id")] == orders[-1].order_id
    assert f"<p>{len(orders) - 20} more</p>" in markup
    candle = tickcache.Candle("<b>&", "1m", "", "1", "1", "1", "1", None, True, 0.0)
    markup = tickcache.Records([candle], "live", None)._repr_html_()
    assert rows_of(markup)[1][0] == "<b>&" and "more" not in markup
    assert caption_of(tickcache.Records([], "missing", "never_seen")._repr_html_()) == (
        "missing: never_seen"
    )

"""Prices and records as data frames and as the HTML that notebooks show."""

from __future__ import annotations

import html
import importlib
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Iterable, Sequence

from ._native import Ticker
from .errors import verdict

if TYPE_CHECKING:
    from .records import Records, Status

#: Rows in a notebook.
_MOST = 20


def frame(tickers: Sequence[Ticker]) -> Any:
    """A DataFrame with a row for each."""
    return _library().DataFrame(
        {
            "symbol": [ticker.symbol for ticker in tickers],
            "price": [ticker.price for ticker in tickers],
            "quantity": [ticker.quantity for ticker in tickers],
            "timestamp": [_time(ticker.timestamp) for ticker in tickers],
            "age": [ticker.age for ticker in tickers],
            "lag": [ticker.lag for ticker in tickers],
            "freshness": [ticker.freshness for ticker in tickers],
            "reason": [ticker.reason for ticker in tickers],
            "snapshot": [ticker.snapshot for ticker in tickers],
            "updates": [ticker.updates for ticker in tickers],
        }
    )


def cache_html(segment: str, status: Status, tickers: Sequence[Ticker]) -> str:
    rows = [
        (ticker.symbol, ticker.price_str, f"{ticker.age:.1f} s", ticker.freshness)
        for ticker in tickers[:_MOST]
    ]
    return _table(
        f"{segment}: feed {verdict(status.feed, status.reason)}, {len(tickers)} symbols",
        ("symbol", "price", "age", "freshness"),
        rows,
        len(tickers) - len(rows),
    )


def records_html(records: Records[Any]) -> str:
    state = verdict(records.freshness, records.reason)
    if not records:
        return _table(state, (), (), 0)
    newest = records[-_MOST:]
    names = [name for name in newest[0]._fields if name != "data_json"]
    rows = [[getattr(record, name) for name in names] for record in newest]
    return _table(state, names, rows, len(records) - len(rows))


def _table(
    caption: str, titles: Iterable[str], rows: Iterable[Iterable[Any]], others: int
) -> str:
    def line(tag: str, cells: Iterable[Any]) -> str:
        texts = ("" if cell is None else html.escape(str(cell)) for cell in cells)
        return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"

    more = f"<p>{others} more</p>" if others > 0 else ""
    body = "".join(line("td", row) for row in rows)
    return (
        f"<table><caption>{html.escape(caption)}</caption>{line('th', titles)}{body}</table>{more}"
    )


def _library() -> Any:
    for name in ("pandas", "polars"):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:  # it is there, but incomplete
                raise
    raise ImportError("frame() needs pandas or polars, and neither is installed")


def _time(text: str | None) -> datetime | None:
    """Of ISO 8601 in UTC with 3, 6 or 9 digits after the point."""
    if text is None:
        return None
    return datetime.fromisoformat(text.removesuffix("Z")[:26]).replace(tzinfo=timezone.utc)

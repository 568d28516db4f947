"""The dicts that handlers receive.

Each contains its data twice: at the top level and under "data". Both have every key of the
specification, with None for values that were not sent. Amounts are strings: plain decimals.
"""

from __future__ import annotations

from typing import Any

from .records import Candle, Order, Portfolio

_AMOUNTS = ("quantity", "price", "executed_price", "executed_quantity", "fee")
_TEXTS = ("filled_at", "cancelled_at", "rejected_reason")


def candle(fields: tuple[Any, ...], missed: int) -> dict[str, Any]:
    sent = Candle._make(fields)
    data = {
        "symbol": sent.symbol,
        "interval": sent.interval,
        "time": sent.open_time,
        "open_time": sent.open_time,
        "open": sent.open,
        "high": sent.high,
        "low": sent.low,
        "close": sent.close,
        "volume": sent.volume,
        "is_closed": sent.closed,
    }
    return {"channel": "candles", "type": "candle", **data, "missed": missed, "data": data}


def portfolio(fields: tuple[Any, ...], missed: int) -> dict[str, Any]:
    sent = Portfolio(*fields[:-1])
    data = {
        "total_equity": sent.total_equity,
        "available_cash": sent.available_cash,
        "unrealized_pnl": sent.unrealized_pnl,
        "realized_pnl": sent.realized_pnl,
        "roi_pct": sent.roi_pct,
        "timestamp": sent.timestamp,
    }
    return {"channel": "portfolio", "type": "portfolio", **data, "missed": missed, "data": data}


def order(fields: tuple[Any, ...], missed: int) -> dict[str, Any]:
    """ "type" is the type of the order: market, limit …"""
    update = Order._make(fields)
    sent = update.data
    data = {**sent}
    data["order_id"] = update.order_id
    data["status"] = update.status
    data["symbol"] = update.symbol
    data["side"] = update.side
    data["type"] = update.type
    for name in _AMOUNTS:
        value = getattr(update, name)
        # A number that does not fit exactly is only in the message: as it was written.
        data[name] = str(sent[name]) if value is None and sent.get(name) is not None else value
    for name in _TEXTS:
        value = sent.get(name)
        data[name] = value if isinstance(value, str) else getattr(update, name)
    return {**data, "channel": "orders", "missed": missed, "data": data}

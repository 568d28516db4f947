#!/usr/bin/env python3
"""Compares what `tickcache` says with what a capture's frames say, field by field.

The frames were replayed to tickcached from the first to the last. Nothing here is shared with its
decoder: Python's json reads the frames, and what the cache should hold follows from them. Prints
every difference; exits with 0 if there is none.
"""

import argparse
import json
import re
import subprocess
import sys
from datetime import datetime, timezone

ORDER_TEXTS = ("order_id", "status", "symbol", "side", "type", "rejected_reason")
ORDER_DECIMALS = ("quantity", "price", "executed_price", "executed_quantity", "fee")
ORDER_TIMES = ("filled_at", "cancelled_at")
AMOUNTS = ("total_equity", "available_cash", "unrealized_pnl", "realized_pnl", "roi_pct")


def load(text):
    """Numbers stay the text that they are written as."""
    return json.loads(text, parse_float=str, parse_int=str)


def nanoseconds(iso):
    """Of a time such as 2026-11-22T08:40:08.215Z since 1970; None stays None."""
    if iso is None:
        return None
    whole, fraction = re.fullmatch(r"([-0-9]+T[0-9:]+)(?:\.([0-9]+))?Z", iso).groups()
    seconds = datetime.fromisoformat(whole).replace(tzinfo=timezone.utc).timestamp()
    return int(seconds) * 10**9 + int((fraction or "0").ljust(9, "0"))


class Expectation:
    """What a cache holds that was told every frame in order."""

    def __init__(self, path):
        self.tickers = {}
        self.orders = []
        self.portfolio = None
        self.candles = {}
        self.counts = dict.fromkeys(("ticks", "orders", "portfolios", "candles", "pings"), 0)
        with open(path, encoding="utf-8") as capture:
            for line in capture:
                frame = json.loads(line)
                if frame["dir"] == "server":
                    self.take(load(frame["text"]))

    def take(self, message):
        kind = message.get("type") or message["channel"]
        if kind == "ping":
            self.counts["pings"] += 1
        elif kind == "ticker":
            self.take_tick(message["symbol"], message["data"])
        elif kind == "orders":
            self.counts["orders"] += 1
            self.orders.append(message["data"])
        elif kind == "portfolio":
            self.counts["portfolios"] += 1
            self.portfolio = message["data"]
        elif kind == "candles":
            self.take_candle((message["symbol"], message["interval"]), message["data"])
        elif kind not in ("subscribed", "unsubscribed", "error"):
            sys.exit(f"the capture holds something unknown: {message}")

    def take_tick(self, symbol, data):
        self.counts["ticks"] += 1
        seen = self.tickers[symbol]["updates"] if symbol in self.tickers else 0
        # Equal frames are distinct ticks: of a symbol that was subscribed to twice, each counts.
        self.tickers[symbol] = {**data, "updates": seen + 1}

    def take_candle(self, series, data):
        self.counts["candles"] += 1
        candles = self.candles.setdefault(series, [])
        if candles and not candles[-1]["is_closed"]:
            candles.pop()  # the open one is replaced, at last by its closed self
        candles.append(data)


class Comparison:
    def __init__(self, program):
        self.program = program
        self.compared = 0
        self.differences = []

    def ask(self, *arguments):
        """The objects that `tickcache --json` prints; it must find everything live."""
        done = subprocess.run([self.program, "--json", *arguments], capture_output=True,
                              encoding="utf-8", check=False)
        self.equal(f"exit code of {arguments}: {done.stderr}", done.returncode, 0)
        return [load(line) for line in done.stdout.splitlines()]

    def equal(self, what, actual, expected):
        self.compared += 1
        if actual != expected:
            self.differences.append(f"{what}: is {actual!r}, expected {expected!r}")

    def equal_members(self, what, actual, expected, names):
        for name in names:
            self.equal(f"{what}: {name}", actual[name], expected.get(name))

    def equal_time(self, what, actual, expected):
        self.equal(what, nanoseconds(actual), nanoseconds(expected))


def compare_tickers(comparison, expected, buyer_is_maker):
    listed = {entry["symbol"]: entry for entry in comparison.ask("list")}
    comparison.equal("symbols", sorted(listed), sorted(expected.tickers))
    asked = comparison.ask("get", *expected.tickers)
    comparison.equal("symbols of get", [entry["symbol"] for entry in asked],
                     list(expected.tickers))
    for entry in [*asked, *listed.values()]:
        symbol = entry["symbol"]
        ticker = expected.tickers[symbol]
        comparison.equal_members(symbol, entry, ticker, ("price", "quantity"))
        comparison.equal_time(f"{symbol}: timestamp", entry["timestamp"], ticker["timestamp"])
        comparison.equal(f"{symbol}: updates", entry["updates"], str(ticker["updates"]))
        comparison.equal(f"{symbol}: freshness", entry["freshness"], "live")
        comparison.equal(f"{symbol}: is_buyer_maker", buyer_is_maker.get(symbol),
                         json.dumps(ticker["is_buyer_maker"]))


def compare_orders(comparison, expected):
    orders = comparison.ask("orders", "-n", "100")
    comparison.equal("number of orders", len(orders), len(expected.orders))
    for index, (order, data) in enumerate(zip(orders, expected.orders)):
        what = f"order {index}"
        comparison.equal(f"{what}: position", order["position"], str(index + 1))
        comparison.equal_members(what, order, data, ORDER_TEXTS + ORDER_DECIMALS)
        for name in ORDER_TIMES:
            comparison.equal_time(f"{what}: {name}", order[name], data.get(name))
        comparison.equal(f"{what}: data", order["data"], data)
        comparison.equal(f"{what}: cut", (order["text_cut"], order["data_cut"]), (False, False))
        comparison.equal(f"{what}: gap_since", order["gap_since"], None)
        comparison.equal(f"{what}: freshness", order["freshness"], "live")


def compare_portfolio(comparison, expected):
    [portfolio] = comparison.ask("portfolio")
    comparison.equal_members("portfolio", portfolio, expected.portfolio, AMOUNTS)
    comparison.equal_time("portfolio: timestamp", portfolio["timestamp"],
                          expected.portfolio.get("timestamp"))
    comparison.equal("portfolio: freshness", portfolio["freshness"], "live")


def compare_candles(comparison, expected):
    for (symbol, interval), frames in expected.candles.items():
        candles = comparison.ask("candles", symbol, interval, "-n", "100")
        comparison.equal(f"number of {symbol} {interval}", len(candles), len(frames))
        for index, (candle, data) in enumerate(zip(candles, frames)):
            what = f"candle {symbol} {interval} {index}"
            comparison.equal(what, (candle["symbol"], candle["interval"]), (symbol, interval))
            comparison.equal_time(f"{what}: time", candle["open_time"], data["time"])
            comparison.equal_members(what, candle, data,
                                     ("open", "high", "low", "close", "volume"))
            comparison.equal(f"{what}: closed", candle["closed"], data["is_closed"])
            comparison.equal(f"{what}: freshness", candle["freshness"], "live")


def compare_counters(comparison, expected, acknowledgements):
    [status] = comparison.ask("status")
    counters = status["counters"]
    known = {**expected.counts, "pongs": expected.counts["pings"], "connects": 1,
             "acknowledgements": acknowledgements,
             "messages": sum(expected.counts.values()) + acknowledgements}
    for name, value in counters.items():
        if name != "bytes":
            comparison.equal(f"counter {name}", value, str(known.pop(name, 0)))
    comparison.equal("counters that are missing", known, {})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--capture", required=True, help="the NDJSON file")
    parser.add_argument("--tickcache", required=True, help="the program")
    parser.add_argument("--buyer-is-maker", required=True, help="SYMBOL=true|false|null,...")
    parser.add_argument("--acknowledgements", required=True, type=int,
                        help="of tickcached's own requests")
    arguments = parser.parse_args()
    expected = Expectation(arguments.capture)
    comparison = Comparison(arguments.tickcache)
    compare_tickers(comparison, expected,
                    dict(pair.split("=") for pair in arguments.buyer_is_maker.split(",")))
    compare_orders(comparison, expected)
    compare_portfolio(comparison, expected)
    compare_candles(comparison, expected)
    compare_counters(comparison, expected, arguments.acknowledgements)
    for difference in comparison.differences:
        print(difference)
    print(f"{comparison.compared} fields compared, {len(comparison.differences)} differ")
    return 1 if comparison.differences or comparison.compared < 400 else 0


if __name__ == "__main__":
    sys.exit(main())

"""python -m tickcache: the state of the feed, and prices.

Exits as `tickcache get` does: 0 if all is live, 3 for a symbol never seen, 4 if something is not
live, 5 without a segment; the highest code counts.
"""

from __future__ import annotations

import argparse
import sys

from . import Cache, NoSegment, __version__
from .errors import verdict
from .subscriptions import upper_case

_UNKNOWN, _NOT_LIVE, _NO_SEGMENT = 3, 4, 5


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tickcache",
        description="Prints the state of the feed and the latest prices of the symbols, or of all.",
        epilog="Exit codes: 0 live, 3 a symbol was never seen, 4 not live, 5 no segment.",
    )
    parser.add_argument("symbols", nargs="*", metavar="SYMBOL")
    parser.add_argument("--segment", help="read this segment (default: $TICKCACHE_SEGMENT)")
    parser.add_argument("--max-age", type=float, help="treat older prices as stale (seconds)")
    parser.add_argument("--version", action="version", version=__version__)
    options = parser.parse_args(arguments)
    if options.max_age is not None and not options.max_age >= 0:
        parser.error("--max-age must be a number of seconds")
    try:
        return _print(Cache(options.segment), options.symbols, options.max_age)
    except NoSegment as error:
        print(f"tickcache: {error}", file=sys.stderr)
        return _NO_SEGMENT


def _print(cache: Cache, symbols: list[str], max_age: float | None) -> int:
    found = {ticker.symbol: ticker for ticker in cache._tickers(symbols, max_age)}
    status = cache.status()
    print(f"feed {verdict(status.feed, status.reason)}  {status.upstream}  {status.symbols} symbols")
    code = 0 if symbols or status.feed == "live" else _NOT_LIVE
    for symbol in symbols or found:
        ticker = found.get(upper_case(symbol))
        if ticker is None:
            print(f"{symbol}  missing")
            code = max(code, _UNKNOWN)
            continue
        words = verdict(ticker.freshness, ticker.reason)
        print(f"{ticker.symbol:12}  {ticker.price_str:>16}  {ticker.age:6.1f} s  {words}")
        if symbols and not ticker.live:
            code = max(code, _NOT_LIVE)
    return code


if __name__ == "__main__":
    sys.exit(main())

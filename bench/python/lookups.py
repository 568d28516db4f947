"""How long a lookup takes, beside the dict and lock of the specification's get_cached_price.

    TICKCACHE_SEGMENT=… python3 bench/python/lookups.py [SYMBOL]

needs a running tickcached, and prints a JSON object: for each lookup the nanoseconds a call by timeit,
the rival's, and the share of that; each the median of 5 runs. In a run, the two take turns.
"""

import json
import statistics
import sys
import threading
import timeit

import tickcache

RUNS = 5
TURNS = 25
CALLS = 20_000  # in a turn

latest_prices = {}
_lock = threading.Lock()


def get_cached_price(symbol):
    """As in the specification."""
    with _lock:
        return latest_prices.get(symbol.upper())


def main():
    symbol = sys.argv[1] if len(sys.argv) > 1 else "BTCUSDT"
    cache = tickcache.Cache()
    latest_prices[symbol] = cache.price_str(symbol)
    lookups = {
        "price_str": "cache.price_str(symbol)",
        "price": "cache.price(symbol)",
        "price, max_age": "cache.price(symbol, max_age=5.0)",
        "get_cached_price": "get_it(symbol)",
        "ticker": "cache.ticker(symbol)",
    }
    names = {
        "cache": cache,
        "symbol": symbol,
        "theirs": get_cached_price,
        "get_it": tickcache.get_cached_price,
    }

    def timer(statement):
        # The symbol as a literal, as programs have it.
        statement = statement.replace("symbol)", f"{symbol!r})").replace("symbol,", f"{symbol!r},")
        return timeit.Timer(statement, globals=names)

    def pair(statement):
        """Nanoseconds a call of the rival and of `statement`."""
        timers = (timer("theirs(symbol)"), timer(statement))
        turns = [[each.timeit(CALLS) for each in timers] for _ in range(TURNS)]
        return [sum(times) / (TURNS * CALLS) * 1e9 for times in zip(*turns)]

    runs = {name: [] for name in lookups}
    for _ in range(RUNS):
        for name, statement in lookups.items():
            runs[name].append(pair(statement))
    found = {
        name: {
            "ns": round(statistics.median(ours for _, ours in pairs), 1),
            "lock_and_dict_ns": round(statistics.median(rival for rival, _ in pairs), 1),
            "share": round(statistics.median(ours / rival for rival, ours in pairs), 3),
        }
        for name, pairs in runs.items()
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

"""A price tool for a LangChain agent: its docstring is what the model reads.

    from langchain_core.tools import tool
    tools = [tool(get_price)]
"""

import json

from tickcache import Cache, NoSegment

cache = Cache()


def get_price(symbol: str) -> str:
    """Returns the latest price of a trading pair such as BTCUSDT, as JSON.

    "price" is null if the pair is unknown. Trade on it only if "freshness" is "live": "stale" and
    "down" mean that it may have changed since; "age_ms" says how old it is.
    """
    try:
        ticker = cache.ticker(symbol)
    except NoSegment as error:
        return json.dumps({"symbol": symbol, "freshness": "down", "error": str(error)})
    return json.dumps(
        {
            "symbol": ticker.symbol if ticker else symbol.upper(),
            "price": ticker.price_str if ticker else None,
            "age_ms": int(ticker.age * 1000) if ticker else None,
            "freshness": ticker.freshness if ticker else "missing",
        }
    )


if __name__ == "__main__":
    import sys

    print(get_price(sys.argv[1] if len(sys.argv) > 1 else "BTCUSDT"))

"""Tools for a CrewAI crew: wait for a price, and for the end of an order.

    from crewai.tools import tool
    tools = [tool("Fresh price")(fresh_price), tool("Order outcome")(order_outcome)]
"""

import json

from tickcache import Cache, TickcacheError

cache = Cache()


def fresh_price(symbol: str, max_age_seconds: float = 5.0) -> str:
    """Waits for a price of a trading pair such as BTCUSDT that is live and no older than
    max_age_seconds, for ten seconds at most. Returns JSON: the price, or what is wrong."""
    try:
        cache.wait_for_price(symbol, timeout=10, max_age=max_age_seconds)
        ticker = cache.ticker(symbol, max_age=max_age_seconds)
    except (TimeoutError, TickcacheError) as error:
        return json.dumps({"symbol": symbol, "price": None, "error": str(error)})
    assert ticker is not None  # it has just been live
    return json.dumps(
        {
            "symbol": ticker.symbol,
            "price": ticker.price_str,
            "age_ms": int(ticker.age * 1000),
            "freshness": ticker.freshness,
        }
    )


def order_outcome(order_id: str, timeout_seconds: float = 30.0) -> str:
    """Waits until an order is filled, cancelled or rejected. Returns its last update as JSON, or
    what is wrong."""
    try:
        order = cache.wait_for_order(order_id, timeout=timeout_seconds)
    except (TimeoutError, TickcacheError) as error:
        return json.dumps({"order_id": order_id, "status": None, "error": str(error)})
    return json.dumps(
        {
            "order_id": order.order_id,
            "status": order.status,
            "symbol": order.symbol,
            "executed_price": order.executed_price,
            "executed_quantity": order.executed_quantity,
        }
    )


if __name__ == "__main__":
    import sys

    print(fresh_price(sys.argv[1] if len(sys.argv) > 1 else "BTCUSDT"))

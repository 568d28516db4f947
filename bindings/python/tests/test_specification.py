"""The complete examples of the platform's specification, with nothing changed but the import, and
the same names as live views."""

from __future__ import annotations

import re
import time

import pytest

import tickcache
from conftest import EXAMPLES, KEY, PATIENCE, TESTS, Market, eventually, order, url_of

THEIRS = TESTS / "specification"
IMPORT = "from agentexchange import AgentExchangeWS\n"
CHANGED = "from tickcache.compat import AgentExchangeWS\n"

ENVIRONMENT = {"AGENTEXCHANGE_API_KEY": KEY}


@pytest.mark.parametrize("name", ["price_stream.py", "async_event_loop.py"])
def test_nothing_but_the_import_is_changed(name: str) -> None:
    theirs = (THEIRS / name).read_text()
    assert theirs.count(IMPORT) == 1
    assert (EXAMPLES / name).read_text() == theirs.replace(IMPORT, CHANGED)


def test_the_streaming_price_cache(market: Market) -> None:
    sim = market.sim("--rate", "500", "--symbols", "5", "--orders-per-second", "20")
    market.daemon(sim)
    # Their agent as it stands; between its two halves, "later", it waits for the first price.
    start, later = (THEIRS / "agent_setup.py").read_text().split("# Later, in any tool function:\n")
    agent = market.folder / "agent.py"
    agent.write_text(
        f"{start}import time\nwhile get_cached_price('btcusdt') is None: time.sleep(0.01)\n{later}"
        "import price_stream\n"
        "while len(price_stream.latest_orders) < 100 or len(price_stream.latest_prices) < 3:\n"
        "    time.sleep(0.01)\n"
        "assert len(price_stream.latest_orders) == 100\n"
        "print(price_stream.latest_prices)\n"
    )
    program = market.python(str(agent), PYTHONPATH=str(EXAMPLES), **ENVIRONMENT)
    assert program.wait() == 0, program.err
    # Two threads print: a line of one may begin behind a text of the other.
    (price,) = re.findall(r"BTC \(from cache\): \$(\d+\.\d+)", program.out)
    assert float(price) > 0
    orders = re.findall(r"\[WS\] Order (\S+) → ", program.out)
    assert len(orders) >= 100
    assert {order.order_id for order in market.cache().orders(1000)} & set(orders)
    (prices,) = re.findall(r"\{[^{}]*\}", program.out)
    assert {"BTCUSDT", "ETHUSDT", "SOLUSDT"} == set(eval(prices))
    assert program.err == ""


def changed(market: Market, name: str) -> str:
    """One of their examples, with nothing changed but the import."""
    theirs = (THEIRS / name).read_text()
    assert theirs.count(IMPORT) == 1
    path = market.folder / name
    path.write_text(theirs.replace(IMPORT, CHANGED))
    return str(path)


def test_fills_equity_and_candles_of_an_exchange_that_pushes_only_tickers(market: Market) -> None:
    # Ten seconds before a minute of the exchange's, so that a candle of it closes. One of an hour
    # would take too long: a clock that is so far off is not believed.
    ahead = 50 - time.time() % 60
    sim = market.sim(
        "--rate", "500", "--symbols", "2", "--only-tickers", "--clock-step", f"{ahead * 1000:.0f}"
    )
    key = "ak_live_..."  # as it stands in the example
    market.daemon(sim, "--candles", "BTCUSDT:1m,ETHUSDT:1h", key=key)
    cache = market.cache()
    eventually(lambda: cache.status().feed == "live" and cache.portfolio())
    channels = market.python(changed(market, "channels.py"))
    loop = market.python(changed(market, "async_event_loop.py"), AGENTEXCHANGE_API_KEY=key)
    stream = market.python(
        "-c",
        "import price_stream\nprice_stream.start_stream().join()\n",
        PYTHONPATH=str(EXAMPLES),
        AGENTEXCHANGE_API_KEY=key,
    )
    bought = order(url_of(sim).replace("ws://", "http://"), "market")
    fill = cache.wait_for_order(bought, "filled", timeout=PATIENCE)
    assert fill.origin == "rest" and fill.executed_price
    filled = f"Order {bought}: filled\n  Filled at: ${fill.executed_price}\n"
    eventually(lambda: filled in channels.out, "a fill")
    filled_too = f"[FILL] BTCUSDT buy 0.01000000 @ {fill.executed_price}\n"
    eventually(lambda: filled_too in loop.out, "a fill")
    eventually(lambda: f"[WS] Order {bought} → filled" in stream.out, "a fill")
    eventually(lambda: re.search(r"^Equity: \$\d+\.\d+  ROI: -?[\d.]+%$", channels.out, re.M))
    # If all this has taken longer than that, of the next minute.
    closed = re.compile(r"^1m candle closed at \$[\d.]+$", re.M)
    eventually(lambda: closed.search(channels.out), "1m", 60 + PATIENCE)
    eventually(lambda: cache.candles("ETHUSDT", "1h"), "an hour's candle")
    assert channels.out.count(f"Order {bought}: filled") == 1
    assert loop.out.count("[FILL]") == 1 and stream.out.count(bought) == 1
    assert channels.err == loop.err == stream.err == ""


def test_the_async_event_loop(market: Market) -> None:
    # Fills carry the price: of the symbol BTCUSDT alone, with a seed whose market begins there.
    sim = market.sim("--rate", "2000", "--orders-per-second", "50", "--symbols", "1", "--checksum")
    market.daemon(sim)
    cache = market.cache()
    # Their strategy looks once in ten seconds, at first before there is a price: so the same file
    # is run with a shorter sleep, and as it is.
    program = market.python(str(EXAMPLES / "async_event_loop.py"), **ENVIRONMENT)
    eventually(lambda: program.out.count("[FILL] BTCUSDT ") >= 3, "a fill")
    fills = [line.split() for line in program.out.splitlines() if line.startswith("[FILL]")]
    filled = [o for o in cache.orders(1000) if o.status == "filled"]
    assert any(
        fill[1:4] == [o.symbol, o.side, o.executed_quantity] and fill[5] == o.executed_price
        for o in filled
        for fill in fills
        if len(fill) == 6
    )
    assert program.process.poll() is None
    program.send(2)
    program.wait()
    assert "KeyboardInterrupt" in program.err

    shorter = market.folder / "shorter.py"
    source = (EXAMPLES / "async_event_loop.py").read_text()
    assert source.count("asyncio.sleep(10)") == 1
    shorter.write_text(source.replace("asyncio.sleep(10)", "asyncio.sleep(0.01)"))
    program = market.python(str(shorter), **ENVIRONMENT)
    eventually(lambda: "BTC above $65k — consider taking profit" in program.out, "a high price")


def test_the_names_of_the_example_are_live_views(market: Market) -> None:
    market.daemon(market.sim("--rate", "2000", "--symbols", "5", "--orders-per-second", "50"))
    cache = market.cache()
    eventually(lambda: cache.status().symbols == 5 and len(cache.orders()) == 100)
    agent = market.folder / "agent.py"
    # Their agent, with the import of this package in place of a file of its own.
    agent.write_text(
        (EXAMPLES / "agent_setup.py").read_text()
        + "import collections.abc, json, logging, threading, time\n"
        "from tickcache import latest_prices, latest_orders\n"
        "first = latest_prices['BTCUSDT']\n"
        "assert isinstance(latest_prices, collections.abc.Mapping)\n"
        "assert set(latest_prices) == set(dict(latest_prices)) and len(latest_prices) == 5\n"
        "assert latest_prices.get('NOPE') is None and 'BTCUSDT' in latest_prices\n"
        "assert 'NOPE' not in latest_prices and 5 not in latest_prices\n"
        "assert get_cached_price('NOPE') is None\n"
        "while latest_prices['BTCUSDT'] == first: time.sleep(0.001)\n"
        "assert isinstance(latest_orders, collections.abc.Sequence) and len(latest_orders) == 100\n"
        "before = latest_orders[-1]\n"
        "json.dumps(list(latest_orders)), latest_orders[-3:], repr(latest_orders)\n"
        "assert before['order_id'] and before['data']['status'] == before['status']\n"
        "while latest_orders[-1] == before: time.sleep(0.001)\n"
        "assert start_stream().daemon\n"
    )
    program = market.python(str(agent), **ENVIRONMENT)
    assert program.wait() == 0, program.err
    assert program.out.startswith("BTC (from cache): $") and program.err == ""


def test_a_price_that_no_tick_has_brought_is_in_the_cache(market: Market) -> None:
    market.daemon(market.sim("--rate", "500", "--symbols", "5", "--lose-symbol", "BTCUSDT"))
    program = market.python(
        "-c",
        "import time\n"
        "from tickcache import Cache, get_cached_price, latest_prices\n"
        "while get_cached_price('BTCUSDT') is None: time.sleep(0.01)\n"
        "assert Cache().ticker('BTCUSDT').snapshot and 'BTCUSDT' in latest_prices\n",
    )
    assert program.wait() == 0, program.err


def test_the_names_of_the_example_warn_once_when_not_live(market: Market) -> None:
    sim = market.sim("--rate", "2000", "--symbols", "5", "--orders-per-second", "50")
    daemon = market.daemon(sim)
    eventually(lambda: market.cache().status().symbols == 5 and market.cache().status().orders)
    daemon.end()
    program = market.python(
        "-c",
        "from tickcache import get_cached_price, latest_orders, latest_prices\n"
        "assert all(get_cached_price('BTCUSDT') == latest_prices['BTCUSDT'] for _ in range(9))\n"
        "print(get_cached_price(symbol='BTCUSDT'))\n"
        "len(latest_orders), len(latest_orders)\n",
    )
    assert program.wait() == 0, program.err
    assert program.out.strip() == market.cache().price_str("BTCUSDT", allow_stale=True)
    assert program.err.count("prices are not live") == 1 and "was stopped" in program.err
    assert program.err.count("orders are not live") == 1


def test_the_stream_of_the_example_says_what_is_wrong(market: Market) -> None:
    market.daemon(market.sim("--rate", "500"), "--orders=false")
    eventually(lambda: market.cache().status().feed == "live")
    program = market.python(
        "-c",
        "from tickcache import latest_orders, latest_prices, start_stream\n"
        "start_stream().join()\n"
        "assert list(latest_orders) == [] and len(latest_prices) > 0\n",
        **ENVIRONMENT,
    )
    assert program.wait() == 0, program.err
    assert program.err.count("\n") == 1 and 'option "orders" (orders = true)' in program.err


def test_the_names_of_the_example_keep_orders_from_other_agents(market: Market) -> None:
    market.daemon(market.sim("--rate", "500", "--orders-per-second", "50"))
    eventually(lambda: market.cache().status().orders > 3)
    program = market.python(
        "-c",
        "from tickcache import get_cached_price, latest_orders, start_stream\n"
        "from tickcache.compat import AuthenticationError\n"
        "start_stream()\n"
        "try:\n"
        "    latest_orders[0]\n"
        "except AuthenticationError as error:\n"
        "    print(error)\n",
        AGENTEXCHANGE_API_KEY="ak_stranger",
    )
    assert program.wait() == 0, program.err
    assert "TICKCACHE_SEGMENT" in program.out and "ak_stranger" not in program.out
    assert "another agent's" in program.err


def test_without_a_key_the_example_prints_prices_and_says_what_the_key_is_for(
    market: Market,
) -> None:
    market.daemon(market.sim("--rate", "2000", "--orders-per-second", "50"))
    assert market.cache().wait_for_price("BTCUSDT", timeout=30) > 0
    program = market.python(str(EXAMPLES / "agent_setup.py"))
    assert program.wait() == 0, program.err
    assert program.out.startswith("BTC (from cache): $")
    assert program.err.count("\n") == 1 and "AGENTEXCHANGE_API_KEY is not set" in program.err
    assert "[" not in program.err


def test_importing_the_package_opens_nothing(market: Market) -> None:
    program = market.python(
        "-c",
        "import sys, tickcache\n"
        "print('asyncio' in sys.modules, 'decimal' in sys.modules, 'logging' in sys.modules)\n"
        "try:\n"
        "    from tickcache import get_cached_price\n"
        "except tickcache.NoSegment as error:\n"
        "    print(error)\n"
        "try:\n"
        "    tickcache.nothing\n"
        "except AttributeError as error:\n"
        "    print(error)\n",
        TICKCACHE_SEGMENT="../etc/passwd",
    )
    assert program.wait() == 0, program.err
    lines = program.out.splitlines()
    assert lines[0] == "False False False"
    assert "no segment name" in lines[1] and "no attribute 'nothing'" in lines[2]
    assert tickcache.__version__.count(".") == 2

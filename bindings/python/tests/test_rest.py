"""Orders of an exchange that pushes nothing but tickers: tickcached asks for them by REST."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import tickcache
from conftest import KEY, PATIENCE, Market, eventually, order
from tickcache.compat import AgentExchangeWS


@pytest.fixture
def real(market: Market) -> tuple[Market, str]:
    """A market as the platform is today, and where it is asked."""
    sim = market.sim("--rate", "100", "--symbols", "5", "--only-tickers")
    market.daemon(sim)
    cache = market.cache()
    eventually(lambda: cache.status().feed == "live" and cache.portfolio())
    return market, sim.out.split()[2].replace("ws://", "http://")


def test_an_order_is_waited_for(real: tuple[Market, str]) -> None:
    market, url = real
    cache = market.cache()
    limit = order(url, "limit")
    pending = cache.wait_for_order(limit, "pending", timeout=PATIENCE)
    assert pending.origin == "rest"
    order(url, "cancel", limit)
    assert cache.wait_for_order(limit, timeout=PATIENCE).status == "cancelled"
    bought = cache.wait_for_order(order(url, "market"), timeout=PATIENCE)
    assert bought.status == "filled" and bought.executed_price is not None


def test_the_drop_in_gets_each_change_once_and_in_order(real: tuple[Market, str]) -> None:
    market, url = real
    ws = AgentExchangeWS(KEY, segment=market.segment)
    got: list[dict[str, Any]] = []
    equity: list[str] = []
    ws.on_order_update()(got.append)
    ws.on_portfolio()(lambda data: equity.append(data["total_equity"]))

    async def seen(*changes: tuple[str, str]) -> None:
        async def come() -> None:
            while [(data["order_id"], data["status"]) for data in got] != list(changes):
                await asyncio.sleep(0.01)

        await asyncio.wait_for(come(), PATIENCE)

    async def run() -> None:
        client = asyncio.create_task(ws.connect())
        while market.cache().status().feed != "live" or ws._feed is None:
            await asyncio.sleep(0.01)
        limit = await asyncio.to_thread(order, url, "limit")
        await seen((limit, "pending"))
        await asyncio.to_thread(order, url, "cancel", limit)
        await seen((limit, "pending"), (limit, "cancelled"))
        bought = await asyncio.to_thread(order, url, "market")
        await seen((limit, "pending"), (limit, "cancelled"), (bought, "filled"))
        await ws.disconnect()
        await client

    asyncio.run(run())
    assert ws.missed == 0
    assert got[-1]["executed_price"] and got[-1]["executed_quantity"] == "0.01000000"
    # The same updates, as the other ways of this package show them.
    listed = [(o.order_id, o.status) for o in market.cache().orders()]
    assert listed == [(data["order_id"], data["status"]) for data in got]
    assert [o["origin"] for o in market.cli("orders")] == ["rest"] * 3
    assert tickcache.Cache(market.segment).portfolio() is not None and equity

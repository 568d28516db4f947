"""AgentExchangeWS on a market, for as long as a test wants."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Coroutine

from conftest import KEY, Market
from tickcache.compat import AgentExchangeWS

Message = dict[str, Any]


def client(market: Market, key: str = KEY, **options: Any) -> AgentExchangeWS:
    return AgentExchangeWS(key, segment=market.segment, **options)


async def soon(look: Callable[[], Any]) -> Any:
    """eventually(), for a loop."""

    async def wait() -> Any:
        while not (found := look()):
            await asyncio.sleep(0.001)
        return found

    return await asyncio.wait_for(wait(), 30)


def run_with(
    ws: AgentExchangeWS, work: Callable[[asyncio.Task[None]], Coroutine[Any, Any, None]]
) -> None:
    """Runs work(task of connect()) and then disconnects."""

    async def run() -> None:
        task = asyncio.create_task(ws.connect())
        try:
            await work(task)
        finally:
            await ws.disconnect()
            if not task.done():
                await asyncio.wait_for(task, 30)

    asyncio.run(run())

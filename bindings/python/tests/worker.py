"""A process with a handler of every tick: `worker.py COUNT [slow]`.

Prints "ready" when it waits for the daemon, and when COUNT ticks were handled or missed,
what it saw, as JSON. "slow" stops in its first handler until all have been published.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import sys
import time
from typing import Any

import tickcache
from tickcache.compat import AgentExchangeWS

COUNT = int(sys.argv[1])
SLOW = "slow" in sys.argv

ws = AgentExchangeWS(os.environ["AGENTEXCHANGE_API_KEY"])
cache = tickcache.Cache()
last: dict[str, int] = {}
shift: dict[str, int] = {}
handled = told = wrong = 0


class Ready(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if "waiting for tickcached" in record.getMessage():
            print("ready")


logging.getLogger("tickcache").addHandler(Ready())


@ws.on_ticker("all")
async def on_tick(data: dict[str, Any]) -> None:
    global handled, told, wrong
    if SLOW and handled == 0:
        while cache.status().ticks < COUNT:
            time.sleep(0.01)
    symbol = data["symbol"]
    # With --checksum the quantity is the number of the symbol's tick.
    sequence = int(data["data"]["quantity"][:-9])
    if data["missed"] == 0 and not told and sequence != last.get(symbol, sequence - 1) + 1:
        wrong += 1
    if sequence <= last.get(symbol, 0):
        wrong += 1
    last[symbol] = sequence
    handled += 1
    told += data["missed"]
    if handled + told >= COUNT:
        await ws.disconnect()


asyncio.run(ws.connect())
usage = resource.getrusage(resource.RUSAGE_SELF)
seen = {
    "handled": handled,
    "told": told,
    "missed": ws.missed,
    "wrong": wrong,
    "last": last,
    "cpu": round(usage.ru_utime + usage.ru_stime, 2),
}
print(json.dumps(seen))

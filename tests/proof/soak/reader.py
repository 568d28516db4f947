"""Reads a segment whose ticks are checksummed as in tests/sim/checksum.hpp: `reader.py VALUES`.

Ends after so many values, or, if VALUES is 0, by SIGTERM; at once with exit code 1 if one is wrong.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Dict

import tickcache

MASK = (1 << 64) - 1
ENOUGH = int(sys.argv[1]) or sys.maxsize

checked = 0
hashes: Dict[str, int] = {}


def symbol_hash(symbol: str) -> int:
    value = 0xCBF29CE484222325
    for byte in symbol.encode():
        value = (value ^ byte) * 0x100000001B3 & MASK
    return value


def mix(value: int) -> int:
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


def check(tick: tickcache.Tick, last: Dict[str, int]) -> None:
    global checked
    symbol, quantity = tick.symbol, tick.quantity_str
    if quantity is None or not quantity.endswith(".00000000"):
        sys.exit(f"{symbol}: quantity {quantity}")
    sequence = int(quantity[:-9])
    known = hashes.get(symbol)
    if known is None:
        known = hashes[symbol] = symbol_hash(symbol)
    mantissa = 1 + mix((known + sequence * 0x9E3779B97F4A7C15) & MASK) % 9999999999999
    if tick.price_str != f"{mantissa // 10**8}.{mantissa % 10**8:08}":
        sys.exit(f"{symbol}: torn, or of another symbol: {tick.price_str}, {quantity}")
    if sequence < last.get(symbol, 0):
        sys.exit(f"{symbol}: {sequence} after {last[symbol]}")
    last[symbol] = sequence
    checked += 1


async def follow(cache: tickcache.Cache) -> None:
    last: Dict[str, int] = {}
    async with cache.stream("all") as ticks:
        async for tick in ticks:
            check(tick, last)
            if checked >= ENOUGH:
                return


async def look_up(cache: tickcache.Cache) -> None:
    last: Dict[str, int] = {}
    while True:
        for symbol in cache.prices(allow_stale=True):
            ticker = cache.ticker(symbol)
            if ticker is not None:
                check(ticker, last)
        await asyncio.sleep(0.05)


async def main() -> None:
    cache = tickcache.Cache()
    tasks = [asyncio.create_task(follow(cache)), asyncio.create_task(look_up(cache))]
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, tasks[0].cancel)
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    tasks[1].cancel()
    for task in done:
        if not task.cancelled():
            task.result()


asyncio.run(main())
print(f"{checked} values")

"""A broadcast of ticks to WebSocket clients, as one writes it with Python's websockets. Usage:
broadcast.py RATE; prints its port. The ticks are made here, so it is spared an upstream."""

import asyncio
import logging
import sys
import time

import websockets

STAMP_OFFSET = 1_000_000_000_000_000
CONNECTED = set()


async def serve(websocket):
    CONNECTED.add(websocket)
    try:
        async for _ in websocket:
            pass
    finally:
        CONNECTED.discard(websocket)


def frame(number):
    stamp = str(STAMP_OFFSET + time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    return (
        f'{{"channel":"ticker","symbol":"S{number % 700:04}USDT","data":{{"price":"64521.30000000",'
        f'"quantity":"{stamp[:-9]}.{stamp[-9:]}","timestamp":"2026-11-22T08:40:08.215Z",'
        f'"is_buyer_maker":true}},"freshness":"live","reason":null,"age_ms":0}}'
    )


async def main(rate):
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each client that is gone
    async with websockets.serve(serve, "127.0.0.1", 0, compression=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        begin = time.monotonic()
        number = 0
        while True:
            due = int((time.monotonic() - begin) * rate)
            while number < due:
                websockets.broadcast(CONNECTED, frame(number))
                number += 1
            await asyncio.sleep(0.0005)


asyncio.run(main(float(sys.argv[1])))

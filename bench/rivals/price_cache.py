#!/usr/bin/python3
"""The specification's price cache: one WebSocket client, a dict and a lock in every process.

Usage: price_cache.py PORT COUNTER_FILE. Counts the messages whose price is in the dict."""

import asyncio
import json
import mmap
import os
import sys
import threading

import websockets

latest_prices: dict[str, str] = {}
_lock = threading.Lock()


def on_ticker(data):
    with _lock:
        latest_prices[data["symbol"]] = data["data"]["price"]


async def main(port: str, counter_file: str) -> None:
    fd = os.open(counter_file, os.O_RDWR | os.O_CREAT, 0o600)
    os.ftruncate(fd, 8)
    counter = memoryview(mmap.mmap(fd, 8)).cast("Q")
    messages = 0
    async with websockets.connect(
        f"ws://127.0.0.1:{port}/ws/v1?api_key=ak_bench", compression=None, ping_interval=None
    ) as stream:
        try:
            async for text in stream:
                message = json.loads(text)
                if message.get("channel") == "ticker":
                    on_ticker(message)
                messages += 1
                counter[0] = messages
        except websockets.ConnectionClosed:
            pass


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

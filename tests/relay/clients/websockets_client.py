"""A client on Python's websockets: websockets_client.py PORT API_KEY."""
import asyncio
import json
import sys
from decimal import Decimal

import websockets


async def main(port: str, key: str) -> None:
    # With a full queue of its own, the library does not see the close for half a minute.
    url = f"ws://127.0.0.1:{port}/ws/v1?api_key={key}"
    async with websockets.connect(url, max_queue=None) as ws:
        await (await ws.ping())
        for channel in ("ticker:all", "orders"):
            await ws.send(json.dumps({"action": "subscribe", "channel": channel}))
        symbols: set[str] = set()
        async for text in ws:
            message = json.loads(text)
            assert message["type"] != "error", message
            if message["type"] == "ticker":
                assert Decimal(message["price"]) > 0
                symbols.add(message["symbol"])
            if len(symbols) >= 50:
                break
    try:
        await websockets.connect(f"ws://127.0.0.1:{port}/ws/v1", origin="http://evil.example")
    except websockets.InvalidStatusCode as refusal:
        assert refusal.status_code == 403
    else:
        raise AssertionError("a foreign page is let in")
    print(f"{len(symbols)} symbols")


asyncio.run(asyncio.wait_for(main(*sys.argv[1:3]), 30))

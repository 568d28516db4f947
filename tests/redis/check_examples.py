"""Runs the examples of docs/redis.md against an origin's feed in a real Redis: each prints a price, then ticks.

Usage: check_examples.py NODE_MODULES TICKCACHED RELAY SIM BRIDGE, where NODE_MODULES has redis.
"""
import contextlib
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

import redis

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from page_examples import examples  # noqa: E402
from served import ENDS_WITH_US, Served  # noqa: E402

COMMANDS = {"python": [sys.executable, "-u", "prices.py"], "node": ["node", "prices.mjs"]}
PAGE_URL = "redis://10.0.0.5:6379"
TICKS = 3
PATIENCE = 60  # seconds; what works takes none of them


@contextlib.contextmanager
def ending(command, **options):
    """A process that ends with this block, at the latest after PATIENCE."""
    process = subprocess.Popen([*ENDS_WITH_US, *command], stdin=subprocess.DEVNULL, **options)
    late = threading.Timer(PATIENCE, process.kill)
    late.start()
    try:
        yield process
    finally:
        late.cancel()
        process.kill()
        process.communicate()


@contextlib.contextmanager
def redis_server():
    """A Redis; its URL."""
    with socket.socket() as held, tempfile.TemporaryDirectory(prefix="tickcache-redis-") as folder:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # so that Redis can listen on the same port
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", folder]
        server = subprocess.Popen([*ENDS_WITH_US, *command], stdout=subprocess.DEVNULL)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            server.kill()
            server.wait()


def wait_for_feed(url):
    client = redis.Redis.from_url(url)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(redis.ConnectionError):
            if client.hexists("tickcache:{main}:tickers", "BTCUSDT"):
                return
        time.sleep(0.05)
    sys.exit("no origin publishes the feed")


def problem_of(command, text, node_modules):
    """What is wrong with the example; empty if nothing is."""
    with tempfile.TemporaryDirectory(prefix="redis-example-") as folder:
        there = pathlib.Path(folder)
        (there / command[-1]).write_text(text)
        (there / "node_modules").symlink_to(node_modules)
        printed, ticks = "", 0
        with ending(command, cwd=there, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as program:
            first = program.stdout.readline()
            for line in program.stdout:
                printed += line
                ticks += bool(re.fullmatch(r"[A-Z0-9]+USDT \d+\.\d+ live\n", line))
                if ticks == TICKS:
                    break
        if ticks == TICKS and re.fullmatch(r"\d+\.\d+( live)?\n", first):
            return ""
        return f"it printed:\n{first}{printed}"


def main():
    if len(sys.argv) != 6:
        sys.exit(__doc__)
    node_modules, *programs, bridge = sys.argv[1:]
    failed = 0
    with Served(*programs) as served, redis_server() as url:
        publish = [bridge, "--config", "/dev/null", "--url", url, "--feed", "main"]
        origin = subprocess.Popen([*ENDS_WITH_US, *publish], env=served.environment)
        try:
            wait_for_feed(url)
            for name, text in examples("redis.md", COMMANDS).items():
                if PAGE_URL not in text:
                    sys.exit(f"{name} does not use {PAGE_URL}")
                problem = problem_of(COMMANDS[name], text.replace(PAGE_URL, url), node_modules)
                print(f"{name}: {problem or 'ok'}", flush=True)
                failed += bool(problem)
        finally:
            origin.kill()
            origin.wait()
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()

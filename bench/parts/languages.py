"""Python and Node."""

import concurrent.futures
import contextlib
import os

import processes
from processes import EXCHANGE_CPU, output, pinned

from parts.settings import SEGMENT, SYMBOLS
from parts.wire import connected


def python(settings):
    """Lookups in Python beside the specification's dict and lock, in one process."""
    program = processes.HERE / "python/lookups.py"
    command = [settings.build / "python/venv/bin/python", program, "S0001USDT"]
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT, PYTHONDONTWRITEBYTECODE="1")
    with processes.writer(settings.build, SEGMENT, SYMBOLS, 0):
        return output(pinned(EXCHANGE_CPU, command), env=environment)


def node(settings):
    """Lookups in Node beside a Map in the same process and Redis; and a stream of every tick."""
    program = settings.build / "node/project"
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    with contextlib.ExitStack() as stack:
        stack.enter_context(processes.writer(settings.build, SEGMENT, SYMBOLS, 0))
        socket = stack.enter_context(processes.redis())
        command = ["node", program / "lookups.mjs", socket]
        found = output(pinned(EXCHANGE_CPU, command), env=environment)
    with connected(settings, "ours") as (exchange, _client):
        exchange.ask("pace 10000 0.5")  # every symbol is known
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            paced = pool.submit(exchange.ask, f"pace 10000 {settings.cost_s + 2}")
            command = ["node", program / "stream.mjs", settings.cost_s]
            found["stream"] = output([str(word) for word in command], env=environment)
            paced.result()
    return found

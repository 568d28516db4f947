"""From the exchange's messages to what everybody on the machine can see."""

import contextlib
import os
import subprocess
import time

import processes
from processes import CLIENT_CPU, EXCHANGE_CPU, output, pinned

from parts.settings import SEGMENT, SYMBOLS

CLIENTS = {
    "socket": processes.bare_socket,
    "beast": processes.bare_beast,
    "python": processes.price_cache,
    "ours": lambda build, exchange: processes.tickcached(build, exchange, SEGMENT),
}


def connected(settings, name, **options):
    return watched(settings, CLIENTS[name], **options)


@contextlib.contextmanager
def watched(settings, client, symbols=SYMBOLS, **options):
    """The exchange with one client, which has begun to take messages."""
    with processes.exchange(settings.build, symbols, **options) as exchange:
        with client(settings.build, exchange) as client:
            exchange.ask(f"watch {client.watch}")
            exchange.ask(f"client {client.process.pid}")
            exchange.ask("wait 60")
            yield exchange, client


def flood(settings):
    """Messages a second on one core, as fast as each client reads."""
    found = {name: [] for name in CLIENTS}
    for _ in range(settings.rounds):
        for name in CLIENTS:
            with connected(settings, name) as (exchange, _client):
                found[name].append(exchange.ask(f"flood {settings.flood_s}"))
    return found


def visible(settings):
    """From the exchange's send() until everybody can see the tick, by rate and client."""
    found = {str(rate): {name: [] for name in CLIENTS} for rate in settings.visible}
    for _ in range(settings.rounds):
        for name in CLIENTS:
            with connected(settings, name) as (exchange, _client):
                for rate, seconds in settings.visible.items():
                    found[str(rate)][name].append(exchange.ask(f"visible {rate} {seconds}"))
    if settings.slow_s:
        found["1"] = {}
        for name in CLIENTS:
            with connected(settings, name) as (exchange, _client):
                found["1"][name] = [exchange.ask(f"visible 1 {settings.slow_s}")]
    return found


@contextlib.contextmanager
def rest(exchange):
    """The exchange's prices by REST: its URL."""
    command = [processes.PYTHON, processes.HERE / "end_to_end/rest.py"]
    with processes.running(
        pinned(EXCHANGE_CPU, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        server.stdin.write(exchange.prices)
        server.stdin.close()
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"


def without_rest(build, exchange):
    # The ticks' times stand still.
    options = ["--max-lag=0", "--rest=false"]
    return processes.tickcached(build, exchange, SEGMENT, options=options)


@contextlib.contextmanager
def with_rest(build, exchange, channels=processes.PRICES_ALONE):
    with rest(exchange) as url:
        options = ["--max-lag=0", "--rest-url", url]
        with processes.tickcached(
            build, exchange, SEGMENT, options=options, channels=channels
        ) as client:
            yield client


def audited(settings):
    """From the exchange's send() until everybody can see the tick, at 10,000 a second, with and
    without the audit, every three seconds; and what it costs of a processor."""
    clients = [("without", without_rest), ("with", with_rest)]
    found = {name: [] for name, _ in clients}
    for _ in range(settings.audited_rounds):
        for name, client in clients:
            with watched(settings, client) as (exchange, _client):
                found[name].append(exchange.ask(f"visible 10000 {settings.audited_s}"))
        clients.reverse()
    return found


@contextlib.contextmanager
def with_everything(build, exchange):
    channels = ("--candles", "all:1m", "--candles-from=ticks", "--orders-poll=2")
    with with_rest(build, exchange, channels) as client:
        with processes.relay(build, SEGMENT, EXCHANGE_CPU):
            yield client


def everything(settings):
    """The daemon with all that it can do (the audit, orders by REST, candles of every symbol, a relay
    that reads every tick) and with the prices alone: ingest, and from send() until visible."""
    clients = {"bare": without_rest, "everything": with_everything}
    found = {name: [] for name in clients}
    for _ in range(settings.rounds):
        for name, client in clients.items():
            with watched(settings, client) as (exchange, _client):
                flooded = exchange.ask(f"flood {settings.flood_s}")
                found[name].append({"flood": flooded, "visible": exchange.ask("visible 10000 2")})
    return found


def cost(settings):
    """The processor's time at 10,000 messages a second: of bare Beast and of tickcached alone, and of
    tickcached beside eight busy processes that look up prices, or only read the clock."""
    beside = {"beast": None, "ours": None, "ours_read": "judged_by_handle", "ours_beside": "clock_read"}
    found = {name: [] for name in beside}
    program = settings.build / "bench/bench_distribution"
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    for _ in range(settings.rounds):
        for name, what in beside.items():
            with contextlib.ExitStack() as stack:
                exchange, _client = stack.enter_context(
                    connected(settings, name.partition("_")[0], precedence=True)
                )
                if what:
                    command = [program, what, 8, settings.cost_s + 0.5, EXCHANGE_CPU]
                    stack.enter_context(
                        processes.running(
                            [str(word) for word in command], env=environment,
                            stdout=subprocess.DEVNULL,
                        )
                    )  # fmt: skip
                    time.sleep(0.2)
                found[name].append(exchange.ask(f"pace 10000 {settings.cost_s}"))
    return found


def memory(settings):
    """Resident memory of tickcached when every symbol has been seen and the tape is full."""
    with connected(settings, "ours") as (exchange, client):
        exchange.ask("flood 0.5")
        exchange.ask("pace 10000 1")
        with open(f"/proc/{client.process.pid}/status") as file:
            lines = dict(line.split(":", 1) for line in file)
    kinds = ("VmRSS", "RssAnon", "RssFile", "RssShmem", "VmLck")
    return {kind: int(lines[kind].split()[0]) for kind in kinds}


def restart(settings):
    """From a restarted daemon's first tick until readers of the old segment see it."""
    program = settings.build / "bench/bench_restart"
    try:
        return output([program, SEGMENT, settings.restarts, EXCHANGE_CPU, CLIENT_CPU])
    finally:
        processes.remove_segment(SEGMENT)

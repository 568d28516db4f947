"""What other machines get: of a relay, and of a feed over Redis."""

import concurrent.futures
import contextlib
import subprocess
import time

import processes
from processes import CLIENT_CPU, EXCHANGE_CPU, pinned

from parts.handlers import subscribed, woken
from parts.settings import SEGMENT
from parts.wire import connected, watched

FAN_OUT_RATE = 2000
FAN_OUT_CLIENTS = 100


@contextlib.contextmanager
def relayed(settings):
    """The relay, on a processor of its own, and what sends the ticks."""

    def client(build, exchange):
        options = ["--rest=false", "--max-lag=0"]
        return processes.tickcached(build, exchange, SEGMENT, EXCHANGE_CPU, options)

    with watched(settings, client, symbols=620) as (exchange, _client):
        exchange.ask("pace 2000 1")  # every symbol is known
        with processes.relay(settings.build, SEGMENT) as (relay, port):
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                paced = pool.submit(exchange.ask, f"pace {FAN_OUT_RATE} {settings.fan_out_s + 3}")
                time.sleep(0.5)
                yield relay, port
                paced.result()


@contextlib.contextmanager
def broadcast(command):
    """A rival, which makes the ticks itself."""
    with processes.running(pinned(CLIENT_CPU, [*command, FAN_OUT_RATE]), stdout=subprocess.PIPE) as rival:
        yield rival, int(rival.stdout.readline())


FAN_OUT = {
    "ours": relayed,
    "python": lambda settings: broadcast([processes.PYTHON, processes.HERE / "rivals/broadcast.py"]),
    "node": lambda settings: broadcast(["node", settings.build / "node/project/broadcast.mjs"]),
}


def relay(settings):
    """A hundred clients that get every tick, 2,000 a second: frames for each second of the server's
    processor, and how late they are."""
    found = {name: [] for name in FAN_OUT}
    for _ in range(settings.rounds):
        for name, serving in FAN_OUT.items():
            with serving(settings) as (server, port):
                command = [
                    settings.build / "bench/bench_subscribers", port, FAN_OUT_CLIENTS,
                    settings.fan_out_s,
                ]  # fmt: skip
                with processes.running(pinned(EXCHANGE_CPU, command), stdout=subprocess.PIPE) as all_of_them:
                    all_of_them.stdout.readline()
                    begin = processes.processor_seconds(server)
                    figures = processes.last_line(all_of_them)
                    figures["processor_s"] = processes.processor_seconds(server) - begin
                found[name].append(figures)
    return found


def follower_ours(settings, rate, seconds, port):
    segment = SEGMENT + "-follower"
    with contextlib.ExitStack() as stack:
        exchange, _client = stack.enter_context(connected(settings, "ours"))
        exchange.ask("pace 10000 0.5")  # every symbol is known
        stack.enter_context(processes.origin(settings.build, SEGMENT, port))
        stack.enter_context(processes.follower(settings.build, segment, port))
        command = [settings.build / "bench/bench_waiter", segment]
        return woken(exchange, rate, seconds, command)


def visible_beside(settings, port):
    """From the exchange's send() until visible at the origin, without and with the bridge. That and
    Redis have what the daemon leaves of its processor, as the exchange spins on the other."""
    found = {"alone": [], "published": []}
    for _ in range(settings.rounds):
        for name, each in found.items():
            with contextlib.ExitStack() as stack:
                exchange, _client = stack.enter_context(connected(settings, "ours"))
                if name == "published":
                    stack.enter_context(
                        processes.origin(settings.build, SEGMENT, port, processes.idle)
                    )
                each.append(exchange.ask(f"visible 1000 {settings.cost_s}"))
    return found


def redis(settings):
    """From the exchange's send() until a sleeping program's handler runs on a follower, over Redis on
    this machine, beside a bare publisher and subscriber; and what the origin pays."""
    ways = {"ours": follower_ours, "bare": subscribed}
    found = {"follower": {str(rate): {name: [] for name in ways} for rate in (1000, 5000)}}
    for _ in range(settings.rounds):
        for rate, rounds in found["follower"].items():
            for name, measure in ways.items():
                with processes.redis_port() as port:
                    rounds[name].append(measure(settings, rate, settings.cost_s, port))
    with processes.redis_port(processes.idle) as port:
        found["origin"] = visible_beside(settings, port)
    return found

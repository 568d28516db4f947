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

REDIS_RATES = (1000, 5000)
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


def follower_bare(settings, rate, port):
    return subscribed(settings, rate, settings.redis_s, port)


def follower_ours(settings, rate, port):
    segment = SEGMENT + "-follower"
    with contextlib.ExitStack() as stack:
        exchange, _client = stack.enter_context(connected(settings, "ours"))
        exchange.ask("pace 10000 0.5")  # every symbol is known
        stack.enter_context(processes.origin(settings.build, SEGMENT, port))
        stack.enter_context(processes.follower(settings.build, segment, port))
        command = [settings.build / "bench/bench_waiter", segment]
        return woken(exchange, rate, settings.redis_s, command)


def visible_alone(settings, rate, port):
    """From the exchange's send() until visible at the origin."""
    with connected(settings, "ours") as (exchange, _client):
        return exchange.ask(f"visible {rate} {settings.redis_s}")


def visible_published(settings, rate, port):
    """Likewise, beside the bridge. That and Redis have what the daemon leaves of its processor, as the
    exchange spins on the other."""
    with connected(settings, "ours") as (exchange, _client):
        with processes.origin(settings.build, SEGMENT, port, processes.idle):
            return exchange.ask(f"visible {rate} {settings.redis_s}")


def redis(settings):
    """From the exchange's send() until a sleeping program's handler runs on a follower, over Redis on
    this machine, beside a bare publisher and subscriber; and until visible at the origin, with and
    without the bridge."""
    parts = {
        "follower": ([("ours", follower_ours), ("bare", follower_bare)], processes.pinned),
        "origin": ([("alone", visible_alone), ("published", visible_published)], processes.idle),
    }
    found = {}
    for part, (ways, place) in parts.items():
        found[part] = {str(rate): {name: [] for name, _ in ways} for rate in REDIS_RATES}
        for _ in range(settings.redis_rounds):
            for rate, rounds in found[part].items():
                for name, measure in ways:
                    with processes.redis_port(place) as port:
                        rounds[name].append(measure(settings, rate, port))
            ways.reverse()
    return found

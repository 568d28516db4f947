"""Programs that wait for something, until their handler runs."""

import signal
import subprocess
import time

import processes
from processes import EXCHANGE_CPU, HANDLER_CPU, pinned

from parts.settings import SEGMENT
from parts.wire import CLIENTS, connected, watched


SPINNING = {
    "socket": lambda build, exchange: processes.bare_socket(build, exchange, "spin"),
    "ours": lambda build, exchange: processes.tickcached(
        build, exchange, SEGMENT, options=["--busy-poll", "--rest=false"]
    ),
}


def woken(exchange, rate, seconds, command, cpu=EXCHANGE_CPU, end=None):
    """How late the handler of a program ran, as it says at its end; it first says that it listens."""
    with processes.running(pinned(cpu, command), stdout=subprocess.PIPE) as program:
        program.stdout.readline()
        exchange.ask(f"pace {rate} {seconds}")
        time.sleep(0.1)
        end() if end else program.send_signal(signal.SIGTERM)
        return processes.last_line(program)


def awake_ours(settings, rate, seconds, spin=False):
    # A handler that spins must make way when a tick is due.
    client = SPINNING["ours"] if spin else CLIENTS["ours"]
    command = [settings.build / "bench/bench_waiter", SEGMENT, *(["spin"] if spin else [])]
    with watched(settings, client, precedence=spin) as (exchange, _client):
        return woken(exchange, rate, seconds, command, HANDLER_CPU if spin else EXCHANGE_CPU)


def awake_floor(settings, rate, seconds):
    def sleeping(build, exchange):
        return processes.bare_socket(build, exchange, "wake")

    with watched(settings, sleeping) as (exchange, client):
        command = [settings.build / "bench/bench_bare_waiter", client.watch.split()[1]]
        return woken(exchange, rate, seconds, command)


def awake_redis(settings, rate, seconds, precedence=False):
    with processes.redis() as socket:
        return subscribed(settings, rate, seconds, socket, precedence=precedence)


def subscribed(settings, rate, seconds, address, **options):
    """A bare publisher and subscriber of the Redis at a path or port."""

    def bridge(build, exchange):
        return processes.redis_bridge(build, exchange, address)

    where = ["-s" if isinstance(address, str) else "-p", str(address)]

    def end():
        subprocess.run(
            ["redis-cli", *where, "PUBLISH", "ticks", "end"], stdout=subprocess.DEVNULL
        )

    with watched(settings, bridge, **options) as (exchange, _client):
        command = [settings.build / "bench/bench_redis_subscriber", address]
        return woken(exchange, rate, seconds, command, end=end)


def awake(settings):
    """From the exchange's send() until a sleeping program's handler runs, by rate. The floor is two
    programs that do nothing but sleep in recv() and wake, and sleep on a futex."""
    ways = {"floor": awake_floor, "ours": awake_ours, "redis": awake_redis}
    rates = dict(settings.awake)
    found = {str(rate): {name: [] for name in ways} for rate in rates}
    for _ in range(settings.rounds):
        for rate, seconds in rates.items():
            for name, measure in ways.items():
                found[str(rate)][name].append(measure(settings, rate, seconds))
    if settings.slow_s:
        found["1"] = {name: [measure(settings, 1, settings.slow_s)] for name, measure in ways.items()}
    return found


def spin(settings):
    """Where nobody sleeps: from the exchange's send() until the tick is visible, beside a loop over a
    socket that does not block, the daemon that sleeps and the Python example; and until the handler of
    a program that spins runs, beside Redis."""
    rates = {rate: seconds for rate, seconds in settings.visible.items() if rate in (1000, 10_000)}
    clients = {
        "socket": SPINNING["socket"], "ours": SPINNING["ours"],
        "asleep": CLIENTS["ours"], "python": CLIENTS["python"],
    }  # fmt: skip
    seen = {str(rate): {name: [] for name in clients} for rate in rates}
    awake = {str(rate): {"ours": [], "redis": []} for rate in rates}
    for _ in range(settings.rounds):
        for name, client in clients.items():
            with watched(settings, client) as (exchange, _client):
                for rate, seconds in rates.items():
                    seen[str(rate)][name].append(exchange.ask(f"visible {rate} {seconds}"))
        for rate, seconds in rates.items():
            awake[str(rate)]["ours"].append(awake_ours(settings, rate, seconds, spin=True))
            redis = awake_redis(settings, rate, seconds, precedence=True)
            awake[str(rate)]["redis"].append(redis)
    return {"visible": seen, "awake": awake}


def asleep(settings):
    """How much of a processor a program takes that waits for orders, for a symbol that never ticks, or
    for one of those that do, while 10,000 ticks a second of all flow."""
    waiting = {"orders": "orders", "quiet_symbol": "QUIETUSDT", "one_symbol": "S0001USDT"}
    found = {name: [] for name in waiting}
    for _ in range(settings.rounds):
        for name, what in waiting.items():
            with connected(settings, "ours") as (exchange, _client):
                exchange.ask("pace 10000 0.5")  # every symbol is known
                command = [settings.build / "bench/bench_asleep", SEGMENT, what]
                with processes.running(
                    pinned(EXCHANGE_CPU, command), stdout=subprocess.PIPE
                ) as program:
                    program.stdout.readline()
                    exchange.ask(f"pace 10000 {settings.cost_s}")
                    program.send_signal(signal.SIGTERM)
                    found[name].append(processes.last_line(program))
    return found

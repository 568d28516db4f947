"""What is measured. Each function returns what goes into the results under its name."""

import concurrent.futures
import contextlib
import os
import signal
import subprocess
import time

import processes
from processes import CLIENT_CPU, EXCHANGE_CPU, HANDLER_CPU, output, pinned

SYMBOLS = 700
SEGMENT = f"tickcache-bench-{os.getpid()}"


class Settings:
    """How long, how often; `quick` is for a look whether everything works."""

    def __init__(self, build, quick):
        self.build = build
        self.repetitions = 3 if quick else 9
        self.benchmark_s = 0.02 if quick else 0.1
        self.reads = 20_000_000 if quick else 100_000_000
        self.distribution_s = 0.3 if quick else 1
        self.readers = (1, 8) if quick else (1, 2, 4, 8, 16, 32, 64)
        self.rounds = 2 if quick else 5
        self.flood_s = 0.5 if quick else 1.5
        # Messages a second, and for how many seconds in each round.
        self.visible = {1000: 1, 10_000: 1} if quick else {100: 2, 1000: 2, 10_000: 2, 100_000: 1}
        self.awake = {1000: 1} if quick else {100: 2, 1000: 2, 10_000: 2, 100_000: 1}
        self.audited_s = 4 if quick else 30
        self.slow_s = 0 if quick else 10  # at one message a second, in one round
        self.cost_s = 1 if quick else 3
        self.restarts = 5 if quick else 20
        self.fan_out_s = 2 if quick else 5


def google_benchmark(settings, command, only=".*", **options):
    """Runs a program of Google Benchmark's. Medians by name: nanoseconds of the processor, but of the
    clock for Redis, which one waits for."""
    report = output(
        [
            *command,
            f"--benchmark_filter={only}",
            "--benchmark_format=json",
            f"--benchmark_min_time={settings.benchmark_s}",
            f"--benchmark_repetitions={settings.repetitions}",
            "--benchmark_enable_random_interleaving=true",
            "--benchmark_report_aggregates_only=true",
        ],
        **options,
    )
    result = {}
    for entry in report["benchmarks"]:
        name = entry["run_name"].split("/repeats")[0]
        if entry.get("error_occurred"):
            raise processes.Failed(f"{name}: {entry['error_message']}")
        if entry.get("aggregate_name") == "median":
            time_of = "real_time" if name.startswith("redis") else "cpu_time"
            result[name] = round(entry[time_of], 3)
    return result


def lookups(settings):
    with contextlib.ExitStack() as stack:
        stack.enter_context(processes.writer(settings.build, SEGMENT, 4096, 0))
        socket = stack.enter_context(processes.redis())
        environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT, BENCH_REDIS=socket)
        command = pinned(EXCHANGE_CPU, [settings.build / "bench/bench_lookups"])
        return google_benchmark(settings, command, only="-/[0-9]{5,}$", env=environment)


def scale(settings):
    """Lookups of random symbols, of ten up to a hundred thousand."""
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    with processes.writer(settings.build, SEGMENT, 100_000, 0):
        command = pinned(EXCHANGE_CPU, [settings.build / "bench/bench_lookups"])
        only = "^(value_by_symbol|value_by_handle|locked_map|plain_copy)/"
        return google_benchmark(settings, command, only=only, env=environment)


def decoding(settings):
    command = pinned(CLIENT_CPU, [settings.build / "bench/bench_ingest", SEGMENT])
    try:
        return google_benchmark(settings, command)
    finally:
        processes.remove_segment(SEGMENT)


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


def distributions(settings):
    """Single lookups under writers, then beside ever more reader processes."""
    program = settings.build / "bench/bench_distribution"
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    found = []

    def measure(what, rate, readers, cpus):
        command = [program, what, readers, settings.distribution_s, *cpus]
        figures = output(command, env=environment)
        found.append({"what": what, "writer": rate, "readers": readers, **figures})

    kinds = ("value_by_handle", "judged_by_handle", "value_by_symbol", "judged_by_symbol", "snapshot")
    for rate in ("0", "10000", "full"):
        with processes.writer(settings.build, SEGMENT, SYMBOLS, rate):
            for what in kinds:
                measure(what, rate, 1, [EXCHANGE_CPU])
    for readers in settings.readers:
        with processes.writer(settings.build, SEGMENT, SYMBOLS, "10000"):
            measure("judged_by_handle", "10000", readers, [EXCHANGE_CPU, CLIENT_CPU])
    return found


def sharing(settings):
    """Lookups of symbols that nobody writes, with and without a full-speed writer of the others: what
    a lookup pays for lines that it does not read."""
    program = settings.build / "bench/bench_distribution"
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    found = {"0": [], "full": []}
    for _ in range(settings.rounds):
        for rate in found:
            with processes.writer(settings.build, SEGMENT, SYMBOLS, rate, SYMBOLS // 2):
                what = f"judged_by_handle@{SYMBOLS // 2}"
                command = [program, what, 1, settings.distribution_s, EXCHANGE_CPU]
                found[rate].append(output(command, env=environment))
    return found


def retries(settings):
    program = settings.build / "bench/bench_retries"
    return {
        what: output([program, what, settings.reads, EXCHANGE_CPU, CLIENT_CPU])
        for what in ("ours", "one_copy_seqlock")
    }


CLIENTS = {
    "socket": processes.bare_socket,
    "beast": processes.bare_beast,
    "python": processes.price_cache,
    "ours": lambda build, port: processes.tickcached(build, port, SEGMENT),
}


def connected(settings, name, **options):
    return watched(settings, CLIENTS[name], **options)


@contextlib.contextmanager
def watched(settings, client, **options):
    """The exchange with one client, which has begun to take messages."""
    with processes.exchange(settings.build, SYMBOLS, **options) as exchange:
        with client(settings.build, exchange.port) as client:
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


def audited(settings):
    """From the exchange's send() until everybody can see the tick, at 10,000 a second, with and
    without the audit, every three seconds; and what it costs of a processor."""
    found = {"without": [], "with": []}
    for _ in range(settings.rounds):
        for name, rounds in found.items():
            with contextlib.ExitStack() as stack:
                exchange = stack.enter_context(processes.exchange(settings.build, SYMBOLS))
                options = ["--max-lag=0"]  # the ticks' times stand still
                if name == "with":
                    options += ["--rest-url", stack.enter_context(rest(exchange))]
                else:
                    options += ["--rest=false"]
                client = stack.enter_context(
                    processes.tickcached(settings.build, exchange.port, SEGMENT, options=options)
                )
                exchange.ask(f"watch {client.watch}")
                exchange.ask(f"client {client.process.pid}")
                exchange.ask("wait 60")
                rounds.append(exchange.ask(f"visible 10000 {settings.audited_s}"))
    return found


SPINNING = {
    "socket": lambda build, port: processes.bare_socket(build, port, "spin"),
    "ours": lambda build, port: processes.tickcached(
        build, port, SEGMENT, options=["--busy-poll", "--rest=false"]
    ),
}


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


def everything(settings):
    """The daemon with all that it can do (the audit, orders by REST, candles of every symbol, a relay
    that reads every tick) and with the prices alone: ingest, and from send() until visible."""
    found = {"bare": [], "everything": []}
    for _ in range(settings.rounds):
        for name, rounds in found.items():
            with contextlib.ExitStack() as stack:
                exchange = stack.enter_context(processes.exchange(settings.build, SYMBOLS))
                options = ["--max-lag=0"]  # the ticks' times stand still
                channels = processes.PRICES_ALONE
                if name == "everything":
                    options += ["--rest-url", stack.enter_context(rest(exchange))]
                    channels = ("--candles", "all:1m", "--candles-from=ticks", "--orders-poll=2")
                else:
                    options += ["--rest=false"]
                client = stack.enter_context(
                    processes.tickcached(
                        settings.build, exchange.port, SEGMENT, options=options, channels=channels
                    )
                )
                if name == "everything":
                    stack.enter_context(processes.relay(settings.build, SEGMENT, EXCHANGE_CPU))
                exchange.ask(f"watch {client.watch}")
                exchange.ask(f"client {client.process.pid}")
                exchange.ask("wait 60")
                flooded = exchange.ask(f"flood {settings.flood_s}")
                rounds.append({"flood": flooded, "visible": exchange.ask("visible 10000 2")})
    return found


def stopped(process):
    """What a program says when it is told to end."""
    time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    return processes.last_line(process)


def awake_ours(settings, rate, seconds, spin=False):
    # A handler that spins must make way when a tick is due.
    client = SPINNING["ours"] if spin else CLIENTS["ours"]
    with watched(settings, client, precedence=spin) as (exchange, _client):
        how = ["spin"] if spin else []
        cpu = HANDLER_CPU if spin else EXCHANGE_CPU
        command = pinned(cpu, [settings.build / "bench/bench_waiter", SEGMENT, *how])
        with processes.running(command, stdout=subprocess.PIPE) as waiter:
            waiter.stdout.readline()
            exchange.ask(f"pace {rate} {seconds}")
            return stopped(waiter)


def awake_floor(settings, rate, seconds):
    with processes.exchange(settings.build, SYMBOLS) as exchange:
        with processes.bare_socket(settings.build, exchange.port, "wake") as client:
            exchange.ask(f"watch {client.watch}")
            exchange.ask("wait 60")
            command = [settings.build / "bench/bench_bare_waiter", client.watch.split()[1]]
            with processes.running(pinned(EXCHANGE_CPU, command), stdout=subprocess.PIPE) as waiter:
                waiter.stdout.readline()
                exchange.ask(f"pace {rate} {seconds}")
                return stopped(waiter)


def awake_redis(settings, rate, seconds, precedence=False):
    with contextlib.ExitStack() as stack:
        socket = stack.enter_context(processes.redis())
        exchange = stack.enter_context(
            processes.exchange(settings.build, SYMBOLS, precedence=precedence)
        )
        bridge = stack.enter_context(processes.redis_bridge(settings.build, exchange.port, socket))
        exchange.ask(f"watch {bridge.watch}")
        exchange.ask("wait 60")
        command = pinned(EXCHANGE_CPU, [settings.build / "bench/bench_redis_subscriber", socket])
        subscriber = stack.enter_context(processes.running(command, stdout=subprocess.PIPE))
        subscriber.stdout.readline()
        exchange.ask(f"pace {rate} {seconds}")
        time.sleep(0.1)
        subprocess.run(
            ["redis-cli", "-s", socket, "PUBLISH", "ticks", "end"], stdout=subprocess.DEVNULL
        )
        return processes.last_line(subscriber)


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


@contextlib.contextmanager
def relayed(settings):
    """The relay, on a processor of its own, and what sends the ticks."""
    with processes.exchange(settings.build, 620) as exchange:
        with processes.tickcached(settings.build, exchange.port, SEGMENT, EXCHANGE_CPU, ["--rest=false", "--max-lag=0"]) as client:
            exchange.ask(f"watch {client.watch}")
            exchange.ask("wait 60")
            exchange.ask("pace 2000 1")  # every symbol is known
            with processes.relay(settings.build, SEGMENT) as (relay, port):
                seconds = settings.fan_out_s + 3

                def pace():
                    exchange.ask(f"pace {FAN_OUT_RATE} {seconds}")

                with concurrent.futures.ThreadPoolExecutor(1) as pool:
                    paced = pool.submit(pace)
                    time.sleep(0.5)
                    yield relay, port
                    paced.result()


@contextlib.contextmanager
def broadcast(command):
    """A rival, which makes the ticks itself."""
    with processes.running(pinned(CLIENT_CPU, [*command, FAN_OUT_RATE]), stdout=subprocess.PIPE) as rival:
        yield rival, int(rival.stdout.readline())


FAN_OUT_RATE = 2000
FAN_OUT_CLIENTS = 100
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
        command = pinned(EXCHANGE_CPU, [settings.build / "bench/bench_waiter", segment])
        with processes.running(command, stdout=subprocess.PIPE) as waiter:
            waiter.stdout.readline()
            exchange.ask(f"pace {rate} {seconds}")
            return stopped(waiter)


def follower_redis(settings, rate, seconds, port):
    with contextlib.ExitStack() as stack:
        exchange = stack.enter_context(processes.exchange(settings.build, SYMBOLS))
        bridge = stack.enter_context(processes.redis_bridge(settings.build, exchange.port, port))
        exchange.ask(f"watch {bridge.watch}")
        exchange.ask("wait 10")
        command = pinned(EXCHANGE_CPU, [settings.build / "bench/bench_redis_subscriber", port])
        subscriber = stack.enter_context(processes.running(command, stdout=subprocess.PIPE))
        subscriber.stdout.readline()
        exchange.ask(f"pace {rate} {seconds}")
        time.sleep(0.1)
        subprocess.run(
            ["redis-cli", "-p", str(port), "PUBLISH", "ticks", "end"], stdout=subprocess.DEVNULL
        )
        return processes.last_line(subscriber)


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
    ways = {"ours": follower_ours, "bare": follower_redis}
    found = {"follower": {str(rate): {name: [] for name in ways} for rate in (1000, 5000)}}
    for _ in range(settings.rounds):
        for rate, rounds in found["follower"].items():
            for name, measure in ways.items():
                with processes.redis_port() as port:
                    rounds[name].append(measure(settings, rate, settings.cost_s, port))
    with processes.redis_port(processes.idle) as port:
        found["origin"] = visible_beside(settings, port)
    return found


ALL = (
    lookups, scale, python, node, decoding, distributions, sharing, retries, flood, visible, audited,
    awake, spin, everything, asleep, cost, memory, restart, relay, redis,
)  # fmt: skip

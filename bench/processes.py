"""The programs of a measurement: started, pinned to a processor, and ended whatever happens."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
# Debian's, which has the modules.
PYTHON = "/usr/bin/python3"

# The exchange, and who looks at what it sent, on one processor; who takes it in, on the other.
EXCHANGE_CPU, CLIENT_CPU = (sorted(os.sched_getaffinity(0)) * 2)[:2]
# A handler that spins: on one of its own if there is one, or else where the exchange sleeps between two
# ticks.
HANDLER_CPU = (sorted(os.sched_getaffinity(0))[2:] or [EXCHANGE_CPU])[0]


class Failed(Exception):
    """A program did not do what it was started for."""


def pinned(cpu, command):
    return ["taskset", "-c", str(cpu), *map(str, command)]


def idle(cpu, command):
    """On that processor while nobody else wants it: on a machine with two, for what is not measured."""
    return pinned(cpu, ["chrt", "--idle", "0", *command])


@contextlib.contextmanager
def running(command, **options):
    """A process, killed on the way out if it has not ended by then."""
    process = subprocess.Popen(command, text=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for stream in (process.stdin, process.stdout):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


class Exchange:
    """bench_exchange: serves one client, and measures how far that one is."""

    def __init__(self, process):
        self.process = process
        self.port = int(self._line())
        self.prices = self._line()

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise Failed("bench_exchange ended")
        return line

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return json.loads(self._line())


@contextlib.contextmanager
def exchange(build, symbols=700, precedence=False):
    command = [build / "bench/bench_exchange", "--symbols", symbols]
    if precedence:
        command.append("--precedence")
    with running(
        pinned(EXCHANGE_CPU, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield Exchange(process)


def remove_segment(name):
    for end in ("", ".lock", ".next"):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"/dev/shm/{name}{end}")


class Client:
    """Who takes the exchange's messages: its name in the results, its process, whom to watch."""

    def __init__(self, process, watch):
        self.process = process
        self.watch = watch


PRICES_ALONE = ("--orders=false", "--candles", "none")


@contextlib.contextmanager
def tickcached(build, exchange, segment, cpu=CLIENT_CPU, options=(), channels=PRICES_ALONE):
    remove_segment(segment)
    command = [
        build / "daemon/tickcached", "--url", f"ws://127.0.0.1:{exchange.port}", "--segment", segment,
        "--symbols", "all", "--portfolio=false", *channels, "--log-level", "warning", *options,
    ]  # fmt: skip
    environment = dict(os.environ, AGENTEXCHANGE_API_KEY="ak_bench")
    try:
        with running(pinned(cpu, command), env=environment) as process:
            wait_for(lambda: os.path.exists(f"/dev/shm/{segment}"), "the segment")
            yield Client(process, f"segment {segment}")
    finally:
        remove_segment(segment)


@contextlib.contextmanager
def writer(build, segment, symbols, rate, *written):
    """A segment without a daemon; `rate` and `written` as bench_writer has them."""
    remove_segment(segment)
    command = [build / "bench/bench_writer", segment, symbols, rate, CLIENT_CPU, *written]
    try:
        with running(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            process.stdout.readline()
            yield process
    finally:
        remove_segment(segment)


@contextlib.contextmanager
def redis(cpu=CLIENT_CPU):
    """redis-server on a Unix socket, whose path this gives; it keeps nothing."""
    with tempfile.TemporaryDirectory(prefix="tickcache-bench-") as folder:
        path = f"{folder}/redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", path, "--save", "",
                   "--appendonly", "no", "--dir", folder]  # fmt: skip
        with running(pinned(cpu, command), stdout=subprocess.DEVNULL):
            wait_for(lambda: os.path.exists(path), "Redis")
            yield path


@contextlib.contextmanager
def redis_port(place=pinned):
    """redis-server on a free port of 127.0.0.1; it keeps nothing."""
    with tempfile.TemporaryDirectory(prefix="tickcache-bench-") as folder, socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
                   "--appendonly", "no", "--dir", folder]  # fmt: skip
        with running(place(CLIENT_CPU, command), stdout=subprocess.DEVNULL):
            ping = ["redis-cli", "-p", str(port), "PING"]
            wait_for(lambda: subprocess.run(ping, capture_output=True).stdout == b"PONG\n", "Redis")
            yield port


@contextlib.contextmanager
def origin(build, segment, port, place=pinned):
    """tickcache-redis, publishing the segment."""
    command = [build / "bridges/redis/tickcache-redis", "--config", "/dev/null", "--segment", segment,
               "--url", f"redis://127.0.0.1:{port}", "--feed", "bench"]  # fmt: skip
    with running(place(CLIENT_CPU, command), stderr=subprocess.PIPE) as process:
        line = process.stderr.readline()
        if "publishing" not in line:
            raise Failed(f"tickcache-redis: {line}")
        yield process


@contextlib.contextmanager
def follower(build, segment, port, cpu=CLIENT_CPU):
    remove_segment(segment)
    command = [build / "daemon/tickcached", "--config", "/dev/null", "--segment", segment,
               "--url", f"redis://127.0.0.1:{port}", "--feed", "bench", "--max-lag=0"]  # fmt: skip
    try:
        with running(pinned(cpu, command), stderr=subprocess.PIPE) as process:
            for line in process.stderr:
                if "live, from instance" in line:
                    break
            yield process
    finally:
        remove_segment(segment)


@contextlib.contextmanager
def counting(command, cpu=CLIENT_CPU):
    """A rival that counts its messages in the file whose name is its last argument."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm", prefix="tickcache-bench-") as counter:
        with running(pinned(cpu, [*command, counter.name])) as process:
            yield Client(process, f"counter {counter.name}")


@contextlib.contextmanager
def relay(build, segment, cpu=CLIENT_CPU):
    """tickcache-relay on a free port, and which that is."""
    command = [build / "bridges/relay/tickcache-relay", "--segment", segment, "--listen", "127.0.0.1:0"]
    with running(pinned(cpu, command), stderr=subprocess.PIPE) as process:
        line = process.stderr.readline()
        if "listening on" not in line:
            raise Failed(f"tickcache-relay: {line}")
        yield process, int(line.rsplit(":", 1)[1])


def processor_seconds(process):
    """What it has used so far, of user and kernel time."""
    with open(f"/proc/{process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare_socket(build, exchange, *how):
    return counting([build / "bench/bench_bare_socket", exchange.port, *how])


def bare_beast(build, exchange):
    return counting([build / "bench/bench_bare_beast", exchange.port])


def redis_bridge(build, exchange, address):
    """Into the Redis at a path or port."""
    return counting([build / "bench/bench_redis_bridge", exchange.port, address])


def price_cache(build, exchange):
    return counting([PYTHON, HERE / "rivals/price_cache.py", exchange.port])


def output(command, **options):
    """What a command prints, which is to be JSON."""
    done = subprocess.run(
        [str(word) for word in command], text=True, stdout=subprocess.PIPE, **options
    )
    if done.returncode != 0:
        raise Failed(f"{command[0]} ended with {done.returncode}")
    return json.loads(done.stdout)


def last_line(process):
    """The JSON that a process prints before it ends."""
    line = process.stdout.readline()
    if not line:
        raise Failed(f"{process.args} said nothing")
    process.wait(60)
    return json.loads(line)


def wait_for(condition, what, seconds=60):
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise Failed(f"{what} did not come")
        time.sleep(0.005)

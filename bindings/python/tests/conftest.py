"""A market for a test: tickcache-sim, tickcached and a segment, cleaned up in any case."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from signal import SIGKILL, SIGTERM
from typing import Any, Callable, Iterator

import pytest

import tickcache

PATIENCE = 30.0  # seconds; a test that passes never waits that long
KEY = "ak_test_python_0123456789"
TESTS = pathlib.Path(__file__).resolve().parent
EXAMPLES = TESTS.parents[2] / "docs" / "examples" / "python"

_numbers = itertools.count()


def eventually(look: Callable[[], Any], what: str = "it", patience: float = PATIENCE) -> Any:
    """What look() returns as soon as it is true."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} does not come about"
        time.sleep(0.005)
    return found


class Program:
    """A process that writes to files of its own; killed when the market closes."""

    def __init__(self, command: list[str], folder: pathlib.Path, environment: dict[str, str]):
        name = f"{next(_numbers)}-{pathlib.Path(command[0]).name}"
        self._out = folder / f"{name}.out"
        self._err = folder / f"{name}.err"
        clean = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("TICKCACHE_", "AGENTEXCHANGE_"))
        }
        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env=clean | environment,
                start_new_session=True,  # so that its children end with it
            )

    @property
    def out(self) -> str:
        return self._out.read_text()

    @property
    def err(self) -> str:
        return self._err.read_text()

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        return self.process.wait(PATIENCE)

    def end(self, number: int = SIGTERM) -> int:
        self.send(number)
        return self.wait()

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, SIGKILL)
        self.process.wait()


class Market:
    """Programs on one segment."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.segment = f"tickcache-test-{os.getpid()}-py{next(_numbers)}"
        self._programs: list[Program] = []

    def run(self, command: list[str], **environment: str) -> Program:
        program = Program(command, self.folder, {"TICKCACHE_SEGMENT": self.segment} | environment)
        self._programs.append(program)
        return program

    def python(self, *arguments: str, **environment: str) -> Program:
        return self.run([sys.executable, "-u", *arguments], **environment)

    def sim(self, *options: str) -> Program:
        program = self.run([os.environ["TICKCACHE_SIM"], "--summary-json", *options])
        eventually(lambda: program.out.startswith("listening on ") and "\n" in program.out)
        return program

    def daemon(self, sim: Program | str, *options: str, key: str = KEY) -> Program:
        url = sim if isinstance(sim, str) else url_of(sim)
        return self.run(
            [os.environ["TICKCACHED"], "--config", "/dev/null", "--url", url, *options],
            AGENTEXCHANGE_API_KEY=key,
        )

    def cache(self, idle: str = "sleep") -> tickcache.Cache:
        return tickcache.Cache(self.segment, idle=idle)

    def cli(self, *arguments: str) -> list[dict[str, Any]]:
        """What `tickcache … --json` prints."""
        program = self.run([os.environ["TICKCACHE_CLI"], *arguments, "--json"])
        program.wait()
        return [json.loads(line) for line in program.out.splitlines()]

    def close(self) -> None:
        for program in self._programs:
            program.close()
        for suffix in ("", ".lock", ".next"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(f"/dev/shm/{self.segment}{suffix}")


class Exchange:
    """An exchange that sends fixed messages, for what the simulator does not send. Serves one
    connection."""

    def __init__(self, messages: list[str]):
        self._messages = messages
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError, AttributeError):
            peer = self._listener.accept()[0]
            stream = peer.makefile("rwb")
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += stream.readline()
            key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)[1]  # type: ignore[index]
            digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
            stream.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n")
            stream.write(b"Connection: Upgrade\r\nSec-WebSocket-Accept: ")
            stream.write(base64.b64encode(digest) + b"\r\n\r\n")
            stream.flush()
            stream.read(1)  # the first subscription
            for message in self._messages:
                text = message.encode()
                size = struct.pack("!BH", 126, len(text)) if len(text) > 125 else bytes([len(text)])
                stream.write(b"\x81" + size + text)
            stream.flush()
            while stream.read(1):  # until the daemon ends
                pass

    def close(self) -> None:
        self._listener.close()


def order(url: str, what: str, order_id: str = "") -> str:
    """What an agent does by REST: places an order, "limit" or "market", or has one cancelled by
    "cancel". Its id."""
    body = {"symbol": "BTCUSDT", "side": "buy", "type": what, "quantity": "0.01", "price": "100"}
    request = urllib.request.Request(
        f"{url}/api/v1/trade/order/{order_id}".rstrip("/"),
        data=None if what == "cancel" else json.dumps(body).encode(),
        headers={"X-API-Key": KEY},
        method="DELETE" if what == "cancel" else "POST",
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return str(json.load(answer)["order_id"])


def url_of(sim: Program) -> str:
    return sim.out.splitlines()[0].removeprefix("listening on ")


def summary_of(sim: Program) -> dict[str, Any]:
    """What the simulator has sent; ends it."""
    assert sim.end() == 0, sim.err
    summary: dict[str, Any] = json.loads(sim.out.splitlines()[-1])
    return summary


@pytest.fixture
def market(tmp_path: pathlib.Path) -> Iterator[Market]:
    market = Market(tmp_path)
    try:
        yield market
    finally:
        market.close()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A market that is open already, for tests that only look."""
    market = Market(tmp_path_factory.mktemp("busy"))
    try:
        sim = market.sim(
            "--rate",
            "2000",
            "--orders-per-second",
            "20",
            "--portfolio-per-second",
            "5",
            "--candle-every",
            "0.1",
        )
        market.daemon(sim, "--candles", "BTCUSDT:1m")
        cache = market.cache()
        eventually(lambda: cache.status().feed == "live" and cache.status().symbols == 620)
        eventually(lambda: len(cache.orders()) > 20 and cache.portfolio())
        eventually(lambda: len(cache.candles("BTCUSDT", "1m")) > 3)
        yield market
    finally:
        market.close()


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """A market whose ticks have ended, so that prices stay, for tests that only look."""
    market = Market(tmp_path_factory.mktemp("quiet"))
    try:
        sim = market.sim(
            "--rate",
            "5000",
            "--count",
            "5000",
            "--orders-per-second",
            "50",
            "--portfolio-per-second",
            "5",
            "--candle-every",
            "0.1",
        )
        market.daemon(sim, "--candles", "BTCUSDT:1m", "--silence-after", "0")
        cache = market.cache()
        eventually(lambda: cache.status().ticks == 5000 and len(cache.orders()) > 20)
        yield market
    finally:
        market.close()

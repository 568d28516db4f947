"""Many processes at one daemon; forks, and interpreters within a process."""

from __future__ import annotations

import json
import os
import time

import pytest

from conftest import KEY, TESTS, Market, eventually, summary_of

WORKER = str(TESTS / "worker.py")
RATE = 10_000
# TICKCACHE_PYTHON_SECONDS=60 is the long version.
SECONDS = float(os.environ.get("TICKCACHE_PYTHON_SECONDS", "5"))


def test_eight_processes_get_every_tick_and_a_slow_ninth_is_told_what_it_missed(
    market: Market,
) -> None:
    count = int(RATE * SECONDS)
    tape = 32768
    workers = [
        market.python(WORKER, str(count), *more, AGENTEXCHANGE_API_KEY=KEY)
        for more in [()] * 8 + [("slow",)]
    ]
    # All of them are there before the first tick.
    eventually(lambda: all("ready" in worker.out for worker in workers))
    sim = market.sim("--rate", str(RATE), "--count", str(count), "--checksum")
    market.daemon(sim, "--tape", str(tape))
    began = time.monotonic()
    for worker in workers:
        assert worker.process.wait(SECONDS + 60) == 0, worker.err
    took = time.monotonic() - began

    sent = summary_of(sim)
    assert sent["counts"]["connections_total"] == 1
    assert sent["counts"]["ticks_sent"] == sent["counts"]["ticker"] == count
    seen = [json.loads(worker.out.splitlines()[-1]) for worker in workers]
    last = {symbol: entry["sequence"] for symbol, entry in sent["symbols"].items()}
    print(f"{count} ticks in {took:.1f} s; CPU seconds: {[one['cpu'] for one in seen]}")
    for one in seen[:8]:
        assert (one["handled"], one["told"], one["wrong"]) == (count, 0, 0)
        assert one["last"] == last
    slow = seen[8]
    assert slow["wrong"] == 0
    assert slow["handled"] + slow["missed"] == count and slow["told"] == slow["missed"]
    # It had stopped with a batch in hand, and got what was left of the tape after that.
    assert slow["missed"] >= max(0, count - tape - 1024)
    assert slow["missed"] > 0


def test_a_fork_goes_on_with_its_parents_cache(busy: Market) -> None:
    program = busy.python(
        "-c",
        "import os, signal, sys, threading, tickcache\n"
        "cache = tickcache.Cache()\n"
        "assert cache.price('BTCUSDT')\n"
        "thread = threading.Thread(target=cache.wait_for_order, args=('x',), daemon=True)\n"
        "thread.start()\n"
        "children = []\n"
        "for _ in range(4):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        status = 1\n"
        "        try:\n"
        "            first = cache.ticker('BTCUSDT').updates\n"
        "            while cache.ticker('BTCUSDT').updates == first: pass\n"
        "            assert len(cache.prices()) > 600 and cache.orders() and cache.portfolio()\n"
        "            assert cache.wait_for_price('ETHUSDT', 30)\n"
        "            status = 0\n"
        "        finally:\n"
        "            os._exit(status)\n"
        "    children.append(child)\n"
        "assert all(os.waitpid(child, 0)[1] == 0 for child in children)\n"
        "assert cache.price('BTCUSDT')\n",
    )
    assert program.wait() == 0, program.err


def test_multiprocessing_and_a_restart_of_the_daemon(market: Market) -> None:
    sim = market.sim("--rate", "1000", "--symbols", "5")
    daemon = market.daemon(sim)
    eventually(lambda: market.cache().status().symbols == 5)
    program = market.python(
        "-c",
        "import multiprocessing, sys, tickcache\n"
        "cache = tickcache.Cache()\n"
        "cache.price('BTCUSDT')\n"
        "def child(gate):\n"
        "    print('forked'); gate.wait()\n"
        "    sys.exit(0 if cache.status().pid != parent and cache.price('BTCUSDT') else 1)\n"
        "parent = cache.status().pid\n"
        "context = multiprocessing.get_context('fork')\n"
        "gate = context.Event()\n"
        "process = context.Process(target=child, args=(gate,))\n"
        "process.start()\n"
        "while True:\n"
        "    try:\n"
        "        if cache.status().pid != parent and cache.price('BTCUSDT'): break\n"
        "    except tickcache.NotLive: pass\n"
        "gate.set(); process.join(); sys.exit(process.exitcode)\n",
    )
    eventually(lambda: "forked" in program.out)
    daemon.end()
    market.daemon(sim)
    assert program.wait() == 0, program.err


def test_interpreters_of_one_process(busy: Market) -> None:
    subinterpreters = pytest.importorskip("_xxsubinterpreters")
    assert subinterpreters
    program = busy.python(
        "-c",
        "import threading, tickcache, _xxsubinterpreters as interpreters\n"
        "own = tickcache.Cache()\n"
        "code = '''\n"
        "import tickcache\n"
        "cache = tickcache.Cache()\n"
        'for _ in range(20000): assert cache.price("BTCUSDT") and cache.price_str("ETHUSDT")\n'
        'assert isinstance(cache.ticker("BTCUSDT"), tickcache.Ticker)\n'
        "try:\n"
        '    cache.price("BTCUSDT", max_age=0)\n'
        "    raise SystemExit(1)\n"
        "except tickcache.StalePrice:\n"
        "    pass\n"
        "'''\n"
        "def run():\n"
        "    one = interpreters.create()\n"
        "    interpreters.run_string(one, code)\n"
        "    interpreters.destroy(one)\n"
        "    done.append(1)\n"
        "done = []\n"
        "threads = [threading.Thread(target=run) for _ in range(3)]\n"
        "for thread in threads: thread.start()\n"
        "for _ in range(20000): own.price('BTCUSDT')\n"
        "for thread in threads: thread.join()\n"
        "assert len(done) == 3\n",
    )
    assert program.wait() == 0, program.err

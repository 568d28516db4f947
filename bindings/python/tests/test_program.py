"""python -m tickcache."""

from __future__ import annotations

from signal import SIGKILL

import tickcache
from conftest import Market, eventually


def test_it_prints_status_and_prices_and_exits_as_the_command_line_does(market: Market) -> None:
    def says(*arguments: str) -> tuple[int, list[str], str]:
        program = market.python("-m", "tickcache", *arguments)
        return program.wait(), program.out.splitlines(), program.err

    code, out, err = says("BTCUSDT")
    assert (code, out) == (5, []) and "start tickcached" in err

    sim = market.sim("--rate", "100", "--count", "50", "--symbols", "2")
    daemon = market.daemon(sim, "--silence-after", "0")
    cache = market.cache()
    eventually(lambda: cache.status().ticks == 50)
    eventually(lambda: cache.status().feed == "live")
    code, out, err = says("ethusdt", "BTCUSDT")
    assert (code, err) == (0, "")
    assert out[0].startswith("feed live  ws://127.0.0.1:") and out[0].endswith("  2 symbols")
    assert out[1].split()[0] == "ETHUSDT" and out[2].split()[0] == "BTCUSDT"
    assert out[2].split()[1] == cache.price_str("BTCUSDT") and out[2].endswith(" s  live")
    code, out, _ = says()
    assert code == 0 and [line.split()[0] for line in out[1:]] == ["BTCUSDT", "ETHUSDT"]
    code, out, _ = says("BTCUSDT", "nope")
    assert code == 3 and out[2] == "nope  missing"
    code, out, _ = says("BTCUSDT", "--max-age", "0")
    assert code == 4 and out[1].endswith("  stale: too_old")
    code, _, err = says("--max-age", "-1")
    assert code == 2 and "--max-age must be a number of seconds" in err
    assert says("--version")[1] == [tickcache.__version__]
    code, _, err = says("--segment", "no/name")
    assert code == 5 and "no/name" in err

    daemon.end(SIGKILL)
    eventually(lambda: cache.status().feed == "down")
    code, out, _ = says("BTCUSDT")
    assert code == 4 and out[1].endswith("  down: heartbeat_lost")
    assert says()[0] == 4

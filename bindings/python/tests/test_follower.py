"""Prices of another machine, by Redis."""

from __future__ import annotations

import os
import pathlib
import socket
from typing import Iterator

import pytest

from conftest import Market, eventually


@pytest.fixture
def redis(market: Market, tmp_path: pathlib.Path) -> Iterator[str]:
    """The URL of a Redis."""
    with socket.socket() as port:  # holds the port, on which Redis then listens
        port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port.bind(("127.0.0.1", 0))
        number = str(port.getsockname()[1])
        command = ["redis-server", "--bind", "127.0.0.1", "--port", number, "--save", ""]
        market.run([*command, "--dir", str(tmp_path)])
        yield f"redis://127.0.0.1:{number}"


@pytest.fixture
def follower(tmp_path: pathlib.Path) -> Iterator[Market]:
    market = Market(tmp_path)
    try:
        yield market
    finally:
        market.close()


def test_its_status_says_how_far_it_is_from_the_exchange(
    market: Market, follower: Market, redis: str
) -> None:
    market.daemon(market.sim("--rate", "200", "--symbols", "5"))
    bridge = [os.environ["TICKCACHE_REDIS"], "--config", "/dev/null"]
    market.run([*bridge, "--url", redis, "--feed", "test"])
    follower.daemon(redis, "--feed", "test")

    here = follower.cache()
    status = eventually(lambda: (s := here.status()).feed == "live" and s, "a live follower")
    assert status.hops == 1
    assert 0 <= status.lag <= 2  # later would not be live
    assert status.upstream == f"{redis}, feed test"
    assert market.cache().status().hops == 0

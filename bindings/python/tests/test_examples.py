"""The tools for agent frameworks, without a framework, and the notebook, without Jupyter."""

from __future__ import annotations

import ast
import importlib.util
import json
from typing import Any

import pytest

from conftest import EXAMPLES, Market, eventually


def load(name: str, market: Market, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TICKCACHE_SEGMENT", market.segment)
    specification = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_a_langchain_tool(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = load("langchain_tool", market, monkeypatch)
    assert "live" in tool.get_price.__doc__
    answer = json.loads(tool.get_price("BTCUSDT"))
    assert answer["freshness"] == "down" and "start tickcached" in answer["error"]

    sim = market.sim("--rate", "100", "--count", "50", "--symbols", "2")
    daemon = market.daemon(sim, "--silence-after", "0")
    cache = market.cache()
    eventually(lambda: cache.status().ticks == 50)
    answer = json.loads(tool.get_price("btcusdt"))
    assert list(answer) == ["symbol", "price", "age_ms", "freshness"]
    assert answer["symbol"] == "BTCUSDT" and answer["price"] == cache.price_str("BTCUSDT")
    assert answer["freshness"] == "live" and answer["age_ms"] >= 0
    assert json.loads(tool.get_price("nope")) == {
        "symbol": "NOPE",
        "price": None,
        "age_ms": None,
        "freshness": "missing",
    }
    daemon.end()
    answer = json.loads(tool.get_price("BTCUSDT"))
    assert answer["freshness"] == "down" and answer["price"] is not None

    program = market.python(str(EXAMPLES / "langchain_tool.py"), "ETHUSDT")
    assert program.wait() == 0 and json.loads(program.out)["symbol"] == "ETHUSDT"


def test_crewai_tools(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = load("crewai_tool", market, monkeypatch)
    assert tools.fresh_price.__doc__ and tools.order_outcome.__doc__
    market.daemon(market.sim("--rate", "500", "--symbols", "2", "--orders-per-second", "100"))
    answer = json.loads(tools.fresh_price("btcusdt"))
    assert list(answer) == ["symbol", "price", "age_ms", "freshness"]
    assert answer["freshness"] == "live" and float(answer["price"]) > 0
    cache = market.cache()
    order = eventually(
        lambda: next((o for o in reversed(cache.orders()) if o.status == "pending"), None)
    )
    answer = json.loads(tools.order_outcome(order.order_id, 60))
    assert answer["order_id"] == order.order_id and answer["status"] in ("filled", "cancelled")
    answer = json.loads(tools.order_outcome("x", 0.01))
    assert answer["status"] is None and "was never seen" in answer["error"]

    program = market.python(str(EXAMPLES / "crewai_tool.py"), "ETHUSDT")
    assert program.wait() == 0 and json.loads(program.out)["symbol"] == "ETHUSDT"


def shown(value: Any) -> str:
    """As a notebook shows what the last line of a cell gives."""
    return str(value._repr_html_() if hasattr(value, "_repr_html_") else repr(value))


def run_cells(notebook: str) -> list[str]:
    """Runs the cells as Jupyter would; what each of them shows."""
    cells = json.loads((EXAMPLES / notebook).read_text())["cells"]
    names: dict[str, Any] = {}
    outputs = []
    for number, cell in enumerate(cell for cell in cells if cell["cell_type"] == "code"):
        assert cell["outputs"] == [] and cell["execution_count"] is None  # stored without results
        body = ast.parse("".join(cell["source"]), f"cell {number}").body
        last = body.pop()
        assert isinstance(last, ast.Expr)
        exec(compile(ast.Module(body, []), f"cell {number}", "exec"), names)
        outputs.append(shown(eval(compile(ast.Expression(last.value), "last", "eval"), names)))
    return outputs


def test_the_notebook(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKCACHE_SEGMENT", market.segment)
    market.daemon(market.sim("--rate", "500", "--symbols", "20", "--orders-per-second", "20"))
    cache = market.cache()
    eventually(lambda: cache.status().symbols == 20 and len(cache.orders()) > 5)
    the_cache, price, frame, ticks, orders = run_cells("prices.ipynb")
    assert f"{market.segment}: feed live, 20 symbols" in the_cache
    assert "Ticker(symbol='BTCUSDT'" in price
    assert frame.count("<td>live</td>") == 10 and "updates" in frame
    assert "count" in ticks and "USDT" in ticks
    assert "order_id" in orders and "USDT" in orders

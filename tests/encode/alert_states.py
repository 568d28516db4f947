"""alert_states.py STATES: print a promtool test for the states that alert_states (tests/e2e) has written to STATES.

Each has twenty minutes of the metrics before the state, then ten of those in it. Seven minutes into the state, its
alerts fire, and no others.
"""

import json
import re
import sys
from pathlib import Path

RULES = Path(__file__).parents[2] / "docs" / "alerts.yml"
SAMPLE = re.compile(r"(\w+)\{(.*)\} (\S+)")
SCRAPED = 'job="tickcache", instance="a"'
BEFORE, AFTER = 40, 20  # samples, one in 30 s


def samples(path):
    """Value by series, as if Prometheus had scraped it."""
    found = {f"up{{{SCRAPED}}}": "1"}
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            found[f"{name}{{{SCRAPED}, {labels}}}"] = value
    return found


def repeated(value, count):
    return f"_x{count}" if value is None else f"{value}x{count - 1}"


def test(state):
    before, after = samples(state / "before"), samples(state / "after")
    return {
        "name": state.name,
        "interval": "30s",
        "input_series": [
            {
                "series": series,
                "values": f"{repeated(before.get(series), BEFORE)} {repeated(after.get(series), AFTER)}",
            }
            for series in before | after
        ],
        "promql_expr_test": [
            {
                "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": "27m",
                "exp_samples": [
                    {"labels": f'{{alertname="{alert}"}}', "value": 1}
                    for alert in (state / "alerts").read_text().split()
                ],
            }
        ],
    }


states = sorted(Path(sys.argv[1]).iterdir())
json.dump(
    {
        "rule_files": [str(RULES.resolve())],
        "evaluation_interval": "30s",
        "tests": [test(state) for state in states],
    },
    sys.stdout,
)

#!/usr/bin/python3
"""The table of targets, from the results of bench/run. Usage: bench/table.py RESULTS… [--markdown]

With --markdown, all tables of docs/performance.md: that of the targets has a column for each file of
RESULTS, the others are of the first."""

import json
import statistics
import sys

from targets import micros, rows

median = statistics.median


def text(results):
    lines = []
    for row in rows(results):
        lines.append(f"{row.what}: {row.target}\n    {row.measured}    {row.verdict}")
    missed = sum(row.verdict == "FAIL" for row in rows(results))
    lines.append(f"{missed} targets missed" if missed else "no target missed without a proven reason")
    return "\n".join(lines)


def spans(nanoseconds):
    return f"{nanoseconds} ns" if nanoseconds < 10_000 else micros(nanoseconds)


def machine_name(results):
    about = results["machine"]
    return f"{about['processor']}, {about['processors']} processors, {results['date'][:10]}"


def targets(machines):
    """Each target once, with what each machine measured."""
    lines = ["| | target | " + " | ".join(map(machine_name, machines)) + " |"]
    lines.append("|---|---|" + "---|" * len(machines))
    found = {}
    for column, results in enumerate(machines):
        for row in rows(results):
            cells = found.setdefault((row.what, row.target), ["not measured"] * len(machines))
            cells[column] = f"{row.measured}: {row.verdict}"
    lines += [f"| {what} | {target} | {' | '.join(cells)} |" for (what, target), cells in found.items()]
    return lines


def markdown(machines):
    """The targets; then the distributions of single lookups and of what goes over the wire."""
    results = machines[0]
    lines = targets(machines)
    lines += ["", "| one lookup | writer | p50 | p99 | p99.9 | max |", "|---|---|---|---|---|---|"]
    writers = {"0": "idle", "10000": "10,000/s", "full": "full speed"}
    for found in results.get("distributions", []):
        readers = f", {found['readers']} processes" if found["readers"] > 1 else ""
        figures = " | ".join(spans(found[key]) for key in ("p50", "p99", "p99_9", "max"))
        what = found["what"].replace("_", " ")
        lines.append(f"| {what}{readers} | {writers[found['writer']]} | {figures} |")
    for part in ("visible", "awake"):
        lines += ["", f"| {part}, ticks/s | | p50 | p99 | p99.9 | max |", "|---|---|---|---|---|---|"]
        for rate in sorted(results.get(part, {}), key=int):
            for name, rounds in results[part][rate].items():
                figures = (micros(median(r[key] for r in rounds)) for key in ("p50", "p99", "p99_9"))
                worst = micros(max(r["max"] for r in rounds))
                lines.append(f"| {int(rate):,} | {name} | {' | '.join(figures)} | {worst} |")
    return "\n".join(lines)


if __name__ == "__main__":
    machines = []
    for name in sys.argv[1:]:
        if name != "--markdown":
            with open(name) as file:
                machines.append(json.load(file))
    print(markdown(machines) if "--markdown" in sys.argv else "\n\n".join(map(text, machines)))

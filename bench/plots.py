#!/usr/bin/python3
"""Draws the results of bench/run as SVG. Usage: bench/plots.py RESULTS FOLDER"""

import json
import pathlib
import statistics
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402: the backend comes first

OURS, RIVAL, FLOOR = "#1b6ca8", "#c8c8c8", "#8a8a8a"
CLIENTS = {
    "socket": ("recv() that only counts", FLOOR),
    "beast": ("bare Beast", RIVAL),
    "ours": ("tickcached", OURS),
    "python": ("Python example", "#d9a441"),
}
median = statistics.median


def figure(title, height=3.6):
    plot, axes = plt.subplots(figsize=(7.2, height), layout="constrained")
    axes.set_title(title, loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    return plot, axes


def bars(axes, names, values, colours, label):
    axes.barh(names, values, color=colours)
    for at, value in enumerate(values):
        axes.text(value, at, "  " + label(value), va="center", fontsize=9)
    axes.invert_yaxis()
    axes.margins(x=0.18)


def lookups(results):
    ns = results["lookups"]
    shown = {
        "by handle, value": "value_by_handle/700",
        "by symbol, value": "value_by_symbol/700",
        "one clock read": "clock_read",
        "by handle, judged": "judged_by_handle/700",
        "by symbol, judged": "judged_by_symbol/700",
        "one-copy seqlock by index": "one_copy_seqlock/700",
        "unordered_map::find alone": "map_find/700",
        "mutex + unordered_map": "locked_map/700",
        "LMDB": "lmdb_get/700",
        "Redis GET, Unix socket": "redis_get/700",
    }
    shown = {name: ns[key] for name, key in shown.items() if key in ns}
    plot, axes = figure("One lookup among 700 symbols (log scale)")
    colours = [OURS if name.startswith("by ") else RIVAL for name in shown]
    axes.set_xscale("log")
    bars(axes, list(shown), list(shown.values()), colours,
         lambda v: f"{v:.1f} ns" if v < 1000 else f"{v / 1000:.1f} µs")  # fmt: skip
    axes.set_xlabel("nanoseconds")
    return plot


def python(results):
    found = results["python"]
    names = {
        "price_str": "cache.price_str(symbol)",
        "price": "cache.price(symbol)",
        "price, max_age": "cache.price(symbol, max_age=5.0)",
        "get_cached_price": "tickcache.get_cached_price(symbol)",
        "ticker": "cache.ticker(symbol)",
    }
    rival = median(found[name]["lock_and_dict_ns"] for name in names)
    plot, axes = figure("One lookup in Python", 2.6)
    bars(axes, [*names.values(), "the specification's dict and lock"],
         [*(found[name]["ns"] for name in names), rival], [OURS] * len(names) + [RIVAL],
         lambda v: f"{v:.0f} ns")  # fmt: skip
    axes.set_xlabel("nanoseconds")
    return plot


def symbols(results):
    ns = results["lookups"]
    counts = [10, 100, 700, 4096]
    plot, axes = figure("A lookup's cost by the number of symbols")
    for key, name, style in (("value_by_symbol", "by symbol", "-"), ("value_by_handle", "by handle", "--")):
        axes.plot(counts, [ns[f"{key}/{n}"] for n in counts], style, marker="o", color=OURS, label=name)
    axes.set_xscale("log")
    axes.set_xticks(counts, [f"{n:,}" for n in counts])
    axes.set_ylim(bottom=0)
    axes.set_xlabel("symbols in the segment")
    axes.set_ylabel("nanoseconds")
    axes.legend(frameon=False)
    return plot


def readers(results):
    found = [d for d in results["distributions"]
             if d["writer"] == "10000" and d["what"] == "judged_by_handle"]  # fmt: skip
    found = {d["readers"]: d for d in found}
    counts = sorted(found)
    plot, axes = figure("A judged lookup beside other reader processes on two processors")
    for key, name in (("p50", "p50"), ("p99", "p99"), ("p99_9", "p99.9")):
        axes.plot(counts, [found[n][key] for n in counts], marker="o", label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(counts, counts)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("reader processes, with a writer at 10,000 ticks/s")
    axes.set_ylabel("nanoseconds")
    axes.legend(frameon=False)
    return plot


def decoding(results):
    ns = results["decoding"]
    names = [key.split("/")[1] for key in ns if key.startswith("decode/")]
    plot, axes = figure("Decoding one message")
    places = range(len(names))
    for shift, key, name, colour in ((-0.2, "decode_in_general", "JSON parser alone", RIVAL),
                                     (0.2, "decode", "as tickcached does", OURS)):  # fmt: skip
        values = [ns[f"{key}/{n}"] for n in names]
        axes.barh([p + shift for p in places], values, height=0.38, color=colour, label=name)
        for place, value in zip(places, values):
            axes.text(value, place + shift, f"  {value:.0f}", va="center", fontsize=8)
    axes.set_yticks(places, [n.replace("_", ", ") for n in names])
    axes.invert_yaxis()
    axes.set_xlabel("nanoseconds")
    axes.legend(frameon=False)
    return plot


def ingest(results):
    rounds = results["flood"]
    plot, axes = figure("Messages a second on one core, through a WebSocket", 2.4)
    names = [n for n in ("ours", "beast", "python") if n in rounds]
    values = [median(r["messages_per_s"] for r in rounds[n]) for n in names]
    bars(axes, [CLIENTS[n][0] for n in names], values, [CLIENTS[n][1] for n in names],
         lambda v: f"{v / 1e6:.2f} million")  # fmt: skip
    axes.set_xlabel("messages a second")
    return plot


def latencies(axes, found, names):
    rates = sorted((rate for rate in found), key=int)
    for name, (label, colour) in names.items():
        for key, style in (("p50", "-"), ("p99", ":")):
            values = [median(r[key] for r in found[rate][name]) / 1000 for rate in rates]
            axes.plot(range(len(rates)), values, style, marker="o", markersize=4, color=colour,
                      label=f"{label}, {key}")  # fmt: skip
    axes.set_xticks(range(len(rates)), [f"{int(rate):,}" for rate in rates])
    axes.set_yscale("log")
    axes.set_xlabel("messages a second")
    axes.set_ylabel("microseconds")
    axes.legend(frameon=False, fontsize=8, ncols=2)


def visible(results):
    plot, axes = figure("From the exchange's send() until every process can see the tick", 4)
    latencies(axes, results["visible"], CLIENTS)
    return plot


def awake(results):
    plot, axes = figure("From the exchange's send() until a sleeping program's handler runs", 4)
    names = {
        "floor": ("recv() and futex", FLOOR),
        "ours": ("tickcache", OURS),
        "redis": ("Beast → Redis pub/sub", "#d9a441"),
    }
    latencies(axes, results["awake"], names)
    return plot


PLOTS = {
    "lookups": lookups,
    "python": python,
    "symbols": symbols,
    "readers": readers,
    "decoding": decoding,
    "ingest": ingest,
    "visible": visible,
    "awake": awake,
}


def main():
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    # The same results give the same files.
    plt.rcParams.update({"svg.hashsalt": "tickcache", "svg.fonttype": "none", "font.size": 10})
    for name, draw in PLOTS.items():
        plot = draw(results)
        plot.savefig(folder / f"{name}.svg", metadata={"Date": None})
        plt.close(plot)


if __name__ == "__main__":
    main()

"""What is to be reached, and whether the results of bench/run reach it."""

import statistics

median = statistics.median


def ratios(above, below, key):
    """Of the rounds, in each of which both were measured one after the other."""
    return [a[key] / b[key] for a, b in zip(above, below)]


def medians(found, key):
    """Of each way that was measured."""
    return {name: median(r[key] for r in rounds) for name, rounds in found.items()}


def micros(nanoseconds):
    if nanoseconds >= 10_000_000:
        return f"{nanoseconds / 1_000_000:.0f} ms"
    return f"{nanoseconds / 1000:.1f} µs"


class Row:
    """One target: what it says, what was measured, and whether that is good enough."""

    def __init__(self, what, target, measured, passed, proof=None):
        self.what = what
        self.target = target
        self.measured = measured
        self.passed = passed
        self.proof = proof

    @property
    def verdict(self):
        if self.passed:
            return "pass"
        return f"no: {self.proof}" if self.proof else "FAIL"


def lookup_rows(ns):
    copy, value = ns["plain_copy_one_by_one/700"], ns["value_by_handle_one_by_one/700"]
    judged, clock = ns["judged_by_handle_one_by_one/700"], ns["clock_read"]
    symbol, find, locked = ns["value_by_symbol/700"], ns["map_find/700"], ns["locked_map/700"]
    yield Row(
        "lookup by handle, value only", "≤ 2× a plain 48-byte copy",
        f"{value:.1f} ns ÷ {copy:.1f} ns = {value / copy:.2f}", value <= 2 * copy,
    )  # fmt: skip
    yield Row(
        "judged by handle", "≤ 2× value only",
        f"{judged:.1f} ns ÷ {value:.1f} ns = {judged / value:.2f}", judged <= 2 * value,
    )  # fmt: skip
    judged_symbol = ns["judged_by_symbol/700"]
    yield Row(
        "judged by symbol", "≤ 1.3× mutex + map + copy",
        f"{judged_symbol:.1f} ns ÷ {locked:.1f} ns = {judged_symbol / locked:.2f}",
        judged_symbol <= 1.3 * locked,
    )  # fmt: skip
    if "judged_batch/100" in ns:
        batch, together = ns["value_batch/100"], ns["judged_batch/100"]
        yield Row(
            "100 symbols by handle, judged together", "≤ 1.2× value only, one after the other",
            f"{together:.0f} ns ÷ {batch:.0f} ns = {together / batch:.2f}", together <= 1.2 * batch,
        )  # fmt: skip
    clocks = (judged - value) / clock
    yield Row(
        "lookup by handle with age and freshness", "≤ value only + 1.3× one clock read",
        f"{judged:.1f} ns = {value:.1f} ns + {clocks:.2f} × {clock:.1f} ns", clocks <= 1.3,
        barrier(ns),
    )  # fmt: skip
    yield Row(
        "lookup by symbol, value only", "≤ 1.5× `unordered_map::find`",
        f"{symbol:.1f} ns ÷ {find:.1f} ns = {symbol / find:.2f}", symbol <= 1.5 * find,
    )  # fmt: skip
    yield Row(
        "lookup by symbol, value only", "≤ 0.5× mutex + map + copy",
        f"{symbol:.1f} ns ÷ {locked:.1f} ns = {symbol / locked:.2f}", symbol <= 0.5 * locked,
    )  # fmt: skip
    if "redis_get/700" in ns:
        redis = ns["redis_get/700"]
        yield Row(
            "Redis GET ÷ lookup by symbol", "≥ 2,000",
            f"{micros(redis)} ÷ {symbol:.1f} ns = {redis / symbol:,.0f}", redis >= 2000 * symbol,
        )  # fmt: skip
    few, many = ns["value_by_symbol/10"], ns["value_by_symbol/4096"]
    yield Row(
        "10 → 4,096 symbols, lookup by symbol", "≤ 2×",
        f"{many:.1f} ns ÷ {few:.1f} ns = {many / few:.2f}", many <= 2 * few,
    )  # fmt: skip


def scale_rows(ns):
    few, many = ns["value_by_symbol/10"], ns["value_by_symbol/100000"]
    find = ns.get("map_find/100000", 0)
    proof = None
    if find > 3 * few:
        proof = f"finding it in an unordered_map alone, without lock and copy, takes {find:.0f} ns"
    yield Row(
        "10 → 100,000 symbols, lookup by symbol", "≤ 3×",
        f"{many:.1f} ns ÷ {few:.1f} ns = {many / few:.1f};"
        f" mutex + map + copy has {ns['locked_map/100000']:.0f} ns",
        many <= 3 * few, proof,
    )  # fmt: skip


def spin_rows(found):
    for rate, rounds in found["visible"].items():
        p50 = medians(rounds, "p50")
        name = f"wire → visible with busy-poll at {int(rate):,}/s"
        for rival, most, text in (
            ("socket", 1.15, "≤ 1.15× a bare non-blocking recv()"),
            ("asleep", 0.6, "≤ 0.6× the sleeping daemon's"),
            ("python", 1 / 3, "≤ a third of the Python example's"),
        ):
            share = median(ratios(rounds["ours"], rounds[rival], "p50"))
            yield Row(
                name, f"p50 {text}",
                f"{micros(p50['ours'])} ÷ {micros(p50[rival])} = {share:.2f}", share <= most,
            )  # fmt: skip
    for rate, rounds in found["awake"].items():
        p50 = medians(rounds, "p50")
        share = median(ratios(rounds["ours"], rounds["redis"], "p50"))
        yield Row(
            f"wire → handler, both spinning, at {int(rate):,}/s", "p50 ≤ half of Redis pub/sub's",
            f"{micros(p50['ours'])} ÷ {micros(p50['redis'])} = {share:.2f}", share <= 0.5,
        )  # fmt: skip


def everything_rows(found):
    def share(part, key):
        pairs = zip(found["everything"], found["bare"])
        return median(all_on[part][key] / bare[part][key] for all_on, bare in pairs)

    # By the processor's time: with two processors, exchange and relay have to share one.
    ingest = 1 / share("flood", "cpu_ns_per_message")
    cost = median(r["flood"]["cpu_ns_per_message"] for r in found["everything"])
    yield Row(
        "ingest with audit, orders, candles of all symbols and a relay", "≥ 0.8× with prices alone",
        f"{cost:.0f} ns of the processor a tick, {ingest:.2f}", ingest >= 0.8,
    )  # fmt: skip
    tail = share("visible", "p99")
    yield Row(
        "wire → visible at 10,000/s with all of these", "p99 ≤ 1.2× with prices alone",
        f"{micros(median(r['visible']['p99'] for r in found['everything']))}, {tail:.2f}", tail <= 1.2,
    )  # fmt: skip


def python_rows(found):
    for name, most, text in (("price_str", 1 / 3, "a third"), ("price", 1 / 4, "a quarter")):
        each = found[name]
        yield Row(
            f"`{name}` in Python", f"≤ {text} of the specification's `get_cached_price`",
            f"{each['ns']:.0f} ns ÷ {each['lock_and_dict_ns']:.0f} ns = {each['share']:.2f}",
            each["share"] <= most,
        )  # fmt: skip


def node_rows(found):
    for way, what in (("each", "700 symbols in turn"), ("one", "one symbol, a literal")):
        price, get = found["price"][way], found["map_get"][way]
        yield Row(
            f"`price` in Node, {what}", "≤ 3× `Map.get` in the same process",
            f"{price:.0f} ns ÷ {get:.1f} ns = {price / get:.1f}", price <= 3 * get,
        )  # fmt: skip
    price, redis = found["price"]["one"], found["redis_get"]["one"]
    yield Row(
        "Redis GET in Node ÷ `price`", "≥ 100",
        f"{micros(redis)} ÷ {price:.0f} ns = {redis / price:,.0f}", redis >= 100 * price,
    )  # fmt: skip
    stream = found["stream"]
    yield Row(
        "Node's event loop beside a stream of 10,000 ticks/s, p99 delay", "≤ 5 ms, none lost",
        f"{stream['late_p99_ms']:.1f} ms, {stream['missed']} lost of {stream['ticks_per_s']:,}/s,"
        f" {stream['cpu_share']:.0%} of a core",
        stream["late_p99_ms"] <= 5 and stream["missed"] == 0,
    )  # fmt: skip


def barrier(ns):
    """Why an age costs more than a clock read, if even without a judgement it does."""
    bare = ns.get("value_and_clock_one_by_one/700")
    if bare is None:
        return None
    value, clock = ns["value_by_handle_one_by_one/700"], ns["clock_read"]
    if (bare - value) / clock <= 1.3:
        return None
    return f"a value and a clock read with nothing in between take {bare:.1f} ns"


def retry_rows(found):
    ours, rival = found["ours"]["worst"], found["one_copy_seqlock"]["worst"]
    yield Row(
        "retries of one read under a full-speed writer",
        "worst ≤ 100, and ≤ a thousandth of the one-copy seqlock's",
        f"{ours:,} in {found['ours']['reads']:.0e} reads; the seqlock's {rival:,}",
        ours <= 100 and ours * 1000 <= rival,
    )


def flood_rows(found):
    rate = {name: median(r["messages_per_s"] for r in rounds) for name, rounds in found.items()}
    by_beast = median(ratios(found["ours"], found["beast"], "messages_per_s"))
    by_python = median(ratios(found["ours"], found["python"], "messages_per_s"))
    yield Row(
        "ingest on one core", "≥ 90 % of the bare Beast loop's",
        f"{rate['ours'] / 1e6:.2f} M/s ÷ {rate['beast'] / 1e6:.2f} M/s = {by_beast:.2f}",
        by_beast >= 0.9,
    )
    yield Row(
        "ingest on one core", "≥ 15× the Python example's (stretch: 20×)",
        f"{rate['ours'] / 1e6:.2f} M/s ÷ {rate['python'] / 1e3:.0f} k/s = {by_python:.1f}",
        by_python >= 15,
    )


def visible_rows(found):
    for rate in ("1000", "10000"):
        if rate not in found:
            continue
        rounds = found[rate]
        p50 = medians(rounds, "p50")
        more = median(o["p50"] - b["p50"] for o, b in zip(rounds["ours"], rounds["beast"]))
        tail = median(ratios(rounds["ours"], rounds["beast"], "p99"))
        by_python = median(ratios(rounds["ours"], rounds["python"], "p50"))
        floor = median(ratios(rounds["socket"], rounds["python"], "p50"))
        name = f"wire → visible at {int(rate):,}/s"
        yield Row(
            name, "p50 ≤ bare Beast's + 3 µs",
            f"{micros(p50['ours'])} − {micros(p50['beast'])}, by rounds {micros(more)}", more <= 3000,
        )  # fmt: skip
        least = median(ratios(rounds["socket"], rounds["beast"], "p99"))
        proof = None
        if tail <= 1.2 * least:
            proof = f"a bare recv() that only counts has {least:.2f}: the tail is the machine's"
        yield Row(name, "p99 ≤ 1.2× bare Beast's", f"{tail:.2f}", tail <= 1.2, proof)
        proof = None
        if floor > 1 / 3:
            proof = (
                f"a bare recv() that only counts has {floor:.2f} ({micros(p50['socket'])}):"
                " it is the kernel that takes the time, to send and to wake"
            )
        yield Row(
            name, "p50 ≤ a third of the Python example's",
            f"{micros(p50['ours'])} ÷ {micros(p50['python'])} = {by_python:.2f}",
            by_python <= 1 / 3, proof,
        )  # fmt: skip


def audited_rows(found):
    tail, share = medians(found, "p99_9"), medians(found, "cpu_share")
    times, more = tail["with"] / tail["without"], tail["with"] - tail["without"]
    yield Row(
        "wire → visible at 10,000/s with the audit", "p99.9 ≤ 1.1× without, and ≤ 300 µs more",
        f"{micros(tail['with'])} ÷ {micros(tail['without'])} = {times:.2f}",
        times <= 1.1 and more <= 300_000,
    )  # fmt: skip
    cost = share["with"] - share["without"]
    yield Row(
        "the audit at 10,000/s", "≤ 0.5 % of a core", f"{cost:.2%}", cost <= 0.005,
    )  # fmt: skip


def awake_rows(found):
    for rate in ("1000", "10000"):
        if rate not in found:
            continue
        rounds = found[rate]
        p50 = medians(rounds, "p50")
        share = median(ratios(rounds["ours"], rounds["redis"], "p50"))
        floor = median(ratios(rounds["floor"], rounds["redis"], "p50"))
        proof = None
        if floor > 0.5:
            proof = (
                f"a bare recv() and a bare futex have {floor:.2f} ({micros(p50['floor'])}):"
                " it is the kernel's two wake-ups that take the time"
            )
        yield Row(
            f"wire → handler awake at {int(rate):,}/s", "p50 ≤ half of Redis pub/sub's",
            f"{micros(p50['ours'])} ÷ {micros(p50['redis'])} = {share:.2f}", share <= 0.5, proof,
        )  # fmt: skip


def asleep_rows(found):
    share = {name: median(r["share"] for r in rounds) for name, rounds in found.items()}
    yield Row(
        "waiting for a quiet symbol, or for orders, beside 10,000 ticks/s", "< 2 % of a core",
        f"{share['quiet_symbol']:.2%}, {share['orders']:.2%}"
        f" (for one symbol of 700 that ticks: {share['one_symbol']:.2%})",
        max(share["quiet_symbol"], share["orders"]) < 0.02,
    )  # fmt: skip


def cost_rows(found):
    shares = {name: median(r["cpu_share"] for r in rounds) for name, rounds in found.items()}
    more = median(o["cpu_share"] - b["cpu_share"] for o, b in zip(found["ours"], found["beast"]))
    yield Row(
        "daemon at 10,000/s, 700 symbols", "≤ 5 % of a core beyond bare Beast's",
        f"{shares['ours']:.1%} − {shares['beast']:.1%}, by rounds {more:+.1%}", more <= 0.05,
    )  # fmt: skip
    # Beside busy processes a message costs less, whatever they do: the processors do not go to sleep.
    # So the readers are held against as many who are busy with something else, too.
    alone = median(ratios(found["ours_read"], found["ours"], "cpu_ns_per_message"))
    beside = median(ratios(found["ours_read"], found["ours_beside"], "cpu_ns_per_message"))
    yield Row(
        "CPU per message with 8 busy readers ÷ with none", "≤ 1.05",
        f"{alone:.3f}; ÷ with 8 that read only the clock {beside:.3f}",
        max(alone, beside) <= 1.05,
    )  # fmt: skip


def memory_rows(found):
    size = found["VmRSS"] / 1024
    yield Row(
        "daemon's resident memory", "≤ 16 MB",
        f"{size:.1f} MiB, of which the segment {found['RssShmem'] / 1024:.1f}", size <= 16,
    )  # fmt: skip


def relay_rows(found):
    per_second = {
        name: median(r["frames"] / r["processor_s"] for r in rounds) for name, rounds in found.items()
    }
    late = median(r["p99"] for r in found["ours"])
    rate = median(r["frames"] / r["seconds"] for r in found["ours"])
    dropped = sum(r["closed"] for r in found["ours"])
    yield Row(
        "relay, 100 clients at 2,000 ticks/s, p99 from the exchange", "≤ 5 ms, nobody dropped",
        f"{micros(late)}, {rate:,.0f} frames/s, {dropped} dropped", late <= 5_000_000 and not dropped,
    )  # fmt: skip
    for rival, name, least in (("python", "Python's `websockets`", 5), ("node", "Node's `ws`", 2)):
        ratio = per_second["ours"] / per_second[rival]
        yield Row(
            f"relay, frames for each second of a core ÷ a broadcast with {name}", f"≥ {least}",
            f"{per_second['ours']:,.0f} ÷ {per_second[rival]:,.0f} = {ratio:.1f}", ratio >= least,
        )  # fmt: skip


def redis_rows(found):
    for rate, rounds in found["follower"].items():
        p50, p99 = (medians(rounds, key) for key in ("p50", "p99"))
        missed = sum(r["missed"] for r in rounds["ours"])
        name = f"wire → a follower's handler at {int(rate):,}/s"
        yield Row(
            name, "p50 ≤ 1 ms, p99 ≤ 10 ms, none missed",
            f"{micros(p50['ours'])}, {micros(p99['ours'])}, {missed} missed",
            p50["ours"] <= 1_000_000 and p99["ours"] <= 10_000_000 and not missed,
        )  # fmt: skip
        for key, all_of_them in (("p50", p50), ("p99", p99)):
            share = all_of_them["ours"] / all_of_them["bare"]
            yield Row(
                name, f"{key} ≤ 1.5× a bare publisher and subscriber's",
                f"{micros(all_of_them['ours'])} ÷ {micros(all_of_them['bare'])} = {share:.2f}",
                share <= 1.5,
            )  # fmt: skip
    for rate, rounds in found["origin"].items():
        p99 = medians(rounds, "p99")
        share = p99["published"] / p99["alone"]
        yield Row(
            f"wire → visible at the origin at {int(rate):,}/s, with the bridge", "p99 ≤ 1.05× without",
            f"{micros(p99['published'])} ÷ {micros(p99['alone'])} = {share:.2f}", share <= 1.05,
        )  # fmt: skip


MAKERS = {
    "lookups": lookup_rows,
    "scale": scale_rows,
    "python": python_rows,
    "node": node_rows,
    "retries": retry_rows,
    "flood": flood_rows,
    "visible": visible_rows,
    "audited": audited_rows,
    "awake": awake_rows,
    "spin": spin_rows,
    "everything": everything_rows,
    "asleep": asleep_rows,
    "cost": cost_rows,
    "memory": memory_rows,
    "relay": relay_rows,
    "redis": redis_rows,
}


def rows(results):
    for name, make in MAKERS.items():
        if name in results:
            yield from make(results[name])

"""Lookups, and decoding: programs that measure within themselves."""

import contextlib
import os

import processes
from processes import CLIENT_CPU, EXCHANGE_CPU, output, pinned

from parts.settings import SEGMENT, SYMBOLS


def google_benchmark(settings, command, only=".*", **options):
    """Runs a program of Google Benchmark's. Medians by name: nanoseconds of the processor, but of the
    clock for Redis, which one waits for."""
    report = output(
        [
            *command,
            f"--benchmark_filter={only}",
            "--benchmark_format=json",
            f"--benchmark_min_time={settings.benchmark_s}",
            f"--benchmark_repetitions={settings.repetitions}",
            "--benchmark_enable_random_interleaving=true",
            "--benchmark_report_aggregates_only=true",
        ],
        **options,
    )
    result = {}
    for entry in report["benchmarks"]:
        name = entry["run_name"].split("/repeats")[0]
        if entry.get("error_occurred"):
            raise processes.Failed(f"{name}: {entry['error_message']}")
        if entry.get("aggregate_name") == "median":
            time_of = "real_time" if name.startswith("redis") else "cpu_time"
            result[name] = round(entry[time_of], 3)
    return result


def lookups(settings):
    with contextlib.ExitStack() as stack:
        stack.enter_context(processes.writer(settings.build, SEGMENT, 4096, 0))
        socket = stack.enter_context(processes.redis())
        environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT, BENCH_REDIS=socket)
        command = pinned(EXCHANGE_CPU, [settings.build / "bench/bench_lookups"])
        return google_benchmark(settings, command, only="-/[0-9]{5,}$", env=environment)


def scale(settings):
    """Lookups of random symbols, of ten up to a hundred thousand."""
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    with processes.writer(settings.build, SEGMENT, 100_000, 0):
        command = pinned(EXCHANGE_CPU, [settings.build / "bench/bench_lookups"])
        only = "^(value_by_symbol|value_by_handle|locked_map|map_find)/"
        return google_benchmark(settings, command, only=only, env=environment)


def decoding(settings):
    command = pinned(CLIENT_CPU, [settings.build / "bench/bench_ingest", SEGMENT])
    try:
        return google_benchmark(settings, command)
    finally:
        processes.remove_segment(SEGMENT)


def distributions(settings):
    """Single lookups under writers, then beside ever more reader processes."""
    program = settings.build / "bench/bench_distribution"
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    found = []

    def measure(what, rate, readers, cpus):
        command = [program, what, readers, settings.distribution_s, *cpus]
        figures = output(command, env=environment)
        found.append({"what": what, "writer": rate, "readers": readers, **figures})

    kinds = ("value_by_handle", "judged_by_handle", "value_by_symbol", "judged_by_symbol", "snapshot")
    for rate in ("0", "10000", "full"):
        with processes.writer(settings.build, SEGMENT, SYMBOLS, rate):
            for what in kinds:
                measure(what, rate, 1, [EXCHANGE_CPU])
    for readers in settings.readers:
        with processes.writer(settings.build, SEGMENT, SYMBOLS, "10000"):
            measure("judged_by_handle", "10000", readers, [EXCHANGE_CPU, CLIENT_CPU])
    return found


def sharing(settings):
    """Lookups of symbols that nobody writes, with and without a full-speed writer of the others: what
    a lookup pays for lines that it does not read."""
    program = settings.build / "bench/bench_distribution"
    environment = dict(os.environ, TICKCACHE_SEGMENT=SEGMENT)
    found = {"0": [], "full": []}
    for _ in range(settings.rounds):
        for rate in found:
            with processes.writer(settings.build, SEGMENT, SYMBOLS, rate, SYMBOLS // 2):
                what = f"judged_by_handle@{SYMBOLS // 2}"
                command = [program, what, 1, settings.distribution_s, EXCHANGE_CPU]
                found[rate].append(output(command, env=environment))
    return found


def retries(settings):
    program = settings.build / "bench/bench_retries"
    return {
        what: output([program, what, settings.reads, EXCHANGE_CPU, CLIENT_CPU])
        for what in ("ours", "one_copy_seqlock")
    }

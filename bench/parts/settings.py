"""How much is measured, and of what."""

import os

SYMBOLS = 700
SEGMENT = f"tickcache-bench-{os.getpid()}"


class Settings:
    """How long, how often; `quick` is for a look whether everything works."""

    def __init__(self, build, quick):
        self.build = build
        self.repetitions = 3 if quick else 9
        self.benchmark_s = 0.02 if quick else 0.1
        self.reads = 20_000_000 if quick else 100_000_000
        self.distribution_s = 0.3 if quick else 1
        self.readers = (1, 8) if quick else (1, 2, 4, 8, 16, 32, 64)
        self.rounds = 2 if quick else 5
        self.flood_s = 0.5 if quick else 1.5
        # Messages a second, and for how many seconds in each round.
        self.visible = {1000: 1, 10_000: 1} if quick else {100: 2, 1000: 2, 10_000: 2, 100_000: 1}
        self.awake = {1000: 1} if quick else {100: 2, 1000: 2, 10_000: 2, 100_000: 1}
        # Many short rounds: what the machine itself does within a long one decides its p99 and p99.9.
        self.audited_rounds, self.audited_s = (2, 4) if quick else (30, 5)
        self.redis_rounds, self.redis_s = (2, 1) if quick else (20, 3)
        self.slow_s = 0 if quick else 10  # at one message a second, in one round
        self.cost_s = 1 if quick else 3
        self.restarts = 5 if quick else 20
        self.fan_out_s = 2 if quick else 5

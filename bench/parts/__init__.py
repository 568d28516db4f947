"""What is measured. Each part returns what goes into the results under its name."""

from parts.handlers import asleep, awake, spin
from parts.languages import node, python
from parts.lookups import decoding, distributions, lookups, retries, scale, sharing
from parts.machines import redis, relay
from parts.settings import Settings
from parts.wire import audited, cost, everything, flood, memory, restart, visible

__all__ = ["ALL", "Settings"]

ALL = (
    lookups, scale, python, node, decoding, distributions, sharing, retries, flood, visible, audited,
    awake, spin, everything, asleep, cost, memory, restart, relay, redis,
)  # fmt: skip

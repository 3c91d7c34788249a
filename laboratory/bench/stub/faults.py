"""What goes wrong in a faulted run, by a seed: throttles, errors, refusals, broken connections."""

import random
from dataclasses import dataclass

THROTTLES = 0.01
SERVER_ERRORS = 0.005
RESETS = 0.001
FAILED_CONDITIONS = 0.01
THROTTLED_STATEMENTS = 0.01
FAILED_ENTRIES = 0.01
# Latency of a call, as a log-normal: half within 5 ms, one in a hundred beyond 40 ms.
LATENCY_MEDIAN_S = 0.005
LATENCY_SIGMA = 0.894


@dataclass
class Faults:
    """Chance that can be repeated; without faults every question is answered no."""

    chance: random.Random
    on: bool

    def call(self) -> str | None:
        """What happens to a whole call: `reset`, `throttle`, `error` or nothing."""
        if not self.on:
            return None
        drawn = self.chance.random()
        for kind, share in (("reset", RESETS), ("throttle", THROTTLES), ("error", SERVER_ERRORS)):
            if drawn < share:
                return kind
            drawn -= share
        return None

    def condition(self) -> bool:
        """Whether another writer is pretended to have been quicker."""
        return self.on and self.chance.random() < FAILED_CONDITIONS

    def statement(self) -> bool:
        """Whether one statement of a batch, or one key of a read, is throttled."""
        return self.on and self.chance.random() < THROTTLED_STATEMENTS

    def entry(self) -> bool:
        """Whether the bus refuses one entry."""
        return self.on and self.chance.random() < FAILED_ENTRIES

    def latency_s(self) -> float:
        """Seconds a call takes."""
        return LATENCY_MEDIAN_S * self.chance.lognormvariate(0, LATENCY_SIGMA)

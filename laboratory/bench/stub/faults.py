"""Draws the stub's faults from a seed: throttles, server errors, failed conditions, broken connections."""

import random
from dataclasses import dataclass

THROTTLES = 0.01
SERVER_ERRORS = 0.005
RESETS = 0.001
FAILED_CONDITIONS = 0.01
THROTTLED_STATEMENTS = 0.01
FAILED_ENTRIES = 0.01
# Latency of a call, log-normal: median 5 ms, one in a hundred above 40 ms.
LATENCY_MEDIAN_S = 0.005
LATENCY_SIGMA = 0.894


@dataclass
class Faults:
    """Draws of faults, repeatable by the seed of `chance`; no fault ever happens unless `on`."""

    chance: random.Random
    on: bool

    def draw_call_fault(self) -> str | None:
        """Draw the fault of a whole call: `reset`, `throttle`, `error` or None."""
        if not self.on:
            return None
        drawn = self.chance.random()
        for kind, share in (("reset", RESETS), ("throttle", THROTTLES), ("error", SERVER_ERRORS)):
            if drawn < share:
                return kind
            drawn -= share
        return None

    def fails_condition(self) -> bool:
        """Draw whether a condition fails, as if another writer had been faster."""
        return self.on and self.chance.random() < FAILED_CONDITIONS

    def throttles_statement(self) -> bool:
        """Draw whether one statement of a batch, or one key of a read, is throttled."""
        return self.on and self.chance.random() < THROTTLED_STATEMENTS

    def refuses_entry(self) -> bool:
        """Draw whether the bus refuses one entry."""
        return self.on and self.chance.random() < FAILED_ENTRIES

    def draw_latency_s(self) -> float:
        """Draw the seconds a call takes."""
        return LATENCY_MEDIAN_S * self.chance.lognormvariate(0, LATENCY_SIGMA)

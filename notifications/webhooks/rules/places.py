"""Places for attempts: slow endpoints have some of their own, so that they never occupy those of others."""

from typing import NamedTuple

from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT

# An attempt that lasts longer makes its endpoint a slow one, until an attempt to it is shorter.
SLOW_AFTER_S = 1.0
# Attempts at once to endpoints that are not slow, and to slow ones.
PROMPT_PLACES, SLOW_PLACES = 200, 200


class Places(NamedTuple):
    """Numbers of attempts that can start now: to endpoints that are not slow, and to slow ones."""

    prompt: int
    slow: int = 0
    slow_endpoints: frozenset[str] = frozenset()

    @property
    def are_taken(self) -> bool:
        """True if no attempt can start."""
        return not self.prompt and not (self.slow and self.slow_endpoints)


def find_limit(*, is_failing: bool) -> int:
    """Return how many attempts an endpoint may have in flight; one that fails gets one until it answers."""
    return 1 if is_failing else IN_FLIGHT_LIMIT

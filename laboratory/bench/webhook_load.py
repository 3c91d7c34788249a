"""Load of bench webhooks: endpoints of each kind, and changes that become due at a fixed rate."""

import random
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

# Endpoints of one partner: as many webhooks does a change cause.
ENDPOINTS_OF_PARTNER = 10
MESSAGE_PREFIX = "msg_"


class Kind(StrEnum):
    """Kind of an endpoint: answers at once, late, never, with a redirect, or under a changing address."""

    HEALTHY = "healthy"
    SLOW = "slow"
    DEAD = "dead"
    REDIRECTING = "redirecting"
    REBINDING = "rebinding"


# Endpoints of a hundred; the others are healthy.
MIXED = {Kind.SLOW: 30, Kind.DEAD: 10, Kind.REDIRECTING: 5, Kind.REBINDING: 2}
HEALTHY_ALONE: dict[Kind, int] = {}


def mix_kinds(number: int, shares: dict[Kind, int], seed: int) -> list[Kind]:
    """Return the kind of each endpoint, in random order; `shares` are numbers of a hundred."""
    kinds = [kind for kind, share in shares.items() for _ in range(share * number // 100)]
    kinds += [Kind.HEALTHY] * (number - len(kinds))
    random.Random(seed).shuffle(kinds)  # noqa: S311 - no secret depends on it
    return kinds


class Load(NamedTuple):
    """Endpoints, their kinds, and how many changes become due at which rate, from `begins_at` on.

    Partner p has ten endpoints in a row, and partners take turns with the changes. Without a rate all
    changes are due at once. Times are seconds since the epoch.
    """

    run: str
    urls: Sequence[str]
    kinds: Sequence[Kind]
    changes: int
    rate: float
    begins_at: float

    @property
    def partners(self) -> int:
        """Number of partners."""
        return len(self.urls) // ENDPOINTS_OF_PARTNER

    def name_change(self, number: int) -> str:
        """Return the id of a change, without a prefix."""
        return f"{self.run}-{number:07d}"

    def find_due(self, number: int) -> float:
        """Return when a change is due."""
        return self.begins_at + (number / self.rate if self.rate else 0.0)

    def list_endpoints(self, change: int) -> range:
        """Return the endpoints that get a change."""
        first = change % self.partners * ENDPOINTS_OF_PARTNER
        return range(first, first + ENDPOINTS_OF_PARTNER)

    def list_webhooks(self, *kinds: Kind) -> Iterator[tuple[int, int]]:
        """Yield (endpoint, change) for each webhook to an endpoint of these kinds."""
        for change in range(self.changes):
            for endpoint in self.list_endpoints(change):
                if self.kinds[endpoint] in kinds:
                    yield endpoint, change

    def to_task(self) -> dict[str, Any]:
        """Return the load as the task of a measured process."""
        return self._asdict()


def read_load(task: dict[str, Any]) -> Load:
    """Return the load that a task holds."""
    return Load(**{name: task[name] for name in Load._fields})

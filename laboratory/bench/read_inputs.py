"""Requests of bench read, from one seed."""

import random

from laboratory.bench.http_load import make_request
from laboratory.bench.plan import Options
from laboratory.bench.read_stages import name_request

REQUESTS, QUICK_REQUESTS = 10_000, 2_000
# A request that costs a hundred times as much is sent less often.
EXPENSIVE_DIVISOR = 5
# One answered from memory is sent more often, so that answers made anew each second weigh as under load.
CHEAP_FACTOR = 5
HOT_SHIPMENTS, ZIPF_SHIPMENTS, ZIPF_EXPONENT, READERS = 20, 10_000, 1.1, 1_000
# Each reader reads once a second.
SECONDS, QUICK_SECONDS = 15, 5
# A page costs so much that fewer are enough.
PAGES_DIVISOR = 4


class Inputs:
    """Requests of the rows, from one seed. Each comes from another address, unless `addresses` says less."""

    def __init__(self, options: Options, key: str, page: str) -> None:
        self._chance = random.Random(options.seed)  # noqa: S311 - repeatable chance, not a secret
        self._key = key
        self.page_path = page
        self._runs = 0
        self.many = QUICK_REQUESTS if options.quick else REQUESTS
        self.seconds = QUICK_SECONDS if options.quick else SECONDS
        self.few = self.many // EXPENSIVE_DIVISOR

    def hot(self, *headers: str) -> list[bytes]:
        """Return reads of a few shipments."""
        return [self._read(f"HOT-{number % HOT_SHIPMENTS}", *headers) for number in range(self.many)]

    def hotter(self, *headers: str) -> list[bytes]:
        """Return more reads of the same shipments."""
        return [request for _ in range(CHEAP_FACTOR) for request in self.hot(*headers)]

    def cold(self) -> list[bytes]:
        """Return reads of shipments that nobody has read."""
        self._runs += 1
        return [self._read(f"COLD-{self._runs}-{number}") for number in range(self.few)]

    def mixed(self, count: int | None = None) -> list[bytes]:
        """Return reads of many shipments, some of them far more often than others."""
        weights = [1 / (rank + 1) ** ZIPF_EXPONENT for rank in range(ZIPF_SHIPMENTS)]
        drawn = self._chance.choices(range(ZIPF_SHIPMENTS), weights, k=count or self.few)
        return [
            self._read(f"ZIPF-{rank}", f"X-Request-Id: {name_request(number)}")
            for number, rank in enumerate(drawn)
        ]

    def one_shipment(self) -> list[bytes]:
        """Return reads of one shipment that nobody has read, by `READERS` addresses in turn."""
        self._runs += 1
        readers = [self._read(f"ONE-{self._runs}") for _ in range(READERS)]
        return readers * self.seconds

    def health(self) -> list[bytes]:
        """Return checks of a balancer."""
        return [make_request("/healthz")] * self.many

    def partner(self) -> list[bytes]:
        """Return reads of a partner."""
        self._runs += 1
        return [
            make_request(
                f"/api/v1/tracking/PARTNER-{self._runs}-{number}", f"Authorization: Bearer {self._key}"
            )
            for number in range(self.few)
        ]

    def page(self, *headers: str) -> list[bytes]:
        """Return reads of a customer's page, as a page asks that has no socket."""
        return [make_request(self.page_path, *headers)] * (self.few // PAGES_DIVISOR)

    def _read(self, shipment_id: str, *headers: str) -> bytes:
        address = ".".join(str(self._chance.randrange(1, 255)) for _ in range(3))
        return make_request(f"/tracking/{shipment_id}", f"X-Forwarded-For: 11.{address}", *headers)

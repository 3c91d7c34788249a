"""Limits on guessing the secret of a page: wrong tries per shipment, per network, and over all.

A right secret costs no try, so that a household may open all its parcels. Right secrets raise the limits of
networks and of all tries, since people who know their secret also mistype it. Thousands of phones share one
address of a mobile network, so those who hold a link get more tries from one network than those who type a
number: a link cannot be guessed, and each one has few tries of its own.
"""

import ipaddress
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from django.core.cache import cache

from tracking.pages.page_secret import digest

QUARTER_S, HOUR_S, DAY_S = 900, 3600, 24 * 3600
# Each address block that one customer of a provider usually gets.
NETWORK_BITS = {4: 24, 6: 48}
# A right secret counts once for each shipment and hour; so many allow one more wrong try.
RIGHT_PER_WRONG = 2

LimitName = Literal["shipment", "day", "network", "all", "requests"]
Door = Literal["link", "number"]


class Limit(NamedTuple):
    """At most `most` tries under the key within `window_s` seconds.

    One that `grows` allows more after right secrets. With `slow_s`, one try in so many seconds is still
    allowed beyond the limit.
    """

    name: LimitName
    key: str
    most: int
    window_s: int
    grows: bool = False
    slow_s: int = 0

    @property
    def wait_s(self) -> int:
        """Return after how many seconds a refused try is surely allowed again."""
        return self.slow_s or self.window_s


class _DoorLimits(NamedTuple):
    """Wrong tries from one network within `network_s` seconds, and over all within an hour, by one door."""

    network: int
    network_s: int
    over_all: int


_DOORS: dict[Door, _DoorLimits] = {
    "link": _DoorLimits(network=30, network_s=QUARTER_S, over_all=60),
    "number": _DoorLimits(network=10, network_s=HOUR_S, over_all=20),
}


def list_secret_limits(door: Door, subject: str, address: str) -> tuple[Limit, ...]:
    """Return the limits of a try at the secret of a shipment, from the narrowest to the widest.

    `door` is how the page was found: by its `link`, or by the `number` of the shipment. Tries of a network
    and over all are counted for each door, so that guessing by numbers does not stop those who have a link.
    """
    of_door, network = _DOORS[door], find_network(address)
    return (
        *list_shipment_limits(subject),
        Limit("network", f"unlock:network:{door}:{network}", of_door.network, of_door.network_s, grows=True),
        Limit("all", f"unlock:all:{door}", of_door.over_all, HOUR_S, grows=True, slow_s=300),
    )


def list_shipment_limits(subject: str) -> tuple[Limit, ...]:
    """Return the limits of tries at the secret of one shipment, by all doors together."""
    hashed = digest(subject)
    return (
        Limit("shipment", f"unlock:subject:{hashed}", most=5, window_s=QUARTER_S),
        Limit("day", f"unlock:day:{hashed}", most=15, window_s=DAY_S),
    )


def limit_requests(token: str) -> Limit:
    """Return the limit of customer requests from one page."""
    return Limit("requests", f"requests:{digest(token)}", most=5, window_s=QUARTER_S)


def count_try(limits: Sequence[Limit]) -> Limit | None:
    """Count a try under each limit; return the limit that refuses it, None if it is allowed.

    A refused try is not counted, so that it does not use up wider limits.
    """
    for place, limit in enumerate(limits):
        if not _is_within(limit):
            _uncount(limits[: place + 1])
            return limit
    return None


def count_right(limits: Sequence[Limit]) -> None:
    """Undo the counts of a try whose secret was right, and raise the limits that grow."""
    _uncount(limits)
    if cache.add(f"{limits[0].key}:right", 1, HOUR_S):
        for limit in limits:
            if limit.grows:
                _count(_key_of_right(limit), limit.window_s)


def find_network(address: str) -> str:
    """Return the network of an IP address (IPv4 /24, IPv6 /48); the text itself if it is no address."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return digest(address)
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network(f"{parsed}/{NETWORK_BITS[parsed.version]}", strict=False))


def _is_within(limit: Limit) -> bool:
    count = _count(limit.key, limit.window_s)
    right = cache.get(_key_of_right(limit), 0) if limit.grows else 0
    if count <= limit.most + right // RIGHT_PER_WRONG:
        return True
    return bool(limit.slow_s) and bool(cache.add(f"{limit.key}:slow", 1, limit.slow_s))


def _uncount(limits: Sequence[Limit]) -> None:
    for limit in limits:
        # The count may have expired since.
        with suppress(ValueError):
            cache.decr(limit.key)


def _count(key: str, window_s: int) -> int:
    cache.add(key, 0, window_s)
    try:
        return int(cache.incr(key))
    except ValueError:
        # The key expired between the two calls: this is the first try of a new period.
        cache.set(key, 1, window_s)
        return 1


def _key_of_right(limit: Limit) -> str:
    return f"{limit.key}:right-secrets"

"""The cache keeps the newest state of the shipments used last, and no more of them than it may."""

from tracking.adapters.state_cache import StateCache
from tracking.domain.shipment import ShipmentState


def state(shipment_id: str, version: int = 1) -> ShipmentState:
    return ShipmentState(shipment_id=shipment_id, state_version=version)


def test_what_was_kept_is_found_and_nothing_else():
    cache = StateCache()
    cache.keep([state("a"), state("b")])
    assert cache.find(["a", "c"]) == {"a": state("a")}


def test_an_older_version_never_takes_the_place_of_a_newer_one():
    cache = StateCache()
    cache.keep([state("a", 3)])
    cache.keep([state("a", 2)])
    assert cache.find(["a"]) == {"a": state("a", 3)}


def test_the_shipment_that_was_used_longest_ago_goes_first():
    cache = StateCache(size=2)
    cache.keep([state("a"), state("b")])
    cache.find(["a"])
    cache.keep([state("c")])
    assert cache.find(["a", "b", "c"]) == {"a": state("a"), "c": state("c")}


def test_what_was_forgotten_is_not_found_again():
    cache = StateCache()
    cache.keep([state("a")])
    cache.forget("a")
    cache.forget("a")
    assert cache.find(["a"]) == {}

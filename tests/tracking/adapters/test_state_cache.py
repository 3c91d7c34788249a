"""State cache: keeps the newest states of the shipments used last, up to its size."""

from tracking.adapters.items import state_item
from tracking.adapters.state_cache import CachedState, StateCache, read_cached
from tracking.domain.shipment import ShipmentState


def state(shipment_id: str, version: int = 1) -> ShipmentState:
    return ShipmentState(shipment_id=shipment_id, state_version=version)


def kept(shipment_id: str, version: int = 1) -> CachedState:
    return read_cached(state_item(state(shipment_id, version)))


def test_cached_states_are_found_and_nothing_else():
    cache = StateCache()
    cache.keep([kept("a"), kept("b")])
    assert cache.find(["a", "c"]) == {"a": state("a")}


def test_an_older_version_never_replaces_a_newer_one():
    cache = StateCache()
    cache.keep([kept("a", 3)])
    cache.keep([kept("a", 2)])
    assert cache.find(["a"]) == {"a": state("a", 3)}


def test_the_least_recently_used_shipment_is_evicted_first():
    cache = StateCache(size=2)
    cache.keep([kept("a"), kept("b")])
    cache.find(["a"])
    cache.keep([kept("c")])
    assert cache.find(["a", "b", "c"]) == {"a": state("a"), "c": state("c")}


def test_a_removed_shipment_is_not_found_again():
    cache = StateCache()
    cache.keep([kept("a")])
    cache.forget("a")
    cache.forget("a")
    assert cache.find(["a"]) == {}


def test_a_row_from_before_states_were_compressed_is_not_cached():
    assert read_cached(state_item(state("a")) | {"state": {"S": '{"shipment_id":"a"}'}}) is None

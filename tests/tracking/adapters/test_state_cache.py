"""State cache: keeps the newest states of the shipments used last, up to its size."""

from tracking.adapters.items import state_item
from tracking.adapters.state_cache import CachedState, StateCache
from tracking.domain.shipment import ShipmentState


def state(shipment_id: str, version: int = 1) -> ShipmentState:
    return ShipmentState(shipment_id=shipment_id, state_version=version)


def kept(shipment_id: str, version: int = 1) -> CachedState:
    return CachedState(shipment_id, version, state_item(state(shipment_id, version))["state"]["B"])


def test_cached_states_are_found_and_nothing_else():
    cache = StateCache()
    cache.keep([kept("a"), kept("b")])
    assert cache.find(["a", "c"]) == {"a": state("a")}


def test_an_older_version_never_replaces_a_newer_one():
    cache = StateCache()
    cache.keep([kept("a", 3)])
    cache.keep([kept("a", 2)])
    assert cache.find(["a"]) == {"a": state("a", 3)}


def test_shipments_used_last_stay_when_others_are_evicted():
    cache = StateCache(size=4)
    cache.keep([kept("a"), kept("b"), kept("c")])
    cache.find(["a"])
    cache.keep([kept("d")])
    assert cache.find(["a", "b", "c", "d"]) == {"a": state("a"), "c": state("c"), "d": state("d")}


def test_a_removed_shipment_is_not_found_again():
    cache = StateCache()
    cache.keep([kept("a")])
    cache.forget("a")
    cache.forget("a")
    assert cache.find(["a"]) == {}

"""Filters of webhook endpoints."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.webhooks.rules.filters import (
    ALL_OF_SHIPMENTS,
    SHIPMENT_TYPES,
    TYPES,
    Filter,
    find_unknown,
)
from tracking.domain.status import Status
from tracking.services.requests.queries import FEED_TYPES

TYPE_SETS = st.frozensets(st.sampled_from([*TYPES, ALL_OF_SHIPMENTS]))
STATUS_SETS = st.frozensets(st.sampled_from(list(Status)))


def test_the_types_of_shipments_are_those_of_the_feed():
    assert SHIPMENT_TYPES == FEED_TYPES


@given(types=TYPE_SETS, statuses=STATUS_SETS, name=st.sampled_from(TYPES), status=st.sampled_from(Status))
def test_a_type_is_accepted_by_name_or_prefix_and_narrowed_by_status(types, statuses, name, status):
    is_of_shipment = name in SHIPMENT_TYPES
    by_type = name in types or (is_of_shipment and ALL_OF_SHIPMENTS in types)
    by_status = not is_of_shipment or not statuses or status in statuses
    expected = name == "webhook.test" or (by_type and by_status)
    assert Filter(types, statuses).accepts(name, status) == expected


@pytest.mark.parametrize("status", [None, "in_transit"])
def test_a_shipment_without_the_status_is_not_accepted(status):
    assert not Filter(frozenset({ALL_OF_SHIPMENTS}), frozenset({"delivered"})).accepts(
        "shipment.eta_changed", status
    )


def test_unknown_types_and_statuses_are_listed():
    chosen = Filter(frozenset({"shipment.created", "shipment.*", "*"}), frozenset({"delivered", "eaten"}))
    assert find_unknown(chosen) == ["*", "eaten"]

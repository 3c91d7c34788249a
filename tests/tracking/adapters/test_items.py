"""Attribute values: conversion of Python types to DynamoDB, and back; rows that older versions wrote."""

from enum import StrEnum

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given

from tests.events import at, make_event
from tracking.adapters.items import (
    event_item,
    from_attribute,
    read_event,
    read_state,
    state_item,
    to_attribute,
    to_attributes,
)
from tracking.domain.attempt_evidence import AttemptEvidence
from tracking.domain.changes import attach, find_changes
from tracking.domain.events import Place
from tracking.domain.fold import Step, apply_event
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status


class Colour(StrEnum):
    RED = "red"


class Numbers(list):
    pass


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        (None, {"NULL": True}),
        (True, {"BOOL": True}),
        (7, {"N": "7"}),
        (12.97161234567, {"N": "12.971612"}),
        ("text", {"S": "text"}),
        ({"a": [1, None]}, {"M": {"a": {"L": [{"N": "1"}, {"NULL": True}]}}}),
        (("a", 1.5), {"L": [{"S": "a"}, {"N": "1.5"}]}),
    ],
    ids=str,
)
def test_a_plain_value_is_written_by_its_type(value, attribute):
    assert to_attribute(value) == attribute


def test_a_string_enum_is_written_as_a_string_and_a_subclass_of_list_as_a_list():
    assert to_attribute({"colour": Colour.RED}) == {"M": {"colour": {"S": "red"}}}
    assert to_attribute(Numbers([1])) == {"L": [{"N": "1"}]}


def test_a_written_value_is_read_back():
    value = {"text": "a", "number": 3, "share": 0.25, "nothing": None, "flags": [True, False]}
    assert from_attribute(to_attribute(value)) == value


def test_a_row_written_before_events_had_a_clock_kind_is_read_with_it():
    event = make_event(1, "delay-late_certain-1", source="system", actor="clock", clock_kind="delay")
    item = event_item(event)
    assert item.pop("clock_kind") == {"S": "delay"}
    assert read_event(item) == event


def test_a_row_of_an_ordinary_event_has_no_clock_kind():
    assert "clock_kind" not in event_item(make_event(1, status="in_transit"))


def test_evidence_is_stored_with_its_event_and_the_change_that_it_makes():
    found = AttemptEvidence(
        event_id="a1",
        status=Status.ATTEMPT_FAILED,
        attempted_at=at(40),
        verdict="contradicted",
        computed_at=at(50),
        nearest_m=3000,
        fixes_within_150m=0,
    )
    event = make_event(50, "evidence-1", source="system", clock_kind="evidence", evidence=found)
    attempt = make_event(40, "a1", status="attempt_failed")
    before, _ = apply_event(ShipmentState(shipment_id="123"), attempt)
    after, verdict = apply_event(before, event)
    row = attach(event, find_changes(Step(before, after, event, verdict), at(51), 2))
    item = event_item(row)
    assert from_attribute(item["detail"])["evidence"] == {
        "event_id": "a1",
        "status": "attempt_failed",
        "attempted_at": "2026-11-22T07:40:00Z",
        "verdict": "contradicted",
        "computed_at": "2026-11-22T07:50:00Z",
        "nearest_m": 3000,
        "fixes_within_150m": 0,
    }
    assert read_event(item) == row
    assert read_event(item).change.evidence == found


def test_columns_of_an_event_are_what_people_search_by():
    event = make_event(
        5, "e1", status="in_transit", lat=12.97, lon=77.59, stream_source="1/s-0", stream_position="0" * 56
    )
    placed = msgspec.structs.replace(event, place=Place(town="Bengaluru", quality="area"))
    item = event_item(placed)
    assert from_attribute(item.pop("detail")) == {
        "place": {"town": "Bengaluru", "quality": "area"},
        "stream_source": "1/s-0",
        "stream_position": "0" * 56,
    }
    assert {kind for attribute in item.values() for kind in attribute} <= {"S", "N", "BOOL"}
    assert set(item) >= {"shipment_id", "timestamp", "status", "lat", "lon", "occurred_at", "source"}


def test_an_event_without_detail_has_no_value_for_it():
    assert "detail" not in event_item(make_event(1, status="in_transit"))


def test_a_row_from_before_values_were_compressed_is_read():
    state = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, state_version=4)
    text = msgspec.json.encode(state).decode()
    assert read_state(state_item(state) | {"state": {"S": text}}) == state
    event = msgspec.structs.replace(
        make_event(5, "e1", status="in_transit"), place=Place(town="Bengaluru"), stream_source="1/s-0"
    )
    columns = event_item(event)
    detail = from_attribute(columns.pop("detail"))
    assert read_event(columns | to_attributes(detail)) == event


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_written_with_at_most_six_decimals(value):
    assert to_attribute(value) == {"N": repr(round(value, 6))}

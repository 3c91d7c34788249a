"""Stub of AWS: what a run has written is remembered, so that repeats are recognised as by DynamoDB."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from laboratory.bench.inputs import make_records
from laboratory.bench.stub.faults import Faults
from laboratory.bench.stub.ledger import FOUND_PLACE, FOUND_VERSION, STATE_KEY, Ledger
from laboratory.bench.stub.states import StateTemplate
from laboratory.bench.stub.tables import Tables
from tracking.adapters.hot_json import encode_request, read_plain
from tracking.adapters.items import read_state, state_item
from tracking.adapters.statements import Statement
from tracking.adapters.writes import build_state_put, build_state_update
from tracking.domain.commits import Commit
from tracking.domain.shipment import ShipmentState

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SOURCE, POSITION = "1800000000/shardId-000000000003", "0" * 62 + "17.000000"


@pytest.fixture
def tables() -> Tables:
    return Tables(Ledger(), Faults(chance=None, on=False), StateTemplate(NOW))


def read(tables: Tables, shipment_id: str) -> ShipmentState:
    key = {"shipment_id": {"S": shipment_id}, "timestamp": {"S": STATE_KEY}}
    return read_state(read_plain(tables.find_operation("GetItem")({"Key": key}))["Item"])


def move(state: ShipmentState) -> Commit:
    after = msgspec.structs.replace(
        state, state_version=state.state_version + 1, stream_source=SOURCE, stream_position=POSITION
    )
    return Commit(state, after, events=())


def send(request: dict[str, Any]) -> dict[str, Any]:
    """Return the request as it arrives: bytes as base64."""
    return msgspec.json.decode(encode_request(request))


def put_in_transaction(tables: Tables, commit: Commit) -> None:
    request = {"TransactItems": [build_state_put("tracking", commit, state_item(commit.after))]}
    tables.find_operation("TransactWriteItems")(send(request))


def update_by_statement(tables: Tables, commit: Commit) -> None:
    statement: Statement = build_state_update("tracking", commit, state_item(commit.after))
    request = {"Statement": statement.text, "Parameters": statement.parameters}
    tables.find_operation("BatchExecuteStatement")(send({"Statements": [request]}))


@pytest.mark.parametrize("write", [put_in_transaction, update_by_statement])
def test_a_state_that_was_moved_holds_the_place_in_the_stream_it_was_moved_by(tables, write):
    found = read(tables, "SHP-1")
    write(tables, move(found))
    moved = read(tables, "SHP-1")
    assert (found.state_version, found.stream_source, found.stream_position) == (FOUND_VERSION, *FOUND_PLACE)
    assert (moved.state_version, moved.stream_source, moved.stream_position) == (
        FOUND_VERSION + 1,
        SOURCE,
        POSITION,
    )
    assert read(tables, "SHP-2").stream_source == FOUND_PLACE.source


def test_records_are_of_as_many_shipments_as_wanted_in_turn():
    each_its_own, of_three = (
        [record.shipment_id for record in make_records("run", 7, 1, NOW, shipments=shipments)]
        for shipments in (None, 3)
    )
    assert each_its_own == [f"run-{number:07d}" for number in range(7)]
    assert of_three == [f"run-{number:07d}" for number in (0, 1, 2, 0, 1, 2, 0)]

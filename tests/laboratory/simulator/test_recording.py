"""A run written down: the same bytes for the same options, in order, with the truth beside it."""

import json
from collections import Counter

import pytest

from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import Orders
from laboratory.simulator.simulation import Options, record
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT

pytestmark = pytest.mark.slow

SECONDS = 900.0


def write(folder, **orders):
    options = Options(
        Orders(hour=14.0, faults=ALL_FAULTS, **orders),
        started_at=STARTED_AT,
        seconds=SECONDS,
        truth=folder / "truth.jsonl",
        world=LIVELY,
    )
    folder.mkdir()
    return record(options, folder)


def read(folder, name):
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings") / "first"
    write(folder)
    return folder


def test_the_same_options_write_the_same_bytes(folder, tmp_path):
    write(tmp_path / "second")
    for name in ("bookings.jsonl", "records.jsonl", "truth.jsonl"):
        assert (tmp_path / "second" / name).read_bytes() == (folder / name).read_bytes()


def test_another_seed_writes_other_bytes(folder, tmp_path):
    write(tmp_path / "other", seed=2)
    assert (tmp_path / "other" / "records.jsonl").read_bytes() != (folder / "records.jsonl").read_bytes()


def test_lines_come_in_the_order_in_which_they_are_put(folder):
    for name in ("bookings", "records"):
        moments = [line["put_at"] for line in read(folder, name)]
        assert moments == sorted(moments)


def test_a_record_holds_its_key_and_its_bytes(folder):
    for line in read(folder, "records"):
        assert set(line) in ({"put_at", "key", "raw"}, {"put_at", "key", "raw_base64"})


def test_shipments_and_manifests_are_told_as_the_partner_api_takes_them(folder):
    bodies = {"shipment": set(), "manifest": set()}
    for line in read(folder, "bookings"):
        bodies[line["kind"]] |= line["body"].keys()
    assert bodies["manifest"] == {"vehicle_id", "starts_at", "stops"}
    assert {"shipment_id", "recipient", "origin_hub", "destination_hub", "promised"} < bodies["shipment"]


def test_the_truth_tells_of_legs_attempts_and_faults(folder):
    told = Counter(line["kind"] for line in read(folder, "truth"))
    assert told["attempt"] > 30
    assert told["fault"] > 50
    assert set(told) <= {"leg", "attempt", "fault"}


def test_a_fault_is_noted_with_the_place_where_the_vehicle_really_was(folder):
    spoilt = [line for line in read(folder, "truth") if line["kind"] == "fault" and line["lat"] is not None]
    assert spoilt
    assert all(12 < line["lat"] < 14 and 76 < line["lon"] < 79 for line in spoilt)


def test_whether_an_attempt_was_late_follows_from_its_times(folder):
    for line in read(folder, "truth"):
        if line["kind"] == "attempt":
            assert line["late"] == (line["at"] > line["promised_at"])
            assert line["arrived_at"] <= line["at"]

"""Recorded runs: the same bytes for the same options, in order, with the ground truth."""

import json
from collections import Counter

import pytest

from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.simulation import Options, record_run
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT

pytestmark = pytest.mark.slow

SECONDS = 900.0


def write(folder, **fleet_options):
    options = Options(
        FleetOptions(hour=14.0, faults=ALL_FAULTS, **fleet_options),
        started_at=STARTED_AT,
        seconds=SECONDS,
        truth=folder / "truth.jsonl",
        world=LIVELY,
    )
    folder.mkdir()
    return record_run(options, folder)


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


def test_lines_are_ordered_by_the_time_they_are_put(folder):
    for name in ("bookings", "records"):
        moments = [line["put_at"] for line in read(folder, name)]
        assert moments == sorted(moments)


def test_a_record_line_has_the_key_and_the_bytes(folder):
    for line in read(folder, "records"):
        assert set(line) in ({"put_at", "key", "raw"}, {"put_at", "key", "raw_base64"})


def test_shipments_and_manifests_have_the_form_of_the_partner_api(folder):
    bodies = {"shipment": set(), "manifest": set()}
    for line in read(folder, "bookings"):
        bodies[line["kind"]] |= line["body"].keys()
    assert bodies["manifest"] == {"vehicle_id", "starts_at", "driver_first_name", "stops"}
    assert {"shipment_id", "recipient", "origin_hub", "destination_hub", "promised"} < bodies["shipment"]


def test_the_truth_lists_legs_attempts_and_faults(folder):
    kinds = Counter(line["kind"] for line in read(folder, "truth"))
    assert kinds["attempt"] > 30
    assert kinds["fault"] > 50
    assert set(kinds) <= {"leg", "attempt", "fault"}


def test_a_fault_is_listed_with_the_real_position_of_the_vehicle(folder):
    faults = [line for line in read(folder, "truth") if line["kind"] == "fault" and line["lat"] is not None]
    assert faults
    assert all(12 < line["lat"] < 14 and 76 < line["lon"] < 79 for line in faults)


def test_an_attempt_is_late_if_it_ends_after_the_promise(folder):
    for line in read(folder, "truth"):
        if line["kind"] == "attempt":
            assert line["late"] == (line["at"] > line["promised_at"])
            assert line["arrived_at"] <= line["at"]

"""`attempt_report` on recorded runs: false attempts are found, and honest ones left alone.

A long run takes two seeds and the whole day of five vans, else one seed and three vans until the afternoon.
"""

import json
from functools import cache
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command

from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.simulation import Options, record_run
from tests.laboratory.simulator.drives import PLAIN, STARTED_AT
from tests.long_runs import LONG

pytestmark = pytest.mark.slow

# From loading to the evening, or to the afternoon.
OPENS, VANS, HOURS = (8.0, 5, 10) if LONG else (8.0, 3, 5)
SEEDS = (1, 2) if LONG else (1,)


class Run(NamedTuple):
    folder: Path
    truth: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Runs by seed, each recorded at its first use."""

    @cache
    def record(seed):
        folder = tmp_path_factory.mktemp("recording")
        truth = folder / "truth.jsonl"
        fleet = FleetOptions(VANS, seed=seed, hour=OPENS, payload="vehicle", faults=ALL_FAULTS)
        record_run(
            Options(fleet, started_at=STARTED_AT, seconds=3600.0 * HOURS, world=PLAIN, truth=truth), folder
        )
        return Run(folder, truth)

    return record


def report_on(folder, truth):
    output = StringIO()
    call_command("attempt_report", replay=folder, truth=truth, json=True, stdout=output)
    return json.loads(output.getvalue())


@pytest.mark.parametrize("seed", SEEDS)
def test_false_attempts_are_found_and_honest_ones_are_not_accused(runs, seed):
    report = report_on(*runs(seed))
    assert report["attempts"] > 5 * VANS * HOURS
    assert 0.02 < report["false"] / report["attempts"] < 0.08
    assert report["precision"] >= 0.95
    assert report["recall"] >= 0.90
    assert report["of_honest"]["supported"] > 0.9 * (report["attempts"] - report["false"])


def test_without_positions_of_the_vehicles_no_attempt_is_judged(runs, tmp_path):
    run = runs(1)
    lines = (run.folder / "records.jsonl").read_text().splitlines()
    scans = [line for line in lines if "shipment_id" in line]
    (tmp_path / "records.jsonl").write_text("\n".join(scans) + "\n")
    (tmp_path / "bookings.jsonl").write_text((run.folder / "bookings.jsonl").read_text())
    report = report_on(tmp_path, run.truth)
    assert (report["contradicted"], list(report["of_false"]), list(report["of_honest"])) == (
        0,
        ["insufficient"],
        ["insufficient"],
    )


def test_where_only_the_pin_code_is_known_nobody_is_accused_who_was_there(runs, tmp_path):
    run = runs(1)
    bookings = [json.loads(line) for line in (run.folder / "bookings.jsonl").read_text().splitlines()]
    for booking in bookings:
        booking["body"].get("recipient", {}).pop("point", None)
    (tmp_path / "bookings.jsonl").write_text("\n".join(map(json.dumps, bookings)) + "\n")
    (tmp_path / "records.jsonl").write_text((run.folder / "records.jsonl").read_text())
    report = report_on(tmp_path, run.truth)
    assert report["contradicted"] > 0
    assert (report["precision"], list(report["of_honest"])) == (1.0, ["insufficient"])


def test_a_truth_without_the_report_of_an_attempt_is_refused(tmp_path):
    for name in ("bookings.jsonl", "records.jsonl"):
        (tmp_path / name).write_text("")
    truth = tmp_path / "truth.jsonl"
    truth.write_text('{"kind": "attempt", "at": "2026-09-07T00:00:00Z"}\n')
    with pytest.raises(CommandError, match="device_id") as refused:
        call_command("attempt_report", replay=tmp_path, truth=truth)
    assert refused.value.returncode == 2

"""Replay of a recorded run through the pipeline, and its `delay_report`."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from laboratory.recorded_runs.hubs import read_hubs
from laboratory.recorded_runs.recording import read_recording
from laboratory.recorded_runs.run_replay import RunReplay
from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import FleetOptions
from laboratory.simulator.simulation import Options, record_run
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT
from tracking.input_files import BadFileError

pytestmark = pytest.mark.slow

KEYS = (
    "shipments late_share told_per_shipment over_two_pct precision recall false_alarm_pct lead_min_median "
    "lead_30_pct by_reason brier_skill_dispatch brier_skill_half_way ece intervals_90_pct"
).split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recording")
    return record(folder, 3600.0)


def record(folder, seconds):
    fleet_options = FleetOptions(12, hour=14.0, faults=ALL_FAULTS)
    record_run(Options(fleet_options, started_at=STARTED_AT, seconds=seconds, world=LIVELY), folder)
    return folder


def test_a_recording_is_read_in_order_of_time(folder):
    moments = [entry.put_at for entry in read_recording(folder)]
    assert moments == sorted(moments)
    assert {entry.kind for entry in read_recording(folder)} == {"shipment", "manifest", "record"}


def test_a_replay_gives_the_outcomes_of_attempted_shipments(folder):
    replay = RunReplay(read_hubs())
    replay.replay(read_recording(folder))
    outcomes = replay.collect_outcomes()
    began = datetime.fromtimestamp(STARTED_AT, UTC)
    assert len(outcomes) > 15
    assert all(began < outcome.attempted_at < began + timedelta(hours=3) for outcome in outcomes)
    assert any(outcome.late for outcome in outcomes)
    assert not all(outcome.late for outcome in outcomes)
    assert replay.quarantined > 0


def test_the_report_is_one_json_object(folder):
    output = StringIO()
    call_command("delay_report", replay=folder, json=True, stdout=output)
    report = json.loads(output.getvalue())
    assert list(report) == KEYS
    assert report["shipments"] > 15
    assert report["recall"] > 0.5


def report_on(folder, **span) -> dict:
    output = StringIO()
    call_command("delay_report", replay=folder, json=True, stdout=output, **span)
    return json.loads(output.getvalue())


def test_only_shipments_promised_in_the_chosen_days_are_scored(tmp_path):
    folder = record(tmp_path, 1200.0)
    everything = report_on(folder)["shipments"]
    assert everything > 0
    day = datetime.fromtimestamp(STARTED_AT, UTC).date()
    next_day = (day + timedelta(days=1)).isoformat()
    parts = [report_on(folder, until=next_day)["shipments"], report_on(folder, since=next_day)["shipments"]]
    assert sum(parts) == everything
    assert report_on(folder, since=day.isoformat(), until=day.isoformat())["shipments"] == 0


def test_the_error_of_a_broken_line_names_line_and_column(tmp_path):
    (tmp_path / "bookings.jsonl").write_text("")
    (tmp_path / "records.jsonl").write_text(
        '{"put_at": "2026-09-07T00:00:00Z", "raw": "x"}\n{"put_at": nonsense}\n'
    )
    with pytest.raises(BadFileError, match=r"records\.jsonl, line 2, column 12"):
        list(read_recording(tmp_path))


def test_a_folder_without_a_recording_ends_with_exit_code_2(tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("delay_report", replay=tmp_path / "nowhere", json=True)
    assert refused.value.returncode == 2

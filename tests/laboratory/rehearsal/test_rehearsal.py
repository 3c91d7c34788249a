"""A recorded run taken through the line again, and what `delay_report` says of it."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from laboratory.rehearsal.hubs import read_hubs
from laboratory.rehearsal.rehearsal import Rehearsal
from laboratory.rehearsal.tape import BadTapeError, read_tape
from laboratory.simulator.faults import ALL_FAULTS
from laboratory.simulator.fleet import Orders
from laboratory.simulator.simulation import Options, record
from tests.laboratory.simulator.drives import LIVELY, STARTED_AT

pytestmark = pytest.mark.slow

KEYS = (
    "shipments late_share told_per_shipment over_two_pct precision recall false_alarm_pct lead_min_median "
    "lead_30_pct by_reason brier_skill_dispatch brier_skill_half_way ece"
).split()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tape")
    orders = Orders(12, hour=14.0, faults=ALL_FAULTS)
    record(Options(orders, started_at=STARTED_AT, seconds=3600.0, world=LIVELY), folder)
    return folder


def test_a_tape_is_read_in_order_of_time(folder):
    moments = [entry.put_at for entry in read_tape(folder)]
    assert moments == sorted(moments)
    assert {entry.kind for entry in read_tape(folder)} == {"shipment", "manifest", "record"}


def test_a_rehearsal_tells_the_story_of_what_was_promised_and_tried(folder):
    rehearsal = Rehearsal(read_hubs())
    rehearsal.play(read_tape(folder))
    stories = rehearsal.tell_stories()
    began = datetime.fromtimestamp(STARTED_AT, UTC)
    assert len(stories) > 15
    assert all(began < story.attempted_at < began + timedelta(hours=3) for story in stories)
    assert any(story.late for story in stories)
    assert not all(story.late for story in stories)
    assert rehearsal.quarantined > 0


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


def test_a_span_of_days_is_scored_and_what_comes_before_it_teaches(folder):
    everything = report_on(folder)["shipments"]
    day = datetime.fromtimestamp(STARTED_AT, UTC).date()
    next_day = (day + timedelta(days=1)).isoformat()
    parts = [report_on(folder, until=next_day)["shipments"], report_on(folder, since=next_day)["shipments"]]
    assert sum(parts) == everything
    assert report_on(folder, since=day.isoformat(), until=day.isoformat())["shipments"] == 0


def test_a_broken_line_is_named_with_its_column(tmp_path):
    (tmp_path / "bookings.jsonl").write_text("")
    (tmp_path / "records.jsonl").write_text(
        '{"put_at": "2026-09-07T00:00:00Z", "raw": "x"}\n{"put_at": nonsense}\n'
    )
    with pytest.raises(BadTapeError, match=r"records\.jsonl, line 2, column 12"):
        list(read_tape(tmp_path))


def test_a_folder_that_is_no_tape_ends_with_exit_code_2(tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("delay_report", replay=tmp_path / "nowhere", json=True)
    assert refused.value.returncode == 2
